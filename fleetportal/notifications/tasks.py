"""Celery tasks of the notification centre: sending what is due, removing what is old."""

from smtplib import SMTPException

import structlog
from celery import shared_task

from fleetportal.notifications import outbox, services
from fleetportal.notifications.emails import mail_for

logger = structlog.get_logger(__name__)


@shared_task(name="notifications.send_notification", queue="mail", max_retries=3, default_retry_delay=5)
def send_notification(notification_id: int) -> None:
    """The mail of one notification, if it is due."""
    _send(outbox.claim_notification(notification_id=notification_id))


@shared_task(name="notifications.send_digest", queue="mail", max_retries=3, default_retry_delay=5)
def send_digest(digest_id: int) -> None:
    """The daily mail of one person, if it is due."""
    _send(outbox.claim_digest(digest_id=digest_id))


def _send(letter: outbox.Letter | None) -> None:
    """What a mail server refuses stays due; the sweep tries again."""
    if letter is None:
        return
    try:
        mail_for(letter).send()
    except (SMTPException, OSError) as error:
        logger.warning("notification_not_sent", row=str(letter.row), error=type(error).__name__)
        return
    outbox.mark_sent(letter=letter)


@shared_task(name="notifications.sweep_mails", queue="mail", max_retries=3, default_retry_delay=5)
def sweep_mails() -> None:
    """Makes the daily mails and wakes workers up for every mail that is due."""
    outbox.sweep_mails()


@shared_task(name="notifications.purge_notifications", queue="bulk", max_retries=3, default_retry_delay=5)
def purge_notifications() -> None:
    services.purge()
