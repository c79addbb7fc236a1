"""A payment service on loopback that behaves as Mollie's API documentation says, with faults on demand.

Its memory is the other side of the ledger: after any story, what the portal booked must be what was paid here.
"""

import json
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "test_0123456789abcdefghijABCDEFGHIJ"
METHODS = [
    ("bancontact", "Bancontact", "0.02", "50000.00"),
    ("creditcard", "Card", "0.01", "10000.00"),
    ("banktransfer", "Bank transfer", "0.01", "1000000.00"),
    ("klarnapaylater", "Pay later", "1.00", "5000.00"),
]
FINAL = {"paid", "canceled", "expired", "failed"}


class MollieServer:
    """``faults`` are used up one per call: "before" and "after" lose the answer before and after the work was done,
    "500" and "503" fail, "429" asks to wait, "garbage" answers something that is no JSON.
    """

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.replays: dict[str, tuple[int, dict[str, Any]]] = {}
        self.faults: deque[str] = deque()
        self.calls: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # — what payers and banks do —

    def pay(self, reference: str) -> None:
        with self.lock:
            payment = self.payments[reference]
            assert payment["status"] not in FINAL
            payment |= {
                "status": "paid",
                "paidAt": _now(),
                "amountRefunded": _eur(0),
                "amountRemaining": payment["amount"],
            }
            payment["_links"].pop("checkout", None)

    def end(self, reference: str, status: str) -> None:
        with self.lock:
            payment = self.payments[reference]
            assert payment["status"] not in FINAL
            payment["status"] = status
            if status in FINAL:
                payment["_links"].pop("checkout", None)
            if status == "failed":
                payment["details"] = {"failureReason": "insufficient_funds", "failureMessage": "Not enough money."}

    def charge_back(self, reference: str, amount: Decimal) -> None:
        """The bank takes back; a negative amount undoes it."""
        with self.lock:
            payment = self.payments[reference]
            before = Decimal(payment.get("amountChargedBack", _eur(0))["value"])
            payment["amountChargedBack"] = _eur(before + amount)

    def undo_refund(self, reference: str, amount: Decimal) -> None:
        """A refund that was waiting is cancelled at the service."""
        with self.lock:
            payment = self.payments[reference]
            payment["amountRefunded"] = _eur(Decimal(payment["amountRefunded"]["value"]) - amount)

    def kept(self) -> Decimal:
        """All that was paid, less what went back."""
        return sum((self.kept_of(reference) for reference in self.payments), Decimal(0))

    def kept_of(self, reference: str) -> Decimal:
        payment = self.payments[reference]
        if payment["status"] != "paid":
            return Decimal(0)
        back = sum(
            Decimal(payment[name]["value"]) for name in ("amountRefunded", "amountChargedBack") if name in payment
        )
        return max(Decimal(payment["amount"]["value"]) - back, Decimal(0))

    # — the API —

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, key: str) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        with self.lock:
            match (method, *parts):
                case ("GET", "v2", "methods"):
                    return 200, {"count": len(METHODS), "_embedded": {"methods": [_method(*row) for row in METHODS]}}
                case ("POST", "v2", "payments"):
                    return self._once(key, lambda: self._create(body))
                case ("GET", "v2", "payments"):
                    return self._list(query)
                case (_, "v2", "payments", reference, *_rest) if reference not in self.payments:
                    return _error(404, "Not Found", f"No payment exists with token {reference}.")
                case ("GET", "v2", "payments", reference):
                    return 200, self.payments[reference]
                case ("DELETE", "v2", "payments", reference):
                    return self._cancel(self.payments[reference])
                case ("POST", "v2", "payments", reference, "refunds"):
                    return self._once(key, lambda: self._refund(self.payments[reference], body))
        return _error(404, "Not Found", "There is nothing here.")

    def _once(self, key: str, work: Any) -> tuple[int, Any]:
        """The same key is answered as the first time."""
        if key not in self.replays:
            self.replays[key] = work()
        return self.replays[key]

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        for field in ("amount", "description", "redirectUrl"):
            if not body.get(field):
                return _error(422, "Unprocessable Entity", f"The {field} is missing.", field)
        if Decimal(body["amount"]["value"]) > 50_000:
            return _error(422, "Unprocessable Entity", "The amount is higher than the maximum.", "amount")
        reference = f"tr_{len(self.payments) + 1:010d}"
        made = datetime.now(UTC) + timedelta(milliseconds=len(self.payments))
        self.payments[reference] = {
            "resource": "payment",
            "id": reference,
            "mode": "test",
            "createdAt": made.isoformat(),
            "status": "open",
            "isCancelable": body.get("method") == "creditcard",
            "expiresAt": (made + timedelta(minutes=15)).isoformat(),
            "amount": body["amount"],
            "description": body["description"],
            "method": body.get("method"),
            "metadata": body.get("metadata"),
            "redirectUrl": body["redirectUrl"],
            "webhookUrl": body.get("webhookUrl"),
            "_links": {"checkout": {"href": f"{self.url}/checkout/{reference}", "type": "text/html"}},
        }
        # What was sent then, not what becomes of it.
        return 201, json.loads(json.dumps(self.payments[reference]))

    def _list(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        newest = list(reversed(self.payments.values()))
        start = query.get("from", [""])[0]
        if start:
            newest = newest[[one["id"] for one in newest].index(start) :]
        # Small pages, so that going on to the next one is exercised.
        page, rest = newest[:3], newest[3:]
        links = {"next": {"href": f"{self.url}/v2/payments?from={rest[0]['id']}&limit=3"} if rest else None}
        return 200, {"count": len(page), "_embedded": {"payments": page}, "_links": links}

    def _cancel(self, payment: dict[str, Any]) -> tuple[int, Any]:
        if payment["status"] in FINAL or not payment["isCancelable"]:
            return _error(422, "Unprocessable Entity", "The payment cannot be canceled.")
        self.end(payment["id"], "canceled")
        return 200, payment

    def _refund(self, payment: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        amount = Decimal(body["amount"]["value"])
        left = Decimal(payment.get("amountRemaining", _eur(0))["value"])
        if payment["status"] != "paid" or amount > left:
            return _error(422, "Unprocessable Entity", "The specified amount cannot be refunded.", "amount")
        payment["amountRefunded"] = _eur(Decimal(payment["amountRefunded"]["value"]) + amount)
        payment["amountRemaining"] = _eur(left - amount)
        reference = f"re_{len(self.refunds) + 1:08d}"
        self.refunds[reference] = {"resource": "refund", "id": reference, "amount": body["amount"], "status": "pending"}
        return 201, self.refunds[reference]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args: Any) -> None:
                pass

            def handle_call(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                with server.lock:
                    fault = server.faults.popleft() if server.faults else ""
                    server.calls.append(f"{self.command} {self.path}")
                    server.headers.append(dict(self.headers))
                self._answer(raw, fault)

            do_GET = do_POST = do_DELETE = handle_call

            def _answer(self, raw: bytes, fault: str) -> None:
                if self.path.startswith("/checkout/"):
                    self._send_bytes(200, b"<h1>Checkout</h1>", {"Content-Type": "text/html"})
                    return
                if fault == "before":
                    return
                if fault in ("500", "503"):
                    self._send(int(fault), {"status": int(fault), "title": "Error", "detail": "Try later."})
                elif fault == "429":
                    body = {"status": 429, "title": "Too Many Requests", "detail": "Slow down."}
                    self._send(429, body, {"Retry-After": "7"})
                elif self.headers.get("Authorization") != f"Bearer {KEY}":
                    self._send(
                        *_error(401, "Unauthorized Request", "Missing authentication, or failed to authenticate")
                    )
                else:
                    self._work(raw, fault)

            def _work(self, raw: bytes, fault: str) -> None:
                parts = urlsplit(self.path)
                body = json.loads(raw) if raw else None
                key = self.headers.get("Idempotency-Key", "")
                status, answer = server.answer(self.command, parts.path, parse_qs(parts.query), body, key)
                if fault == "after":
                    return
                if fault == "garbage":
                    self._send_bytes(200, b"<html>Gateway</html>", {})
                else:
                    self._send(status, answer)

            def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
                self._send_bytes(status, json.dumps(answer).encode(), headers or {})

            def _send_bytes(self, status: int, content: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/hal+json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler


def _eur(amount: Decimal | int) -> dict[str, str]:
    return {"currency": "EUR", "value": f"{amount:.2f}"}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _method(code: str, name: str, least: str, most: str) -> dict[str, Any]:
    limits = {"minimumAmount": _eur(Decimal(least)), "maximumAmount": _eur(Decimal(most))}
    return {"resource": "method", "id": code, "description": name, "status": "activated", **limits}


def _error(status: int, title: str, detail: str, field: str = "") -> tuple[int, dict[str, Any]]:
    answer: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    return status, answer | ({"field": field} if field else {})
