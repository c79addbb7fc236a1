"""Another SIM card for a line: which one, and why. And the company's rules about it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from sims.enums import SwapReason
from sims.forms.card_check import CheckedCard, check_card
from sims.models import FleetPolicy, Sim
from sims.orders.kinds.swap import SwapWish
from sims.queries.cards import SHORTEST_ENDING, digits_of
from sims.queries.swapping import SHORTEST_LOOK_UP, cards_ending_in

EID_DIGITS = 32


class SwapForm(forms.Form):
    """``wish()`` is what to confirm once the form is valid.

    ``checked`` is the card that was meant; ``matches`` are the cards of the stock to choose from while only some last
    digits are typed. ``pick`` is the one chosen of those, ``iccid_seen`` an odd number that was compared with the card.
    """

    use_required_attribute = False

    iccid = forms.CharField(
        label=_("New SIM card"),
        help_text=_("Its last 4 digits or more for a card in stock, else all 19. They are on the back of the card."),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Enter the SIM card number.")},
    )
    pick = forms.CharField(required=False, max_length=22)
    iccid_seen = forms.CharField(required=False, max_length=22)
    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=SwapReason.choices,
        initial=SwapReason.DEFECTIVE,
        widget=forms.Select,
        error_messages={"required": _("Choose a reason.")},
    )
    eid = forms.CharField(
        label=_("EID of the phone"),
        help_text=_("For an eSIM only: 32 digits, in the phone’s settings under “About”."),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    token = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.checked: CheckedCard | None = None
        self.matches: list[Sim] = []

    def clean(self) -> dict[str, Any]:
        """After all fields, because which card is meant depends on what was picked."""
        data: dict[str, Any] = super().clean() or {}
        if typed := data.get("iccid"):
            try:
                self.checked = self._card(typed, data.get("pick", ""))
            except ValidationError as error:
                self.add_error("iccid", error)
        if self.checked and self.checked.warnings and data.get("iccid_seen") != self.checked.iccid:
            self.add_error("iccid", _("Compare the number with the card, then confirm it below."))
        return data

    def _card(self, typed: str, picked: str) -> CheckedCard:
        digits = digits_of(typed)
        if not (digits.isascii() and digits.isdigit()) or len(digits) >= SHORTEST_ENDING:
            return check_card(self.customer, typed)
        if len(digits) < SHORTEST_LOOK_UP:
            raise ValidationError(_("Enter at least the last 4 digits of a card in stock, or all 19 digits."))
        found = cards_ending_in(self.customer, digits)
        if not found:
            raise ValidationError(_("No SIM card in your stock ends in these digits. Enter all 19 digits."))
        chosen = [card for card in found if card.iccid == picked] if len(found) > 1 else found
        if not chosen:
            self.matches = found
            raise ValidationError(_("Several SIM cards in your stock end in these digits. Choose one of them."))
        return CheckedCard(chosen[0].iccid, in_stock=True)

    def clean_eid(self) -> str:
        """32 digits; the number as a whole leaves 1 when divided by 97 (GSMA SGP.02, annex)."""
        eid = digits_of(self.cleaned_data["eid"])
        if not eid:
            return ""
        if not (eid.isascii() and eid.isdigit() and len(eid) == EID_DIGITS):
            raise ValidationError(_("An EID has 32 digits. Look in the phone’s settings under “About”."))
        if int(eid) % 97 != 1:
            raise ValidationError(_("This EID does not add up. Compare it with the phone, digit by digit."))
        return eid

    def wish(self) -> SwapWish:
        assert self.checked is not None
        return SwapWish(iccid=self.checked.iccid, reason=self.cleaned_data["reason"])


class PolicyForm(forms.ModelForm):
    """The rules of one company; ``values()`` is what to store."""

    use_required_attribute = False

    class Meta:
        model = FleetPolicy
        fields = ("cool_down_hours", "needs_second_person", "swaps_per_person", "swaps_per_company")

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
