"""Whatever a file holds, it is read within bounds or refused with a sentence; nothing outside it is opened."""

import tracemalloc

import pytest

from fleetportal.ubl import parsing
from fleetportal.ubl.parsing import parse
from fleetportal.web.errors import Refusal
from tests.ubl import samples

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
DOCTYPE = "document type declaration"
ENCODING = "not written in UTF-8"
UNREADABLE = "goes wrong in line"

ATTACKS = {
    "billion laughs": (HEAD + b'<!DOCTYPE a [<!ENTITY l0 "ha">' + LAUGHS + b"]><a>&l11;</a>", DOCTYPE),
    "quadratic": (HEAD + b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 99_999 + b'">]><a>' + b"&x;" * 99_999, DOCTYPE),
    "file": (HEAD + b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', DOCTYPE),
    "address": (HEAD + b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>', DOCTYPE),
    "parameter entity": (HEAD + b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><a/>', DOCTYPE),
    "external type": (HEAD + b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', DOCTYPE),
    "unknown entity": (HEAD + b"<a>&x;</a>", UNREADABLE),
    "too deep": (HEAD + b"<a>" * 100_000, "more elements"),
    "attributes": (HEAD + b"<a " + b" ".join(b'a%d="1"' % n for n in range(5000)) + b"/>", "more elements"),
    "same attribute": (HEAD + b'<a x="1" x="2"/>', UNREADABLE),
    "cut off": (samples.xml()[:-200], UNREADABLE),
    "something after it": (samples.xml() + b"<a/>", UNREADABLE),
    "NUL": (HEAD + b"<a>\0</a>", ENCODING),
    "UTF-16": (samples.xml().decode().replace("UTF-8", "UTF-16").encode("utf-16"), ENCODING),
    "UTF-16 that says it is UTF-8": (samples.xml().decode().encode("utf-16-le"), ENCODING),
    "UTF-16 behind the mark of UTF-8": (b"\xef\xbb\xbf" + samples.xml().decode().encode("utf-16-be"), ENCODING),
    "Latin 1": (samples.xml().replace(b"UTF-8", b"ISO-8859-1"), ENCODING),
    "UTF-7": (samples.xml().replace(b"UTF-8", b"UTF-7"), ENCODING),
    "Latin 1 that says it is UTF-8": (samples.xml().replace(b"Oostende", b"Li\xe8ge"), ENCODING),
    "overlong UTF-8": (samples.xml().replace(b"Oostende", b"\xc0\xbcx"), ENCODING),
    "a PDF": (b"%PDF-1.7 ...", "not XML"),
    "empty": (b"", "empty"),
    "another kind of document": (HEAD + b"<Order xmlns='urn:x'/>", "neither an invoice nor a credit note"),
    "the right name elsewhere": (HEAD + b"<Invoice xmlns='urn:x'/>", "neither an invoice nor a credit note"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_with_a_sentence(name):
    content, sentence = ATTACKS[name]
    with pytest.raises(Refusal, match=sentence):
        parse(content)


def test_many_elements_are_refused_before_a_tree_is_built(monkeypatch):
    monkeypatch.setattr(parsing, "MOST_ELEMENTS", 50_000)
    content = HEAD + b"<a>" + b"<b/>" * 2_000_000 + b"</a>"
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match="more elements"):
            parse(content)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_a_tag_of_a_million_attributes_is_refused_before_they_are_read():
    content = HEAD + b"<a " + b'x="1" ' * 1_000_000 + b"/>"
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match="more elements"):
            parse(content)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_a_document_of_100_mb_is_refused_by_its_size(settings):
    with pytest.raises(Refusal, match=r"too large: 100 MB\. An invoice has at most 32 MB"):
        parse(b" " * (100 * 1024 * 1024))
    settings.INVOICE_MAX_BYTES = 3 * 1024 * 1024
    with pytest.raises(Refusal, match="too large: 4 MB"):
        parse(b" " * (3 * 1024 * 1024 + 1))


def test_the_mark_of_utf8_and_a_large_attachment_are_no_trouble():
    attachment = b"<!-- " + b"x" * 11_000_000 + b" --><cbc:CustomizationID>"
    parsed = parse(b"\xef\xbb\xbf" + samples.xml().replace(b"<cbc:CustomizationID>", attachment))
    assert not parsed.is_credit_note
    assert parsed.text.startswith("<?xml")


def test_a_credit_note_is_told_apart():
    assert parse(samples.write(samples.credit_note())).is_credit_note
