"""What the three kinds of order about bundles say alike: sizes, numbers of lines, refusals of the operator."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fleetportal.web import formatting
from groupbundles.membership import Obstacle
from sims.orders.subjects import line_name

MOST_NAMED = 3

REASONS: Mapping[str, Promise] = {
    "bundle_offer_unknown": _("The operator does not offer this bundle any more. Choose another size."),
    "bundle_too_small": _(
        "More than this was used this month already. Choose a larger size, or ask for it from the next billing period."
    ),
    "bundle_unknown": _("The operator does not know this bundle. Ask the help desk."),
    "bundle_ended": _("The bundle has ended at the operator. Ask the help desk."),
    "bundle_has_an_order": _("The operator is still working on another request for this bundle. Try again later."),
    "bundle_line_unknown": _("The operator does not know one of the lines. Ask the help desk."),
    "line_in_another_bundle": _(
        "One of the lines is in another bundle of this kind at the operator. Take it out there first."
    ),
    "no_longer_possible": _(
        "The bundle or its lines had changed by the moment this was to be sent, so nothing was sent."
    ),
}


def lines_text(count: int) -> str:
    return ngettext("%(n)s SIM card", "%(n)s SIM cards", count) % {"n": formatting.number(count)}


def obstacles_text(found: list[Obstacle]) -> str:
    """Who cannot join and why, the first few by name."""
    named = [f"{line_name(obstacle.line)} {obstacle.reason}" for obstacle in found[:MOST_NAMED]]
    text = "; ".join(named)
    if more := len(found) - len(named):
        text += ngettext(" and %(n)s more", " and %(n)s more", more) % {"n": formatting.number(more)}
    return text
