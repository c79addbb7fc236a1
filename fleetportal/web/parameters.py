"""Numbers in an address or a field that anybody may have written. What is none is None, never an error."""


def whole_number(value: object, *, digits: int = 18) -> int | None:
    """Up to ``digits`` plain digits as a number; the default is what fits a primary key."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def page_number(value: object) -> int:
    """The page of a list that was asked for, the first where that makes no sense."""
    return whole_number(value, digits=7) or 1
