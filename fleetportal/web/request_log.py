"""The log line of each request: what it tells, and whom it believes."""

from django.conf import settings
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars


class RequestLogMiddleware(RequestMiddleware):
    """Tells the path without what was searched for, and the address that the trusted proxies saw."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        bind_contextvars(ip=client_address(request))


def client_address(request: HttpRequest) -> str:
    """Each trusted proxy adds the address it saw to the end of X-Forwarded-For; what stands before was sent along."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    found = seen[-proxies] if 0 < proxies <= len(seen) else ""
    return found or request.META.get("REMOTE_ADDR", "")
