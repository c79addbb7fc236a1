"""The base of every row that belongs to one company, and the guard against queries that forget whose rows they read."""

from collections.abc import Iterator
from typing import Any, Self

from django.db import models


class UnscopedQuery(RuntimeError):
    """A query on a company's rows ran without saying for which company."""


class CustomerOwnedQuerySet(models.QuerySet[Any]):
    """A queryset that refuses to reach the database until it is scoped.

    ``Model.objects`` starts guarded; :meth:`for_customer` or :meth:`across_customers` lift the guard. Querysets of a
    related manager start from one row that was found already and are not guarded.
    """

    _guarded = False

    def for_customer(self, customer: Any) -> Self:
        """Only the rows of ``customer`` (an ``accounts.Customer`` or its primary key)."""
        scoped = self.filter(customer=customer)
        scoped._guarded = False
        return scoped

    def across_customers(self, *, reason: str) -> Self:
        """Rows of every company; ``reason`` says in words why that is right here."""
        if not reason.strip():
            raise ValueError("A query across companies needs a reason.")
        free: Self = self._chain()  # type: ignore[attr-defined]
        free._guarded = False
        return free

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._guarded = self._guarded
        return clone

    def _require_scope(self) -> None:
        if self._guarded:
            raise UnscopedQuery(
                f"{self.model.__name__}: start with .for_customer(customer) or .across_customers(reason=…)."
            )

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self._require_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().resolve_expression(*args, **kwargs)

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def as_guarded_manager(cls) -> Any:
        """The manager for ``Model.objects``: as ``as_manager()``, but its querysets start guarded."""
        return GuardedManager.from_queryset(cls)()


class GuardedManager(models.Manager[Any]):
    """Hands out guarded querysets; creating rows needs no scope because a row names its company itself."""

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        queryset._guarded = True  # type: ignore[attr-defined]
        return queryset

    def create(self, **kwargs: Any) -> Any:
        return super().get_queryset().create(**kwargs)

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        return super().get_queryset().bulk_create(*args, **kwargs)


class CustomerOwned(models.Model):
    """A row that belongs to exactly one company.

    ``unscoped`` is what Django itself needs (related managers, uniqueness checks, the admin); application code starts
    from ``objects``. A subclass's Meta extends ``CustomerOwned.Meta``.
    """

    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")

    objects: Any = CustomerOwnedQuerySet.as_guarded_manager()
    unscoped = CustomerOwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        default_manager_name = "unscoped"
        base_manager_name = "unscoped"
