"""What the filters of lists have in common: an address is read into one, and one is written back as an address."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.http import urlencode


class ListFilter:
    """Base of frozen dataclasses whose fields are the parameters of an address; each has a default."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    @abstractmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""

    @classmethod
    def from_text(cls, query: str) -> Self:
        """Read the part of an address after ``?``, as saved views and tasks keep it."""
        return cls.from_query(QueryDict(query))

    def changed(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def without(self, name: str) -> Self:
        """The same filter with one wish dropped."""
        default: Any = next(field.default for field in fields(self) if field.name == name)
        return replace(self, **{name: default})

    def params(self) -> dict[str, str]:
        """The parameters that differ from their default, in a fixed order; a day stands for its month."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {
            name: f"{value:%Y-%m}" if isinstance(value, date) else str(value)
            for name, (value, default) in values.items()
            if value != default
        }

    def query(self) -> str:
        """The part of an address after ``?``; the same filter always gives the same text."""
        return urlencode(self.params())
