"""What an employee sees without an account: his details, from the link in his mail."""

from typing import Any

from allauth.decorators import rate_limit
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from sims.forms.subscriber import DeclineForm, DetailsForm, OwnDetailsForm
from sims.models import SubscriberConfirmation
from sims.queries.employees import lines_of, usable_question
from sims.services.confirmations import QuestionGone, accept_change, confirm, decline_change
from sims.services.subscribers import details_of


@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="my_details")
def my_details(request: PortalRequest, token: str) -> HttpResponse:
    """GET only shows: mail scanners open links too. The first POST answers, every later visit finds nothing."""
    question = usable_question(token)
    with translation.override(_language(request, question)):
        response = _answer(request, question, token) if question else _gone(request)
    # Not "no-referrer": browsers then send a null origin with the form, which is refused as forged.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def my_details_thanks(request: PortalRequest) -> HttpResponse:
    """In the language of the page before it."""
    language = request.GET.get("l", "")
    known = language if language in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(known):
        return render(request, "sims/my_details_thanks.html")


def _language(request: PortalRequest, question: SubscriberConfirmation | None) -> str:
    """The employee's own, unless this browser was switched with the language links."""
    is_switched = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    current: str = translation.get_language() or settings.LANGUAGE_CODE
    return current if question is None or is_switched else question.subscriber.language


def _gone(request: PortalRequest) -> HttpResponse:
    return render(request, "sims/my_details_gone.html", status=410)


def _answer(request: PortalRequest, question: SubscriberConfirmation, token: str) -> HttpResponse:
    return _change(request, question, token) if question.is_change else _confirm(request, question, token)


def _confirm(request: PortalRequest, question: SubscriberConfirmation, token: str) -> HttpResponse:
    person = question.subscriber
    start = {"first_name": person.first_name, "last_name": person.last_name, "language": person.language}
    form = OwnDetailsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            confirm(token=token, **form.cleaned_data)
        except QuestionGone:
            return _gone(request)
        return _thanks()
    return _page(request, "sims/my_details.html", question, form)


def _change(request: PortalRequest, question: SubscriberConfirmation, token: str) -> HttpResponse:
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("answer") == "no":
                decline_change(token=token, reason=form.cleaned_data["reason"])
            else:
                accept_change(token=token)
        except QuestionGone:
            return _gone(request)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _thanks()
    return _page(request, "sims/my_details_change.html", question, form, changes=_changes(question))


def _thanks() -> HttpResponse:
    return redirect(f"{reverse('my_details_thanks')}?l={translation.get_language()}")


def _changes(question: SubscriberConfirmation) -> list[dict[str, str]]:
    """What would be different, as it is called and as it reads."""
    now = details_of(question.subscriber)
    return [
        {
            "label": str(DetailsForm.base_fields[name].label),
            "before": _read(name, now[name]),
            "after": _read(name, value),
        }
        for name, value in question.proposed.items()
        if name in now
    ]


def _read(name: str, value: str) -> str:
    return str(dict(settings.LANGUAGES).get(value, value)) if name == "language" else value


def _page(
    request: PortalRequest, template: str, question: SubscriberConfirmation, form: Any, **more: Any
) -> HttpResponse:
    context = {
        "question": question,
        "person": question.subscriber,
        "company": question.customer,
        "lines": lines_of(question.subscriber),
        "form": form,
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)
