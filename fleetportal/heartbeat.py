"""The sign of life of the workers: each one signs in the broker while it can take work, and `/healthz` counts them."""

from typing import Any

import structlog
from celery import Celery, bootsteps
from redis import Redis
from redis.exceptions import RedisError

KEY = "fleetportal:workers"
EVERY_SECONDS = 3
VALID_SECONDS = 12
PATIENCE_SECONDS = 0.7
logger = structlog.get_logger(__name__)


class Heartbeat(bootsteps.StartStopStep):
    """Runs while the worker is connected; Celery stops and starts it again around a lost connection."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        self.timer: Any = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        self.timer = parent.timer.call_repeatedly(EVERY_SECONDS, _sign, (parent.app, parent.hostname))
        _sign(parent.app, parent.hostname)

    def stop(self, parent: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        try:
            with broker(parent.app.conf.broker_url) as client:
                client.zrem(KEY, parent.hostname)
        except (RedisError, OSError):
            pass

    terminate = stop


def broker(url: str) -> Redis:
    """A connection with so little patience that a frozen broker costs less than a second."""
    return Redis.from_url(
        url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS, retry=None, decode_responses=True
    )


def living_workers(client: Redis) -> int:
    """How many workers signed lately, by the broker's own clock. Raises RedisError when the broker does not answer."""
    now = int(client.time()[0])
    return int(client.zcount(KEY, now, "+inf"))


def _sign(app: Celery, hostname: str) -> None:
    try:
        with broker(app.conf.broker_url) as client:
            now = int(client.time()[0])
            client.zremrangebyscore(KEY, "-inf", now - 1)
            client.zadd(KEY, {hostname: now + VALID_SECONDS})
    except (RedisError, OSError) as error:
        logger.warning("heartbeat_failed", error=type(error).__name__)
