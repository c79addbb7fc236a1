"""Which operator this installation talks to."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from fleetportal.operators.contract import Operator


@cache
def _adapter(dotted_path: str) -> Operator:
    operator: Operator = import_string(dotted_path)()
    return operator


def get_operator() -> Operator:
    """The adapter named by the setting ``OPERATOR``; one instance per process."""
    return _adapter(settings.OPERATOR)
