"""Texts can be collected, and the translations keep what the code fills in and how the product speaks."""

import ast
import re

import polib
import pytest

from fleetportal.local.translations import LANGUAGES, catalogue
from tests.architecture.source import nodes

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
TAG = re.compile(r"<[^>]+>")
# Exclamation marks, blame, and Dutch that is formal or says "opslaan" where our buttons say "bewaar".
NEVER = {"nl": r"!|\bongeldig|\bopslaan\b|\b[Uu]w?\b|\b[Gg]elieve\b", "fr": r"!|\binvalide|\b[Tt]u\b|\b[Tt]on\b"}


def test_texts_are_marked_under_names_that_collecting_knows():
    renamed = [
        f"{path}:{node.lineno} {name.name} as {name.asname}"
        for path, node in nodes(ast.ImportFrom)
        if node.module == "django.utils.translation"
        for name in node.names
        if name.asname not in (None, "_")
    ]
    assert not renamed, "\n".join(renamed)


@pytest.fixture(params=LANGUAGES)
def texts(request: pytest.FixtureRequest) -> list[tuple[list[str], list[str]]]:
    """Per entry its one or two source texts and their translations."""
    return [
        (
            [entry.msgid, *filter(None, [entry.msgid_plural])],
            [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr],
        )
        for entry in polib.pofile(str(catalogue(request.param)))
    ]


def test_translations_keep_placeholders_and_tags(texts: list[tuple[list[str], list[str]]]):
    assert texts
    broken = [
        (source, translated)
        for sources, translations in texts
        for source, translated in zip(sources, translations, strict=True)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(translated))
        or TAG.findall(source) != TAG.findall(translated)
    ]
    assert not broken, broken


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_speak_like_the_product(language: str):
    found = [
        text
        for entry in polib.pofile(str(catalogue(language)))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]
        if re.search(NEVER[language], text)
    ]
    assert not found, found


def test_french_keeps_its_signs_on_the_line():
    loose = [entry.msgstr for entry in polib.pofile(str(catalogue("fr"))) if re.search(r" [:;?»]|« ", entry.msgstr)]
    assert not loose, loose
