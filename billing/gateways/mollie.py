"""Mollie, over its own Python client. Knows its words, its errors and its odd answers; decides nothing.

The client would make a new idempotency key for each call, tries connections again by itself and tells neither the
status 429 from others nor how long to wait: all three are changed here.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from django.conf import settings
from mollie.api.client import Client
from mollie.api.error import RequestError, RequestSetupError, ResponseError, ResponseHandlingError
from mollie.api.objects.payment import Payment as MolliePayment

from billing.enums import PaymentMode, PaymentState
from billing.gateways.base import (
    Busy,
    ContractError,
    GatewayError,
    GatewayPayment,
    Method,
    NewPayment,
    Rejected,
    Uncertain,
)

REFERENCE = re.compile(r"tr_[A-Za-z0-9]{4,40}\Z")
CONNECT_SECONDS, ANSWER_SECONDS = 3, 10
LONGEST_WAIT = 3600.0
USUAL_WAIT = 30.0
PAGE = 250
# Clocks of two machines are never quite the same.
CLOCKS_APART = timedelta(minutes=5)
# Methods that need more than a redirect, or that the portal offers by itself.
NOT_OFFERED = {
    "banktransfer",
    "directdebit",
    "giftcard",
    "voucher",
    "pointofsale",
    "billie",
    "in3",
    "klarna",
    "riverty",
}

STATES = {
    "open": PaymentState.OPEN,
    "pending": PaymentState.PENDING,
    "authorized": PaymentState.PENDING,
    "paid": PaymentState.PAID,
    "canceled": PaymentState.CANCELLED,
    "expired": PaymentState.EXPIRED,
    "failed": PaymentState.FAILED,
}
LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}


class _Client(Client):
    """The client, with the answers it cannot tell apart sorted out before it reads them."""

    # The usual value tells the name of this machine.
    UNAME = "Fleet Portal"

    def perform_http_call(self, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().perform_http_call(*args, **kwargs)
        if answer.status_code == 429:
            raise Busy(_wait(answer.headers.get("Retry-After", "")))
        if answer.status_code >= 500:
            raise Uncertain(f"status {answer.status_code}")
        return answer


def _wait(header: str) -> float:
    return min(float(header), LONGEST_WAIT) if header.isdecimal() else USUAL_WAIT


def _translated(call: Any) -> Any:
    """The client's errors as those of the contract. None of their texts holds the key."""

    @wraps(call)
    def translated(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except GatewayError:
            raise
        except RequestSetupError as error:
            raise ContractError("the client refuses the call") from error
        except RequestError as error:
            raise Uncertain("no answer") from error
        except ResponseHandlingError as error:
            raise Uncertain("an answer that cannot be read") from error
        except ResponseError as error:
            raise _refusal(error) from error
        except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as error:
            raise ContractError(f"an answer of another shape: {type(error).__name__}") from error

    return translated


def _refusal(error: ResponseError) -> GatewayError:
    """409 is a call with the same key that is still being worked on."""
    if error.status == 409:
        return Uncertain("the same call is being worked on")
    code = {401: "unauthorized", 403: "unauthorized", 404: "missing", 410: "missing"}.get(error.status or 0, "refused")
    return Rejected(code, str(error)[:200])


class MollieGateway:
    """Implements :class:`billing.gateways.base.PaymentGateway`."""

    name = "mollie"
    is_simulated = False

    def __init__(self) -> None:
        key = settings.MOLLIE_API_KEY
        self.mode = PaymentMode.LIVE if key.startswith("live_") else PaymentMode.TEST
        self._client = _Client(api_endpoint=settings.MOLLIE_API_URL, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), retry=0)
        self._client.set_api_key(key)

    def is_reference(self, text: str) -> bool:
        return REFERENCE.match(text) is not None

    @_translated
    def methods(self, currency: str) -> Sequence[Method]:
        found = self._client.methods.list(resource="payments", includeWallets="applepay")
        return [
            Method(
                one.id, str(one.description), _limit(one.minimum_amount, currency), _limit(one.maximum_amount, currency)
            )
            for one in found
            if one.id not in NOT_OFFERED and not one.id.startswith("klarna")
        ]

    @_translated
    def create(self, new: NewPayment) -> GatewayPayment:
        asked = {
            "amount": _money(new.amount, new.currency),
            "description": new.description[:255],
            "redirectUrl": new.return_url,
            "method": new.method,
            "locale": LOCALES.get(new.language, "en_GB"),
            "metadata": {"payment_id": str(new.payment_id)},
        }
        if new.webhook_url:
            asked["webhookUrl"] = new.webhook_url
        return _payment(self._client.payments.create(asked, idempotency_key=str(new.key)))

    @_translated
    def fetch(self, reference: str) -> GatewayPayment:
        return _payment(self._client.payments.get(self._checked(reference)))

    def find(self, payment_id: UUID, since: datetime) -> GatewayPayment | None:
        wanted = str(payment_id)
        return next((one for one in self.payments_since(since) if one.payment_id == wanted), None)

    def payments_since(self, since: datetime) -> Iterator[GatewayPayment]:
        page = self._page(None)
        while page is not None:
            for one in page:
                payment = self._read(one)
                if payment.created_at < since - CLOCKS_APART:
                    return
                yield payment
            page = self._page(page)

    @_translated
    def _page(self, before: Any) -> Any:
        return self._client.payments.list(limit=PAGE) if before is None else before.get_next()

    @_translated
    def _read(self, answer: Any) -> GatewayPayment:
        return _payment(answer)

    @_translated
    def cancel(self, reference: str) -> GatewayPayment:
        return _payment(self._client.payments.delete(self._checked(reference)))

    @_translated
    def refund(self, reference: str, *, key: UUID, amount: Decimal, currency: str, description: str) -> str:
        asked = {"amount": _money(amount, currency), "description": description[:255]}
        payment = MolliePayment({"id": self._checked(reference)}, self._client)
        return str(payment.refunds.create(asked, idempotency_key=str(key))["id"])

    def _checked(self, reference: str) -> str:
        """It becomes part of an address."""
        if not self.is_reference(reference):
            raise ContractError("not a reference of Mollie")
        return reference


