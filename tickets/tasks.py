"""Background work on tickets: thin wrappers that a worker calls, ids only, safe to run twice."""

from uuid import UUID

from celery import shared_task

from accounts.models import Customer
from fleetportal.operators.registry import get_operator
from tickets.services import answers, attachments, outbox, sending


@shared_task(name="tickets.send_ticket", queue="mail", max_retries=3, default_retry_delay=5)
def send_ticket(ticket_id: int) -> None:
    """What managers wrote on one ticket; what cannot be sent now stays due."""
    sending.send_due(ticket_id=ticket_id, operator=get_operator())


@shared_task(name="tickets.sweep_tickets", queue="mail", max_retries=0, default_retry_delay=5)
def sweep_tickets() -> None:
    """Tickets whose message or worker was lost, and those whose wait is over."""
    outbox.sweep()


@shared_task(name="tickets.fetch_answers", queue="mail", max_retries=0, default_retry_delay=5)
def fetch_answers() -> None:
    answers.sweep()


@shared_task(name="tickets.fetch_answers_of", queue="mail", max_retries=0, default_retry_delay=5)
def fetch_answers_of(customer_id: int) -> None:
    """What the help desk wrote to one company."""
    answers.fetch(customer=Customer.objects.get(pk=customer_id), operator=get_operator())


@shared_task(name="tickets.look_at_ticket", queue="mail", max_retries=0, default_retry_delay=5)
def look_at_ticket(public_id: str) -> None:
    """The operator said that something happened to it."""
    answers.look_at(public_id=UUID(public_id), operator=get_operator())


@shared_task(name="tickets.remove_drafts", queue="bulk", max_retries=3, default_retry_delay=5)
def remove_drafts() -> None:
    """Files that were added to a form that was never sent."""
    attachments.remove_old_drafts()
