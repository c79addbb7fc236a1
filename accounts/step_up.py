"""Asking for the password again before something that is hard to undo."""

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required

from fleetportal.tenancy.requests import PortalRequest


def demand_password(request: PortalRequest) -> None:
    """Goes on when the password was given again within ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds.

    Otherwise django-allauth's middleware asks for it and comes back to this page; what was posted is kept in the
    session and carried out then, so nothing typed is lost. Call it after the page knows that its object is the
    company's own.
    """
    raise_if_reauthentication_required(request, app="")