def _method(answer: Any, currency: str) -> Method:
    limits = (_limit(answer.minimum_amount, currency), _limit(answer.maximum_amount, currency))
    return Method(answer.id, str(answer.description), *limits)


def _payment(answer: Any) -> GatewayPayment:
    if not REFERENCE.match(answer["id"]):
        raise ContractError("a payment without a usable id")
    metadata = answer.metadata
    return GatewayPayment(
        reference=answer["id"],
        mode=PaymentMode(answer["mode"]),
        state=STATES[answer["status"]],
        amount=Decimal(answer["amount"]["value"]),
        currency=str(answer["amount"]["currency"]),
        payment_id=str(metadata.get("payment_id", "")) if isinstance(metadata, dict) else "",
        created_at=_required(_moment(answer.created_at)),
        checkout_url=_address(answer.checkout_url),
        expires_at=_moment(answer.expires_at),
        paid_at=_moment(answer.paid_at),
        refunded=_value(answer.amount_refunded),
        charged_back=_value(answer.amount_chargedback),
        reason=_reason(answer),
    )


def _reason(answer: Any) -> str:
    """Why it failed, in the words of bank or card company, where they are told."""
    details = answer.details
    return str(details.get("failureMessage") or "")[:200] if isinstance(details, dict) else ""


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": f"{amount:.2f}"}


def _value(amount: Any) -> Decimal:
    return Decimal(amount["value"]) if amount else Decimal(0)


def _limit(amount: Any, currency: str) -> Decimal | None:
    return Decimal(amount["value"]) if amount and amount["currency"] == currency else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _required(moment: datetime | None) -> datetime:
    if moment is None:
        raise ContractError("a payment without the moment it was made")
    return moment


def _address(url: str | None) -> str:
    """A browser is sent there: encrypted, or on this machine, as the service of a test is."""
    parts = urlsplit(url or "")
    if not url or parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1"):
        return url or ""
    raise ContractError("a payment page that is not encrypted")
