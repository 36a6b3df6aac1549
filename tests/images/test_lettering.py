"""Names in any script: in a font that has their letters, or by a stand-in that is told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import ImageFont

from mien import images
from mien.errors import InvalidOption, SourceNotFound
from mien.images import Label, Lettering, fonts
from mien.images.coverage import claims
from mien.images.lettering import printable
from mien.records import Box

pytest.importorskip("fontTools")
from images.made_fonts import make_font

BLANK = np.full((200, 400, 3), 120, np.uint8)
FACE = Box(150, 100, 250, 180)
NAMES = {
    "Chinese": "李小龍",
    "Arabic": "محمد بن سلمان",
    "Persian": "نام فارسی\u200cام",
    "Hindi": "नरेन्द्र मोदी",
    "Hebrew": "שרה כהן",
    "Thai": "สมชาย ใจดี",
    "Korean": "김민준",
    "Russian": "Тарас",
    "Tamil": "தமிழ்ச்செல்வி",
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The one folder where this machine keeps fonts."""
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path])
    return tmp_path


@pytest.fixture(scope="session")
def dejavu() -> str:
    """A real font that is there wherever the tests run: matplotlib brings it."""
    matplotlib = pytest.importorskip("matplotlib")
    return str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"))


def runs(text: str, lettering: Lettering | None = None) -> list[tuple[str, str]]:
    """What is drawn of a text, from left to right: each run with its font's stem."""
    line = (lettering or Lettering()).line(text, 20, 10_000)
    return [(run.text, Path(run.font).stem) for run in line.runs]


def drawn(text: str, font: object = None) -> np.ndarray:
    return images.annotate(BLANK, [Label(FACE, text)], font=font)


# A font that has the letters ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_drawn_in_the_font_of_the_machine_that_has_its_letters(folder, name):
    if fonts.needs_shaping(name) and not fonts.can_shape():
        pytest.skip("Pillow finds no FriBiDi here")
    make_font(folder / "deep" / "down" / "Own.ttf", name)
    make_font(folder / "Other.ttf", "xyz")
    lettering = Lettering()
    assert runs(name, lettering) == [(printable(name), "Own")]
    assert lettering.stand_ins == {}
    changed = np.abs(drawn(name, lettering).astype(int) - drawn("", lettering)).sum(axis=2) > 300
    assert changed.sum() > 200  # white squares on the plate


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_drawn_where_this_machine_has_a_font_for_it(name):
    lettering = Lettering()
    drawn(name, lettering)
    if lettering.stand_ins:
        pytest.skip(f"no font here has the letters of {name!r}")
    (line,) = {run.font for run in lettering.line(name, 20, 10_000).runs if run.text.strip()}
    missing = bytes(ImageFont.truetype(line, 30, layout_engine=0).getmask("\U0010fffd"))
    shown = ImageFont.truetype(line, 30, layout_engine=0)
    assert all(bytes(shown.getmask(letter)) != missing for letter in name if letter.isalpha())


def test_plain_letters_look_the_same_on_every_machine(folder):
    make_font(folder / "DejaVuSans.ttf", "Ada 0.71")
    assert runs("Ada") == [("Ada", "")]
    assert np.array_equal(drawn("Ada"), drawn("Ada", Lettering(system=False)))


def test_usual_fonts_come_before_others_and_plain_ones_before_bold_ones(folder):
    for name in ("Aardvark-Bold", "Zebra-Regular", "LastResort"):
        make_font(folder / f"{name}.ttf", "李")
    assert runs("李") == [("李", "Zebra-Regular")]
    make_font(folder / "more" / "NotoSansCJK-Regular.ttc", "李")
    fonts._fonts_in.cache_clear()
    assert runs("李") == [("李", "NotoSansCJK-Regular")]


def test_two_scripts_are_drawn_in_two_fonts_and_a_space_is_neither_s(folder):
    make_font(folder / "Han.ttf", "李小龍")
    make_font(folder / "Greek.ttf", "Ελένη")
    assert runs("李小龍 Ελένη") == [("李小龍", "Han"), (" ", ""), ("Ελένη", "Greek")]
    assert runs("Bruce 李 (龍)") == [
        *(("Bruce", ""), (" ", ""), ("李", "Han"), (" ", ""), ("(", ""), ("龍", "Han"), (")", "")),
    ]


def test_one_font_that_has_all_letters_writes_the_whole_name(folder):
    make_font(folder / "Han.ttf", "李小龍 Ada")
    assert runs("Ada 李") == [("Ada 李", "Han")]


@pytest.mark.skipif(not fonts.can_shape(), reason="Pillow finds no FriBiDi here")
def test_what_is_written_from_the_right_begins_there(folder):
    make_font(folder / "Hebrew.ttf", "שרהכן")
    assert runs("שרה Ada") == [("Ada", ""), (" ", ""), ("שרה", "Hebrew")]
    assert runs("Ada שרה כהן") == [("Ada", ""), (" ", ""), ("שרה כהן", "Hebrew")]


