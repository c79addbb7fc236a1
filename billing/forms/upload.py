"""The staff's form for documents of the operator: several files at once."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; its value is a list of them."""

    widget = SeveralFiles(attrs={"accept": ".xml,application/xml,text/xml"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        one = super().clean
        return [one(file, initial) for file in data] if data else [one(None, initial)]


class InvoiceUploadForm(forms.Form):
    documents = FilesField(
        label=_("Invoices and credit notes (UBL)"),
        help_text=_("XML files, at most %(n)s at once.") % {"n": settings.DATA_UPLOAD_MAX_NUMBER_FILES},
        allow_empty_file=True,
    )
