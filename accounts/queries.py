"""What pages read about companies and people."""

from django.http import HttpRequest

from accounts.models import Membership

SESSION_KEY = "membership"


def membership_of_request(request: HttpRequest) -> Membership | None:
    """The membership this session works in: the chosen one, else the person's first; None for outsiders."""
    if not request.user.is_authenticated:
        return None
    memberships = (
        Membership.objects.across_customers(reason="a person may belong to several companies")
        .filter(user=request.user)
        .select_related("customer")
        .order_by("customer__name")
    )
    chosen = request.session.get(SESSION_KEY)
    found: Membership | None = next((m for m in memberships if m.pk == chosen), None) or memberships.first()
    return found
