"""Names in file names, and one spelling for each person; what is a name: tests/gallery."""

from __future__ import annotations

import unicodedata

import pytest

from mien.names import name_from_file, numbered_twins, one_spelling, person_key


@pytest.mark.parametrize(
    "stem",
    ["ada", "ada_2", "ada_0003", "ada (2)", "ada(1)", "ada_2 (1)", "ada copy", "ada copy 2",
     "ada_copy", "ada - Copy", "ada - Copy (3)", "ada - Copy - Copy (12)", "ada (copy)",
     "ada (another copy)", "ada (3rd copy)", "ada (Copy 2)", "Copy of ada", "Copy (2) of ada",
     "ada - Kopie (2)", "ada Kopie", "ada - copie", "ada - Cópia"],
)  # fmt: skip
def test_a_number_of_a_photo_and_what_marks_a_copy_are_no_part_of_the_name(stem: str) -> None:
    assert name_from_file(stem) == "ada"
    assert name_from_file(unicodedata.normalize("NFD", stem)) == "ada"
    assert name_from_file(stem.replace("ada", "Ada Lovelace")) == "Ada Lovelace"


@pytest.mark.parametrize(
    "stem",
    ["Louis 14", "John 3", "subject-7", "ada-2", "R2D2", "Anna (1985)", "Ada Copycat", "Copyright",
     "Cardinal Copia", "copy", "copy 2", "Kopie", "dan_x", "Ada (mother)", "王小明2", "Ada - 2"],
)  # fmt: skip
def test_any_other_number_or_word_belongs_to_the_name(stem: str) -> None:
    assert name_from_file(stem) == stem


def test_names_that_differ_by_a_number_are_told() -> None:
    names = ["ada", "Ada-2", "ada 3", "ada7", "Louis 14", "1", "11", "s1", "s10", "ada"]
    assert numbered_twins(names) == [("ada", "Ada-2"), ("ada", "ada 3"), ("ada", "ada7")]


def test_each_person_gets_the_first_spelling() -> None:
    given = ["Jose\u0301", "ada", "JOSÉ", " Ada", "../x", "Bo", "../x", "a\u200dda"]
    assert one_spelling(given) == ["José", "ada", "José", "ada", "../x", "Bo", "../x", "ada"]
    assert one_spelling([]) == []


def test_what_is_no_name_is_its_own_key() -> None:
    assert person_key("ADA") == person_key(" ada") == "ada"
    assert person_key("../X") == "../X"
