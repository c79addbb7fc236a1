"""Text to compare by: what people type without accents finds what is written with them, and the other way round."""

import unicodedata

# Letters that Unicode does not take apart into a plain letter and an accent.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "'": None,
        "’": None,
        "‘": None,
        "`": None,
        "´": None,
    }
)


def plain(text: str) -> str:
    """Lower case without accents and apostrophes: ``Łukasz D’Hondt`` becomes ``lukasz dhondt``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)
