"""Numbers as they are typed or pasted, in any of the usual shapes."""

import pytest

from sims.forms.pasted_numbers import rows_of, text_of


def rows(text: str) -> list[dict[str, str]]:
    return [row for _line, row in rows_of(text)]


@pytest.mark.parametrize(
    "text",
    [
        "0470 55 00 01\n0470/55.00.02",
        "0470550001, 0470550002",
        "0470550001;0470550002;",
        "\n0470550001\n\n0470550002\n",
        "Nummer\n0470550001\n0470550002",
    ],
)
def test_numbers_alone_may_stand_on_lines_of_their_own_or_beside_each_other(text: str):
    found = ["".join(c for c in row["number"] if c.isdigit()) for row in rows(text)]
    assert found == ["0470550001", "0470550002"]


def test_columns_without_headings_are_number_employee_new_card_and_old_card():
    assert rows("0470550001\tZoë Maes\t8932030000000000017\t8932100000000000015") == [
        {
            "number": "0470550001",
            "employee": "Zoë Maes",
            "iccid": "8932030000000000017",
            "donor_iccid": "8932100000000000015",
        }
    ]


@pytest.mark.parametrize(
    ("headings", "employee"),
    [
        ("Voornaam\tNaam\tGsm-nummer", "Zoë Maes"),
        ("Prénom\tNom\tNuméro de GSM", "Zoë Maes"),
        ("Employee number\tEmployee\tNumber", "Maes (Zoë)"),
    ],
)
def test_headings_in_any_language_say_which_column_is_which(headings: str, employee: str):
    assert rows(f"{headings}\nZoë\tMaes\t0470550001") == [{"number": "0470550001", "employee": employee}]


def test_a_column_nobody_knows_is_left_out_and_a_named_plan_is_kept():
    assert rows("Nummer;Opmerking;Tariefplan;Oude simkaart\n0470550001;vaste klant;Mobile Pro;8932100000000000015") == [
        {"number": "0470550001", "plan": "Mobile Pro", "donor_iccid": "8932100000000000015"}
    ]


def test_each_row_knows_its_line_so_that_a_mistake_can_be_named():
    assert [line for line, _row in rows_of("Nummer\n\n0470550001\n0470550002, 0470550003")] == [3, 4, 4]


def test_rows_read_back_from_their_text_are_the_same():
    kept = [{"number": "+32470550001", "employee": "Zoë Maes"}, {"number": "0470 55", "donor_iccid": "893210"}]
    assert rows(text_of(kept)) == [{**kept[0], "number": "0470 55 00 01"}, kept[1]]


def test_text_that_is_no_number_still_makes_a_row_to_be_told_about():
    assert rows("hello world") == [{"number": "hello world"}]
    assert rows(" \t;, \n") == []
