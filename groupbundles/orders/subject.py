"""What the orders about group bundles are about: the bundle, which may still have to be made."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Customer
from groupbundles.models import GroupBundle
from sims.models import Order
from sims.orders.subjects import Subject

# Two open orders about one bundle contradict each other, whatever they ask.
CONFLICT_GROUP = "bundle"


def lock_bundle(order: Order) -> GroupBundle:
    """The bundle of the order, unsaved while the operator has not made it.

    Locks the company: which lines are in which bundle is decided by one at a time. Then come the order and the lines.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=order.customer_id)
    assert order.subject is not None
    bundles = GroupBundle.objects.for_customer(customer).filter(public_id=order.subject)
    bundle: GroupBundle = bundles.first() or GroupBundle(public_id=order.subject)
    bundle.customer = customer
    return bundle


def _name(order: Order) -> str:
    return _("Group bundle %(name)s") % {"name": order.subject_label}


BUNDLE = Subject(lock=lock_bundle, name=_name, page=lambda order: reverse("bundle_detail", args=[order.subject]))
