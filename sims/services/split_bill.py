"""The ways in which a company divides its bills. Terms never change: a profile is replaced by a new version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, SplitBillKind
from sims.models import SplitBillProfile
from sims.split_bill import ORDER, USAGE, as_terms

HIGHEST_AMOUNT = 10_000


@dataclass(frozen=True, slots=True)
class ProfileTerms:
    """What the company pays; which fields count depends on ``kind``, see :class:`sims.models.SplitBillProfile`."""

    kind: SplitBillKind
    company_amount: Decimal | None = None
    company_percentage: Decimal | None = None
    category_percentages: Mapping[str, str] = field(default_factory=dict)
    employee_categories: tuple[str, ...] = ()


def add_profile(*, customer: Customer, name: str, terms: ProfileTerms, by: Actor) -> SplitBillProfile:
    """Raises ``Refusal`` when the name is taken or a term is missing or impossible."""
    with transaction.atomic():
        return _insert(customer.pk, name, terms, AuditKind.SPLIT_BILL_ADDED, by=by)


def replace_profile(*, profile: SplitBillProfile, terms: ProfileTerms, by: Actor) -> SplitBillProfile:
    """A new version under the same name; lines keep the old one until they are changed. Raises ``Refusal``."""
    with transaction.atomic():
        old = _lock(profile)
        if as_terms(_row(old.customer_id, old.name, terms)) == as_terms(old):
            raise Refusal(_("These are the terms of this profile already."), field="kind")
        _retire(old)
        return _insert(old.customer_id, old.name, terms, AuditKind.SPLIT_BILL_REPLACED, by=by, replaces=old)


def rename_profile(*, profile: SplitBillProfile, name: str, by: Actor) -> None:
    """Raises ``Refusal`` when the name is taken."""
    with transaction.atomic():
        locked = _lock(profile)
        if locked.name == name:
            return
        before, locked.name = locked.name, name
        _save(locked, update_fields=["name"])
        _audit(AuditKind.SPLIT_BILL_RENAMED, locked, by, before={"name": before}, after={"name": name})
    profile.name = name


def retire_profile(*, profile: SplitBillProfile, by: Actor) -> None:
    """It cannot be chosen any more; lines that have it keep it."""
    with transaction.atomic():
        locked = _lock(profile)
        _retire(locked)
        _audit(AuditKind.SPLIT_BILL_RETIRED, locked, by, before={"name": locked.name})


def _lock(profile: SplitBillProfile) -> SplitBillProfile:
    profiles = SplitBillProfile.objects.for_customer(profile.customer_id).select_for_update()
    locked: SplitBillProfile = profiles.get(pk=profile.pk)
    if locked.retired_at is not None:
        raise Refusal(_("This profile was replaced or retired in the meantime. Reload the page."))
    return locked


def _retire(profile: SplitBillProfile) -> None:
    profile.retired_at = timezone.now()
    profile.save(update_fields=["retired_at"])


def _insert(
    customer_id: int,
    name: str,
    terms: ProfileTerms,
    kind: AuditKind,
    *,
    by: Actor,
    replaces: SplitBillProfile | None = None,
) -> SplitBillProfile:
    _check(terms)
    profile = _row(customer_id, name, terms)
    profile.replaces = replaces
    _save(profile, force_insert=True)
    before = {"terms": as_terms(replaces)} if replaces else {}
    _audit(kind, profile, by, before=before, after={"name": name, "terms": as_terms(profile)})
    return profile


def _row(customer_id: int, name: str, terms: ProfileTerms) -> SplitBillProfile:
    """Only with the terms of its kind."""
    has_amount = terms.kind in (SplitBillKind.FIXED_AMOUNT, SplitBillKind.PERCENTAGE_MAX)
    has_percentage = terms.kind in (SplitBillKind.PERCENTAGE, SplitBillKind.PERCENTAGE_MAX)
    per_category = terms.category_percentages if terms.kind == SplitBillKind.PER_CATEGORY else {}
    return SplitBillProfile(
        customer_id=customer_id,
        name=name,
        kind=terms.kind,
        company_amount=terms.company_amount if has_amount else None,
        company_percentage=terms.company_percentage if has_percentage else None,
        category_percentages=dict(per_category),
        employee_categories=sorted(terms.employee_categories) if terms.kind == SplitBillKind.EXCEPT_USAGE else [],
    )


def _check(terms: ProfileTerms) -> None:
    row = _row(0, "", terms)
    percentages = [Decimal(text) for text in row.category_percentages.values()]
    if row.company_percentage is not None:
        percentages.append(row.company_percentage)
    if any(not 0 <= value <= 100 for value in percentages):
        raise Refusal(_("A percentage lies between 0 and 100."), field="percentage")
    if row.company_amount is not None and not 0 <= row.company_amount <= HIGHEST_AMOUNT:
        raise Refusal(_("Choose an amount from 0 to %(highest)s euro.") % {"highest": HIGHEST_AMOUNT}, field="amount")
    if terms.kind == SplitBillKind.EXCEPT_USAGE and not set(row.employee_categories) <= {str(c) for c in USAGE}:
        raise Refusal(_("Choose the kinds of usage that the employee pays."), field="employee_categories")
    if not row.category_percentages.keys() <= {str(c) for c in ORDER}:
        raise Refusal(_("Third-party services are always paid by the employee."))
    missing_amount = terms.kind == SplitBillKind.FIXED_AMOUNT and row.company_amount is None
    if missing_amount or (terms.kind == SplitBillKind.PERCENTAGE_MAX and row.company_amount is None):
        raise Refusal(_("Enter an amount."), field="amount")
    needs_percentage = terms.kind in (SplitBillKind.PERCENTAGE, SplitBillKind.PERCENTAGE_MAX)
    if needs_percentage and row.company_percentage is None:
        raise Refusal(_("Enter a percentage."), field="percentage")


def _save(profile: SplitBillProfile, **how: object) -> None:
    try:
        with transaction.atomic():
            profile.save(**how)  # type: ignore[arg-type]
    except IntegrityError as error:
        message = _("There is a profile with this name already. Choose another name.")
        raise Refusal(message, field="name") from error


def _audit(
    kind: AuditKind,
    profile: SplitBillProfile,
    by: Actor,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    customer_id = profile.customer_id
    audit.record(kind, by=by, customer_id=customer_id, subject=profile, label=profile.name, before=before, after=after)
