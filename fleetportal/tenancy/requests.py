"""The request as views see it, for the type checker: what :mod:`fleetportal.tenancy.middleware` puts on every one."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from fleetportal.audit.actors import Actor


class PortalRequest(HttpRequest):
    """Companies and people are ``Any`` here because the foundation imports no app.

    ``membership`` and ``customer`` are an ``accounts.Membership`` and its ``Customer``, both falsy when there is none;
    behind ``customer_required`` there always is one, and ``user`` is an ``accounts.User``.
    """

    user: Any
    membership: Any
    memberships: list[Any]
    customer: Any
    actor: Actor
    htmx: HtmxDetails
