"""The barrings that a company keeps under a name. A template changes no line: applying it is a request of its own."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.barrings import offered, without_contained
from sims.enums import AuditKind
from sims.models import BarringTemplate

MOST_TEMPLATES = 30


def save_template(
    *, customer: Customer, name: str, codes: Collection[str], by: Actor, template: BarringTemplate | None = None
) -> BarringTemplate:
    """A new template, or another name and other barrings for one; raises ``Refusal`` for a name that is taken."""
    with transaction.atomic():
        # One at a time per company, so that the count holds.
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        row = _row(customer, template)
        before = {"name": row.name, "codes": row.codes} if row.pk else None
        row.name, row.codes = name, list(_allowed(codes))
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            message = _("There is a template with this name already. Choose another name.")
            raise Refusal(message, field="name") from error
        after = {"name": row.name, "codes": row.codes}
        audit.record(
            AuditKind.BARRING_TEMPLATE_SAVED,
            by=by,
            customer_id=customer.pk,
            subject=row,
            label=row.name,
            before=before,
            after=after,
        )
    return row


def remove_template(*, template: BarringTemplate, by: Actor) -> None:
    """Lines that follow it keep their barrings."""
    with transaction.atomic():
        audit.record(
            AuditKind.BARRING_TEMPLATE_REMOVED,
            by=by,
            customer_id=template.customer_id,
            subject=template,
            label=template.name,
            before={"name": template.name, "codes": template.codes},
        )
        template.delete()


def _row(customer: Customer, template: BarringTemplate | None) -> BarringTemplate:
    """The row to write: the locked one of this company, or a new one."""
    rows = BarringTemplate.objects.for_customer(customer)
    if template is None:
        if rows.count() >= MOST_TEMPLATES:
            raise Refusal(_("There are %(most)s templates. Remove one first.") % {"most": MOST_TEMPLATES})
        return BarringTemplate(customer=customer)
    row: BarringTemplate | None = rows.select_for_update().filter(pk=template.pk).first()
    if row is None:
        raise Refusal(_("A colleague removed this template in the meantime."))
    return row


def _allowed(codes: Collection[str]) -> tuple[str, ...]:
    if not codes:
        raise Refusal(_("Choose at least one kind of traffic to bar."), field="barrings")
    if set(codes) - {barring.code for barring in offered()}:
        raise Refusal(_("The operator cannot bar this kind of traffic."), field="barrings")
    return without_contained(codes)
