"""Documents people keep: HTML becomes a PDF. No address in it is followed, neither to the network nor to the disk."""

import base64
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FONTS = settings.BASE_DIR / "static" / "fonts"
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def render_pdf(html: str) -> bytes:
    """A PDF of a whole HTML document (``templates/pdf/base.html``); only images at ``data:`` addresses are shown.

    Takes about a second for a few pages: what may be longer belongs in a job. Raises ``ImproperlyConfigured`` with the
    name of the package when the library Pango is not on this machine.
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
    pdf: bytes = document.write_pdf(stylesheets=[face], font_config=fonts)
    return pdf


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
