"""Two events of nobody's app: news for everybody, and an alarm for those who may change lines."""

from collections.abc import Callable

import pytest

from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.models import Notification
from fleetportal.notifications.services import notify
from fleetportal.shell.registry import NotificationEvent, contributions

NEWS = NotificationEvent(
    "test.news", "News", "What is new.", lambda p: f"News of {p['what']}", lambda p: f"{p['what']} is new.", order=10
)
ALARM = NotificationEvent(
    "test.alarm",
    "Alarm",
    "What is wrong.",
    lambda p: f"Alarm: {p['what']}",
    lambda p: f"{p['what']} is wrong.",
    icon="alert-triangle",
    tone="bad",
    permission="manage_lines",
    mail=MailTiming.NOW,
    order=20,
)


@pytest.fixture(autouse=True)
def events(monkeypatch):
    monkeypatch.setattr(contributions, "notification_events", [NEWS, ALARM])


@pytest.fixture
def tell(noordkaai) -> Callable[..., Notification | None]:
    """``tell(alice, "the sky")`` tells one person or address and answers the row."""

    def told(recipient, what: str = "the sky", *, event=ALARM, key: str = "", url: str = "/sims/", customer=noordkaai):
        notify(
            customer_id=customer.pk,
            event=event.code,
            recipients=[getattr(recipient, "pk", recipient)],
            once_key=key or what,
            params={"what": what},
            url=url,
        )
        rows = Notification.objects.for_customer(customer).filter(once_key=key or what)
        return rows.order_by("-pk").first()

    return told
