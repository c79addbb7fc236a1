"""Celery tasks of this app: sending what is due."""

from smtplib import SMTPException

import structlog
from celery import shared_task

from accounts import services
from accounts.emails import invitation_mail

logger = structlog.get_logger(__name__)


@shared_task(name="accounts.send_invitation", queue="mail", max_retries=3, default_retry_delay=5)
def send_invitation(invitation_id: int) -> None:
    """A mail server that refuses or is gone leaves the mail due; the sweep tries again until the invitation ends."""
    claim = services.claim_mail(invitation_id=invitation_id)
    if claim is None:
        return
    try:
        invitation_mail(claim.invitation, claim.token).send()
    except (SMTPException, OSError) as error:
        logger.warning("invitation_not_sent", invitation_id=invitation_id, error=type(error).__name__)
        return
    services.mark_sent(claim=claim)


@shared_task(name="accounts.sweep_invitation_mails", queue="mail", max_retries=3, default_retry_delay=5)
def sweep_invitation_mails() -> None:
    services.sweep_mails()
