"""The decision to let fleet managers see single usage records."""

from django import forms
from django.utils.translation import gettext_lazy as _

SHORTEST_REASON = 20


class ItemisedUseForm(forms.Form):
    """A reason in words, and that the employees know."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For what you need single records, and on which rule of the company it stands. It is kept."),
        min_length=SHORTEST_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write down the reason."),
            "min_length": _("Say it in at least 20 characters."),
        },
    )
    is_told = forms.BooleanField(
        label=_("The employees have been told, in writing."),
        error_messages={"required": _("Tell the employees first: without that their records may not be looked at.")},
    )
