"""Tells a worker that there is something to do, once the transaction has committed.

Nothing depends on the message: what is due stands in the database and a sweep finds it. So a broker that is gone or
does not answer costs a page at most a second, however many messages it sends, and never an error.
"""

import os
import time
from functools import lru_cache, partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.connection import Connection
from kombu.exceptions import OperationalError as BrokerError
from kombu.pools import producers
from redis.exceptions import RedisError

BROKER_PATIENCE_SECONDS = 1
# After a failure nothing is sent for so long; the sweeps find what was left out.
BROKER_REST_SECONDS = 10
logger = structlog.get_logger(__name__)

# Until when each broker of this process is left alone, by the monotonic clock.
_resting_until: dict[str, float] = {}


def wake(task: str, *args: str | int, queue: str, after: float = 0) -> None:
    """Send ``task`` with ids to ``queue`` after commit; a lost message is noted in the log and nothing else.

    ``after`` is in seconds and stays well below the broker's visibility timeout: longer waits are due moments in rows.
    """
    transaction.on_commit(partial(_send, task, args, queue, after), robust=True)


def _send(task: str, args: tuple[str | int, ...], queue: str, after: float) -> None:
    url = current_app.conf.broker_url
    if time.monotonic() < _resting_until.get(url, 0.0):
        logger.info("wakeup_left_out", task=task)
        return
    broker = _connection(os.getpid(), url)
    try:
        with producers[broker].acquire(block=True, timeout=BROKER_PATIENCE_SECONDS) as producer:
            current_app.send_task(task, args=args, queue=queue, countdown=after or None, producer=producer, retry=False)
    except (BrokerError, RedisError, OSError) as error:
        _resting_until[url] = time.monotonic() + BROKER_REST_SECONDS
        logger.warning("wakeup_lost", task=task, error=type(error).__name__)


@lru_cache(maxsize=2)
def _connection(_pid: int, url: str) -> Connection:
    """One broker connection per process with little patience; after a fork the child makes its own."""
    patience = {
        "socket_timeout": BROKER_PATIENCE_SECONDS,
        "socket_connect_timeout": BROKER_PATIENCE_SECONDS,
        "max_retries": 0,
        "retry_on_timeout": False,
    }
    connection: Connection = current_app.connection_for_write(
        url,
        transport_options={**current_app.conf.broker_transport_options, **patience},
        connect_timeout=BROKER_PATIENCE_SECONDS,
    )
    return connection
