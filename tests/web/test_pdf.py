import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import engines

from fleetportal.web.pdf import render_pdf
from tests.pdf import text_of

SVG = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
    "width='9' height='9'>{}</svg>"
)


def document(body: str) -> str:
    text = "{% extends 'pdf/base.html' %}{% block footer %}Noordkaai{% endblock %}{% block content %}"
    return engines["django"].from_string(text + body + "{% endblock %}").render()


def test_a_pdf_holds_what_the_page_says_and_its_footer():
    pdf = render_pdf(document("<h1>Wie had dit nummer</h1><p>Zoë Čapek, 0468 12 34 56</p>"))
    text = text_of(pdf)
    assert pdf.startswith(b"%PDF-")
    assert "Wie had dit nummer" in text
    assert "Zoë" in text
    assert "Č" in text
    assert "apek, 0468 12 34 56" in text
    assert "Noordkaai" in text


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<link rel="attachment" href="{}">',
        '<style>@import "{}"; body {{ background: url("{}") }}</style>',
        '<object data="{}"></object>',
        '<img src="' + SVG.format("<image xlink:href='{}' href='{}' width='9' height='9'/>") + '">',
    ],
)
@pytest.mark.parametrize("where", ["the network", "the disk"])
def test_no_address_in_a_document_is_followed(markup, where, tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>geheim</text></svg>')
    address = "http://127.0.0.1:9/x.svg" if where == "the network" else secret.as_uri()
    touched: list[str] = []
    recording.append(touched)
    try:
        pdf = render_pdf(document(f"<p>Dag</p>{markup.format(address, address)}"))
    finally:
        recording.remove(touched)
    assert "Dag" in text_of(pdf)
    assert b"geheim" not in pdf
    assert touched == []


recording: list[list[str]] = []


def _listen(event: str, arguments: tuple) -> None:
    if not recording:
        return
    if event in ("socket.connect", "socket.getaddrinfo") or (event == "open" and "secret" in str(arguments[0])):
        recording[-1].append(f"{event} {arguments}")


sys.addaudithook(_listen)


def test_an_image_inside_the_document_is_shown():
    inside = SVG.format("<text y='9'>b</text>")
    assert "b" in text_of(render_pdf(document(f'<p>Dag</p><img src="{inside}">'))).split()


def test_a_missing_library_is_named_with_its_package(monkeypatch):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(ImproperlyConfigured, match=r"libpango-1\.0-0 libpangoft2-1\.0-0"):
        render_pdf("<p>Dag</p>")