@pytest.mark.skipif(not fonts.can_shape(), reason="Pillow finds no FriBiDi here")
def test_arabic_letters_are_joined(dejavu):
    big = np.full((600, 1200, 3), 120, np.uint8)
    label = Label(Box(300, 300, 900, 580), "محمد")
    plate = images.annotate(big, [label], font=dejavu)[200:299, 540:900].min(axis=2)
    pieces, *_ = cv2.connectedComponents((plate > 180).astype(np.uint8))
    assert pieces == 2  # the background, and four letters in one stroke


def test_a_font_that_the_user_names_comes_first(dejavu):
    lettering = Lettering(Path(dejavu), system=False)
    assert runs("Ada Тарас", lettering) == [("Ada Тарас", "DejaVuSans")]
    assert not np.array_equal(drawn("Ada", dejavu), drawn("Ada"))
    assert runs("Ada 李", Lettering(dejavu, system=False))[-1][0].endswith("[1]")


@pytest.mark.parametrize("name", ["nowhere.ttf", "", ".", "a\0b.ttf", "x" * 5000 + ".ttf"])
def test_a_font_that_is_not_there_is_said_so(tmp_path, name):
    with pytest.raises(SourceNotFound, match=r"^font: expected a font file, got none"):
        drawn("Ada", tmp_path / name)


def test_a_file_that_is_no_font_is_said_so(tmp_path):
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(InvalidOption, match=r"^font: expected a font"):
        drawn("Ada", tmp_path / "a.ttf")


# No font that has the letters ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_that_no_font_can_write_is_a_number_and_that_is_told(folder, name):
    lettering = Lettering()
    assert runs(name, lettering) == [("[1]", "")]
    assert lettering.stand_ins == {printable(name): "[1]"}
    assert np.array_equal(drawn(name, lettering), drawn("[1]", lettering))


def test_a_number_stays_with_its_name_from_picture_to_picture():
    lettering = Lettering(system=False)
    for text in ("李小龍", "김민준 / Ada ?", "Ada", "李小龍", "Bo 李小龍"):
        drawn(text, lettering)
    assert lettering.stand_ins == {"李小龍": "[1]", "김민준": "[2]"}
    assert runs("김민준 / Ada ?", lettering) == [("[2] / Ada ?", "")]


def test_words_that_cannot_be_written_stand_together():
    lettering = Lettering(system=False)
    assert runs("Ada नरेन्द्र मोदी Bo", lettering) == [("Ada [1] Bo", "")]
    assert list(lettering.stand_ins) == ["नरेन्द्र मोदी"]


def test_a_name_that_is_plain_without_its_accents_is_shown_so_and_that_is_told():
    lettering = Lettering(system=False)
    assert runs("José", lettering) == [("Jose", "")]
    assert runs("Jose\u0301", lettering) == [("Jose", "")]
    assert lettering.stand_ins == {"José": "Jose"}


def test_a_font_that_draws_nothing_and_a_damaged_one_are_passed_over(folder):
    good = make_font(folder / "z.ttf", "李小").read_bytes()
    make_font(folder / "Empty.ttf", "李小", blank=True)
    (folder / "a.ttf").write_bytes(b"")
    (folder / "b.ttf").write_bytes(good[:400])
    (folder / "c.ttc").write_bytes(b"ttcf" + b"\xff" * 40)
    (folder / "d.otf").write_bytes(good[:12] + b"\xff" * 600)
    (folder / "gone.ttf").symlink_to("nowhere")
    assert runs("李小") == [("李小", "z")]


def test_a_mark_is_never_drawn_apart_from_its_letter(folder):
    make_font(folder / "Letters.ttf", "नम")
    make_font(folder / "Marks.ttf", "ा")
    assert runs("नाम") == [("[1]", "")]


def test_without_fribidi_what_has_to_be_joined_is_not_drawn_wrongly(dejavu, monkeypatch):
    monkeypatch.setattr(fonts, "can_shape", lambda: False)
    lettering = Lettering(dejavu, system=False)
    assert runs("محمد Тарас", lettering) == [("[1] Тарас", "DejaVuSans")]
    assert lettering.lacks_fribidi("محمد")
    assert not lettering.lacks_fribidi("Тарас")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(some.text(max_size=40))
def test_of_any_text_each_letter_that_is_drawn_is_one_that_its_font_has(text):
    for lettering in (Lettering(system=False), Lettering()):
        line = lettering.line(text, 20, 300.0)
        assert line.width <= 300.0
        for run in line.runs:
            assert run.text.isprintable() or fonts.can_shape()
            assert all(fonts.has_letter(run.font, letter) for letter in run.text)


def test_text_is_made_one_printable_line():
    assert printable("a\n\tb\0c\u202ed  e") == "a bcd e"
    assert printable("x" * 10_000) == "x" * 200
    assert printable("e\u0301") == "é"


# What fonts say they have --------------------------------------------------------------------


def test_the_letters_of_real_fonts_are_those_that_fonttools_reads(dejavu):
    from fontTools.ttLib import TTFont

    every = sorted(Path(dejavu).parent.glob("*.ttf"))
    for path in [*every[::6], Path(dejavu)]:
        with TTFont(path) as font:
            known = set(font.getBestCmap())
        said = {code for code in range(0x30000) if claims(str(path), chr(code))}
        assert known <= said, path
        assert len(said - known) <= 0.02 * len(known) + 2, path  # gaps inside a stretch
