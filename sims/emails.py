"""Building the mails of this app, each in the language of the person who reads it."""

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from fleetportal.web import formatting
from fleetportal.web.letters import link_to, mail_of
from sims.enums import SwapReason
from sims.models import EsimHandover, Notice, SubscriberConfirmation
from sims.orders.kinds.swap import SwapPayload
from sims.services.notices import token_of


def notice_mail(notice: Notice) -> EmailMultiAlternatives:
    """What is going to happen, who asked, and the page on which it can be stopped. Opening the link does nothing."""
    with translation.override(notice.language):
        context = {**swap_facts(notice), "link": link_to(reverse("notice", args=[token_of(notice)]))}
        return mail_of(
            _("SIM card of %(number)s is going to be replaced") % context, "swap_notice", context, notice.recipient,
            message_id=f"<notice-{notice.public_id}@fleetportal>",
        )  # fmt: skip


def notice_text(notice: Notice) -> str:
    """The text message on the old card: no link, because with a stolen phone the thief reads it."""
    with translation.override(notice.language):
        text = _(
            "Fleet Portal: %(who)s asked for another SIM card for your number %(number)s. Not right? Call your fleet "
            "manager now."
        )
        return text % swap_facts(notice)


def swap_facts(notice: Notice) -> dict[str, str]:
    """The replacement in words, in the active language."""
    order, line = notice.order, notice.order.own_line
    payload = SwapPayload.from_json(order.payload)
    return {
        "who": order.requested_by_name,
        "number": formatting.phone(line.number),
        "holder": line.subscriber.full_name if line.subscriber else "",
        "old": payload.iccid_before[-4:],
        "new": payload.iccid[-4:],
        "reason": str(SwapReason(payload.reason).label),
        "when": formatting.date_time(order.not_before),
    }


def esim_mail(handover: EsimHandover, token: str) -> EmailMultiAlternatives:
    """The link to the page that shows the code once. The code itself is in no mail."""
    with translation.override(handover.language):
        context = {
            "name": handover.name,
            "who": handover.asked_by_name,
            "number": formatting.phone(handover.line.number),
            "until": formatting.date_time(handover.expires_at),
            "link": link_to(reverse("esim_open", args=[token])),
        }
        return mail_of(_("Your eSIM is ready"), "esim_link", context, handover.email)


def question_mail(question: SubscriberConfirmation, token: str) -> EmailMultiAlternatives:
    """To the employee: what he is asked, by whom, and the link. The token stands nowhere else in the clear."""
    person = question.subscriber
    with translation.override(person.language):
        asks = _("Confirm your details at %(company)s")
        wants = _("%(company)s wants to change your details")
        context = {
            "question": question,
            "person": person,
            "company": question.customer.name,
            "link": link_to(reverse("my_details", args=[token])),
        }
        return mail_of((wants if question.is_change else asks) % context, "my_details", context, person.email)
