"""Correcting a transfer that was refused, and adding the signed copy of its mandate."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from sims.enums import OrderKind
from sims.forms.activation import Days, checked_day, date_field, limit
from sims.forms.donor import DONORS, OTHER, TransferFields
from sims.models import PortInRequest
from sims.services.ports import Details

LARGEST_SCAN = 10 * 1024 * 1024
# How a file of each type begins; a name or a browser's word for it proves nothing.
_BEGINNINGS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class CorrectPortForm(TransferFields):
    """The stored request as it is, to be corrected and asked again. ``day`` None is as soon as possible."""

    use_required_attribute = False
    when = forms.ChoiceField(
        label=_("When"),
        choices=[("first", _("As soon as possible")), ("date", _("On a date"))],
        initial="first",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when.")},
    )
    date = date_field()

    field_order = ("number",)

    def __init__(self, data: Any = None, *, asked: PortInRequest) -> None:
        self.customer, self.line, self.asked = asked.customer, asked.line, asked
        self.days = Days(OrderKind.PORT_IN)
        is_listed = asked.donor in DONORS
        super().__init__(
            data,
            label_suffix="",
            initial={
                "number": asked.number,
                "donor": asked.donor if is_listed else OTHER,
                "donor_other": "" if is_listed else asked.donor,
                "contract": "prepaid" if asked.is_prepaid else "postpaid",
                "donor_customer_number": asked.donor_customer_number,
                "donor_iccid": asked.donor_iccid,
                "holder_name": asked.holder_name,
                "holder_enterprise_number": asked.holder_enterprise_number,
            },
        )
        del self.fields["was_private"]  # whose number it was does not change
        limit(self.fields["date"], self.days)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self.check_transfer(data)
        data["day"] = checked_day(self, data)
        return data

    def details(self) -> Details:
        data = self.cleaned_data
        return Details(
            number=data["number"],
            donor=self.donor_name(),
            is_prepaid=data["contract"] == "prepaid",
            donor_customer_number=data["donor_customer_number"],
            donor_iccid=data["donor_iccid"],
            holder_name=data["holder_name"],
            holder_enterprise_number=data["holder_enterprise_number"],
        )


class ScanForm(forms.Form):
    """``cleaned_data["content_type"]`` is what the file is, by its first bytes."""

    use_required_attribute = False

    scan = forms.FileField(
        label=_("Signed mandate"),
        help_text=_("A PDF, JPG or PNG of at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        max_length=150,
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty."),
            "max_length": _("The name of this file is too long. Give it a shorter name."),
        },
    )

    def clean_scan(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["scan"]
        if (file.size or 0) > LARGEST_SCAN:
            raise ValidationError(_("This file is larger than 10 MB. Scan it again with a lower resolution."))
        beginning = file.read(16)
        file.seek(0)
        found = next((kind for start, kind in _BEGINNINGS.items() if beginning.startswith(start)), None)
        if found is None:
            raise ValidationError(_("This is not a PDF, JPG or PNG file. Save the scan as one of these."))
        self.cleaned_data["content_type"] = found
        return file
