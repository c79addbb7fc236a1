"""Compiles the texts of ``locale/`` and finds texts without a translation, both without a system gettext.

Run as a script: ``translations.py compile`` or ``translations.py check``.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("nl", "fr")
SOURCES = ("accounts", "billing", "fleetportal", "groupbundles", "sims", "tickets", "templates")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SHOWN = 60
Key = tuple[str | None, str]


def catalogue(language: str) -> Path:
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"


def compile_all() -> None:
    """Write each .mo that is older than its .po or missing."""
    for path in sorted((BASE_DIR / "locale").glob("*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime <= path.stat().st_mtime:
            unfinished = target.with_suffix(".unfinished")
            polib.pofile(str(path)).save_as_mofile(str(unfinished))
            unfinished.replace(target)


def problems() -> list[str]:
    """One line per text that a reader in Dutch or French would see in English, or that is unsure."""
    used = dict(texts_in_source())
    found = []
    for language in LANGUAGES:
        path = catalogue(language)
        entries = {(e.msgctxt, e.msgid): e for e in polib.pofile(str(path)) if not e.obsolete} if path.exists() else {}
        missing = [(key[1], where) for key, where in used.items() if key not in entries]
        found += [f"{language}: {where}: not in {path.name}: {text!r}" for text, where in missing]
        found += [
            f"{language}: {'unsure (fuzzy)' if entry.fuzzy else 'not translated'}: {entry.msgid!r}"
            for entry in entries.values()
            if not entry.translated()
        ]
    return found


def texts_in_source() -> Iterator[tuple[Key, str]]:
    """Every marked text of code and templates with the place it stands in."""
    for folder in SOURCES:
        for path in sorted((BASE_DIR / folder).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                code = path.read_text(encoding="utf-8")
            elif path.suffix in {".html", ".txt"}:
                # What Django makes of a template is a line of calls per line; its indentation means nothing.
                lines = templatize(path.read_text(encoding="utf-8")).splitlines()
                code = "\n".join(line.strip() for line in lines if "gettext" in line or "_(" in line)
            else:
                continue
            for key, line in _calls(code):
                yield key, f"{path.relative_to(BASE_DIR)}:{line}"


def _calls(code: str) -> Iterator[tuple[Key, int]]:
    for line, function, arguments, _ in extract_python(io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        texts = arguments if isinstance(arguments, tuple) else (arguments,)
        has_context = function is not None and "pgettext" in function
        context, *rest = texts if has_context else (None, *texts)
        if rest and isinstance(rest[0], str) and rest[0]:
            yield (context, rest[0]), line


if __name__ == "__main__":
    if sys.argv[1] == "compile":
        compile_all()
    elif lines := problems():
        sys.exit(
            "\n".join([*lines[:SHOWN], f"{len(lines)} texts without a translation; `make messages` collects them."])
        )
