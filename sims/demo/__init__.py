"""What the demo is made from, and what apps above this one add to it."""

from collections.abc import Callable
from typing import Any

Builder = Callable[[Any, Any, Any], None]

# Called with the first demo company, its owner and its requester, once its fleet stands.
further_builders: list[Builder] = []


# The same, for what comes by the thousand: left out where only the outline of the demo is needed.
fillers: list[Builder] = []


def also_fill(filler: Builder) -> None:
    """Like ``also_build``, after everything is built."""
    if filler not in fillers:
        fillers.append(filler)


def also_build(builder: Builder) -> None:
    """Let an app above this one add to the demo; called from its ``AppConfig.ready``."""
    if builder not in further_builders:
        further_builders.append(builder)
