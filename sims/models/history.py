"""Who had what when: the dated facts of a line."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from sims.enums import LineFactKind
from sims.models.lines import Line


class LineFact(CustomerOwned):
    """One thing that was so of a line from ``since`` until ``until`` (None: still so), as people read it.

    ``value`` is a snapshot, such as a name or a SIM number, and ``reference`` the public id of what it names, so that
    the answer stays the same when a row is renamed or removed later.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=12, choices=LineFactKind.choices)
    value = models.CharField(max_length=200)
    reference = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("fact of a line")
        verbose_name_plural = _("facts of a line")
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "kind"], condition=Q(until=None), name="one_present_fact_per_line_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="fact_ends_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["line", "kind", "since"], name="fact_line")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"
