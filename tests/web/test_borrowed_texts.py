import gettext
from pathlib import Path

import allauth
import django
from django.contrib import auth

from fleetportal.web.borrowed_texts import TEXTS


def test_every_text_that_is_worded_anew_is_still_one_of_django_or_allauth():
    folders = [
        Path(django.__file__).parent / "conf" / "locale",
        Path(auth.__file__).parent / "locale",
        Path(allauth.__file__).parent / "locale",
    ]
    catalogues = [gettext.translation("django", folder, ["nl"]) for folder in folders]
    known = {key for catalogue in catalogues for key in catalogue._catalog}
    assert [text for text in TEXTS if text not in known] == []
