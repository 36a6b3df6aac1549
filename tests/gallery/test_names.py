from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import InvalidName
from mien.gallery import Gallery, clean_name, name_key

REFUSED = {
    "parent traversal": "../../etc/passwd",
    "windows traversal": "..\\x",
    "absolute": "/abs",
    "slash inside": "a/b",
    "drive letter": "C:autoexec",
    "encoded traversal": "%2e%2e%2f",
    "encoded slash inside": "a%2Fb",
    "encoded twice": "%252e%252e%252f",
    "encoded nul": "a%00b",
    "encoded beyond reason": "%" + "25" * 9 + "2f",
    "nul": "a\0b",
    "10,000 characters": "a" * 10_000,
    "201 characters": "a" * 201,
    "empty": "",
    "a space": " ",
    "ideographic space": "\u3000",
    "only a joiner": "\u200d",
    "right-to-left override": "Ada\u202e",
    "left-to-right isolate": "\u2066Ada",
    "zero-width space": "A\u200bda",
    "byte order mark": "\ufeffAda",
    "lone surrogate": "Ada\ud800",
    "line feed": "Ada\nBo",
    "carriage return": "Ada\rBo",
    "trailing line feed": "Ada\n",
    "tab": "Ada\tBo",
    "escape": "Ada\x1b[31m",
    "line separator": "Ada\u2028Bo",
    "dot": ".",
    "two dots": "..",
    "hidden file": ".git",
    "option": "-rf",
}

STORED_AS_TEXT = [
    "CON",
    "<script>alert(1)<script>",
    "'; DROP TABLE person;--",
    '=HYPERLINK("x")',
    "100 %",
    "50%25",
    "José Ñandú",
    "王小明",
    "محمد",
    "می\u200cخواهم",
    "O'Brien, Jr.",
    "👩\u200d🚀",
    "a" * 200,
]


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED.keys())
def test_a_name_that_reads_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidName, match=r"^name: expected"):
        clean_name(name)


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_name_is_refused_at_every_door(name: str, vectors, space) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add("Ada", vectors[0], space)
        for door in (
            lambda: gallery.add(name, vectors[1], space),
            lambda: gallery.rename("Ada", name),
            lambda: gallery.remove(name),
            lambda: gallery.person(name),
        ):
            with pytest.raises(InvalidName):
                door()
        assert [person.name for person in gallery.people()] == ["Ada"]


@pytest.mark.parametrize("name", STORED_AS_TEXT)
def test_a_strange_name_is_stored_as_text(name: str, vectors, space) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add(name, vectors[0], space)
        assert gallery.person(name).name == name
        assert gallery.search(vectors[0], space)[0][0].name == name
        assert gallery.check() == ()


@pytest.mark.parametrize("name", [None, 3, b"Ada", ["Ada"]])
def test_a_name_that_is_not_text_is_refused(name: object) -> None:
    with pytest.raises(InvalidName, match="expected text"):
        clean_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jos\u00e9", "Jose\u0301"),
        ("Ada", "ada"),
        ("Ada  Lovelace", " Ada\u00a0Lovelace "),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ada", "A\u200dda"),
    ],
)
def test_two_spellings_of_one_name_are_one_person(one: str, other: str, vectors, space) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add(one, vectors[0], space)
        gallery.add(other, vectors[1], space)
        (person,) = gallery.people()
        assert (person.name, person.templates) == (clean_name(one), 2)


@pytest.mark.parametrize(("one", "other"), [("Ada", "Áda"), ("Bo", "Bob"), ("AnnA", "Ann A")])
def test_different_names_are_different_people(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(max_size=250))
def test_any_text_is_cleaned_for_good_or_refused(text: str) -> None:
    try:
        cleaned = clean_name(text)
    except InvalidName:
        return
    assert clean_name(cleaned) == cleaned
    assert name_key(cleaned) == name_key(text)
    cleaned.encode()
