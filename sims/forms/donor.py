"""What the present operator of a number has to be told, for every form that brings numbers along."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.be import vat

from accounts.models import Customer
from accounts.models.companies import validate_enterprise_number
from sims.identifiers import IdentifierError, NumberProblem, normalise_iccid, normalise_msisdn
from sims.models import Line
from sims.queries.adding import number_trouble
from sims.services.mandates import MANDATE_TEXT

OTHER = "other"
DONORS = (
    "BASE", "DIGI", "hey!", "Lycamobile", "Mobile Vikings", "Orange", "Proximus", "Scarlet", "Telenet", "VOO",
)  # fmt: skip
TRANSFER_FIELDS = ("number", "donor", "contract", "holder_name", "was_private", "mandate")


class DonorSelect(forms.Select):
    """Marks "another operator", so that the style sheet shows the field for its name only then."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value == OTHER:
            option["attrs"]["class"] = "branch__switch"
        return option


class AskedFields(forms.Form):
    """Fields that are asked only with a transfer, yet never shown as optional.

    ``conditional`` are those that are asked in some cases only, by clean().
    """

    conditional: tuple[str, ...] = ("donor_other", "donor_customer_number", "donor_iccid")

    @property
    def is_transfer(self) -> bool:
        """Whether these fields count at all."""
        return True

    def full_clean(self) -> None:
        asked = [name for name in TRANSFER_FIELDS if name in self.fields]
        conditional = [name for name in self.conditional if name in self.fields]
        for name in asked:
            self.fields[name].required = self.is_bound and self.is_transfer
        for name in conditional:
            self.fields[name].required = False
        super().full_clean()
        for name in asked + conditional:
            self.fields[name].required = True


class OperatorFields(AskedFields):
    """Who the donor is and what it knows the contract by."""

    donor = forms.ChoiceField(
        label=_("Present operator"),
        help_text=_("Not sure? Call 1399 from that number."),
        choices=[("", _("Choose an operator")), *((name, name) for name in DONORS), (OTHER, _("Another operator"))],
        widget=DonorSelect,
        error_messages={"required": _("Choose the present operator.")},
    )
    donor_other = forms.CharField(label=_("Name of that operator"), max_length=60)
    contract = forms.ChoiceField(
        label=_("Kind of contract there"),
        choices=[("postpaid", _("Subscription")), ("prepaid", _("Prepaid card"))],
        initial="postpaid",
        widget=forms.RadioSelect(attrs={"class": "radio"}),
        error_messages={"required": _("Choose a subscription or a prepaid card.")},
    )
    donor_customer_number = forms.CharField(
        label=_("Customer number there"),
        help_text=_("On the invoice of the present operator. This or the old SIM card number is enough."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    donor_iccid = forms.CharField(
        label=_("Old SIM card number"),
        help_text=_("On the back of the card in use now. The usual proof for a prepaid card."),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_donor_iccid(self) -> str:
        typed: str = self.cleaned_data["donor_iccid"]
        return old_card(typed) if typed and self.is_transfer else ""

    def check_operator(self, data: dict[str, Any]) -> None:
        if data.get("donor") == OTHER and not data.get("donor_other"):
            self.add_error("donor_other", _("Enter the name of the present operator."))
        if not self.has_proof(data):
            self.add_error(
                "donor_customer_number",
                _("Enter the customer number at the present operator or the old SIM card number."),
            )

    def has_proof(self, data: dict[str, Any]) -> bool:
        """The donor checks its customer number or the old card; one of the two is enough."""
        return bool(data.get("donor_customer_number") or "donor_iccid" in self.errors or data.get("donor_iccid"))

    def donor_name(self) -> str:
        """The donor of a valid form."""
        data = self.cleaned_data
        return str(data["donor_other"] if data["donor"] == OTHER else data["donor"])


class HolderFields(AskedFields):
    """In whose name the contract is, and whose number it was in truth."""

    holder_name = forms.CharField(
        label=_("In whose name is it"),
        help_text=_("As the present operator knows it: the company, or the person for a private number."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter in whose name the number is.")},
    )
    holder_enterprise_number = forms.CharField(
        label=_("Enterprise number of the holder"),
        help_text=_("Leave it empty when the holder is a private person."),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    was_private = forms.ChoiceField(
        label=_("Was it the employee’s private number?"),
        help_text=_("Who brought a number may ask it back within a month after leaving."),
        choices=[("no", _("No, it was the company’s")), ("yes", _("Yes, the employee brings it"))],
        widget=forms.RadioSelect(attrs={"class": "radio"}),
        error_messages={"required": _("Choose whose number it was.")},
    )

    def clean_holder_enterprise_number(self) -> str:
        typed: str = self.cleaned_data["holder_enterprise_number"]
        if not typed or not self.is_transfer:
            return ""
        number: str = vat.compact(typed)
        validate_enterprise_number(number)
        return number

    def check_holder(self, data: dict[str, Any]) -> None:
        is_company = data.get("was_private") == "no" and "holder_enterprise_number" not in self.errors
        if is_company and not data.get("holder_enterprise_number"):
            self.add_error(
                "holder_enterprise_number", _("Enter the enterprise number of the company that holds the number.")
            )


class DonorFields(HolderFields, OperatorFields):
    """Donor, proof, holder and mandate, in this order. ``customer`` is set by the form itself."""

    customer: Customer

    mandate = forms.BooleanField(
        label=MANDATE_TEXT, error_messages={"required": _("Without your mandate the number cannot be brought along.")}
    )

    def check_transfer(self, data: dict[str, Any]) -> None:
        self.check_operator(data)
        self.check_holder(data)


class TransferFields(DonorFields):
    """The same for one number. ``line`` is the line that asks for it already."""

    line: Line | None = None

    number = forms.CharField(
        label=_("Number to bring along"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": _("Enter the number to bring along.")},
    )

    def clean_number(self) -> str:
        if not self.is_transfer or not self.cleaned_data["number"]:
            return ""
        number = number_of(self.cleaned_data["number"])
        if trouble := number_trouble(self.customer, number, but=self.line):
            raise ValidationError(trouble)
        return number


def old_card(typed: str) -> str:
    """The digits of the card in use now; raises ``ValidationError``."""
    try:
        return normalise_iccid(typed).digits
    except IdentifierError as error:
        raise ValidationError(
            _("The old SIM card number has 18 to 22 digits and starts with 89. Look at the back of the old card.")
        ) from error


def number_of(typed: str) -> str:
    """A number that can be brought along by its looks, as E.164; raises ``ValidationError``."""
    try:
        return normalise_msisdn(typed)
    except IdentifierError as error:
        raise ValidationError(number_text(error)) from error


def number_text(error: IdentifierError) -> Any:
    if error.problem == NumberProblem.NOT_BELGIAN:
        return _("Only Belgian numbers can be brought along. A Belgian mobile number starts with 04.")
    if error.problem == NumberProblem.NOT_MOBILE:
        return _("Only mobile numbers can be brought along. A Belgian mobile number starts with 04.")
    return _("A mobile number has 10 digits and starts with 04, such as 0468 12 34 56.")
