"""Background work on SIM cards and lines: thin wrappers that a worker calls, ids only, safe to run twice."""

from smtplib import SMTPException
from uuid import UUID

import structlog
from celery import shared_task

from fleetportal.operators.contract import OperatorError, Rejected, Uncertain
from fleetportal.operators.registry import get_operator
from sims.emails import esim_mail, notice_mail, notice_text, question_mail
from sims.enums import NoticeChannel
from sims.orders.engine import run_due
from sims.orders.lanes import run_lane
from sims.orders.sweeping import sweep
from sims.services import confirmations, esim, notices
from sims.services.departure_end import finish_departures

logger = structlog.get_logger(__name__)


@shared_task(name="sims.run_order", queue="orders", max_retries=3, default_retry_delay=5)
def run_order(order_id: str) -> None:
    """The next step of one order, if it is due."""
    run_due(UUID(order_id))


@shared_task(name="sims.run_bulk_orders", queue="bulk", max_retries=3, default_retry_delay=5)
def run_bulk_orders(lane: int, turn: int) -> None:
    """The next few of the due bulk orders."""
    run_lane(lane, turn)


@shared_task(name="sims.sweep_orders", queue="orders", max_retries=0, default_retry_delay=5)
def sweep_orders() -> None:
    """Wakes workers up for every order that is due."""
    sweep()


@shared_task(name="sims.send_notice", queue="mail", max_retries=3, default_retry_delay=5)
def send_notice(notice_id: int) -> None:
    """What cannot be sent now stays due; the sweep tries again."""
    notice = notices.claim(notice_id=notice_id)
    if notice is None:
        return
    try:
        if notice.channel == NoticeChannel.TEXT:
            get_operator().send_text(notice.recipient, notice_text(notice))
        else:
            notice_mail(notice).send()
    except (Rejected, Uncertain) as error:
        # A text message that may have gone out, or never will, is not sent again.
        logger.warning("notice_text_uncertain", notice_id=notice_id, error=type(error).__name__)
    except (SMTPException, OSError, OperatorError) as error:
        logger.warning("notice_not_sent", notice_id=notice_id, error=type(error).__name__)
        return
    notices.mark_sent(notice=notice)


@shared_task(name="sims.sweep_notices", queue="mail", max_retries=0, default_retry_delay=5)
def sweep_notices() -> None:
    """Notices and eSIM links whose message or worker was lost."""
    notices.sweep_notices()
    esim.sweep_links()


@shared_task(name="sims.send_esim_link", queue="mail", max_retries=3, default_retry_delay=5)
def send_esim_link(handover_id: int) -> None:
    """What cannot be sent now stays due; the sweep tries again until the link would have ended."""
    claim = esim.claim_mail(handover_id=handover_id)
    if claim is None:
        return
    try:
        esim_mail(claim.handover, claim.token).send()
    except (SMTPException, OSError) as error:
        logger.warning("esim_link_not_sent", handover_id=handover_id, error=type(error).__name__)
        return
    esim.mark_sent(claim=claim)


@shared_task(name="sims.send_confirmation", queue="mail", max_retries=3, default_retry_delay=5)
def send_confirmation(question_id: int) -> None:
    """A mail server that refuses or is gone leaves the mail due; the sweep tries again until the question ends."""
    claim = confirmations.claim_mail(question_id=question_id)
    if claim is None:
        return
    try:
        question_mail(claim.question, claim.token).send()
    except (SMTPException, OSError) as error:
        logger.warning("question_not_sent", question_id=question_id, error=type(error).__name__)
        return
    confirmations.mark_sent(claim=claim)


@shared_task(name="sims.sweep_confirmation_mails", queue="mail", max_retries=3, default_retry_delay=5)
def sweep_confirmation_mails() -> None:
    confirmations.sweep_mails()


@shared_task(name="sims.sweep_departures", queue="orders", max_retries=0, default_retry_delay=5)
def sweep_departures() -> None:
    """Ends the access of employees who left and closes what is over."""
    finish_departures()
