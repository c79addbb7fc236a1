"""Puts the membership, its company and the acting person on each request, from the session only."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from fleetportal.audit.actors import Actor
from fleetportal.tenancy.requests import PortalRequest


class MembershipMiddleware:
    """``request.membership``, ``request.customer`` (both falsy when there is none) and ``request.actor``.

    They are lazy: a page that asks for none of them costs no query.
    """

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.resolve = import_string(settings.MEMBERSHIP_RESOLVER)

    def __call__(self, request: PortalRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(lambda: self.resolve(request))
        request.customer = SimpleLazyObject(lambda: request.membership.customer if request.membership else None)
        request.actor = SimpleLazyObject(lambda: Actor.user(request.user))  # type: ignore[assignment]
        return self.get_response(request)
