"""What people ask about group bundles: a new one, a change, the end. Each becomes an order."""

from datetime import date
from uuid import UUID

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.models import GroupBundle
from groupbundles.orders.change import BundleChangeWish
from groupbundles.orders.end import BundleEndWish
from groupbundles.orders.new import BundleNewWish, offer_of
from sims.enums import OrderKind
from sims.models import Order
from sims.orders.placing import about_subject, ask_about


def ask_for_bundle(
    *, customer: Customer, subject: UUID, wish: BundleNewWish, on: date | None = None, note: str = "", by: Actor
) -> Order:
    """Ask for a new bundle that is to have ``subject`` as its public id; with the same one it is asked only once.

    Raises ``Refusal``, or ``Conflict`` when it was asked already. ``on`` None is as soon as possible.
    """
    label = offer_of(customer, wish.offer).name_nl
    beginning = about_subject(customer, subject=subject, label=label)
    return ask_about(beginning, kind=OrderKind.BUNDLE_NEW, wish=wish, not_before=on, by=by, note=note)


def ask_for_change(
    *, bundle: GroupBundle, wish: BundleChangeWish, on: date | None = None, note: str = "", by: Actor
) -> Order:
    """Ask for another size or other lines; raises ``Refusal``, ``NothingToChange`` or ``Conflict``."""
    return ask_about(_about(bundle), kind=OrderKind.BUNDLE_CHANGE, wish=wish, not_before=on, by=by, note=note)


def ask_for_end(*, bundle: GroupBundle, on: date | None = None, note: str = "", by: Actor) -> Order:
    """Ask for the end of the bundle; raises ``Refusal`` or ``Conflict``."""
    return ask_about(_about(bundle), kind=OrderKind.BUNDLE_END, wish=BundleEndWish(), not_before=on, by=by, note=note)


def _about(bundle: GroupBundle) -> Order:
    return about_subject(bundle.customer, subject=bundle.public_id, label=bundle.name)
