"""At 320 pixels, which is 400 % zoom on a laptop, nothing scrolls sideways and every target can be hit (WCAG 2.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.tours import TOURS

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"width": 320, "height": 640}
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
def test_a_narrow_screen_shows_everything_without_scrolling_sideways(walk: Callable, tours: str):
    found = []
    for stop, page in walk(tours, viewport=NARROW):
        small = page.evaluate(SMALL, [TARGETS, SMALLEST_TARGET])
        found += [f"{stop}: {text}" for text in too_wide(page)] + [f"{stop}: too small: {text}" for text in small]
    assert not found, "\n".join(found)
