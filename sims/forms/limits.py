"""What a line may spend on third parties and abroad."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetportal.web.formatting import eur
from sims.forms.amounts import AmountForm
from sims.forms.when import WhenForm
from sims.models import HIGHEST_ROAMING_LIMIT, HIGHEST_THIRD_PARTY_LIMIT
from sims.orders import calendar
from sims.orders.kinds.limits import RoamingLimitWish, ThirdPartyLimitWish, last_day_of_period

ONCE, ALWAYS, NO_LIMIT = "once", "always", "none"


class ThirdPartyLimitForm(AmountForm, WhenForm):
    """``wish()`` is what to ask once the form is valid. ``present`` is the limit now."""

    STEPS = (0, 25, 50, 100, 200, HIGHEST_THIRD_PARTY_LIMIT)
    HIGHEST = HIGHEST_THIRD_PARTY_LIMIT

    def words(self, step: int) -> str:
        return eur(step) if step else gettext("Switch off")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_amount(data)
        return data

    def wish(self) -> ThirdPartyLimitWish:
        return ThirdPartyLimitWish(amount=self.chosen())


class RoamingLimitForm(AmountForm):
    """As above; a limit abroad changes at once, so ``cleaned_data["day"]`` is always None."""

    STEPS = (0, 50, 100, 150, 200, 300)
    HIGHEST = HIGHEST_ROAMING_LIMIT

    how = forms.ChoiceField(
        label=_("How long?"),
        choices=[(ONCE, _("Raise once")), (ALWAYS, _("From now on")), (NO_LIMIT, _("No limit"))],
        initial=ONCE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how long the limit counts.")},
    )

    def __init__(self, *args: Any, present: Decimal | None = None, days: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, present=present, **kwargs)
        self.fields["step"].required = False
        if present is not None and not self.is_bound:
            # What is raised is raised to something: the next usual amount.
            higher = [step for step in self.STEPS if step > present]
            self.initial["step"] = str(higher[0]) if higher else "other"
        elif present is None:
            self.initial.setdefault("how", ALWAYS)
            self.initial.setdefault("step", "50")

    @property
    def until(self) -> date:
        """The last day of a raise for once."""
        return last_day_of_period(calendar.local_day(timezone.now()))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("how") != NO_LIMIT:
            if not data.get("step") and "step" not in self.errors:
                self.add_error("step", str(_("Choose an amount.")))
            self.check_amount(data)
        elif "amount" in self.errors:
            del self.errors["amount"]
        data["day"] = None
        return data

    def wish(self) -> RoamingLimitWish:
        how = self.cleaned_data["how"]
        return RoamingLimitWish(amount="" if how == NO_LIMIT else self.chosen(), is_once=how == ONCE)
