"""The last line against a file that fills the memory: the process itself refuses to grow."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUDGET = 380 * 1024 * 1024


@contextmanager
def bounded_memory(budget: int = BUDGET) -> Iterator[None]:
    """Within the block this process may take ``budget`` bytes more than now; beyond that Python raises MemoryError.

    For workers and commands, which do one thing at a time; a web process would bound its other threads too. Does
    nothing where the system cannot (macOS).
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + budget
    if soft != resource.RLIM_INFINITY:
        wanted = min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
