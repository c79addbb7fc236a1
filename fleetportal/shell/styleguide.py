"""The style guide: every building block on one page, for whoever builds a page. Development only."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetportal.web.charts import Bar, Chart, area_chart, column_chart
from fleetportal.web.pagination import Page
from fleetportal.web.states import LOOKS
from fleetportal.web.widgets import DateInput, Switch

SWATCHES = [
    ("Petrol", "#0A5F6B"),
    ("Deep petrol", "#083D47"),
    ("Mint", "#86E0CB"),
    ("Coral", "#F2735A"),
    ("Ink", "#10272E"),
    ("Slate", "#455B63"),
    ("Mist", "#F3F6F6"),
    ("Line", "#DCE4E5"),
    ("Green", "#14633A"),
    ("Blue", "#1C4E96"),
    ("Ochre", "#7F4600"),
    ("Red", "#A12A1C"),
]
DAILY = [0.3, 0.45, 0.55, 0.12, 0.08, 0.6, 0.55, 0.7, 0.5, 0.66, 0.2, 0.1, 0.58, 0.74, 0.8, 0.62, 0.9, 0.3, 0.15, 0.75]


class SampleForm(forms.Form):
    """One field of each kind, some of them with an error."""

    name = forms.CharField(label="Name", initial="Wout Lemmens")
    iccid = forms.CharField(label="SIM number", help_text="19 digits, starts with 8932.")
    cost_centre = forms.ChoiceField(label="Cost centre", choices=[("", "None"), ("4120", "4120 Sales")], required=False)
    start = forms.DateField(label="Start date", widget=DateInput, required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    delivery = forms.ChoiceField(
        label="Delivery",
        choices=[("post", "By post"), ("desk", "At the desk")],
        widget=forms.RadioSelect(attrs={"class": "radio"}),
        initial="post",
    )
    welcome = forms.BooleanField(label="Send a welcome mail", initial=True, required=False)
    premium = forms.BooleanField(label="Block premium numbers", widget=Switch, initial=True, required=False)

    def clean_iccid(self) -> str:
        raise forms.ValidationError("A SIM number has 19 digits. You gave 10.")


def _columns() -> Chart:
    """A month that is not over: two kinds on top of each other, then days to come."""
    bars = [Bar(v, f"{n} November: {v} GB", extra=0.2 if n in (9, 17) else 0) for n, v in enumerate(DAILY, 1)]
    days = [str(n) if n == 1 or n % 5 == 0 else "" for n in range(1, 31)]
    text = "Data per day in November, highest on the 17th with 1.1 GB"
    return column_chart(bars + [Bar(None)] * 10, description=text, unit="GB", ticks=days)


def _running_total() -> Chart:
    """Twenty days of a month with what is expected of the rest, inside which it stays, and the month before."""
    total = 0.0
    known = [0.0, *(total := total + amount for amount in DAILY)]
    expected = [total + 0.55 * n for n in range(1, 11)]
    return area_chart(
        known,
        description="10.2 of 15 GB used on 20 November, 15.7 GB expected: runs out on 29 November",
        slots=30,
        unit="GB",
        ticks=["1 Nov", "8 Nov", "16 Nov", "23 Nov", "30 Nov"],
        previous=[0.42 * n for n in range(31)],
        forecast=expected,
        band=[(amount - 0.07 * n, amount + 0.09 * n) for n, amount in enumerate(expected, 1)],
        limit=15,
    )


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    context = {
        "swatches": SWATCHES,
        "states": list(LOOKS),
        "form": SampleForm(),
        "form_with_errors": SampleForm(
            {"e-iccid": "8932 0400 12", "e-delivery": "post", "e-name": "Wout Lemmens"}, prefix="e"
        ),
        "columns": _columns(),
        "running_total": _running_total(),
        "sample_page": Page(items=[], number=4, per_page=25, total=302),
        "price": 4218.4,
        "spark_values": [3.0, 4.0, 3.5, 5.0, 6.0, 5.5, 7.0],
    }
    return render(request, "shell/styleguide.html", context)
