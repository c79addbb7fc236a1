"""The figures of the overview fill their rows, however many there are."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.demo import Demo

pytestmark = pytest.mark.django_db(transaction=True)

# Shows so many tiles, and answers for each row of them where it ends, and where all of them would have to.
ROWS = """count => {
  const grid = document.querySelector(".figures");
  while (grid.children.length > count) grid.lastElementChild.remove();
  while (grid.children.length < count) grid.append(grid.firstElementChild.cloneNode(true));
  const rows = new Map();
  for (const tile of grid.children) {
    const box = tile.getBoundingClientRect();
    const row = rows.get(box.top) ?? { tiles: 0, end: 0 };
    rows.set(box.top, { tiles: row.tiles + 1, end: Math.max(row.end, Math.round(box.right)) });
  }
  return { rows: [...rows.values()], end: Math.round(grid.getBoundingClientRect().right) };
}"""


@pytest.fixture
def overview(demo: Demo, open_context: Callable, sign_in: Callable) -> Page:
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/")
    return page


def test_no_figure_stands_alone_beside_an_empty_place(overview: Page):
    for width in (390, 900, 1280, 1600):
        overview.set_viewport_size({"width": width, "height": 800})
        for count in (4, 5, 6):
            found = overview.evaluate(ROWS, count)
            assert sum(row["tiles"] for row in found["rows"]) == count
            assert {row["end"] for row in found["rows"]} == {found["end"]}, (width, count, found["rows"])
