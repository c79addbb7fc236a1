from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Refusals are compared with their source text, whatever language the portal starts in."""
    with translation.override("en"):
        yield
