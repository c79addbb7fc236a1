"""Who is at an import: a claim on its row that lasts for a while, by the clock of the database.

A claim is renewed with every batch. One that was not, because its process was killed or cut off, is taken over after
its time, and ``attempts`` then tells the first one that the import is not its own any more. Nothing is held between
transactions, so connections may be shared by a pool.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import Error, IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from groupbundles.enums import UsageImportState, UsageSource
from groupbundles.models import UsageImport
from groupbundles.services.usage.files import UsageFile

LOOK_AGAIN_SECONDS = 0.5


class BeingImported(Refusal):
    """Another process is at this file now."""


class ImportLost(BeingImported):
    """Somebody else moved this import on: what was read here is not taken in."""

    def __init__(self) -> None:
        super().__init__(_("Another process went on with this file."))


def lease() -> timedelta:
    """How long a claim lasts from now, or from the last batch."""
    return timedelta(seconds=settings.USAGE_LEASE_SECONDS)


@contextmanager
def claimed(
    customer: Customer, file: UsageFile, source: UsageSource, by: Actor, *, again: bool, wait: float
) -> Iterator[UsageImport]:
    """The import of this content, which is nobody else's meanwhile: one that was cut off, or a new one.

    An import that is done is given as it is, unless ``again``. After ``wait`` seconds in which somebody else is at it
    raises :class:`BeingImported`.
    """
    until = time.monotonic() + wait
    while (found := _claim(customer, file, source, by, again=again)) is None:
        if time.monotonic() >= until:
            raise BeingImported(_("This file is being imported right now."))
        time.sleep(LOOK_AGAIN_SECONDS)
    try:
        yield found
    finally:
        with suppress(Error):
            still_mine(found).update(leased_until=Now())


def still_mine(usage_import: UsageImport) -> "QuerySet[UsageImport]":
    """The row, as long as nobody took it over or finished it."""
    mine: QuerySet[UsageImport] = UsageImport.objects.for_customer(usage_import.customer_id)
    return mine.filter(pk=usage_import.pk, state=UsageImportState.RUNNING, attempts=usage_import.attempts)


def left_behind(source: UsageSource, *, since: timedelta) -> "QuerySet[UsageImport]":
    """Imports from there that have not ended and that nobody has been at for so long."""
    running: QuerySet[UsageImport] = UsageImport.objects.across_customers(
        reason="what was cut off is looked for in every company"
    ).filter(state=UsageImportState.RUNNING, source=source)
    return running.annotate(silent_from=Coalesce("leased_until", "started_at")).filter(silent_from__lt=Now() - since)


def _claim(customer: Customer, file: UsageFile, source: UsageSource, by: Actor, *, again: bool) -> UsageImport | None:
    running = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.RUNNING, sha256=file.sha256)
    if not again and (done := _done(customer, file)):
        return done
    free = running.filter(Q(leased_until=None) | Q(leased_until__lte=Now()))
    if free.update(leased_until=Now() + lease(), attempts=F("attempts") + 1):
        found: UsageImport = running.get()
        return found
    if running.exists():
        return None
    # What was running a moment ago is done by now.
    if not again and (done := _done(customer, file)):
        return done
    return _begin(customer, file, source, by)


def _done(customer: Customer, file: UsageFile) -> UsageImport | None:
    done = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.DONE, sha256=file.sha256)
    found: UsageImport | None = done.order_by("started_at", "pk").first()
    return found


def _begin(customer: Customer, file: UsageFile, source: UsageSource, by: Actor) -> UsageImport | None:
    """None when somebody else begins with the same content at this moment: the database lets one be."""
    try:
        with transaction.atomic():
            begun: UsageImport = UsageImport.objects.create(
                customer=customer,
                source=source,
                name=file.name,
                sha256=file.sha256,
                size=file.size,
                by_name=by.name,
                attempts=1,
                leased_until=Now() + lease(),
            )
    except IntegrityError:
        return None
    return begun
