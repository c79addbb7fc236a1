"""The fleet list beside Django's own admin on the same rows: whole answers, the median of many, as ratios.

Run with ``python -m benchmarks.lists [rows]``. Works in a database of its own, made beside the configured one and
removed again.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ROWS = 100_000
SMALL = 10_000
ROUNDS = 15
# Any answer against the admin's first page, and a search against the admin's same search.
GOAL, SEARCH_GOAL = 4.0, 15.0

LINES = """
WITH name AS (SELECT ARRAY['Janssens','Peeters','Maes','Dubois','Claes','Willems','Mertens','Vermeulen'] AS last,
                     ARRAY['Sofie','Thomas','Lucas','Els','Wout','Amira','Jeroen','Nathalie','Noor'] AS first),
person AS (
    INSERT INTO sims_subscriber (customer_id, public_id, first_name, last_name, email, employee_number, department,
                                 language, created_at)
    SELECT %(customer)s, gen_random_uuid(), first[1 + n %% 9], last[1 + n %% 8] || n / 800, n || '@noordkaai.example',
           'E' || n, 'Verkoop', 'nl', now()
    FROM name, generate_series(1, %(rows)s) n RETURNING id, first_name, last_name, email, employee_number),
card AS (
    INSERT INTO sims_sim (customer_id, public_id, iccid, iccid_core, state, is_esim, batch, created_at)
    SELECT %(customer)s, gen_random_uuid(), '893203' || lpad((%(start)s + n)::text, 12, '0') || '7',
           '893203' || lpad((%(start)s + n)::text, 12, '0'), 'in_use', n %% 5 = 0, '', now()
    FROM generate_series(1, %(rows)s) n RETURNING id, iccid),
both_sides AS (
    SELECT p.*, c.id AS sim, c.iccid, '0468' || lpad((%(start)s + p.n)::text, 6, '0') AS dialled
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM person) p
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS n FROM card) c USING (n))
INSERT INTO sims_line (customer_id, public_id, number, number_provenance, sim_id, plan_id, subscriber_id,
                       billing_account_id, cost_centre_id, split_bill, state, open_request, activated_on, search_text,
                       created_at, updated_at)
SELECT %(customer)s, gen_random_uuid(), '+32' || substr(dialled, 2), 'company', sim,
       (%(plans)s::bigint[])[1 + n %% 5], id, %(account)s, (%(centres)s::bigint[])[1 + n %% 20], n %% 9 = 0,
       CASE WHEN n %% 50 = 0 THEN 'suspended' WHEN n %% 70 = 0 THEN 'terminated' ELSE 'active' END,
       CASE WHEN n %% 200 = 0 THEN 'pending' ELSE '' END, '2025-03-01',
       lower(last_name || ' ' || first_name) || ' ' || dialled || ' 32' || substr(dialled, 2) || ' ' || iccid
       || ' ' || lower(employee_number) || ' ' || email || ' verkoop', now(), now()
FROM both_sides
"""


def give_defaults(*models: Any) -> None:
    """The database fills what the statement above does not name as a new row of the portal would."""
    from django.db import connection
    from psycopg import sql

    with connection.schema_editor() as editor, connection.cursor() as cursor:
        for model in models:
            for field in model._meta.concrete_fields:
                if field.null or field.primary_key or not (field.has_default() or field.blank):
                    continue
                default = sql.Literal(editor.effective_default(field))
                names = map(sql.Identifier, (model._meta.db_table, field.column))
                text = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(*names, default)
                cursor.execute(text.as_string(cursor.connection))


def fill(customer: Any, rows: int, start: int) -> None:
    """``rows`` lines with all around them; ``start`` keeps numbers of two companies apart."""
    from django.db import connection

    from sims.models import Line, Sim, Subscriber
    from tests import factories

    give_defaults(Line, Sim, Subscriber)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            LINES,
            {
                "customer": customer.pk,
                "rows": rows,
                "start": start,
                "plans": [factories.TariffPlanFactory(customer=customer, name_nl=f"Plan {n}").pk for n in range(5)],
                "account": factories.BillingAccountFactory(customer=customer).pk,
                "centres": [factories.CostCentreFactory(customer=customer).pk for _n in range(20)],
            },
        )


def check_search_texts() -> None:
    """What this script writes is what the portal would have written."""
    from sims.models import Line
    from sims.search import search_text_of

    lines = Line.objects.across_customers(reason="the benchmark's own rows").select_related("sim", "subscriber")
    for line in lines.order_by("-pk")[:50]:
        assert line.search_text == search_text_of(line), (line.search_text, search_text_of(line))


def signed_in(customer: Any) -> Any:
    from django.test import Client

    from tests import factories

    user = factories.UserFactory(email=f"{customer.slug}@example.be", is_staff=True, is_superuser=True)
    factories.MembershipFactory(customer=customer, user=user)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def median_ms(ask: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, int]:
    """Milliseconds of the whole answer, and its size in kB."""
    for _warm in range(2):
        answer = ask()
    assert answer.status_code == 200, answer.status_code
    taken = []
    for _round in range(rounds):
        start = time.perf_counter()
        answer = ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), len(answer.content) // 1024


def install_plain_admin() -> None:
    """Django's admin as one would write it in a minute: joins in one query, search over the columns people know."""
    from django.contrib import admin
    from django.urls import path

    from fleetportal import urls
    from sims.models import Line

    class PlainAdmin(admin.ModelAdmin):
        list_display = ("number", "sim", "subscriber", "plan", "state", "cost_centre", "billing_account")
        list_select_related = ("sim", "subscriber", "plan", "cost_centre", "billing_account")
        list_filter = ("state",)
        list_per_page = 25
        search_fields = ("number", "sim__iccid", "subscriber__first_name", "subscriber__last_name")
        ordering = ("number", "id")

        def get_queryset(self, request: Any) -> Any:
            return Line.objects.across_customers(reason="the benchmark's own rows").order_by(*self.ordering)

    site = admin.AdminSite("plain")
    site.register(Line, PlainAdmin)
    urls.urlpatterns.append(path("plain/", site.urls))


