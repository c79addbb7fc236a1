"""Form controls that differ from Django's defaults."""

from django import forms


class DateInput(forms.DateInput):
    """The browser's own date picker, which speaks ISO dates whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class Switch(forms.CheckboxInput):
    """A checkbox that reads as on or off."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs={"role": "switch", **(attrs or {})})
