"""Pages about people and companies: who manages the fleet, invitations, one's own profile, the company switch."""

import uuid

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries, services
from accounts.forms import InviteForm, PersonForm, RegisterForm
from accounts.models import Invitation, Membership, User
from accounts.permissions import Permission
from fleetportal.audit.actors import Actor
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from fleetportal.web.parameters import whole_number


@require_safe
@customer_required(Permission.VIEW_PEOPLE)
def people(request: PortalRequest) -> HttpResponse:
    """Who manages this fleet and who was asked to."""
    context = {
        "people": queries.people_of(request.customer),
        "invitations": queries.open_invitations(request.customer),
        "may_manage": request.membership.can(Permission.MANAGE_PEOPLE),
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_PEOPLE)
def invite(request: PortalRequest) -> HttpResponse:
    roles = queries.roles_below(request.membership)
    start = {"role": "manager", "language": request.user.language}
    form = InviteForm(request.POST or None, roles=roles, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            sent = services.invite_many(customer=request.customer, by=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            toast(request, ngettext("Invitation sent.", "%(n)d invitations sent.", len(sent)) % {"n": len(sent)})
            return redirect("people")
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@customer_required(Permission.MANAGE_PEOPLE)
def invitation_resend(request: PortalRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = _own_invitation(request, invitation_id)
    try:
        services.resend(invitation=invitation, by=request.actor)
    except Refusal as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("A new invitation is on its way to %(email)s.") % {"email": invitation.email})
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_PEOPLE)
def invitation_revoke(request: PortalRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """GET asks, POST withdraws."""
    invitation = _own_invitation(request, invitation_id)
    if request.method != "POST":
        return render(request, "accounts/invitation_revoke.html", {"invitation": invitation})
    try:
        services.revoke(invitation=invitation, by=request.actor)
    except Refusal as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("Invitation of %(email)s withdrawn.") % {"email": invitation.email})
    return redirect("people")


def _own_invitation(request: PortalRequest, invitation_id: uuid.UUID) -> Invitation:
    return get_object_or_404(queries.open_invitations(request.customer), public_id=invitation_id)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="accept_invitation")
def invitation(request: PortalRequest, token: str) -> HttpResponse:
    """Where the link of the mail leads. GET only shows: mail scanners open links too."""
    found = queries.usable_invitation(token)
    if found is None:
        return render(request, "accounts/invitation_gone.html", {"token": token}, status=410)
    account = queries.account_of(found.email)
    if request.user.is_authenticated and request.user != account:
        return render(request, "accounts/invitation_other_person.html", {"invitation": found})
    if account is None:
        return _register(request, found, token)
    if not request.user.is_authenticated:
        back = urlencode({"next": request.path})
        return render(request, "accounts/invitation_sign_in.html", {"invitation": found, "sign_in_query": back})
    return _confirm(request, found, token, account)


def _register(request: PortalRequest, found: Invitation, token: str) -> HttpResponse:
    """A new person: name, language, password; then straight in."""
    form = RegisterForm(request.POST or None, invitation=found, initial={"language": found.language})
    if request.method == "POST" and form.is_valid():
        try:
            membership = services.accept_as_new_person(token=token, person=services.NewPerson(**form.cleaned_data))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            response = perform_login(request, membership.user, email_verification="none")
            return _work_for(request, membership, response)
    context = {"form": form, "invitation": found}
    return render(request, "accounts/invitation_register.html", context, status=422 if form.errors else 200)


def _confirm(request: PortalRequest, found: Invitation, token: str, account: User) -> HttpResponse:
    """A person who is signed in with the invited address: one click."""
    if request.method != "POST":
        return render(request, "accounts/invitation_confirm.html", {"invitation": found})
    try:
        membership = services.accept(token=token, user=account)
    except Refusal:
        return render(request, "accounts/invitation_gone.html", {"token": token}, status=410)
    toast(request, _("You now manage the SIM cards of %(company)s.") % {"company": membership.customer})
    return _work_for(request, membership, redirect("dashboard"))


def _work_for(request: PortalRequest, membership: Membership, response: HttpResponse) -> HttpResponse:
    """From here on this session works for the membership's company."""
    request.session[queries.SESSION_KEY] = membership.pk
    return response


@require_POST
@rate_limit(action="ask_invitation")
def invitation_ask(request: PortalRequest, token: str) -> HttpResponse:
    """Send an expired invitation again. Answers the same for every link, so that it tells nothing."""
    found = queries.invitation_of_token(token)
    if found and found.is_expired:
        services.resend(invitation=found, by=Actor.system("invitation page"))
    return redirect("invitation_asked")


@require_safe
def invitation_asked(request: PortalRequest) -> HttpResponse:
    return render(request, "accounts/invitation_asked.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: PortalRequest) -> HttpResponse:
    """One's own name and language; password and e-mail have pages of their own."""
    user = request.user
    start = {"first_name": user.first_name, "last_name": user.last_name, "language": user.language}
    form = PersonForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        company = request.customer.pk if request.customer else None
        services.change_profile(user=user, customer_id=company, **form.cleaned_data)
        toast(request, _("Profile saved."))
        response = redirect("profile")
        _speak(response, form.cleaned_data["language"])
        return response
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


def _speak(response: HttpResponse, language: str) -> None:
    """This browser too changes to the language just chosen, even if it was switched before."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


@require_safe
@login_required
def companies(request: PortalRequest) -> HttpResponse:
    """The companies one works for, to choose from."""
    return render(request, "accounts/companies.html", {"memberships": queries.memberships_of(request.user)})


@require_POST
@login_required
def company_switch(request: PortalRequest) -> HttpResponse:
    """Work for another company of one's own from now on; any other company is not found."""
    wanted = whole_number(request.POST.get("membership"))
    membership = get_object_or_404(queries.memberships_of(request.user), pk=wanted)
    request.session[queries.SESSION_KEY] = membership.pk
    toast(request, _("You now work for %(company)s.") % {"company": membership.customer})
    return redirect("dashboard")
