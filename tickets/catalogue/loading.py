"""Puts the subjects that come with the portal into the database; what staff changed there stays as they left it."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("subjects.json")


def load(subjects: Any, items: Any, fields: Any, data: list[dict[str, Any]] | None = None) -> None:
    """The three are managers, of the models as they are now or as a migration knows them. A code is added once."""
    for place, entry in enumerate(data if data is not None else json.loads(FILE.read_text(encoding="utf-8")), 1):
        subject, _new = subjects.get_or_create(
            code=entry["code"], defaults={**_names(entry), "icon": entry["icon"], "position": place * 10}
        )
        for number, one in enumerate(entry["items"], 1):
            item, is_new = items.get_or_create(
                code=one["code"],
                defaults={
                    **_names(one),
                    **_descriptions(one),
                    "subject": subject,
                    "answer_days": one["days"],
                    "position": number * 10,
                },
            )
            if is_new:
                for n, field in enumerate(one["fields"], 1):
                    fields.create(item=item, position=n * 10, **_field(field))


def _names(entry: dict[str, Any]) -> dict[str, str]:
    return {f"name_{language}": entry["name"][language] for language in ("nl", "fr", "en")}


def _descriptions(entry: dict[str, Any]) -> dict[str, str]:
    return {f"description_{language}": text for language, text in entry.get("help", {}).items()}


def _field(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **_names(entry),
        **_descriptions(entry),
        "code": entry["code"],
        "type": entry["type"],
        "is_required": entry.get("required", False),
        "choices": entry.get("choices", []),
    }
