"""What plans and options are called, for texts that know only their codes."""

from collections.abc import Iterator, Mapping

from sims.models import PlanOption, TariffPlan


class Names(Mapping[str, str]):
    """Code → name in the active language for one company; two queries, and only when somebody asks."""

    def __init__(self, customer_id: int) -> None:
        self._customer_id = customer_id
        self._found: dict[str, str] | None = None

    def _all(self) -> dict[str, str]:
        if self._found is None:
            self._found = {
                row.code: row.name
                for model in (PlanOption, TariffPlan)
                for row in model.objects.for_customer(self._customer_id)
            }
        return self._found

    def __getitem__(self, code: str) -> str:
        return self._all()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
