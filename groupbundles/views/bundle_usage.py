"""What a group bundle used: the part of its page, the cards of the list, and everybody's use as Excel."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.downloads import download_headers
from fleetportal.web.htmx import layout
from fleetportal.web.pagination import PER_PAGE, Page
from fleetportal.web.parameters import page_number
from groupbundles.curves import daily_columns, day_rows, running_total
from groupbundles.enums import BundleKind
from groupbundles.models import GroupBundle
from groupbundles.outlook import Outlook, outlook_of
from groupbundles.periods import asked_period, first_of_month, periods_until, today
from groupbundles.queries.bundle_usage import (
    BundleMonth,
    MemberUse,
    biggest_users,
    months_of,
    unused_by,
    use_of_everybody,
)
from groupbundles.queries.freshness import Freshness, freshness
from groupbundles.services.exports import record_export
from groupbundles.spreadsheets.bundle_usage import write_bundle_usage

# So many months can be looked at, as many as of a line.
MONTHS = 12
# So many of the biggest users stand on the page of the bundle itself.
BIGGEST = 10
UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class BundleCard:
    """A bundle and its month as the list, the dashboard and its page draw it."""

    month: BundleMonth
    outlook: Outlook

    @property
    def bundle(self) -> GroupBundle:
        return self.month.bundle

    @property
    def used(self) -> float:
        """In the unit of the bundle, as are ``size`` and the chart."""
        return self.month.used / formatting.usage_unit(self.bundle.kind)[1]

    @property
    def size(self) -> float:
        return self.bundle.size / formatting.usage_unit(self.bundle.kind)[1]

    @property
    def unit(self) -> str:
        return formatting.usage_unit(self.bundle.kind)[0]

    @property
    def decimals(self) -> int:
        """Tenths only say something about small amounts of data."""
        return 1 if self.bundle.kind == BundleKind.DATA and self.used < 100 else 0


@dataclass(frozen=True, slots=True)
class UserRow:
    """One of the biggest users; ``bar`` compares it with the biggest of the page, for a drawing 100 wide."""

    use: MemberUse
    share: str
    bar: str


def cards_of(request: PortalRequest, bundles: Iterable[GroupBundle], fresh: Freshness) -> list[BundleCard]:
    """This month of each bundle, from one query."""
    bundles = list(bundles)
    months = months_of(request.customer, bundles, first_of_month(today()), fresh.at)
    return [BundleCard(months[bundle.pk], outlook_of(months[bundle.pk])) for bundle in bundles]


def usage_context(request: PortalRequest, bundle: GroupBundle, fresh: Freshness) -> dict[str, Any]:
    """What ``groupbundles/_bundle_usage.html`` shows as ``usage``, for the month the address asks for."""
    period = _period(request, bundle)
    month = months_of(request.customer, [bundle], period, fresh.at)[bundle.pk]
    users = biggest_users(request.customer, bundle, period, 1, shown=BIGGEST)
    return {
        "card": BundleCard(month, outlook_of(month)),
        "freshness": fresh,
        "choices": _choices(bundle),
        "action": reverse("bundle_detail", args=[bundle.public_id]),
        "running_total": running_total(month),
        "per_day": daily_columns(month),
        "rows": list(day_rows(month)),
        "users": _rows(users, month.used),
        "others": max(0, users.total - BIGGEST),
        "all_url": f"{reverse('bundle_users', args=[bundle.public_id])}?month={period:%Y-%m}",
    }


@require_safe
@customer_required(Permission.VIEW_LINES)
def bundle_users(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Who used how much of the bundle in a month, and which of its lines used nothing."""
    bundle, customer = _own(request, public_id), request.customer
    period, fresh = _period(request, bundle), freshness(request.customer)
    month = months_of(customer, [bundle], period, fresh.at)[bundle.pk]
    show_unused = request.GET.get("show") == UNUSED
    number = page_number(request.GET.get("page"))
    # Of the list that is not shown only its length is needed.
    users = biggest_users(customer, bundle, period, *((1, 0) if show_unused else (number, PER_PAGE)))
    unused = unused_by(customer, bundle, period, *((number, PER_PAGE) if show_unused else (1, 0)))
    context = {
        "layout": layout(request, "bundle-users"),
        "bundle": bundle,
        "card": BundleCard(month, outlook_of(month)),
        "freshness": fresh,
        "choices": _choices(bundle),
        "action": reverse("bundle_users", args=[public_id]),
        "show_unused": show_unused,
        "page": unused if show_unused else users,
        "rows": [] if show_unused else _rows(users, month.used),
        "tabs": _tabs(request, users.total, unused.total),
        "can_export": request.membership.can(Permission.EXPORT_FLEET),
    }
    return render(request, "groupbundles/users.html", context)


def _tabs(request: PortalRequest, used: int, unused: int) -> list[tuple[str, str, bool, int]]:
    """Label, address, whether it is shown now, how many."""
    show_unused = request.GET.get("show") == UNUSED
    month = {"month": request.GET["month"]} if request.GET.get("month") else {}
    return [
        (_("With use"), f"?{urlencode(month)}", not show_unused, used),
        (_("Without use"), f"?{urlencode({**month, 'show': UNUSED})}", show_unused, unused),
    ]


def _own(request: PortalRequest, public_id: UUID) -> GroupBundle:
    bundle: GroupBundle = get_object_or_404(GroupBundle.objects.for_customer(request.customer), public_id=public_id)
    return bundle


def _period(request: PortalRequest, bundle: GroupBundle) -> date:
    sent = request.POST if request.method == "POST" else request.GET
    choices = _choices(bundle)
    return asked_period(sent.get("month", ""), latest=choices[0], count=len(choices))


def _choices(bundle: GroupBundle) -> list[date]:
    """The months that can be looked at, newest first."""
    latest = first_of_month(today())
    if bundle.ends_on and not bundle.is_active:
        latest = min(latest, first_of_month(bundle.ends_on))
    oldest = min(first_of_month(bundle.starts_on), latest)
    return [period for period in periods_until(latest, MONTHS) if period >= oldest]


def _rows(users: Page, total: int) -> list[UserRow]:
    most = max((use.used for use in users), default=0)
    total = max(total, most)  # never nothing, whatever the bundle's own counter says
    return [UserRow(use, _share(100 * use.used / total), f"{100 * use.used / most:.1f}") for use in users]


def _share(share: float) -> str:
    return formatting.percent(share, 0 if share >= 10 else 1)


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def bundle_usage_export(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Every member of the month and everybody who used the bundle in it, with how much."""
    bundle = _own(request, public_id)
    period = _period(request, bundle)
    uses = use_of_everybody(request.customer, bundle, period)
    record_export(
        customer=request.customer,
        subject=bundle,
        rows=len(uses),
        query=f"month={period:%Y-%m}",
        by=request.actor,
    )
    name = f"{_('Usage')} {bundle.name.replace('/', ' ')} {period:%Y-%m}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.xlsx"
        write_bundle_usage(path, bundle=bundle, uses=uses, updated_at=freshness(request.customer).at)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
