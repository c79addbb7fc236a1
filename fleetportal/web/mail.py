"""Mail in development: every message becomes a readable file, listed on the page ``/mailbox/``. Nothing leaves."""

import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage as ParsedMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

BACKEND = "fleetportal.web.mail.FileMailbox"
_NAME = re.compile(r"^[\w.@+-]+\.eml$")


class FileMailbox(BaseEmailBackend):
    """Writes each message as ``<moment>-<recipient>.eml`` into the folder EMAIL_FILE_PATH."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            recipient = re.sub(r"[^\w.@+-]", "_", (message.recipients() or ["nobody"])[0])
            name = f"{timezone.localtime():%Y%m%d-%H%M%S-%f}-{recipient}.eml"
            # Written under another name first: the page never sees half a message.
            unfinished = folder / f".{name}.part"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(folder / name)
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as the mailbox page shows it."""

    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str


def is_active() -> bool:
    """The mailbox page exists only in development and only where mail goes into files."""
    return bool(settings.DEBUG and settings.EMAIL_BACKEND == BACKEND)


def mails(limit: int = 50) -> list[Mail]:
    """The newest messages first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    names = sorted((path.name for path in folder.glob("*.eml")), reverse=True) if folder.is_dir() else []
    return [mail for name in names[:limit] if (mail := read(name))]


def read(name: str) -> Mail | None:
    """One message by its file name; None when there is none of that name."""
    path = Path(settings.EMAIL_FILE_PATH) / name
    if not _NAME.match(name) or not path.is_file():
        return None
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(parsed, ParsedMessage)
    body = parsed.get_body(("plain", "html"))
    return Mail(
        name=name,
        subject=str(parsed["Subject"] or ""),
        to=str(parsed["To"] or ""),
        sent_at=_moment(parsed["Date"]),
        text=str(body.get_content()) if body else "",
    )


def _moment(header: str | None) -> datetime | None:
    """The Date header; its "-0000" means UTC and comes without a zone."""
    if not header:
        return None
    moment = parsedate_to_datetime(header)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
