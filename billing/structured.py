"""The Belgian structured communication: ``+++202/6104/00717+++``, stored as its twelve digits."""

import re

_SHAPE = re.compile(r"[+*]{0,3}\s*(\d{3})\s*/?\s*(\d{4})\s*/?\s*(\d{5})\s*[+*]{0,3}")


def compact(text: str) -> str:
    """The twelve digits of a structured communication whose check fits; any other text as it is."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        return text
    digits = "".join(match.groups())
    return digits if (int(digits[:10]) % 97 or 97) == int(digits[10:]) else text


def shown(reference: str) -> str:
    """Twelve digits as people write them; any other text as it is."""
    if len(reference) != 12 or compact(reference) != reference or not reference.isdecimal():
        return reference
    return f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"
