"""The sample of usage records with what has to come of it, and short ways to write records of one's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.enums import UsageSource
from groupbundles.models import UsageImport
from groupbundles.queries.usage_report import usage_report
from groupbundles.services.usage.imports import import_file
from groupbundles.services.usage.rows import HEADER
from sims.enums import LineState
from sims.models import Line

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "usage" / "usage-2026-11.csv.gz"
# When the sample was delivered: tests of it happen then, whatever day it is.
DELIVERED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
BY = Actor.ops("test")


@cache
def expected() -> dict[str, Any]:
    return json.loads(SAMPLE.with_name("usage-2026-11.expected.json").read_text(encoding="utf-8"))


def sample_lines(customer: Customer) -> list[Line]:
    """The fleet that the sample's counters speak of."""
    numbers = sorted({line["msisdn"] for line in expected()["lines"]})
    return Line.objects.bulk_create(Line(customer=customer, number=n, state=LineState.ACTIVE) for n in numbers)


def assert_sample_counters(customer: Customer) -> None:
    report = usage_report(customer)
    assert report["lines"] == expected()["lines"]
    found, wanted = report["group_bundle"], expected()["group_bundle"]
    assert found["code"] == wanted["code"]
    assert found["data_bytes"] == wanted["data_bytes"]
    assert sorted(found["members"]) == sorted(wanted["members"])


@dataclass
class Row:
    """One record as a file has it; a test names what matters to it."""

    record_id: str = "r-1"
    msisdn: str = "+32468000001"
    started_at: str = "2026-11-05T10:00:00+01:00"
    kind: str = "data"
    zone: str = "BE"
    quantity: int | str = 1000
    unit: str | None = None
    bundle: str = "own"
    charge: str = "0.0000"

    def __str__(self) -> str:
        unit = {"data": "B", "voice": "s"}.get(self.kind, "1") if self.unit is None else self.unit
        fields = (self.record_id, self.msisdn, self.started_at, self.kind, self.zone, self.quantity, unit)
        return ";".join(map(str, (*fields, self.bundle, self.charge)))


def write(path: Path, rows: Iterable[Row | str]) -> Path:
    path.write_text("\n".join([HEADER, *map(str, rows), ""]), encoding="utf-8")
    return path


def take(customer: Customer, path: Path, **options: Any) -> UsageImport:
    return import_file(customer=customer, path=path, source=UsageSource.FILE, by=BY, **options).usage_import
