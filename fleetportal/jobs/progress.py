"""Writing how far a job is, and so keeping the right to run it."""

import time
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.registry import JobLost

# A silent worker is taken for dead after this long; shorter than the broker's visibility timeout, so that the message
# which comes back then finds the job free.
LEASE = timedelta(seconds=90)
WRITE_EVERY_SECONDS = 1.0

_UPDATE = """
UPDATE jobs_job SET done = %s, total = %s, lease_until = statement_timestamp() + make_interval(secs => %s)
WHERE id = %s AND state = %s AND attempts = %s
"""
_EXISTS = "SELECT 1 FROM jobs_job WHERE id = %s"


class ProgressWriter:
    """The ``progress`` a job function is given. ``attempt`` is the claim's number: an older claim writes nothing.

    Inside a transaction of the job it writes through a connection of its own, else nobody would see it before commit.
    """

    def __init__(self, job: Job, attempt: int) -> None:
        self.job_id = job.pk
        self.attempt = attempt
        self.latest = (0, 0)
        self._written_at = 0.0
        self._side: BaseDatabaseWrapper | None = None

    def __call__(self, done: int, total: int) -> None:
        self.latest = (done, total)
        now = time.monotonic()
        if done < total and now - self._written_at < WRITE_EVERY_SECONDS:
            return
        self._written_at = now
        self._write(done, total)

    def _write(self, done: int, total: int) -> None:
        with self._connection().cursor() as cursor:
            cursor.execute(
                _UPDATE,
                [done, total, LEASE.total_seconds(), self.job_id, JobState.RUNNING, self.attempt],
            )
            if cursor.rowcount:
                return
            cursor.execute(_EXISTS, [self.job_id])
            # A row that this connection cannot see yet was made in the very transaction that runs the job.
            if cursor.fetchone():
                raise JobLost(str(self.job_id))

    def _connection(self) -> BaseDatabaseWrapper:
        if not connection.in_atomic_block:
            return connection
        if self._side is None:
            self._side = connections.create_connection(DEFAULT_DB_ALIAS)
        return self._side

    def close(self) -> None:
        if self._side is not None:
            self._side.close()
            self._side = None
