"""Files that come with a form. What fits is kept as a draft at once, so that an error elsewhere loses nothing."""

import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tickets.files import ACCEPT, checked, safe_name
from tickets.models import Attachment, Ticket
from tickets.services.attachments import add_draft, remove_draft


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


def files_field() -> forms.FileField:
    """Only for the page; the files are taken by :func:`take_files`."""
    return forms.FileField(
        label=gettext_lazy("Attachments"),
        help_text=gettext_lazy("PDF, PNG, JPG, TXT, CSV or Excel (.xlsx); at most five files of 10 MB."),
        required=False,
        widget=ManyFiles(attrs={"accept": ACCEPT, "multiple": True}),
    )


def drafts_of(customer: Customer, key: uuid.UUID, by: Actor) -> list[Attachment]:
    """What was added to this form and not sent yet."""
    drafts = Attachment.objects.for_customer(customer).filter(draft=key, owner_id=by.id, message=None)
    return list(drafts.order_by("pk"))


def take_files(
    files: Collection[UploadedFile],
    *,
    kept: Collection[str],
    customer: Customer,
    key: uuid.UUID,
    by: Actor,
    ticket: Ticket | None = None,
) -> list[str]:
    """Drop the drafts that are not ``kept`` any more and keep the new files; answers what is wrong with others."""
    for draft in drafts_of(customer, key, by):
        if str(draft.public_id) not in kept:
            remove_draft(customer=customer, draft=key, public_id=draft.public_id, by=by)
    problems = []
    for file in files:
        try:
            add_draft(customer=customer, draft=key, file=_read(file), by=by, ticket=ticket)
        except Refusal as refusal:
            problems.append(str(refusal))
    return problems


def _read(file: UploadedFile) -> Any:
    name = file.name or ""
    if (file.size or 0) > settings.TICKET_FILE_MAX_BYTES:
        raise Refusal(_("%(name)s is larger than 10 MB.") % {"name": safe_name(name)})
    return checked(name, file.read())
