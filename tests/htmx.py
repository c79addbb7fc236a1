"""Applies an HTMX answer to the old page the way the browser does, so that a test can compare it with a fresh page."""

import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.test.html import Element, parse_html

# Tokens are masked anew in every answer.
_TOKENS = re.compile(r"[A-Za-z0-9]{64}")


def page_of(response: HttpResponse) -> Element:
    """The answer as a tree in which the tokens against forged requests are equal."""
    return parse_html(_TOKENS.sub("token", response.content.decode()))


def _walk(node: Element) -> Iterator[Element]:
    yield node
    for child in node.children:
        if isinstance(child, Element):
            yield from _walk(child)


def _matches(node: Element, selector: str) -> bool:
    attributes = dict(node.attributes)
    if selector.startswith("#"):
        return attributes.get("id") == selector[1:]
    if selector.startswith("."):
        return selector[1:] in attributes.get("class", "").split()
    return node.name == selector


def find(page: Element, selector: str) -> Element:
    """The one part that fits ``#id``, ``.class`` or an element's name."""
    found = [node for node in _walk(page) if _matches(node, selector)]
    assert len(found) == 1, f"{len(found)} parts of the page are {selector}"
    return found[0]


def _replace(page: Element, selector: str, parts: list[Element | str]) -> None:
    old = find(page, selector)
    parent = next(node for node in _walk(page) if any(child is old for child in node.children))
    at = next(i for i, child in enumerate(parent.children) if child is old)
    parent.children[at : at + 1] = parts


def apply(page: Element, response: HttpResponse, *, target: str, select: str = "", swap: str = "innerHTML") -> Element:
    """Put the answer into ``page``: main content by ``target``, ``select`` and ``swap``, then its partial templates.

    The headers of the answer (HX-Retarget, HX-Reswap, HX-Reselect) win, as in the browser.
    """
    target = response.headers.get("HX-Retarget", target)
    swap = response.headers.get("HX-Reswap", swap)
    select = response.headers.get("HX-Reselect", select)
    answer = page_of(response)
    roots = answer.children if answer.name == "" or answer.name is None else [answer]
    partials = [node for node in roots if isinstance(node, Element) and _is_partial(node)]
    content = [node for node in roots if node not in partials]
    if select:
        content = [find(answer, select)]
    _put(page, target, content, swap)
    for partial in partials:
        attributes = dict(partial.attributes)
        _put(page, attributes["hx-target"], partial.children, attributes.get("hx-swap", "innerHTML"))
    return page


def _is_partial(node: Element) -> bool:
    return node.name == "template" and dict(node.attributes).get("type") == "partial"


def _put(page: Element, target: str, content: list[Element | str], swap: str) -> None:
    if swap.startswith("outer"):
        _replace(page, target, content)
    elif swap == "beforeend":
        find(page, target).children.extend(content)
    elif swap != "none":
        find(page, target).children[:] = content


def assert_same(page: Element, fresh: HttpResponse, *selectors: str) -> None:
    """The parts of the page after the swap are what a full load shows."""
    loaded = page_of(fresh)
    for selector in selectors:
        assert str(find(page, selector)) == str(find(loaded, selector))
