"""Puts the membership, its company and the acting person on each request, from the session only."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from fleetportal.audit.actors import Actor


class MembershipMiddleware:
    """``request.membership``, ``request.customer`` (both falsy when there is none) and ``request.actor``.

    They are lazy: a page that asks for none of them costs no query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.resolve = import_string(settings.MEMBERSHIP_RESOLVER)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(lambda: self.resolve(request))  # type: ignore[attr-defined]
        request.customer = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: request.membership.customer if request.membership else None  # type: ignore[attr-defined]
        )
        request.actor = SimpleLazyObject(lambda: Actor.user(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)
