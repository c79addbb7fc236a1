"""The watched folder: whatever file appears in a company's folder is claimed, imported and put away.

``USAGE_FOLDER/<short name of the company>/`` is where files arrive; ``working``, ``done`` and ``failed`` beside them
are ours. A file is claimed by moving it, which only one worker can. One that is still being written is left alone: its
name begins with a dot or ends as those of unfinished files do, or it changed a moment ago.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.enums import UsageSource
from groupbundles.services.usage.files import BadFile
from groupbundles.services.usage.imports import BeingImported, import_file

WORKING, DONE, FAILED = "working", "done", "failed"
# Small enough for a worker to be free again soon; what is left is done at the next turn.
ROWS = 50_000
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
BY = Actor.system("usage folder")

logger = structlog.get_logger(__name__)


def take_files(*, seconds: float) -> bool:
    """Import what has arrived, for about so long; says whether something is left to go on with."""
    until = time.monotonic() + seconds
    for customer, inbox in _inboxes():
        for path in _claimed(inbox):
            if time.monotonic() >= until:
                return True
            if not _take(customer, path, until):
                return True
    return False


def remove_done(*, older_than: float) -> int:
    """Delete files that were put away longer than ``older_than`` seconds ago: they hold what people used."""
    removed = 0
    for _customer, inbox in _inboxes():
        for folder in (inbox / DONE, inbox / FAILED):
            for path in folder.glob("*"):
                if time.time() - path.stat().st_mtime > older_than:
                    path.unlink(missing_ok=True)
                    removed += 1
    return removed


def _take(customer: Customer, path: Path, until: float) -> bool:
    """Import one claimed file and put it away; False when it is not finished yet."""
    try:
        taken = import_file(customer=customer, path=path, source=UsageSource.FOLDER, by=BY, rows=ROWS, until=until)
    except (FileNotFoundError, BeingImported):
        return True  # Another worker is at it, or was.
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise
    except BadFile as wrong:
        logger.warning("usage_file_refused", customer=customer.slug, file=path.name, reason=str(wrong))
        _put_away(path, FAILED)
        return True
    except Exception:
        # Put back by a person, it goes on where it was.
        logger.exception("usage_file_failed", customer=customer.slug, file=path.name)
        _put_away(path, FAILED)
        return True
    if taken.is_done:
        _put_away(path, DONE)
    return taken.is_done


def _inboxes() -> Iterator[tuple[Customer, Path]]:
    if not settings.USAGE_FOLDER:
        return
    for inbox in sorted(Path(settings.USAGE_FOLDER).iterdir()):
        if inbox.is_symlink() or not inbox.is_dir():
            continue
        customer = Customer.objects.filter(slug=inbox.name).first()
        if customer is None:
            logger.warning("usage_folder_of_nobody", folder=inbox.name)
        else:
            yield customer, inbox


def _claimed(inbox: Path) -> list[Path]:
    """Files that were claimed before and not finished, then those that can be claimed now; the oldest first."""
    working = inbox / WORKING
    working.mkdir(exist_ok=True)
    claimed = [path for path in sorted(working.iterdir()) if path.is_file()]
    for path in sorted(inbox.iterdir(), key=_age):
        if _has_arrived(path):
            target = _free_name(working / path.name)
            try:
                path.rename(target)
            except FileNotFoundError:
                continue  # Another worker was quicker.
            claimed.append(target)
    return claimed


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _has_arrived(path: Path) -> bool:
    if path.name.startswith(".") or path.name.endswith(UNFINISHED) or path.is_symlink() or not path.is_file():
        return False
    quiet: float = settings.USAGE_FOLDER_QUIET_SECONDS
    return time.time() - _age(path) >= quiet


def _put_away(path: Path, folder: str) -> None:
    target = path.parent.parent / folder
    target.mkdir(exist_ok=True)
    put = _free_name(target / path.name)
    path.rename(put)
    os.utime(put)


def _free_name(path: Path) -> Path:
    """The same name, with a number when there is such a file already."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{number}-{path.name}")
    return free
