"""What may be attached: told by content and name, pictures written anew, limits, drafts that are not lost or kept."""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageFile

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tickets import tasks
from tickets.files import CheckedFile, checked, safe_name
from tickets.forms.attachments import drafts_of, take_files
from tickets.models import Attachment
from tickets.services.attachments import add_draft

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind="JPEG", size=(40, 20), **saved) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **saved)
    return written.getvalue()


def zipped(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return written.getvalue()


WORKBOOK = zipped("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("factuur.pdf", PDF),
        ("scherm.PNG", picture("PNG")),
        ("foto.jpeg", picture()),
        ("lijst.csv", "nummer;naam\n0468;Zoë".encode("cp1252")),
        ("log.txt", "één regel".encode()),
        ("lijst.xlsx", WORKBOOK),
    ],
)
def test_what_a_help_desk_needs_is_taken(name, content):
    assert checked(name, content).content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pagina.html", b"<html></html>"),
        ("tekening.svg", b"<svg/>"),
        ("programma.exe", b"MZ"),
        ("zonder", PDF),
        ("pagina.txt", b"  <!DOCTYPE html><script>"),
        ("tekening.csv", b"<?xml version='1.0'?><svg/>"),
        ("binair.txt", b"a\x00b"),
        ("geen.pdf", b"hello"),
        ("foto.pdf", picture()),
        ("pdf.jpg", PDF),
        ("png.jpg", picture("PNG")),
        ("kapot.png", picture("PNG")[:60]),
        ("leeg.txt", b""),
        ("macro.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("archief.xlsx", zipped("a.txt")),
        ("oud.xls", b"\xd0\xcf\x11\xe0"),
    ],
)
def test_what_is_not_what_it_says_or_not_of_use_is_refused(name, content):
    with pytest.raises(Refusal):
        checked(name, content)


def test_half_a_picture_is_refused_also_once_a_pdf_was_made(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(Refusal):
        checked("kapot.png", picture("PNG")[:60])
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_picture_loses_where_it_was_taken_and_keeps_its_side_up():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera van Alice"
    content = checked("foto.jpg", picture(exif=exif)).content

    with Image.open(io.BytesIO(content)) as written:
        assert (written.size, dict(written.getexif())) == ((20, 40), {})
    assert b"Camera" not in content


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("tickets.files.MOST_PIXELS", 100)
    with pytest.raises(Refusal, match="megapixel"):
        checked("groot.png", picture("PNG"))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\map\\a.pdf", "a.pdf"),
        ("a\u202efdp.txt", "afdp.txt"),
        ('x"\r\ny.pdf', "x_y.pdf"),
        ("", "file"),
        ("n" * 300 + ".pdf", "n" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


@pytest.fixture
def attach(noordkaai, alice):
    key = uuid.uuid4()

    def attached(*files, kept=(), by=alice) -> list[str]:
        named = [SimpleUploadedFile(name, content) for name, content in files]
        return take_files(named, kept=kept, customer=noordkaai, key=key, by=Actor.user(by))

    attached.drafts = lambda by=alice: drafts_of(noordkaai, key, Actor.user(by))
    return attached


@pytest.mark.django_db
def test_files_stay_with_a_form_until_they_are_unticked(attach, bob):
    assert attach(("a.txt", b"a"), ("b.txt", b"b")) == []
    first, second = attach.drafts()
    assert attach.drafts(by=bob) == []

    attach(("b.txt", b"b"), ("c.txt", b"c"), kept=[str(second.public_id)])

    assert [draft.name for draft in attach.drafts()] == ["b.txt", "c.txt"]
    assert not Attachment.objects.for_customer(first.customer_id).filter(pk=first.pk).exists()


@pytest.mark.django_db
def test_too_many_and_too_large_files_are_named_and_the_others_kept(attach, settings):
    settings.TICKET_FILE_MAX_BYTES = 100
    problems = attach(("groot.txt", b"x" * 101), *((f"{n}.txt", b"%d" % n) for n in range(6)))

    assert len(problems) == 2
    assert "groot.txt" in problems[0] and "5.txt" in problems[1]
    assert len(attach.drafts()) == 5


@pytest.mark.django_db
def test_the_files_of_all_messages_of_a_ticket_count_together(ask, alice, noordkaai):
    key, by = uuid.uuid4(), Actor.user(alice)
    for n in range(4):
        add_draft(customer=noordkaai, draft=key, file=CheckedFile(f"{n}.txt", "text/plain", b"%d" % n), by=by)
    ticket = ask(key=key)

    named = [SimpleUploadedFile(name, name.encode()) for name in ("vijf.txt", "zes.txt")]
    problems = take_files(named, kept=(), customer=noordkaai, key=uuid.uuid4(), by=by, ticket=ticket)

    assert len(problems) == 1 and "zes.txt" in problems[0]


@pytest.mark.django_db
def test_a_company_adds_so_much_a_month_and_no_more(attach, settings):
    settings.TICKET_MONTH_MAX_BYTES = 10
    assert len(attach(("a.txt", b"123456"), ("b.txt", b"7890123"))) == 1


@pytest.mark.django_db
def test_what_was_never_sent_is_removed_after_a_day(attach, django_capture_on_commit_callbacks):
    attach(("oud.txt", b"oud"), ("nieuw.txt", b"nieuw"))
    old, new = attach.drafts()
    Attachment.objects.for_customer(old.customer_id).filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(hours=25)
    )

    with django_capture_on_commit_callbacks(execute=True):
        tasks.remove_drafts()

    assert attach.drafts() == [new]
    assert not old.file.storage.exists(old.file.name) and new.file.storage.exists(new.file.name)
