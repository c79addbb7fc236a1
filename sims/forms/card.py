"""Step 1 of "add SIM card": which card, and a new number or one that is brought along."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sims.forms.card_check import CheckedCard, check_card
from sims.forms.donor import TransferFields
from sims.forms.steps import StepForm


class CardForm(TransferFields, StepForm):
    """``cleaned_data["checked"]`` is the :class:`CheckedCard`; the fields of a transfer count only with one."""

    iccid = forms.CharField(
        label=_("SIM card number"),
        help_text=_(
            "19 digits on the back of the card, starting with 8932. The last 12 are enough for a card in stock."
        ),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "list": "stock-cards"}),
        error_messages={"required": _("Enter the SIM card number.")},
    )
    iccid_seen = forms.CharField(required=False, max_length=22)
    number_kind = forms.ChoiceField(
        label=_("Phone number"),
        choices=[("new", _("New number")), ("existing", _("Bring an existing number"))],
        initial="new",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a new or an existing number.")},
    )

    field_order = ("iccid", "iccid_seen", "number_kind", "number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.customer = self.scene.customer
        self.initial.setdefault("holder_name", customer.name)
        self.initial.setdefault("holder_enterprise_number", customer.enterprise_number_display)
        self.checked: CheckedCard | None = None

    @property
    def is_transfer(self) -> bool:
        return bool(self["number_kind"].value() == "existing")

    def clean_iccid(self) -> str:
        self.checked = check_card(self.scene.customer, self.cleaned_data["iccid"])
        return self.checked.iccid

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.checked and self.checked.warnings and data.get("iccid_seen") != self.checked.iccid:
            self.add_error("iccid", _("Compare the number with the card, then confirm it below."))
        if self.is_transfer:
            self.check_transfer(data)
        return data
