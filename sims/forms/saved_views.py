"""The name and reach of a saved view."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, error_messages={"required": _("Give the view a name.")})
    is_shared = forms.BooleanField(label=_("Everybody in the company sees this view"), required=False)
