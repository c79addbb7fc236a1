"""Keeping and throwing away half-filled "add SIM card" forms. A draft is one person's note and changes nothing of the
company, so it leaves no trace in the audit trail; what becomes of it does (``lines.add_line``).
"""

import uuid
from typing import Any

from django.db import transaction

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from sims.models import Line, LineDraft


class DraftSent(Exception):
    """The draft became ``line`` in the meantime and takes no more answers."""

    def __init__(self, line: Line) -> None:
        super().__init__(str(line))
        self.line = line


def save_answers(
    *, customer: Customer, draft_id: uuid.UUID, answers: dict[str, Any], reached: int, by: Actor
) -> LineDraft:
    """Put ``answers`` (per step, raw) into the draft, which is made when it does not exist; ``reached`` never shrinks.

    Raises ``DraftSent``; ``LineDraft.DoesNotExist`` when the draft is somebody else's.
    """
    with transaction.atomic():
        draft = _locked_or_new(customer, draft_id, by)
        if draft.line is not None:
            raise DraftSent(draft.line)
        draft.answers = {**draft.answers, **answers}
        draft.step = max(draft.step, reached)
        draft.save(update_fields=["answers", "step", "updated_at"])
    return draft


def _locked_or_new(customer: Customer, draft_id: uuid.UUID, by: Actor) -> LineDraft:
    if by.id is None:
        raise LineDraft.DoesNotExist("only people have drafts")
    # Two first answers at once: one makes the draft, the other finds it.
    LineDraft.objects.bulk_create(
        [LineDraft(customer=customer, public_id=draft_id, owner_id=by.id)], ignore_conflicts=True
    )
    return lock_draft(customer=customer, draft_id=draft_id, by=by)


def lock_draft(*, customer: Customer, draft_id: uuid.UUID, by: Actor) -> LineDraft:
    """The person's own draft, held until the transaction ends; raises ``LineDraft.DoesNotExist``."""
    own = LineDraft.objects.for_customer(customer).filter(owner_id=by.id)
    draft: LineDraft = own.select_for_update().get(public_id=draft_id)
    return draft


def delete_draft(*, customer: Customer, draft_id: uuid.UUID, by: Actor) -> None:
    """Throw the draft away; one that is gone already is no error. Raises ``DraftSent``."""
    with transaction.atomic():
        try:
            draft = lock_draft(customer=customer, draft_id=draft_id, by=by)
        except LineDraft.DoesNotExist:
            return
        if draft.line is not None:
            raise DraftSent(draft.line)
        draft.delete()
