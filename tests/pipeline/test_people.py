"""Whose photo is whose."""

from __future__ import annotations

from pathlib import Path

import pytest

from mien.errors import InvalidOption, SourceNotFound
from mien.images import find_people


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "Ada/1.jpg", "Ada/old/2.PNG", "Ada/notes.txt", "Ada/.hidden.jpg", "Bo Li/a.webp",
        "cy.jpg", "cy_2.jpg", "dan_x.jpg", "readme.txt", ".git/x.jpg", ".y.jpg", "empty/x.txt",
        "hidden only/.x.jpg",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def named(found: list[tuple[str, Path]], folder: Path) -> list[tuple[str, str]]:
    return [(name, photo.relative_to(folder).as_posix()) for name, photo in found]


def test_a_folder_holds_a_folder_for_each_person_and_photos_named_after_them(folder: Path) -> None:
    assert named(find_people([folder]), folder) == [
        ("Ada", "Ada/1.jpg"),
        ("Ada", "Ada/old/2.PNG"),
        ("Bo Li", "Bo Li/a.webp"),
        ("cy", "cy.jpg"),
        ("cy", "cy_2.jpg"),
        ("dan_x", "dan_x.jpg"),
    ]


def test_photos_are_named_after_their_file(folder: Path) -> None:
    found = find_people([folder / "cy_2.jpg", str(folder / "dan_x.jpg")])
    assert [name for name, _ in found] == ["cy", "dan_x"]


def test_one_person_has_one_spelling_whatever_folders_and_files_say(tmp_path: Path) -> None:
    for name in ("ADA/1.jpg", "ada/2.jpg", "Jose\u0301/1.jpg", "Jos\u00e9 (2).jpg",
                 "ada - Copy.jpg", "Ada_3.jpg", "ada-2.jpg"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [name for name, _ in find_people([tmp_path, f"aDa={tmp_path / 'ada-2.jpg'}"])]
    assert sorted(found) == ["ADA", "ADA", "ADA", "ADA", "ADA", "Jos\u00e9", "Jos\u00e9", "ada-2"]


def test_a_name_may_be_given_to_a_photo_a_folder_or_a_glob(folder: Path) -> None:
    given = [f"Zoë={folder}/cy.jpg", f"Eve={folder}/Ada", f"Kim={folder}/cy*.jpg"]
    assert named(find_people(given), folder) == [
        ("Zoë", "cy.jpg"),
        ("Eve", "Ada/1.jpg"),
        ("Eve", "Ada/old/2.PNG"),
        ("Kim", "cy.jpg"),
        ("Kim", "cy_2.jpg"),
    ]


def test_a_file_whose_name_holds_an_equals_sign_is_that_file(folder: Path) -> None:
    path = folder / "a=b.jpg"
    path.touch()
    assert find_people([path]) == [("a=b", path)]


@pytest.mark.parametrize("given", ["=photo.jpg", "Ada=", "="])
def test_half_a_pair_is_an_invalid_option(given: str) -> None:
    with pytest.raises(InvalidOption, match="NAME=PHOTO"):
        find_people([given])


@pytest.mark.parametrize(
    "given",
    ["missing", "Ada=missing.jpg", "empty", "a\0b", "n=a\0b", "x" * 10_000, "n=" + "x" * 10_000,
     "\ud800"],
    ids=range(8),
)  # fmt: skip
def test_what_gives_no_photo_is_not_found(folder: Path, given: str) -> None:
    name, equals, rest = given.rpartition("=")
    with pytest.raises(SourceNotFound, match="expected"):
        find_people([f"{name}{equals}{folder}/{rest}"])
