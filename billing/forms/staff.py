"""What the operator's staff fill in about money: a statement, what a transfer is for, what goes back and why."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.enums import InvoiceKind
from billing.models import Invoice


class StatementForm(forms.Form):
    """A file as the bank sends it."""

    statement = forms.FileField(label=gettext_lazy("Bank statement in CODA"))


class MatchForm(forms.Form):
    """The invoices a transfer pays, by their numbers."""

    invoices = forms.CharField(
        label=gettext_lazy("Invoice numbers"),
        max_length=1000,
        help_text=gettext_lazy("Several with a comma between them. What is more than is due comes on the last one."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def clean_invoices(self) -> list[Invoice]:
        numbers = [part.strip() for part in self.cleaned_data["invoices"].split(",") if part.strip()]
        everywhere = Invoice.objects.across_customers(reason="a transfer may be for anybody")
        rows = everywhere.filter(number__in=numbers, kind=InvoiceKind.INVOICE).select_related("customer")
        found: dict[str, list[Invoice]] = {number: [row for row in rows if row.number == number] for number in numbers}
        if missing := [number for number, same in found.items() if not same]:
            raise forms.ValidationError(_("There is no invoice %(numbers)s.") % {"numbers": ", ".join(missing)})
        if several := [number for number, same in found.items() if len(same) > 1]:
            raise forms.ValidationError(
                _("More than one supplier has an invoice %(numbers)s.") % {"numbers": ", ".join(several)}
            )
        return [same[0] for same in found.values()]


class AsideForm(forms.Form):
    """Why a transfer pays no invoice."""

    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


class RefundForm(forms.Form):
    """How much goes back and why; ``sure`` is the confirmation."""

    amount = forms.DecimalField(label=pgettext_lazy("money", "Amount"), max_digits=14, decimal_places=2, localize=True)
    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    sure = forms.BooleanField(label=gettext_lazy("The money goes back to the payer. This cannot be undone here."))
