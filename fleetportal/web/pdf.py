"""Documents people keep: HTML becomes a PDF. No address in it is followed, neither to the network nor to the disk."""

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FONTS = settings.BASE_DIR / "static" / "fonts"
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def render_pdf(html: str, *, on_page: Callable[[int], None] | None = None) -> bytes:
    """A PDF of a whole HTML document (``templates/pdf/base.html``); only images at ``data:`` addresses are shown.

    Tagged for screen readers (PDF/UA-1): the document has a language and a title, each image a text. Takes about a
    second for a few pages: what may be longer belongs in a job, and ``on_page`` is told the number of each page it
    comes to; what it raises ends the work. Raises ``ImproperlyConfigured`` with the name of the package when the
    library Pango is not on this machine.
    """
    weasyprint = _library()
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    class OnlyWhatIsInside(URLFetcher):
        """Whatever is typed in a form may end up in a document: no address in it is followed."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.lower().startswith("data:"):
                raise ValueError("only data: addresses are read")
            return super().fetch(url, headers)

    fetcher = OnlyWhatIsInside(allowed_protocols=["data"], allow_redirects=False)
    fonts = FontConfiguration()
    face = weasyprint.CSS(string=_font_faces(), font_config=fonts, url_fetcher=fetcher)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    with _told(on_page):
        pdf: bytes = document.write_pdf(stylesheets=[face], font_config=fonts, pdf_variant="pdf/ua-1")
    return pdf


@contextmanager
def _told(on_page: Callable[[int], None] | None) -> Iterator[None]:
    """WeasyPrint tells how far it is in its log only."""
    if on_page is None:
        yield
        return
    log, listener = logging.getLogger("weasyprint.progress"), _Pages(on_page)
    before = log.level, log.propagate
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(listener)
        log.level, log.propagate = before


class _Pages(logging.Handler):
    def __init__(self, on_page: Callable[[int], None]) -> None:
        super().__init__()
        self.on_page = on_page

    def emit(self, record: logging.LogRecord) -> None:
        if "Page %d" in str(record.msg) and isinstance(record.args, tuple):
            self.on_page(int(record.args[0]))  # type: ignore[call-overload]


def _library() -> Any:
    """Imported at first use: it takes a while, and needs a library that only those who make documents must have."""
    try:
        import weasyprint
    except OSError as error:
        text = f"The library Pango is missing, so no PDF can be made. Install the packages {PANGO_PACKAGES}."
        raise ImproperlyConfigured(text) from error
    return weasyprint


@cache
def _font_faces() -> str:
    """Figtree for Latin letters; the system's sans serif stands in for all others."""
    faces = []
    for name in ("figtree-latin", "figtree-latin-ext"):
        data = base64.b64encode((FONTS / f"{name}.woff2").read_bytes()).decode("ascii")
        faces.append(f'@font-face {{ font-family: "{name}"; src: url("data:font/woff2;base64,{data}") }}')
    return "\n".join(faces)
