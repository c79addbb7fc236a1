"""axe finds nothing on any page and open state, by day. By night and on a narrow screen: see ``test_reflow``."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import axe_violations
from tests.browser.tours import TOURS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("tours", TOURS)
def test_nothing_stands_in_the_way_on_a_desktop(walk: Callable, tours: str):
    found = []
    for stop, page in walk(tours):
        found += [f"{stop}: {text}" for text in axe_violations(page)]
    assert not found, "\n".join(found)
