"""What the demo company wants to be told of. Made before its usage comes in, so the import fires what it passes."""

from decimal import Decimal

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from groupbundles.alert_rules import Wanted
from groupbundles.enums import AlertKind
from groupbundles.services.alert_rules import save_company_alerts, save_line_alerts
from sims.enums import LineState
from sims.models import Line

COMPANY = {
    AlertKind.OUT_OF_BUNDLE: (25,),
    AlertKind.ROAMING: (80, 100),
    AlertKind.FIRST_PREMIUM: (0,),
    AlertKind.BUNDLE_PERCENT: (75, 90, 100),
    AlertKind.BUNDLE_AMOUNT: (500,),
}
# Somebody who travels may cost more, and is told himself.
TRAVELLER = {AlertKind.OUT_OF_BUNDLE: Wanted(True, (Decimal(60),), tells_employee=True)}


def add_alerts(customer: Customer, owner: User, _requester: User) -> None:
    """Of the company, and of one line other than that."""
    by = Actor.user(owner)
    wanted = {kind: Wanted(True, tuple(map(Decimal, thresholds))) for kind, thresholds in COMPANY.items()}
    save_company_alerts(customer=customer, wanted=wanted, by=by)
    lines = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, subscriber__isnull=False)
    traveller = lines.select_related("customer").order_by("number").first()
    assert traveller is not None, "the demo has active lines"
    save_line_alerts(line=traveller, wanted=TRAVELLER, by=by)
