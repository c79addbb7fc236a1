"""What a badge looks like: every state of anything in the portal as one word, one icon and one look.

Apps name their own states; the spellings here are the keys of the style sheet (``data-state``).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """``key`` is the value of ``data-state`` that gives the colours."""

    key: str
    icon: str
    label: str | Promise


_LOOKS = [
    Look("stock", "circle-dashed", _("In stock")),
    Look("planned", "calendar-event", _("Scheduled")),
    Look("pending", "hourglass", _("In progress")),
    Look("active", "circle-check", _("Active")),
    Look("blocked", "lock", _("Blocked")),
    Look("limited", "alert-circle", _("Limited service")),
    Look("ended", "circle-minus", _("Terminated")),
    Look("failed", "alert-triangle", _("Failed")),
    Look("done", "circle-check", _("Done")),
    Look("expired", "clock", _("Expired")),
    Look("invited", "mail", _("Invited")),
    Look("due", "clock", _("To pay")),
    Look("overdue", "alert-triangle", _("Overdue")),
    Look("paid", "circle-check", _("Paid")),
    Look("debit", "building-bank", _("Direct debit")),
    Look("credit", "arrow-back-up", _("Credit note")),
]
LOOKS: dict[str, Look] = {look.key: look for look in _LOOKS}

# Other words for the same look: the states of lines, cards, orders and jobs as the models spell them.
_ALIASES: dict[str, str] = {
    "in_stock": "stock",
    "new": "stock",
    "reserved": "planned",
    "in_use": "active",
    "replaced": "ended",
    "lost": "blocked",
    "defective": "failed",
    "retired": "ended",
    "suspended": "blocked",
    "terminated": "ended",
    "scheduled": "planned",
    "awaiting_approval": "planned",
    "ready": "pending",
    "submitting": "pending",
    "in_progress": "pending",
    "unknown": "pending",
    "needs_attention": "failed",
    "completed": "done",
    "rejected": "failed",
    "cancelled": "ended",
    "waiting": "pending",
    "running": "pending",
    "accepted": "done",
    "revoked": "ended",
}


def look_of(state: str) -> Look:
    """The look of a state by its key or by a model's spelling; an unknown state is an error of the page."""
    return LOOKS[_ALIASES.get(state, state)]
