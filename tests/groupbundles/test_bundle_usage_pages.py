"""What managers see of the use of bundles: figures with their date, a sentence, charts with a table, who used most."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from groupbundles.enums import AuditKind, BundleKind
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.curves import GB, curve, used
from tests.usage import delivered, use

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def the_20th():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def bundle(noordkaai):
    return factories.GroupBundleFactory(customer=noordkaai, name="Data 2 TB", code="GB-DATA-1")


@pytest.fixture
def look(alice, client_for) -> Callable[..., str]:
    """The text of a page as alice sees it in English, without its tags."""
    client = client_for(alice)
    client.cookies["language"] = "en"

    def get(address: str, *, raw: bool = False) -> str:
        html = client.get(address).content.decode()
        return html if raw else re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(NBSP, " ")

    return get


def page_of(bundle, query: str = "") -> str:
    return reverse("bundle_detail", args=[bundle.public_id]) + query


def users_of(bundle, query: str = "") -> str:
    return reverse("bundle_users", args=[bundle.public_id]) + query


def member(bundle, **line):
    made = factories.LineFactory(customer=bundle.customer, **line)
    return factories.BundleMemberFactory(bundle=bundle, line=made).line


def test_the_page_says_how_much_is_used_what_to_expect_and_when_that_was_known(bundle, look):
    curve(bundle, OCTOBER, date(2026, 11, 20))
    delivered(bundle.customer, NOON)
    shown = look(page_of(bundle))
    assert "Usage in November 2026" in shown
    assert "900 GB of 2,000 GB used" in shown
    assert "1,400 GB expected by 30 November, well within the bundle. Almost certain." in shown
    assert "Updated on 20/11/2026, 12:00" in shown
    assert "Show as table" in shown


def test_the_chart_speaks(bundle, look):
    curve(bundle, OCTOBER, date(2026, 11, 20), working=110 * GB)
    delivered(bundle.customer, NOON)
    html = look(page_of(bundle), raw=True).replace(NBSP, " ")
    label = re.search(r'aria-label="(Data 2 TB in November 2026[^"]+)"', html)[1]
    assert "Expected to run out on 25 November." in label
    assert "October 2026 ended at" in label


def test_another_month_can_be_looked_at(bundle, look):
    total = curve(bundle, OCTOBER, NOVEMBER)
    delivered(bundle.customer, NOON)
    shown = look(page_of(bundle, "?month=2026-10"))
    assert "Usage in October 2026" in shown
    assert f"{total // GB:,} GB of 2,000 GB used" in shown
    assert "The bundle was large enough." in shown
    for nonsense in ("2026-13", "1999-01", "x", "2027-01"):
        assert "Usage in November 2026" in look(page_of(bundle, f"?month={nonsense}"))


def test_only_months_of_the_bundle_are_offered(noordkaai, look):
    young = factories.GroupBundleFactory(customer=noordkaai, starts_on=date(2026, 10, 15))
    gone = factories.GroupBundleFactory(
        customer=noordkaai, starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 10), state="ended"
    )
    assert re.findall(r'<option value="([^"]+)"', look(page_of(young), raw=True)) == ["2026-11", "2026-10"]
    months = re.findall(r'<option value="([^"]+)"', look(page_of(gone), raw=True))
    assert months == ["2026-03", "2026-02", "2026-01"]


def test_before_the_first_delivery_there_is_nothing_but_a_word(bundle, look):
    shown = look(page_of(bundle))
    assert "No usage has come in yet." in shown
    assert "Biggest users" not in shown
    assert "c-line" not in look(page_of(bundle), raw=True).split('id="bundle-usage"')[1]


def test_old_figures_say_so(bundle, look):
    curve(bundle, OCTOBER, date(2026, 11, 16))
    delivered(bundle.customer, datetime(2026, 11, 16, 6, 0, tzinfo=UTC))
    assert "These figures are old." in look(page_of(bundle))
    assert "Updated on 16/11/2026" in look(page_of(bundle))


def test_the_biggest_users_have_their_share_and_lead_to_their_line(bundle, look):
    big, small = member(bundle, subscriber__first_name="Ada"), member(bundle, subscriber__first_name="Ben")
    used(bundle, big, date(2026, 11, 4), 150 * GB)
    used(bundle, small, date(2026, 11, 4), 50 * GB)
    curve(bundle, date(2026, 11, 4), date(2026, 11, 5), working=200 * GB)
    delivered(bundle.customer, NOON)
    shown = look(page_of(bundle))
    assert shown.index("Ada") < shown.index("150 GB") < shown.index("75%") < shown.index("Ben") < shown.index("25%")
    html = look(page_of(bundle), raw=True)
    assert reverse("line_detail", args=[big.public_id]) in html


def test_calls_are_told_in_minutes(noordkaai, look):
    calls = factories.GroupBundleFactory(customer=noordkaai, kind=BundleKind.VOICE, size=300_000, name="Bellen EU")
    curve(calls, OCTOBER, date(2026, 11, 20), working=6_000, off=600)
    used(calls, member(calls), date(2026, 11, 4), 6_000)
    delivered(noordkaai, NOON)
    shown = look(page_of(calls))
    assert "1,360 min of 5,000 min used" in shown
    assert "100 min" in shown


def test_the_list_of_users_is_paged_and_knows_who_used_nothing(bundle, look):
    for n in range(27):
        used(bundle, member(bundle, number=f"+324680001{n:02d}"), date(2026, 11, 4), (n + 1) * GB)
    curve(bundle, date(2026, 11, 4), date(2026, 11, 5), working=378 * GB)
    member(bundle, subscriber__first_name="Idle")
    delivered(bundle.customer, NOON)
    first = look(users_of(bundle))
    assert "With use 27" in first
    assert "Without use 1" in first
    assert "0468 00 01 26" in first
    assert "0468 00 01 01" not in first
    assert "0468 00 01 01" in look(users_of(bundle, "?page=2"))
    unused = look(users_of(bundle, "?show=unused"))
    assert "Idle" in unused
    assert "0468 00 01 26" not in unused


def test_the_use_of_everybody_as_excel_is_complete_and_recorded(bundle, alice, client_for):
    busy = member(bundle, subscriber__first_name="Ada", subscriber__last_name="Aerts")
    member(bundle, subscriber__first_name="Idle", subscriber__last_name="Ilse")
    used(bundle, busy, date(2026, 11, 4), 1_500 * 10**6)
    delivered(bundle.customer, NOON)
    address = reverse("bundle_usage_export", args=[bundle.public_id])
    answer = client_for(alice).post(address, {"month": "2026-11"})
    expect_audit(AuditKind.USAGE_EXPORTED, subject=bundle, by=alice)
    assert "2026-11.xlsx" in answer.headers["Content-Disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert [(row[1], row[4], row[5]) for row in rows[1:]] == [("Ada Aerts", 1.5, 100), ("Idle Ilse", 0, 0)]
    assert rows[1][6] == datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - spreadsheets know no zones


@pytest.mark.parametrize("name", ["bundle_detail", "bundle_users", "bundle_usage_export"])
def test_another_companys_bundle_does_not_exist(bundle, charlie, client_for, name):
    client, address = client_for(charlie), reverse(name, args=[bundle.public_id])
    answer = client.post(address) if name == "bundle_usage_export" else client.get(address)
    assert answer.status_code == 404


def test_use_of_another_company_is_nowhere(bundle, zuidpark, look):
    namesake = factories.GroupBundleFactory(customer=zuidpark, code=bundle.code)
    curve(namesake, NOVEMBER, date(2026, 11, 20))
    used(namesake, member(namesake, number="+32468999999"), date(2026, 11, 4), 150 * GB)
    delivered(bundle.customer, NOON)
    for address in (page_of(bundle), users_of(bundle)):
        assert "0468 99 99 99" not in look(address)
    assert "0 MB of 2,000 GB used" in look(page_of(bundle))
    assert "Nobody used the bundle in this month." in look(page_of(bundle))


def test_the_list_tells_of_each_bundle_whether_it_lasts(bundle, look):
    curve(bundle, OCTOBER, date(2026, 11, 20), working=110 * GB)
    delivered(bundle.customer, NOON)
    shown = look(reverse("bundle_list"))
    assert "Expected to run out on 25 November." in shown
    assert "In October 2026" in shown
    assert "Updated on 20/11/2026, 12:00" in shown


def test_who_has_no_bundle_reads_what_one_would_save(noordkaai, look):
    factories.BundleOfferFactory(customer=noordkaai, name_en="Data 100 GB", size=100 * GB, price_month="30.00")
    line = factories.LineFactory(customer=noordkaai)
    use(line, date(2026, 10, 12), 20 * GB, bundle="", charge="90")
    delivered(noordkaai, NOON)
    shown = look(reverse("bundle_list"))
    assert "Last month data out of bundle cost €90.00; Data 100 GB of €30.00 per month" in shown
    assert "about €60.00 less per month" in shown
    for period in (8, 9):
        use(line, date(2026, period, 12), bundle="own")
    assert "less per month" not in look(reverse("bundle_list"))


def test_the_overview_shows_the_largest_bundle_of_data(noordkaai, bundle, look):
    factories.GroupBundleFactory(customer=noordkaai, name="Klein", size=10 * GB)
    factories.GroupBundleFactory(customer=noordkaai, name="Bellen", kind=BundleKind.VOICE, size=10**15)
    curve(bundle, OCTOBER, date(2026, 11, 20))
    delivered(noordkaai, NOON)
    html = look("/", raw=True)
    card = html.split('aria-labelledby="h-bundle"')[1].split("</section>")[0].replace(NBSP, " ")
    assert "Data 2 TB" in card
    assert "900 GB" in card
    assert "1,400 GB expected by 30 November" in card


def test_the_overview_of_who_has_no_bundle_has_no_card(look):
    assert "card--dark" not in look("/", raw=True)


@pytest.mark.parametrize(
    ("working", "text"),
    [
        (110, "Group bundle Data 2 TB runs out on 25 November"),
        (200, "Group bundle Data 2 TB is used up since 16 November"),
        (60, None),
    ],
)
def test_the_overview_asks_for_attention_when_a_bundle_will_not_last(bundle, look, working, text):
    member(bundle)  # a company with a line is past its first steps
    curve(bundle, OCTOBER, date(2026, 11, 20), working=working * GB)
    delivered(bundle.customer, NOON)
    shown = look("/")
    assert (text in shown) if text else ("Group bundle Data 2 TB" not in shown)


def test_a_rough_estimate_or_old_figures_are_no_reason_to_act(bundle, look):
    member(bundle)
    curve(bundle, NOVEMBER, date(2026, 11, 4), working=200 * GB, off=150 * GB)
    delivered(bundle.customer, datetime(2026, 11, 4, 6, 0, tzinfo=UTC))
    assert "runs out on" not in look("/")


def test_many_members_take_no_more_questions(bundle, alice, client_for, django_assert_max_num_queries):
    for _n in range(3):
        used(bundle, member(bundle), date(2026, 11, 4), GB)
        member(bundle)
    curve(bundle, OCTOBER, date(2026, 11, 20))
    delivered(bundle.customer, NOON)
    client = client_for(alice)
    pages = [page_of(bundle), page_of(bundle, "?tab=lines&q=sofie"), users_of(bundle), users_of(bundle, "?show=unused")]
    for address in (*pages, "/", reverse("bundle_list")):
        with django_assert_max_num_queries(12, info=address):
            client.get(address)
