"""What people keep of the fleet list: views under a name, and the columns each of them wants to see."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind
from sims.filters import LineFilter
from sims.models import SavedView
from sims.queries.lines import COLUMNS_PREFERENCE, all_columns

MOST_VIEWS = 30


def save_view(
    *,
    customer: Customer,
    owner: User,
    name: str,
    wanted: LineFilter,
    is_shared: bool,
    by: Actor,
) -> SavedView:
    """Keep this filter under a name; raises ``Refusal`` when the name is taken or there are very many already."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        if SavedView.objects.for_customer(customer).filter(owner=owner).count() >= MOST_VIEWS:
            raise Refusal(_("You have %(most)s saved views. Remove one first.") % {"most": MOST_VIEWS})
        view = SavedView(
            customer=customer,
            owner=owner,
            name=name,
            is_shared=is_shared,
            query=wanted.query(),
        )
        try:
            with transaction.atomic():
                view.save(force_insert=True)
        except IntegrityError as error:
            raise Refusal(
                _("There is a view with this name already. Choose another name."),
                field="name",
            ) from error
        after = {"query": view.query, "is_shared": is_shared}
        audit.record(
            AuditKind.VIEW_SAVED,
            by=by,
            customer_id=customer.pk,
            subject=view,
            label=name,
            after=after,
        )
    return view


def remove_view(*, view: SavedView, by: Actor) -> None:
    """Forget a view for everybody who saw it."""
    with transaction.atomic():
        before = {"query": view.query, "is_shared": view.is_shared}
        audit.record(
            AuditKind.VIEW_REMOVED,
            by=by,
            customer_id=view.customer_id,
            subject=view,
            label=view.name,
            before=before,
        )
        view.delete()


def choose_columns(*, user: User, columns: Iterable[str], by: Actor) -> None:
    """Remember which columns this person sees. How his own list looks is not part of the company's audit trail."""
    chosen = set(columns)
    with transaction.atomic():
        fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        fresh.preferences[COLUMNS_PREFERENCE] = [name for name in all_columns() if name in chosen]
        fresh.save(update_fields=["preferences"])
    user.preferences = fresh.preferences
