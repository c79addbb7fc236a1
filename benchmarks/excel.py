"""Excel in and out beside openpyxl alone on the same cells: time ratios and the peak memory of each step.

Run with ``python -m benchmarks.excel``. Each step is its own process; what it writes to the database is rolled back.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

IMPORT_ROWS = 50_000
EXPORT_ROWS = 100_000
HEADINGS = [
    "Telefoonnummer",
    "Simkaartnummer",
    "Voornaam",
    "Naam",
    "E-mail",
    "Personeelsnummer",
    "Kostenplaats",
    "Facturatieaccount",
    "Tariefplan",
    "Opties",
    "Status",
    "Split bill",
    "Activatiedatum",
]
CATALOGUE = Path(__file__).parents[1] / "tests" / "data" / "fleet" / "catalogue.json"
GOALS = {"dry run / read": 2.0, "export / write": 1.2, "import MB": 512, "dry run MB": 512, "export MB": 200}


def fleet_rows(count: int) -> Any:
    """Believable rows in mixed notations."""
    for n in range(count):
        number = f"04{60 + n // 1_000_000}{n % 1_000_000:06d}"
        yield [
            f"{number[:4]} {number[4:6]} {number[6:8]} {number[8:]}" if n % 3 else number,
            f"893203{n:012d}0",
            "Bénédicte",
            "Van den Broeck",
            f"{n}@noordkaai.example",
            str(n),
            "4120" if n % 2 else 4130,
            "1000234",
            "Mobile Pro",
            "INTL;TWIN" if n % 4 == 0 else None,
            "Actief",
            "Ja",
            "2025-03-02",
        ]


Times = tuple[float, float]


def clock() -> Times:
    """Wall clock and processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


def since(start: Times) -> Times:
    return time.perf_counter() - start[0], time.process_time() - start[1]


