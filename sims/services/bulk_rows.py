"""Carrying out a bulk change that was applied: some hundreds of lines in a transaction, none of them twice."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import CostCentre, Customer
from accounts.queries import may
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.bulk.changes import Change, change_of
from sims.bulk.cost_centre import CostCentrePayload
from sims.bulk.dry_run import DryRun, Verdict
from sims.enums import BulkOutcome, BulkState, OrderState
from sims.models import BulkChange, BulkRow, Line, Order
from sims.orders.bulk_placing import BATCH, place_many
from sims.orders.kinds import Payload, lines_to_change
from sims.orders.many import cancel_many
from sims.orders.placing import may_decide
from sims.orders.telling import tell_bulk_waiting
from sims.services.blocking import SOONER
from sims.services.cost_centres import set_cost_centre

Progress = Callable[[int, int], None]
Placed = tuple[BulkRow, Line, Payload]


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def lock(bulk_id: UUID) -> BulkChange:
    """The present row, locked until the transaction ends."""
    everywhere = BulkChange.objects.across_customers(reason="the caller has the bulk change or its id from a job")
    bulk: BulkChange = everywhere.select_related("customer").select_for_update(of=("self",)).get(pk=bulk_id)
    return bulk


def require_right(by: Actor, customer: Customer, change: Change) -> None:
    """Raises ``Refusal`` when this person may not ask for this change (any more)."""
    if by.kind == "user" and by.id is not None and not may(by.id, customer.pk, change.permission):
        raise Refusal(_("You may no longer change SIM cards. Ask a colleague who may."))


def place(*, bulk_id: UUID, progress: Progress = silent) -> None:
    """Ask for every line that is still to be asked for; begins where an earlier worker stopped.

    Each line is judged once more: what changed since the dry run stands in its row. Raises ``Refusal`` when the person
    who applied it lost the right, or the day is over; what was placed until then stands.
    """
    run: DryRun | None = None
    while True:
        with transaction.atomic():
            bulk = lock(bulk_id)
            if bulk.state != BulkState.PLACING:
                return
            by = Actor(kind="user", name=bulk.applied_by_name, id=bulk.applied_by_id)
            require_right(by, bulk.customer, change_of(bulk.change))
            run = run or DryRun(bulk.customer, change_of(bulk.change), may_replace=may_decide(by, bulk.customer_id))
            rows = list(waiting_rows(bulk)[:BATCH])
            if not rows:
                _finish(bulk)
                return
            _place_batch(bulk, run, rows, by)
            left = waiting_rows(bulk).count()
        progress(bulk.changing - left, bulk.changing)


def waiting_rows(bulk: BulkChange) -> "QuerySet[BulkRow]":
    """What the dry run promised and nobody asked for yet."""
    rows: QuerySet[BulkRow] = BulkRow.objects.for_customer(bulk.customer_id).filter(
        bulk=bulk, outcome=BulkOutcome.CHANGE, order=None
    )
    return rows.order_by("position")


def _finish(bulk: BulkChange) -> None:
    bulk.state, bulk.finished_at = BulkState.PLACED, timezone.now()
    bulk.save(update_fields=["state", "finished_at"])
    orders = Order.objects.for_customer(bulk.customer_id)
    if waiting := orders.filter(bulk_row__bulk=bulk, state=OrderState.AWAITING_APPROVAL).count():
        tell_bulk_waiting(bulk, waiting)


def _place_batch(bulk: BulkChange, run: DryRun, rows: Sequence[BulkRow], by: Actor) -> None:
    wish_type = run.change.wish
    keys = [row.line_id for row in rows]
    lines = {line.pk: line for line in lines_to_change(Line.objects.for_customer(bulk.customer).filter(pk__in=keys))}
    wanted = [(lines[row.line_id], wish_type.from_json(row.wish or bulk.wish or {})) for row in rows if row.line_id]
    placing: list[Placed] = []
    for row, (line, _wished), verdict in zip(rows, wanted, run.judge(wanted), strict=True):
        if verdict.outcome == BulkOutcome.CHANGE and verdict.payload is not None:
            row.cost_before, row.cost_after = verdict.before, verdict.after
            placing.append((row, line, verdict.payload))
        else:
            _leave_out(row, verdict)
    if run.change.kind:
        _place_orders(bulk, run, placing, by)
    else:
        _change_cost_centres(bulk, placing, by)
    mine = BulkRow.objects.for_customer(bulk.customer_id)
    mine.bulk_update(rows, ["outcome", "reason", "order", "cost_before", "cost_after"])


def _leave_out(row: BulkRow, verdict: Verdict) -> None:
    """The line changed since the dry run."""
    is_so = verdict.outcome == BulkOutcome.ALREADY
    row.outcome = BulkOutcome.ALREADY if is_so else BulkOutcome.REFUSED
    row.reason = verdict.reason


def _place_orders(bulk: BulkChange, run: DryRun, placing: Sequence[Placed], by: Actor) -> None:
    assert run.change.kind is not None
    if run.change.gives_way:
        _make_way(bulk, run, [line for _row, line, _payload in placing], by)
    outcomes = place_many(
        customer=bulk.customer,
        kind=run.change.kind,
        payloads=[(line, payload) for _row, line, payload in placing],
        batch=bulk.pk,
        not_before=bulk.not_before,
        by=by,
    )
    for (row, _line, _payload), (_same, outcome) in zip(placing, outcomes, strict=True):
        if isinstance(outcome, Order):
            row.order = outcome
        else:
            row.outcome, row.reason = BulkOutcome.REFUSED, str(outcome)


def _make_way(bulk: BulkChange, run: DryRun, lines: Sequence[Line], by: Actor) -> None:
    """What is planned for later is replaced; who may only ask takes nothing back."""
    if not may_decide(by, bulk.customer_id):
        return
    planned = Order.objects.for_customer(bulk.customer).filter(
        line__in=[line.pk for line in lines], kind=run.change.kind, state=OrderState.SCHEDULED
    )
    cancel_many(customer=bulk.customer, orders=list(planned.values_list("pk", flat=True)), by=by, reason=SOONER)


def _change_cost_centres(bulk: BulkChange, placing: Sequence[Placed], by: Actor) -> None:
    """Written at once: the company's own bookkeeping asks nothing of the operator."""
    lines: dict[int, list[int]] = defaultdict(list)
    for row, line, payload in placing:
        assert isinstance(payload, CostCentrePayload)
        lines[payload.key].append(line.pk)
        row.outcome = BulkOutcome.DONE
    centres = CostCentre.objects.for_customer(bulk.customer).in_bulk([key for key in lines if key])
    for key, keys in sorted(lines.items()):
        set_cost_centre(
            customer=bulk.customer, lines=keys, cost_centre=centres[key] if key else None, by=by, bulk=str(bulk.pk)
        )
