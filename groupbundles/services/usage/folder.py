"""The watched folder: what arrives in a company's folder is claimed, imported a while at a time, and put away.

What there is to do stands on the disk: a message that is lost, or a worker that dies, is made up for by the next sweep.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.db.models import Max

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.wakeup import wake
from groupbundles.enums import UsageSource
from groupbundles.models import UsageImport
from groupbundles.services.usage.claims import BeingImported
from groupbundles.services.usage.files import BadFile
from groupbundles.services.usage.imports import end_vanished, import_file, report_of
from groupbundles.services.usage.inboxes import DONE, FAILED, Claim, Inbox, inboxes

TASK = "groupbundles.take_usage_file"
# How many files are worked on at a time: the other processes of the workers stay free for everything else.
AT_ONCE = 1
# Small enough for a worker to be free again soon; what is left is done in the next turn.
ROWS = 50_000
MOST_ATTEMPTS = 5
BY = Actor.system("usage folder")

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """A company's folder as a sweep found it: tokens of files somebody is at and nobody is, names of new files."""

    customer: Customer
    inbox: Inbox
    busy: list[str]
    left: list[str]
    arrived: list[str]


def sweep() -> int:
    """Wake a worker for files nobody is at any more, and claim what has arrived. Returns how many files."""
    if not settings.USAGE_FOLDER:
        return 0
    watched = _watched()
    # A file lies in the folder for as long as its import is not done.
    end_vanished(customer_ids={each.customer.pk for each in watched if not each.busy and not each.left}, by=BY)
    room = AT_ONCE - sum(len(each.busy) for each in watched)
    started = 0
    for each in watched:
        for token in each.left[: max(room - started, 0)]:
            each.inbox.keep(token)
            wake(TASK, each.customer.pk, token, queue="usage")
            started += 1
    for each in watched:
        for name in each.arrived[: max(room - started, 0)]:
            if claim := each.inbox.claim(name):
                wake(TASK, each.customer.pk, claim.token, queue="usage")
                started += 1
    return started


def take(*, customer: Customer, token: str, seconds: float) -> str | None:
    """Go on with a claimed file for about so long; answers the token to go on with, None when there is nothing left."""
    inbox = _inbox(customer)
    claim = inbox.begin(token)
    if claim is None:
        return None
    if claim.attempts > MOST_ATTEMPTS:
        _fail(inbox, claim, "Work on this file stopped too often before its end.")
        return None
    before, until = claim.state, time.monotonic() + seconds
    try:
        taken = import_file(
            customer=customer, path=claim.path, source=UsageSource.FOLDER, by=BY, rows=ROWS, until=until
        )
    except BadFile as wrong:
        _fail(inbox, claim, str(wrong))
        return None
    except FileNotFoundError:
        # Another worker took this one for dead, or somebody took the file away: the sweep sees which.
        return None
    except BeingImported:
        inbox.release(claim)
        return None
    except (OperationalError, InterfaceError):
        inbox.release(claim)
        raise
    if not taken.is_done:
        further = inbox.got_further(claim)
        return further.token if further else None
    if claim.state != before:
        # Whoever brought it was not done writing. What was taken in counts once.
        return claim.token
    inbox.put_away(claim, DONE, report_of(taken))
    return None


def remove_old(*, seconds: float) -> int:
    """Delete files that were put away longer ago, of every company. Returns how many."""
    return sum(inbox.remove_old(seconds=seconds) for inbox in inboxes())


def count_old(*, seconds: float) -> int:
    return sum(inbox.count_old(seconds=seconds) for inbox in inboxes())


def _fail(inbox: Inbox, claim: Claim, message: str) -> None:
    logger.warning("usage_file_failed", folder=inbox.folder.name, file=claim.path.name, reason=message)
    inbox.put_away(claim, FAILED, {"file": claim.path.name, "error": message})


def _watched() -> list[Watched]:
    """The folders of companies, that whose turn was longest ago first; one that cannot be used holds up no other."""
    try:
        found = {inbox.folder.name: inbox for inbox in inboxes()}
    except OSError as error:
        logger.error("usage_folder_unusable", error=error.strerror)
        return []
    customers = {customer.slug: customer for customer in Customer.objects.filter(slug__in=found)}
    for name in found.keys() - customers.keys():
        if cache.add(f"usage-folder-of-nobody:{uuid5(NAMESPACE_OID, repr(name))}", True, 24 * 3600):
            logger.warning("usage_folder_of_nobody", folder=repr(name))
    imports = UsageImport.objects.across_customers(reason="the folders of all companies take turns")
    turns = dict(imports.filter(source=UsageSource.FOLDER).values_list("customer_id").annotate(Max("pk")))
    in_turn = sorted(customers.values(), key=lambda customer: (turns.get(customer.pk, 0), customer.slug))
    return [each for customer in in_turn if (each := _look(customer, found[customer.slug]))]


def _look(customer: Customer, inbox: Inbox) -> Watched | None:
    try:
        return Watched(customer, inbox, *inbox.at_work(), inbox.arrived())
    except OSError as error:
        logger.error("usage_folder_unusable", folder=inbox.folder.name, error=str(error))
        return None


def _inbox(customer: Customer) -> Inbox:
    return Inbox(Path(settings.USAGE_FOLDER, customer.slug))
