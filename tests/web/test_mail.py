import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from fleetportal.web import mail


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = mail.BACKEND
    settings.DEBUG = True
    return get_connection(mail.BACKEND)


def send(mailbox, subject="Welkom één", to="an@noordkaai.example"):
    message = EmailMultiAlternatives(subject, "Dag,\nhttp://localhost/x?a=1", "a@b.be", [to], connection=mailbox)
    message.attach_alternative("<p>Dag</p>", "text/html")
    return message.send()


def test_a_mail_becomes_a_readable_file(mailbox, settings):
    assert send(mailbox) == 1
    [kept] = mail.mails()
    assert (kept.subject, kept.to) == ("Welkom één", "an@noordkaai.example")
    assert "http://localhost/x?a=1" in kept.text
    assert kept.sent_at is not None and kept.sent_at.tzinfo is not None
    assert [path.suffix for path in settings.EMAIL_FILE_PATH.iterdir()] == [".eml"]


def test_the_newest_mail_stands_first(mailbox):
    send(mailbox, "one")
    send(mailbox, "two")
    assert [kept.subject for kept in mail.mails()] == ["two", "one"]


@pytest.mark.parametrize("name", ["../secret.eml", "/etc/passwd", "x.txt", "", ".eml", "none.eml"])
def test_only_mails_can_be_read(mailbox, settings, name):
    send(mailbox)
    (settings.EMAIL_FILE_PATH.parent / "secret.eml").write_text("Subject: x\n\ny")
    assert mail.read(name) is None


def test_the_mailbox_page_shows_links_to_click(mailbox, client, db):
    send(mailbox)
    assert 'href="http://localhost/x?a=1"' in client.get("/mailbox/").content.decode()
    assert client.get("/mailbox/?mail=../secret.eml").status_code == 404


@pytest.mark.parametrize(
    ("debug", "backend"), [(False, mail.BACKEND), (True, "django.core.mail.backends.smtp.EmailBackend")]
)
def test_the_mailbox_page_exists_only_in_development(mailbox, client, settings, db, debug, backend):
    settings.DEBUG, settings.EMAIL_BACKEND = debug, backend
    assert client.get("/mailbox/").status_code == 404
