"""The company's own division of its costs: no order, the operator knows nothing of it."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import CostCentre, Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind
from sims.models import Line


def set_cost_centre(
    *, customer: Customer, lines: Iterable[int], cost_centre: CostCentre | None, by: Actor, bulk: str = ""
) -> list[Line]:
    """Book these lines of the company (primary keys) on a cost centre or on none; answers those that changed.

    ``bulk`` is the id of the bulk change that this is a part of. Keys of another company's lines change
    nothing. Raises ``ValueError`` for another company's cost centre.
    """
    if cost_centre is not None and cost_centre.customer_id != customer.pk:
        raise ValueError("a cost centre of another company")
    part_of = {"bulk": bulk} if bulk else {}
    with transaction.atomic():
        found = Line.objects.for_customer(customer).filter(pk__in=list(lines)).select_related("cost_centre", "sim")
        locked = found.select_for_update(of=("self",), no_key=True).order_by("pk")
        changed = [line for line in locked if line.cost_centre_id != (cost_centre.pk if cost_centre else None)]
        before: dict[str, list[Line]] = defaultdict(list)
        for line in changed:
            before[str(line.cost_centre or "")].append(line)
            line.cost_centre = cost_centre
        Line.objects.for_customer(customer).filter(pk__in=[line.pk for line in changed]).update(
            cost_centre=cost_centre, updated_at=timezone.now()
        )
        for old, same in before.items():
            audit.record_each(
                AuditKind.LINE_COST_CENTRE,
                by=by,
                customer_id=customer.pk,
                subjects=same,
                before={"cost_centre": old},
                after={"cost_centre": str(cost_centre or ""), **part_of},
            )
    return changed
