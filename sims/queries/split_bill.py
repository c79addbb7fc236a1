"""The list of a company's split bill profiles."""

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Customer
from sims.enums import LineState
from sims.models import Line, SplitBillProfile
from sims.queries.costs import in_words


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A version with what it says and how many living lines have it. ``is_retired``: it cannot be chosen any more."""

    profile: SplitBillProfile
    words: str
    lines: int

    @property
    def is_retired(self) -> bool:
        return self.profile.retired_at is not None


def profiles_of(customer: Customer) -> list[ProfileRow]:
    """Those that can be chosen by name, then older ones that lines still have."""
    living = Line.objects.for_customer(customer).exclude(state=LineState.TERMINATED)
    used = living.exclude(split_bill_profile=None).order_by().values_list("split_bill_profile")
    lines = dict(used.annotate(n=Count("pk")))
    profiles = SplitBillProfile.objects.for_customer(customer).filter(Q(retired_at=None) | Q(pk__in=list(lines)))
    rows = [ProfileRow(profile, in_words(profile), lines.get(profile.pk, 0)) for profile in profiles]
    return sorted(rows, key=lambda row: (row.is_retired, row.profile.name.casefold()))