# What is asked of both, and what stands in the address of each.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "first page": ({}, {}),
    "last page": ({"page": ROWS // 25}, {"p": ROWS // 25}),
    "search, piece of a number": ({"q": "0468 04 21"}, {"q": "4680421"}),
    "search, one number": ({"q": "0468 04 21 37"}, {"q": "468042137"}),
    "search, name": ({"q": "janssens12"}, {"q": "janssens12"}),
    "search, two names": ({"q": "sofie peeters3"}, {"q": "sofie peeters3"}),
    "search, broad": ({"q": "janssens"}, {"q": "janssens"}),
    "search, nothing": ({"q": "qqqq"}, {"q": "qqqq"}),
    "filter on state": ({"view": "blocked"}, {"state__exact": "suspended"}),
    "order by name": ({"sort": "name"}, {"o": "3"}),
    "order by plan": ({"sort": "plan"}, {"o": "4"}),
    "order by state": ({"sort": "state"}, {"o": "5"}),
}


def compare(large: Any, small: Any, rows: int) -> list[str]:
    from django.core.cache import caches

    below = []
    admin_first, _kb = median_ms(lambda: large.get("/plain/sims/line/"))
    print(
        f"{'':28}{'list':>9}{'kB':>5}{'admin':>9}{'admin kB':>9}{'ratio':>8}{'to its first':>14}{f'to {SMALL:,}':>12}"
    )
    for name, (ours, theirs) in CASES.items():
        if "page" in ours:
            ours, theirs = {"page": rows // 25}, {"p": rows // 25}
        caches["memory"].clear()
        # Only the first page is loaded whole; from then on HTMX asks for the part it swaps.
        headers = {} if name == "first page" else {"HX-Request": "true", "HX-Target": "div#fleet"}
        mine, kb = median_ms(lambda ours=ours, headers=headers: large.get("/sims/", ours, headers=headers))
        its, its_kb = median_ms(lambda theirs=theirs: large.get("/plain/sims/line/", theirs), rounds=5)
        little, _kb = median_ms(lambda ours=ours, headers=headers: small.get("/sims/", ours, headers=headers))
        print(
            f"{name:28}{mine:9.1f}{kb:5}{its:9.1f}{its_kb:9}{its / mine:8.1f}"
            f"{admin_first / mine:14.1f}{mine / little:12.2f}"
        )
        goal, reached = (SEARCH_GOAL, its / mine) if name.startswith("search") else (GOAL, admin_first / mine)
        if reached < goal:
            below.append(f"{name}: {reached:.1f} times the admin, the goal is {goal:.0f}")
    return below


@contextmanager
def own_database() -> Iterator[None]:
    """A database with every table, removed at the end."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    connection.settings_dict["TEST"]["NAME"] = f"bench_{connection.settings_dict['NAME']}"
    made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.conf import settings
    from django.db import connection

    from tests import factories

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    install_plain_admin()
    with own_database():
        companies = [factories.CustomerFactory() for _n in range(2)]
        fill(companies[0], rows, 0)
        fill(companies[1], SMALL, 500_000)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        check_search_texts()
        below = compare(signed_in(companies[0]), signed_in(companies[1]), rows)
    print("\n".join(below) or "every goal reached")


if __name__ == "__main__":
    main()
