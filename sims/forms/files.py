"""Uploading a fleet file, naming its columns, choosing what to export."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sims.spreadsheets.columns import IGNORED, REQUIRED, Field
from sims.spreadsheets.fleet_export import FORMATS

MOST_SELECTED = 1000
# What the select of a column that is not used says.
UNUSED = "-"


class UploadForm(forms.Form):
    """One file; what is in it is read by a worker."""

    file = forms.FileField(
        label=_("Excel or CSV file"),
        help_text=_("An .xlsx or .csv file of at most 20 MB and 50,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty."),
            "max_length": _("The name of this file is too long. Give it a shorter name."),
        },
        max_length=150,
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if PurePath(file.name or "").suffix.lower() not in (".xlsx", ".csv", ".txt"):
            raise ValidationError(
                _("Only .xlsx and .csv files can be read. Open the file in Excel and save it as .xlsx.")
            )
        if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(_("This file is larger than 20 MB. Split it into smaller files."))
        return file


class ColumnsForm(forms.Form):
    """One select per column of the file; ``headings`` come from the check of that file."""

    def __init__(self, headings: Sequence[Mapping[str, Any]], data: Any = None) -> None:
        super().__init__(data)
        self.headings = headings
        choices = [(UNUSED, _("Do not use")), *((f.value, f.label) for f in Field)]
        for heading in headings:
            self.fields[f"column_{heading['index']}"] = forms.ChoiceField(
                label=heading["text"] or heading["letter"],
                choices=choices,
                initial=heading["field"] or UNUSED,
                widget=forms.Select(attrs={"class": "select"}),
            )

    def rows(self) -> list[tuple[dict[str, str], forms.BoundField]]:
        """What to say of each column of the file, with its select."""
        return [(self._texts(heading), self[f"column_{heading['index']}"]) for heading in self.headings]

    def _texts(self, heading: Mapping[str, Any]) -> dict[str, str]:
        samples = " · ".join(heading["samples"])
        return {
            "label": f"{heading['letter']}  {heading['text'] or gettext('(no name)')}",
            "hint": gettext("First values: %(values)s") % {"values": samples} if samples else gettext("No values"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [field for field in cleaned.values() if field != UNUSED]
        twice = {field for field in chosen if chosen.count(field) > 1}
        for name, field in list(cleaned.items()):
            if field in twice:
                self.add_error(name, _("This is chosen for two columns. Keep one of them."))
        missing = [field for field in REQUIRED if field not in chosen]
        if missing:
            names = ", ".join(str(field.label) for field in missing)
            text = ngettext(
                "Say which column this is: %(columns)s.", "Say which columns these are: %(columns)s.", len(missing)
            )
            raise ValidationError(text % {"columns": names})
        return cleaned

    def mapping(self) -> dict[int, str]:
        """Column index → field or nothing, of a valid form."""
        chosen = {heading["index"]: self.cleaned_data[f"column_{heading['index']}"] for heading in self.headings}
        return {index: IGNORED if field == UNUSED else field for index, field in chosen.items()}


class ExportForm(forms.Form):
    """Which lines, columns and kind of file. ``query`` is the address of the list, ``sel`` what is selected in it."""

    SELECTION, FILTER, ALL = "selection", "query", "all"
    SHOWN = "shown"

    scope = forms.ChoiceField(label=_("Which SIM cards"), widget=forms.RadioSelect)
    columns = forms.ChoiceField(
        label=_("Which columns"),
        choices=[(SHOWN, _("As in the list")), (ALL, _("All columns"))],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    format = forms.ChoiceField(
        label=_("Kind of file"),
        choices=list(zip(FORMATS, [_("Excel (.xlsx)"), _("CSV (.csv)")], strict=True)),
        widget=forms.RadioSelect,
        initial=FORMATS[0],
    )
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(
        self, *, scopes: Sequence[tuple[str, Any]], selected: Sequence[str], data: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.selected = selected
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]


def selected_ids(values: Sequence[str]) -> list[str]:
    """The ids of a selection; what is none is left out."""
    found = []
    for value in values[:MOST_SELECTED]:
        try:
            found.append(str(UUID(value)))
        except ValueError:
            continue
    return found
