"""Which lines an export holds."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.models import Customer
from sims.models import Line
from sims.queries.lines import filtered_lines


def lines_for_export(
    customer: Customer, params: QueryDict | Mapping[str, str], selected: Sequence[str]
) -> QuerySet[Line]:
    """The selected lines (public ids), else all that fit the list's filter; in the order of the list."""
    lines = filtered_lines(customer, params)
    return lines.filter(public_id__in=[UUID(one) for one in selected]) if selected else lines
