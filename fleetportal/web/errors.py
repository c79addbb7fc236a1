"""The one exception for an expected "no": a rule of the product refused what the user asked."""

from django.utils.functional import Promise


class Refusal(Exception):
    """``message`` is a translated text for the user; ``field`` names the form field it belongs to, if any."""

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
