"""At 320 pixels, a narrow phone or 400 % zoom on a laptop, by night: nothing scrolls sideways, every target can be hit,
and axe finds nothing (WCAG 2.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, axe_violations
from tests.browser.tours import TOURS

pytestmark = pytest.mark.django_db(transaction=True)

SMALLEST_TARGET = 24
# Links inside a sentence are exempt (WCAG 2.5.8), and so is what a larger label or cell makes easy to hit.
TARGETS = "button, input:not([type=hidden]), select, textarea, summary, a.btn, a.iconbtn, a.link, .nav a, .tabbar a"
SMALL = """([selector, least]) => [...document.querySelectorAll(selector)].filter(e => {
  if (!e.checkVisibility({visibilityProperty: true}) || e.closest('.sr-only')) return false;
  const hit = e.closest('label, .check-hit') || e;
  const box = hit.getBoundingClientRect();
  return box.width && box.height && (box.width < least || box.height < least);
}).map(e => `${e.outerHTML.slice(0, 90)} ${Math.round(e.offsetWidth)}x${Math.round(e.offsetHeight)}`)"""
WIDE = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest('.sr-only, [hidden], .tablewrap, .views, .tabs');
}).slice(0, 3).map(e => `<${e.tagName.toLowerCase()} class="${e.className}"> to ${e.getBoundingClientRect().right}`)"""


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways, if it does."""
    if page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
        return []
    return [f"scrolls sideways: {page.evaluate(WIDE)}"]


@pytest.mark.parametrize("tours", TOURS)
def test_nothing_stands_in_the_way_on_a_narrow_screen(walk: Callable, tours: str):
    found = []
    for stop, page in walk(tours, viewport=NARROW, color_scheme="dark"):
        small = [f"too small: {text}" for text in page.evaluate(SMALL, [TARGETS, SMALLEST_TARGET])]
        found += [f"{stop}: {text}" for text in too_wide(page) + small + axe_violations(page)]
    assert not found, "\n".join(found)
