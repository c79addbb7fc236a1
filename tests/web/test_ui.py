from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from fleetportal.shell.styleguide import SampleForm
from fleetportal.web import charts
from fleetportal.web.pagination import Page
from fleetportal.web.states import LOOKS, look_of


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_an_icon_is_decoration_unless_it_is_named():
    assert 'aria-hidden="true"' in draw('{% icon "plus" %}')
    assert 'role="img" aria-label="Add &lt;one&gt;"' in draw('{% icon "plus" label %}', label="Add <one>")


def test_every_state_has_an_icon_of_the_sprite(settings):
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    assert [look.icon for look in LOOKS.values() if f'id="{look.icon}"' not in sprite] == []


def test_a_badge_shows_a_models_own_spelling_with_the_usual_word():
    assert look_of("in_stock").key == "stock"
    drawn = draw('{% badge "suspended" %}')
    assert 'data-state="blocked"' in drawn
    assert "Blocked" in drawn


def test_a_badge_of_an_unknown_state_is_an_error():
    with pytest.raises(KeyError):
        draw('{% badge "confused" %}')


@pytest.mark.parametrize(
    ("used", "tone"),
    [(79, ""), (80, 'data-tone="warn"'), (99, 'data-tone="warn"'), (100, 'data-tone="bad"'), (130, 'data-tone="bad"')],
)
def test_a_meter_warns_from_80_per_cent_and_is_bad_from_100(used, tone):
    drawn = draw('{% meter used 100 label="Data" %}', used=Decimal(used))
    assert ("data-tone" in drawn) == bool(tone)
    assert tone in drawn
    assert f'<rect width="{min(used, 100)}%"' in drawn


def test_a_field_says_label_hint_error_and_control_in_that_order():
    form = SampleForm({"iccid": "8932"})
    drawn = draw("{% field form.iccid %}", form=form)
    places = [drawn.index(part) for part in ("<label", "19 digits, starts", "You gave 10", "<input")]
    assert places == sorted(places)
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_iccid_helptext id_iccid_error"' in drawn
    assert "data-invalid" in drawn


def test_only_optional_fields_are_marked():
    assert "(optional)" in draw("{% field form.note %}", form=SampleForm())
    assert "(optional)" not in draw("{% field form.name %}", form=SampleForm())


def test_the_error_summary_links_to_the_fields_and_is_empty_without_errors():
    form = SampleForm({"iccid": "8932", "name": "x", "delivery": ""})
    drawn = draw("{% error_summary form %}", form=form)
    assert 'href="#id_iccid"' in drawn
    assert 'href="#id_delivery_0"' in drawn
    assert 'href="#id_name"' not in drawn
    assert draw("{% error_summary form %}", form=SampleForm()).strip() == ""


def test_the_error_summary_names_errors_of_the_whole_form():
    class Whole(forms.Form):
        def clean(self):
            raise forms.ValidationError("Choose <one> of both.")

    assert "Choose &lt;one&gt; of both." in draw("{% error_summary form %}", form=Whole({}))


def test_a_chart_escapes_its_words_and_carries_no_style():
    bars = charts.bars([charts.Bar(3, '"><script>', extra=1), charts.Bar(None)], description='"<b>', top=5)
    area = charts.area(
        [1, 2, 3], description="<b>", slots=5, top=4, previous=[1, 1], forecast=[4], band=[(3, 5)], limit=3
    )
    for drawn in (bars, area, charts.spark([1, 2, 3])):
        assert "<script" not in drawn
        assert "<b>" not in drawn
        assert "style=" not in drawn


@pytest.mark.parametrize(
    ("most", "top", "labels"),
    [
        (1.24, 1.5, ["1.5\u00a0GB", "1.0", "0.5", "0"]),
        (7.4, 7.5, ["7.5\u00a0GB", "5.0", "2.5", "0"]),
        (3, 3, ["3\u00a0GB", "2", "1", "0"]),
        (0.07, 0.075, ["0.075\u00a0GB", "0.050", "0.025", "0"]),
        (999, 1500, ["1,500\u00a0GB", "1,000", "500", "0"]),
        (0, 3, ["3\u00a0GB", "2", "1", "0"]),
    ],
)
def test_an_axis_has_round_steps_and_reaches_the_highest_column(most, top, labels):
    axis = charts.axis(most, unit="GB")
    assert axis.labels == labels
    assert axis.top == pytest.approx(top)
    assert axis.rows == 3


def test_a_column_chart_says_its_conclusion_and_leaves_days_to_come_empty():
    columns = [
        charts.Bar(0.5, "1 November: 0.5 GB"),
        charts.Bar(1.0, "2 November: 1.4 GB", extra=0.4),
        charts.Bar(None),
    ]
    drawn = draw(
        "{% chart found %}",
        found=charts.column_chart(columns, description="Most on 2 November", unit="GB", ticks=["1", "", ""]),
    )
    assert 'role="img" aria-label="Most on 2 November"' in drawn
    assert "<title>2 November: 1.4 GB</title>" in drawn
    assert drawn.count("c-bar--2") == drawn.count("c-bar--mute") == 1
    assert drawn.count('aria-hidden="true"') == 2  # the axes are told by the name and the table
    assert "1.5\u00a0GB" in drawn


def running_total(**more) -> str:
    """Three of five days known, limit 8, axis to 10."""
    options = {"slots": 5, "description": "6 of 8 GB used", "unit": "GB", "limit": 8, **more}
    return draw("{% chart found %}", found=charts.area_chart([0, 2, 4, 6], **options))


def test_a_running_total_goes_on_as_a_forecast_and_a_dot_marks_where_it_comes_to_the_limit():
    drawn = running_total(forecast=[7.0, 9.0], band=[(6.5, 7.5), (7.0, 30.0)], previous=[0, 1, 2, 3, 4, 5])
    assert 'role="img" aria-label="6 of 8 GB used"' in drawn
    assert 'class="c-proj" d="M360.0 72.0 L480.0 54.0 L600.0 18.0"' in drawn
    assert 'class="c-dot" d="M540.0 36.0h0"' in drawn
    # The band stays inside the plot.
    assert 'class="c-band" d="M360.0 72.0 L480.0 45.0 L600.0 0.0 L600.0 54.0 L480.0 63.0 Z"' in drawn
    assert 'class="c-prev"' in drawn
    assert "10.0\u00a0GB" in drawn


def test_a_running_total_within_its_limit_has_no_dot_and_one_that_was_there_already_has():
    assert "c-dot" not in running_total(forecast=[7.0, 7.5])
    assert 'class="c-dot" d="M240.0' in running_total(limit=4)
    assert "c-proj" not in running_total()


def test_a_period_that_only_begins_shows_what_is_expected():
    drawn = draw("{% chart c %}", c=charts.area_chart([0], slots=2, description="Nothing yet", forecast=[2.0, 4.0]))
    assert 'class="c-proj" d="M0.0 180.0 L300.0' in drawn


def test_the_pager_keeps_the_filter_in_its_links():
    request = RequestFactory().get("/sims/", {"q": "an", "page": "2"})
    drawn = draw("{% pager page %}", page=Page(items=[], number=2, per_page=25, total=60), request=request)
    assert "26 to 50 of 60" in drawn
    assert 'href="?q=an&amp;page=3"' in drawn
    assert 'aria-current="page"' in drawn
