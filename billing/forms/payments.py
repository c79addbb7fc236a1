"""The choice of how to pay; which ways there are says the payment service, and the bank transfer is always one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.gateways.base import Method
from fleetportal.web import formatting

TRANSFER = "transfer"
# How the known ways to pay are called, what they are like, and the button that leads there; others by their own name.
TEXTS: dict[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    "bancontact": ("Bancontact", gettext_lazy("With the app or your card, received at once"), "Bancontact"),
    "creditcard": (gettext_lazy("Card"), gettext_lazy("Visa or Mastercard"), gettext_lazy("the page for cards")),
    "kbc": ("KBC/CBC", gettext_lazy("In the app or on the site of your bank"), "KBC/CBC"),
    "belfius": ("Belfius", gettext_lazy("In the app or on the site of your bank"), "Belfius"),
    "paypal": ("PayPal", gettext_lazy("With your account"), "PayPal"),
    "ideal": ("iDEAL", gettext_lazy("With a Dutch bank"), "iDEAL"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to pay on the page; ``refusal`` says why it does not go for this amount."""

    id: str
    name: str
    hint: str
    button: str
    refusal: str = ""


def choices_of(methods: Sequence[Method], amount: Decimal) -> list[Choice]:
    """The ways to pay this amount, those that are not possible with the reason, and the bank transfer last."""
    online = [_choice(method, amount) for method in methods]
    transfer = Choice(
        TRANSFER,
        _("Bank transfer with QR code"),
        _("Scan with your banking app, received on the next working day"),
        _("Show the transfer"),
    )
    return [*online, transfer]


def _choice(method: Method, amount: Decimal) -> Choice:
    name, hint, place = TEXTS.get(method.id, (method.name, "", method.name))
    button = _("Go to %(place)s") % {"place": place}
    return Choice(method.id, str(name), str(hint), button, _refusal(method, amount))


def _refusal(method: Method, amount: Decimal) -> str:
    if method.takes(amount):
        return ""
    if method.maximum is not None and amount > method.maximum:
        return _("At most %(amount)s") % {"amount": formatting.eur(method.maximum)}
    return _("At least %(amount)s") % {"amount": formatting.eur(method.minimum)}


class PaymentForm(forms.Form):
    """``key`` and ``total`` are those of the page that was looked at; ``twice`` agrees to pay what is collected too."""

    method = forms.CharField(widget=forms.RadioSelect)
    key = forms.UUIDField(widget=forms.HiddenInput)
    total = forms.DecimalField(widget=forms.HiddenInput, max_digits=14, decimal_places=2)
    twice = forms.BooleanField(
        required=False, label=gettext_lazy("I pay it anyway and have the direct debit stopped myself")
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], needs_consent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self.needs_consent = needs_consent
        possible = [choice.id for choice in choices if not choice.refusal]
        self.fields["method"].initial = possible[0]
        if not needs_consent:
            del self.fields["twice"]

    @property
    def chosen(self) -> str:
        """What is marked on the page."""
        return str(self["method"].value() or "")

    def clean_method(self) -> str:
        method: str = self.cleaned_data["method"]
        choice = next((one for one in self.choices if one.id == method), None)
        if choice is None:
            raise forms.ValidationError(_("Choose how you want to pay."))
        if choice.refusal:
            texts = {"name": choice.name, "why": choice.refusal}
            raise forms.ValidationError(_("%(name)s does not go for this amount: %(why)s.") % texts)
        return method

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.needs_consent and not cleaned.get("twice") and cleaned.get("method") != TRANSFER:
            self.add_error("twice", _("These invoices are collected from your account. Confirm that you pay anyway."))
        return cleaned