def make_file(path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Simkaarten")
    sheet.append(HEADINGS)
    for row in fleet_rows(IMPORT_ROWS):
        sheet.append(row)
    book.save(path)


def read_alone(folder: Path) -> Times:
    from openpyxl import load_workbook

    start = clock()
    book = load_workbook(folder / "fleet.xlsx", read_only=True, data_only=True)
    cells = sum(len(row) for row in book.active.iter_rows(values_only=True))
    assert cells == (IMPORT_ROWS + 1) * len(HEADINGS)
    return since(start)


def dry_run(folder: Path) -> Times:
    return _in_company(lambda customer: _checked(folder, customer)[0])


def full_import(folder: Path) -> Times:
    from fleetportal.audit.actors import Actor
    from sims.services.fleet_import import import_fleet

    def work(customer: Any) -> Times:
        start = clock()
        _times, lines = _checked(folder, customer)
        import_fleet(customer=customer, lines=lines, file_name="fleet.xlsx", by=Actor.ops("benchmark"))
        return since(start)

    return _in_company(work)


def _checked(folder: Path, customer: Any) -> tuple[Times, list[Any]]:
    from fleetportal.spreadsheets.memory import bounded_memory
    from sims.spreadsheets.fleet_import import check_fleet_file

    start = clock()
    with (folder / "fleet.xlsx").open("rb") as file, bounded_memory():
        checked = check_fleet_file(file, name="fleet.xlsx", customer=customer)
    assert checked.report.imported == IMPORT_ROWS, checked.report.issues[:3]
    return since(start), list(checked.lines.values())


def export(folder: Path) -> Times:
    from sims.models import Line
    from sims.spreadsheets.columns import Field
    from sims.spreadsheets.fleet_export import FleetExport

    def work(customer: Any) -> Times:
        _fill(customer)
        lines = Line.objects.for_customer(customer).order_by("number", "pk")
        start = clock()
        export = FleetExport(lines, list(Field), customer=customer, language="nl", file_format="xlsx")
        export.write(folder / "export.xlsx", title="x")
        return since(start)

    return _in_company(work)


def write_alone(folder: Path) -> Times:
    """openpyxl write-only with the cells of the export, which are read beforehand."""
    from openpyxl import Workbook, load_workbook

    source = load_workbook(folder / "export.xlsx", read_only=True)
    rows = list(source.active.iter_rows(values_only=True))
    assert (len(rows), len(rows[0])) == (EXPORT_ROWS + 1, 15)
    start = clock()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("x")
    for row in rows:
        sheet.append(row)
    book.save(folder / "alone.xlsx")
    return since(start)


def _fill(customer: Any) -> None:
    """Lines by the import's own writer, in portions that need little memory."""
    from accounts.models import BillingAccount, CostCentre
    from fleetportal.audit.actors import Actor
    from sims.models import PlanOption, TariffPlan
    from sims.services.fleet_import import NewLine, import_fleet

    plan, option = TariffPlan.objects.for_customer(customer).first(), PlanOption.objects.for_customer(customer).first()
    account, centre = (
        BillingAccount.objects.for_customer(customer).first(),
        CostCentre.objects.for_customer(customer).first(),
    )
    for start in range(0, EXPORT_ROWS, 2000):
        lines = [
            NewLine(
                number=f"+3246{n:07d}",
                iccid=f"893203{n:012d}0",
                iccid_core=f"893203{n:012d}",
                plan_id=plan.pk,
                billing_account_id=account.pk,
                cost_centre_id=centre.pk,
                option_ids=(option.pk,),
                first_name="Bénédicte",
                last_name="Van den Broeck",
                email=f"{n}@noordkaai.example",
                employee_number=str(n),
                department="Verkoop",
                language="nl",
                split_bill=True,
                activated_on=None if n % 2 else _day(),
            )
            for n in range(start, start + 2000)
        ]
        import_fleet(customer=customer, lines=lines, file_name="fill", by=Actor.ops("benchmark"))


def _day() -> Any:
    import datetime as dt

    return dt.date(2025, 3, 2)


def _in_company(work: Callable[[Any], Times]) -> Times:
    """Do it in a company of its own and take everything back."""
    from django.db import connection, transaction

    from fleetportal.audit.actors import Actor
    from sims.services.catalogue import import_catalogue

    data = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    data["customer"] = {"name": "Benchmark", "slug": "benchmark-excel", "enterprise_number": "0999999922"}
    with transaction.atomic():
        # Only this benchmark reads a whole file inside a transaction.
        connection.cursor().execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        times = work(import_catalogue(data=data, by=Actor.ops("benchmark")).customer)
        transaction.set_rollback(True)
    return times


STEPS: dict[str, Callable[[Path], Times]] = {
    "read": read_alone,
    "dry run": dry_run,
    "import": full_import,
    "export": export,
    "write": write_alone,
}


def run_step(name: str, folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    if name not in ("read", "write"):
        import django

        django.setup()
    seconds, cpu = STEPS[name](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak}))


def measure(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.excel", name, str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    print(f"{name:8} {found['seconds']:7.2f} s {found['cpu']:7.2f} s CPU {found['megabytes']:6.0f} MB", flush=True)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_file(Path(folder) / "fleet.xlsx")
        found = {name: measure(name, Path(folder)) for name in STEPS}
    figures = {
        "dry run / read": found["dry run"]["seconds"] / found["read"]["seconds"],
        "  processor time": found["dry run"]["cpu"] / found["read"]["cpu"],
        "export / write": found["export"]["seconds"] / found["write"]["seconds"],
        "dry run MB": found["dry run"]["megabytes"],
        "import MB": found["import"]["megabytes"],
        "export MB": found["export"]["megabytes"],
    }
    for name, figure in figures.items():
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"goal {goal:>6}  {'ok' if figure <= goal else 'TOO MUCH'}"
        print(f"{name:16} {figure:8.2f}  {verdict}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_step(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
