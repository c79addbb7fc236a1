"""How many lines a company has in each state: the tabs of the list, the dashboard's tiles, the navigation."""

from dataclasses import asdict, dataclass, field

from django.core.cache import caches
from django.db.models import CharField, Count, Value

from accounts.models import Customer
from fleetportal.tenancy.requests import PortalRequest
from sims.enums import LineState, OpenRequest, SimState
from sims.models import Line, Sim

# Counting a small fleet costs nothing, so its figures are always of this moment. Those of a large one may be a few
# seconds old; which lines a page holds never comes from here, and pages far down count anew.
LARGE_FLEET = 5_000
KEEP_SECONDS = 20
_STOCK = "stock"


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """``views`` has a figure for each key of ``sims.filters.VIEWS``; ``stock`` counts cards without a line."""

    views: dict[str, int] = field(default_factory=dict)
    stock: int = 0

    @property
    def lines(self) -> int:
        return self.views["all"]


def fleet_counts(customer: Customer) -> FleetCounts:
    """One grouped query, or the figures of a few seconds ago for a large fleet."""
    kept, key = caches["memory"], f"fleet-counts:{customer.pk}"
    if (found := kept.get(key)) is not None:
        return FleetCounts(**found)
    counts = _counted(customer)
    if counts.lines >= LARGE_FLEET:
        kept.set(key, asdict(counts), KEEP_SECONDS)
    return counts


def counts_of(request: PortalRequest) -> FleetCounts:
    """The figures of the request's company, read once per request."""
    if not hasattr(request, "_fleet_counts"):
        request._fleet_counts = fleet_counts(request.customer)  # type: ignore[attr-defined]
    counts: FleetCounts = request._fleet_counts  # type: ignore[attr-defined]
    return counts


def _counted(customer: Customer) -> FleetCounts:
    lines = Line.objects.for_customer(customer).order_by().values_list("state", "open_request")
    cards = Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK, line=None).order_by()
    stock = cards.values_list(Value(_STOCK, CharField()), Value("", CharField()))
    rows = lines.annotate(n=Count("pk")).union(stock.annotate(n=Count("pk")), all=True)
    views = dict.fromkeys(("all", "active", "scheduled", "pending", "blocked", "new", "ended"), 0)
    in_stock = 0
    for state, request, n in rows:
        if state == _STOCK:
            in_stock = n
            continue
        for view in _views_of(state, request):
            views[view] += n
    return FleetCounts(views, in_stock)


_BY_STATE = {
    LineState.ACTIVE: "active",
    LineState.SUSPENDED: "blocked",
    LineState.LIMITED: "blocked",
    LineState.TERMINATED: "ended",
}
_BY_REQUEST = {OpenRequest.SCHEDULED: "scheduled", OpenRequest.PENDING: "pending"}


def _views_of(state: str, request: str) -> list[str]:
    """The tabs a line stands in; tells the same as the conditions of ``sims.filters.VIEWS``, on values."""
    found = ["all"]
    if state in _BY_STATE:
        found.append(_BY_STATE[LineState(state)])
    if request in _BY_REQUEST:
        found.append(_BY_REQUEST[OpenRequest(request)])
    elif state == LineState.NEW:
        found.append("new")
    return found
