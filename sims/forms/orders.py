"""Deciding about a request of a colleague."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DeclineForm(forms.Form):
    """Why not, for the one who asked."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The person who asked reads this."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why, so that the person who asked knows what to do.")},
    )
