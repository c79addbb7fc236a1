"""Tells the simulated operator what a company already has: cards it was sent, lines of an imported fleet, bundles, and
what an invoice needs to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from fleetportal.operators.contract import OperatorBundle, OperatorLine, ServiceStatus, SimStatus
from fleetportal.operators.simulator.models import (
    SimulatedBundle,
    SimulatedCustomer,
    SimulatedLine,
    SimulatedOffer,
    SimulatedSim,
)

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom invoices go to; see ``SimulatedCustomer``. The first billing account is that of lines that name none."""

    name: str
    enterprise_number: str
    billing_accounts: list[str]
    prices: Mapping[str, str]
    names: Mapping[str, str]
    cost_centres: Mapping[str, str] = field(default_factory=dict)


def stock_sims(customer_reference: str, iccids: Iterable[str], *, is_esim: bool = False) -> None:
    """Cards in the company's drawer, or eSIM profiles; known ones stay as they are."""
    SimulatedSim.objects.bulk_create(
        (SimulatedSim(iccid=iccid, customer_reference=customer_reference, is_esim=is_esim) for iccid in iccids),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def adopt_lines(customer_reference: str, rows: Iterable[OperatorLine]) -> None:
    """Lines that exist already, with their cards; numbers and cards that are known stay as they are.

    Rows without a number are left out: a line the operator does not know has none.
    """
    lines = [row for row in rows if row.number]
    SimulatedLine.objects.bulk_create(
        (_adopted(customer_reference, row) for row in lines), batch_size=BATCH, ignore_conflicts=True
    )
    SimulatedSim.objects.bulk_create(
        (_card(customer_reference, row) for row in lines if row.iccid), batch_size=BATCH, ignore_conflicts=True
    )


def offer_bundles(customer_reference: str, offers: Iterable[tuple[str, str, int]]) -> None:
    """What the company's contract allows: code, kind, size in bytes or seconds. What it no longer names is gone."""
    rows = [SimulatedOffer(customer_reference=customer_reference, code=c, kind=k, size=s) for c, k, s in offers]
    SimulatedOffer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["customer_reference", "code"],
        update_fields=["kind", "size"],
    )
    mine = SimulatedOffer.objects.filter(customer_reference=customer_reference)
    mine.exclude(code__in=[row.code for row in rows]).delete()


def adopt_bundles(customer_reference: str, kind: str, rows: Iterable[OperatorBundle], *, used: int = 0) -> None:
    """Bundles that exist already; known ones stay as they are. ``used`` is bytes or seconds of this month."""
    SimulatedBundle.objects.bulk_create(
        (
            SimulatedBundle(
                customer_reference=customer_reference,
                code=row.code,
                offer=row.offer,
                kind=kind,
                numbers=list(row.numbers),
                used=used,
                billing_account=row.billing_account,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
            )
            for row in rows
        ),
        ignore_conflicts=True,
    )


def adopt_payer(
    customer_reference: str, payer: Payer, *, since: date, direct_debit_accounts: Iterable[str] = ()
) -> None:
    """Whom invoices go to, from the month ``since`` on; of one that is known only what he is and pays is renewed."""
    known = SimulatedCustomer.objects.filter(reference=customer_reference)
    if not known.update(**asdict(payer)):
        SimulatedCustomer.objects.bulk_create(
            [
                SimulatedCustomer(
                    reference=customer_reference,
                    next_month=since.replace(day=1),
                    direct_debit_accounts=list(direct_debit_accounts),
                    **asdict(payer),
                )
            ],
            ignore_conflicts=True,
        )


def _adopted(customer_reference: str, row: OperatorLine) -> SimulatedLine:
    return SimulatedLine(
        number=row.number,
        iccid=row.iccid,
        customer_reference=customer_reference,
        plan_code=row.plan_code,
        option_codes=list(row.option_codes),
        status=row.status,
        activated_on=row.activated_on,
        barrings=list(row.barrings),
        third_party_limit=row.third_party_limit,
        third_party_spent=row.third_party_spent,
        roaming_limit=row.roaming_limit,
        billing_account=row.billing_account,
        user_name=row.user_name,
        suspension_reason=row.suspension_reason,
    )


def _card(customer_reference: str, row: OperatorLine) -> SimulatedSim:
    is_over = row.status == ServiceStatus.TERMINATED
    return SimulatedSim(
        iccid=row.iccid,
        customer_reference=customer_reference,
        status=SimStatus.RETIRED if is_over else SimStatus.IN_USE,
    )
