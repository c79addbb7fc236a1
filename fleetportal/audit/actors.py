"""Who did it: the answer every service asks for and every audit event keeps."""

from dataclasses import dataclass
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

# What people read instead of the name of a program.
_LABELS: dict[str, str | Promise] = {
    "system": gettext_lazy("Fleet Portal"),
    "operator": pgettext_lazy("who did it", "Operator"),
    "ops": gettext_lazy("Administration"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is user, employee, system, operator or ops; ``name`` is kept as text because people leave."""

    kind: str
    name: str
    id: int | None = None

    @classmethod
    def user(cls, user: Any) -> Self:
        return cls(kind="user", name=(user.get_full_name() or user.email)[:200], id=user.pk)

    @classmethod
    def system(cls, name: str) -> Self:
        """A part of the portal acting by itself, such as the sweeper."""
        return cls(kind="system", name=name)

    @classmethod
    def operator(cls, name: str = "operator") -> Self:
        return cls(kind="operator", name=name)

    @classmethod
    def ops(cls, command: str) -> Self:
        """Somebody on the server running ``manage.py <command>``."""
        return cls(kind="ops", name=command)


def shown_name(kind: str, name: str) -> str:
    """Who did it, in the active language: people by their name, programs by what they belong to."""
    return str(_LABELS.get(kind, name))
