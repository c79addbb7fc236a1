"""What the four steps of "add SIM card" share: what a step may know, and how answers are kept between requests.

Answers are kept raw, as they were typed, so that a step shows exactly that again and checks it anew before sending.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import Customer, User

# Longer than anything that is asked; a draft is no place to store files.
LONGEST_ANSWER = 300
MOST_ANSWERS = 100


@dataclass(frozen=True, slots=True)
class Scene:
    """For whom the wizard runs and what was answered so far, per step."""

    customer: Customer
    user: User
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def answer(self, step: str, name: str) -> Any:
        """One raw answer of an earlier step; empty text when there is none."""
        return self.answers.get(step, {}).get(name) or ""

    @property
    def is_transfer(self) -> bool:
        """An existing number is brought along."""
        return bool(self.answer("card", "number_kind") == "existing")


@dataclass(frozen=True, slots=True)
class Card:
    """One choice shown as a card: the control's value and id, what it says, and what it costs."""

    value: str
    control_id: str
    title: str
    detail: str = ""
    price: Any = None
    is_checked: bool = False


class StepForm(forms.Form):
    """One step. Bound to what was posted or kept; unbound it starts from what was kept or from defaults."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, scene: Scene, initial: Mapping[str, Any] | None = None) -> None:
        self.scene = scene
        super().__init__(data, initial={**(initial or {})}, label_suffix="")

    @classmethod
    def raw(cls, data: QueryDict) -> dict[str, Any]:
        """The answers of this step as they were typed, fit for JSON; unknown fields are left out."""
        found: dict[str, Any] = {}
        for name, one in cls.base_fields.items():
            if name not in data:
                continue
            values = [value.replace("\x00", "")[:LONGEST_ANSWER] for value in data.getlist(name)[:MOST_ANSWERS]]
            found[name] = values if isinstance(one, forms.MultipleChoiceField) else values[-1]
        return found

    def checked_values(self, name: str) -> set[str]:
        """The chosen values of a group, as text, whether posted or from defaults."""
        value = self[name].value()
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        return {str(one) for one in values if one not in (None, "")}


def as_data(kept: Mapping[str, Any]) -> MultiValueDict[str, str]:
    """Kept answers in the shape a form is bound to."""
    return MultiValueDict({name: value if isinstance(value, list) else [value] for name, value in kept.items()})
