"""Whether the portal can do its work, for load balancers and whoever starts it. Shows no data and no addresses."""

from collections.abc import Callable

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from fleetportal import heartbeat

logger = structlog.get_logger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 once database, broker and a worker answer, else 503 with the missing ones; within seconds in any case."""
    missing = [*_missing_database(), *_missing_broker()]
    if not missing:
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "unavailable", "missing": missing}, status=503, headers={"Retry-After": "5"})


def _missing_database() -> list[str]:
    """A connection of its own: an old one may still look fine, and may hang."""
    parameters = {**connection.get_connection_params(), "connect_timeout": 2}
    return [] if _answers("database", lambda: _ask_database(parameters)) else ["database"]


def _ask_database(parameters: dict[str, object]) -> None:
    with psycopg.connect(**parameters) as asked:  # type: ignore[arg-type]
        asked.execute("SELECT 1")


def _missing_broker() -> list[str]:
    workers = 0

    def ask() -> None:
        nonlocal workers
        with heartbeat.broker(settings.CELERY_BROKER_URL) as client:
            workers = heartbeat.living_workers(client)

    if not _answers("broker", ask):
        return ["broker", "worker"]
    return [] if workers else ["worker"]


def _answers(name: str, ask: Callable[[], None]) -> bool:
    try:
        ask()
    except (psycopg.Error, DatabaseError, RedisError, OSError) as error:
        logger.warning("health_check_failed", part=name, error=type(error).__name__)
        return False
    return True
