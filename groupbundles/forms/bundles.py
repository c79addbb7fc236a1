"""A new group bundle, a change of one, and its end."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.web import formatting
from groupbundles.enums import BundleKind
from groupbundles.forms.lines import AnyChoices, LinesForm, first_few, numbers_field
from groupbundles.models import BundleOffer, GroupBundle
from groupbundles.orders.change import BundleChangeWish
from groupbundles.orders.new import BundleNewWish
from groupbundles.queries.bundles import monthly_total
from groupbundles.queries.choosing import (
    ALL,
    CENTRE,
    CHOSEN,
    DEPARTMENT,
    NOBODY,
    Chosen,
    as_texts,
    groups_of,
    members_to_take_out,
)
from sims.forms.activation import Days
from sims.forms.steps import Card
from sims.forms.when import WhenForm, offer

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """The bundles of one kind."""

    name: str
    cards: list[Card]


def _offer_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Size"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a size."),
            "invalid_choice": _("This bundle cannot be chosen any more. Choose another size."),
        },
    )


def _note_field() -> forms.CharField:
    return forms.CharField(
        label=_("Note"),
        help_text=_("For whoever approves or looks it up later."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input input--area"}),
    )


def offer_detail(row: BundleOffer) -> str:
    """How much it is, and for how long at least."""
    size = formatting.usage(row.size, row.kind)
    if not row.term_months:
        return size
    return gettext("%(size)s, at least %(months)s months") % {"size": size, "months": row.term_months}


class _SizeForm(LinesForm, WhenForm):
    """A size of the contract, from when, for whom; with ``is_look`` nothing is checked yet."""

    offers: list[BundleOffer]

    def offer_sizes(self, offers: list[BundleOffer]) -> None:
        self.offers = offers
        offer(self.fields["offer"], [(row.code, row.name) for row in offers])

    def only_look(self, is_look: bool) -> None:
        """What is being filled in is not wrong yet."""
        if is_look:
            self._errors = ErrorDict()
            self.cleaned_data = {}

    @property
    def chosen_offer(self) -> BundleOffer | None:
        code = self["offer"].value()
        return next((row for row in self.offers if row.code == code), None)

    def offer_groups_of_cards(self) -> list[OfferGroup]:
        """The sizes by kind, each with its price."""
        groups: dict[str, list[Card]] = {}
        for index, row in enumerate(self.offers):
            card = Card(
                value=row.code,
                control_id=f"id_offer_{index}",
                title=row.name,
                detail=offer_detail(row),
                price=row.price_month,
                is_checked=row == self.chosen_offer,
            )
            groups.setdefault(row.kind, []).append(card)
        return [OfferGroup(str(BundleKind(kind).label), cards) for kind, cards in groups.items()]

    @cached_property
    def price_before(self) -> Decimal:
        """All the company's group bundles together, euro per month."""
        return monthly_total(self.customer)

    @property
    def price_after(self) -> Decimal:
        raise NotImplementedError

    @property
    def difference(self) -> str:
        """With its sign, such as ``+ € 400,00``; empty when the price stays."""
        more = self.price_after - self.price_before
        return f"{'+' if more > 0 else '−'} {formatting.eur(abs(more))}" if more else ""


class BundleNewForm(_SizeForm):
    """``subject`` names the bundle that is to be, so that the form sent twice asks once."""

    field_order = ("offer", "when", "date", "scope", "department", "centre", "q", "line", "numbers", "leave_out")

    offer = _offer_field()
    account = forms.ChoiceField(label=_("Billing account"), required=False)
    note = _note_field()
    subject = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, days: Days, is_look: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, days=days, **kwargs)
        self.customer = customer
        self.offer_sizes(list(BundleOffer.objects.for_customer(customer).filter(is_available=True)))
        groups = groups_of(customer)
        self.offer_groups([(ALL, _("All SIM cards")), *NAMED_SCOPES], groups)
        offer(self.fields["account"], groups.accounts)
        if len(self.offers) == 1:
            self.initial.setdefault("offer", self.offers[0].code)
        self.initial = {"scope": ALL, "subject": uuid.uuid4(), **self.initial}
        self.only_look(is_look)

    @property
    def bundle(self) -> uuid.UUID:
        """As sent; anything else is nobody's."""
        try:
            return uuid.UUID(str(self["subject"].value()))
        except ValueError:
            return uuid.UUID(int=0)

    @property
    def kind(self) -> str:
        return self.chosen_offer.kind if self.chosen_offer else ""

    @property
    def price_after(self) -> Decimal:
        return self.price_before + (self.chosen_offer.price_month if self.chosen_offer else Decimal())

    @property
    def has_accounts(self) -> bool:
        """With one account there is nothing to choose."""
        return len(self.fields["account"].choices) > 1  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_lines(data)
        return data

    def wish(self) -> BundleNewWish:
        data = self.cleaned_data
        return BundleNewWish(offer=data["offer"], lines=self.chosen.keys, account=data.get("account", ""))


NAMED_SCOPES: tuple[tuple[str, Any], ...] = (
    (DEPARTMENT, _("A department")),
    (CENTRE, _("A cost centre")),
    (CHOSEN, _("Chosen SIM cards")),
)


class BundleChangeForm(_SizeForm):
    """Another size, SIM cards that join, SIM cards that leave: whatever differs from what is."""

    offer = _offer_field()
    out = AnyChoices(label=_("SIM cards that leave"), required=False)
    out_numbers = numbers_field(_("Numbers that leave"))
    note = _note_field()

    def __init__(self, *args: Any, bundle: GroupBundle, days: Days, is_look: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, days=days, **kwargs)
        self.customer, self.own = bundle.customer, bundle
        offers = BundleOffer.objects.for_customer(self.customer).filter(kind=bundle.kind)
        self.offer_sizes([row for row in offers if row.is_available or row.code == bundle.offer])
        scopes = [(NOBODY, _("Nobody joins")), (ALL, _("All others")), *NAMED_SCOPES]
        self.offer_groups(scopes, groups_of(self.customer))
        self.fields["offer"].required = any(row.code == bundle.offer for row in self.offers)
        self.initial = {"scope": NOBODY, "offer": bundle.offer, **self.initial}
        self.only_look(is_look)

    @property
    def kind(self) -> str:
        return self.own.kind

    @property
    def bundle(self) -> uuid.UUID:
        return self.own.public_id

    @cached_property
    def leaving(self) -> Chosen:
        numbers = str(self["out_numbers"].value() or "").replace("\x00", "")
        ids = as_texts(self["out"].value())
        return members_to_take_out(self.customer, self.bundle, ids=ids, numbers=numbers)

    @property
    def price_after(self) -> Decimal:
        new = self.chosen_offer
        return self.price_before + (new.price_month - self.own.price_month if new else Decimal())

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_lines(data)
        unknown = self.leaving.unknown
        if unknown:
            message = gettext("These are not in this bundle: %(numbers)s.")
            self.add_error("out_numbers", message % {"numbers": first_few(unknown)})
        return data

    def wish(self) -> BundleChangeWish:
        offer = self.cleaned_data.get("offer", "")
        return BundleChangeWish(
            offer="" if offer == self.own.offer else offer, add=self.chosen.keys, remove=self.leaving.keys
        )


class BundleEndForm(WhenForm):
    """From when the bundle is no more."""

    note = _note_field()
