"""Changing what somebody is told of: for the company, for one line, or for one group bundle."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from groupbundles.alert_rules import Wanted, count_of, wanted_of
from groupbundles.enums import LINE_ALERTS, MOST_ALERTS_OF_A_LINE, AlertKind, AuditKind
from groupbundles.models import AlertRule, GroupBundle
from groupbundles.services.alerts import CHECK
from sims.models import Line

# Whose rules they are; None stands for the company.
Subject = Line | GroupBundle | None


def save_company_alerts(*, customer: Customer, wanted: Mapping[AlertKind, Wanted], by: Actor) -> bool:
    """What the company is told of; kinds that are not given stay. False when nothing changed. Raises ``Refusal``."""
    return _save(customer, None, wanted, by)


def save_line_alerts(*, line: Line, wanted: Mapping[AlertKind, Wanted | None], by: Actor) -> bool:
    """The same for one line; None follows the company. Raises ``Refusal``."""
    return _save(line.customer, line, wanted, by)


def save_bundle_alerts(*, bundle: GroupBundle, wanted: Mapping[AlertKind, Wanted | None], by: Actor) -> bool:
    """The same for one group bundle; None follows the company."""
    return _save(bundle.customer, bundle, wanted, by)


def _save(customer: Customer, subject: Subject, wanted: Mapping[AlertKind, Wanted | None], by: Actor) -> bool:
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        rules = list(AlertRule.objects.for_customer(customer).filter(**_of(subject)))
        before = wanted_of(rules)
        changed = {kind: one for kind, one in wanted.items() if _differs(subject, before.get(kind), one)}
        if not changed:
            return False
        after = _after(before, wanted)
        _refuse_too_many(customer, subject, after)
        _write(customer, subject, [rule for rule in rules if rule.kind in changed], changed)
        _look_again(customer, [kind for kind, one in changed.items() if one is None])
        audit.record(
            AuditKind.ALERTS_CHANGED,
            by=by,
            customer_id=customer.pk,
            subject=subject or customer,
            before={kind: before[kind].as_json() for kind in changed if kind in before},
            after={kind: one.as_json() for kind, one in changed.items() if one is not None},
        )
        wake(CHECK, customer.pk, queue="usage")
    return True


def _of(subject: Subject) -> dict[str, Line | GroupBundle | None]:
    """The columns that say whose a rule is."""
    return {
        "line": subject if isinstance(subject, Line) else None,
        "bundle": subject if isinstance(subject, GroupBundle) else None,
    }


def _after(before: Mapping[str, Wanted], wanted: Mapping[AlertKind, Wanted | None]) -> dict[str, Wanted]:
    """All kinds as they are going to be; those that follow the company are left out."""
    both: dict[str, Wanted | None] = {**before, **{str(kind): one for kind, one in wanted.items()}}
    return {kind: one for kind, one in both.items() if one is not None}


def _differs(subject: Subject, before: Wanted | None, wanted: Wanted | None) -> bool:
    """Of the company, what was never chosen and is off needs no row; else that means not to follow the company."""
    if subject is None and before is None and wanted is not None and not wanted.is_on:
        return False
    return before != wanted


def _write(
    customer: Customer, subject: Subject, rules: Sequence[AlertRule], changed: Mapping[AlertKind, Wanted | None]
) -> None:
    """Rules that stand as they are wanted keep their slot and are not looked at again."""
    mine = AlertRule.objects.for_customer(customer).filter(**_of(subject))
    kept: dict[tuple[str, Decimal], AlertRule] = {(rule.kind, rule.threshold): rule for rule in rules}
    wanted = [
        _as_wanted(kept.pop((kind, threshold), _new(customer, subject, kind, threshold)), one)
        for kind, one in changed.items()
        if one is not None
        for threshold in one.thresholds
    ]
    mine.filter(pk__in=[rule.pk for rule in kept.values()]).delete()
    mine.filter(pk__in=[row.pk for row in wanted if row.pk and not row.is_active]).update(is_active=False, slot=None)
    taken = set(mine.filter(slot__isnull=False).values_list("slot", flat=True))
    free = [slot for slot in range(1, MOST_ALERTS_OF_A_LINE + 1) if slot not in taken]
    for row in wanted:
        if not (row.is_active and row.kind in LINE_ALERTS):
            row.slot = None
        elif row.slot is None:
            row.slot = free.pop(0)
        row.save()


def _new(customer: Customer, subject: Subject, kind: AlertKind, threshold: Decimal) -> AlertRule:
    return AlertRule(customer=customer, **_of(subject), kind=kind, threshold=threshold, is_active=False)


def _as_wanted(row: AlertRule, wanted: Wanted) -> AlertRule:
    """What was off, or was not there, is looked at for the present month."""
    if wanted.is_on and not row.is_active:
        row.checked_at = None
    row.is_active, row.tells_employee = wanted.is_on, wanted.tells_employee
    return row


def _look_again(customer: Customer, kinds: Sequence[AlertKind]) -> None:
    """Who follows the company from now on is held to the company's rules at once."""
    AlertRule.objects.for_customer(customer).filter(**_of(None), kind__in=kinds).update(checked_at=None)


def _refuse_too_many(customer: Customer, subject: Subject, after: Mapping[str, Wanted]) -> None:
    """No line may have more than five: its own, and the company's of the kinds in which it follows the company.

    A group bundle has at most five percentages and one amount by itself. Whoever saves holds the company's row, so
    what is read here stays as it is.
    """
    if isinstance(subject, GroupBundle):
        return
    if isinstance(subject, Line):
        company = wanted_of(AlertRule.objects.for_customer(customer).filter(**_of(None)))
        if _together(company, after) > MOST_ALERTS_OF_A_LINE:
            raise Refusal(
                _("One SIM card has at most five alerts, its own and the company’s together. Switch another one off.")
            )
        return
    if count_of(dict(after)) > MOST_ALERTS_OF_A_LINE:
        raise Refusal(_("At most five alerts can be on for each SIM card. Switch another one off."))
    own = AlertRule.objects.for_customer(customer).filter(line__isnull=False).order_by("line_id")
    too_many = [
        key
        for key, rules in groupby(own, key=lambda rule: rule.line_id)
        if _together(after, wanted_of(rules)) > MOST_ALERTS_OF_A_LINE
    ]
    if too_many:
        text = ngettext(
            "%(n)s SIM card with alerts of its own would have more than five. Switch another one off.",
            "%(n)s SIM cards with alerts of their own would have more than five. Switch another one off.",
            len(too_many),
        )
        raise Refusal(text % {"n": number(len(too_many))})


def _together(company: Mapping[str, Wanted], own: Mapping[str, Wanted]) -> int:
    return count_of({**company, **own})
