"""Annotated pictures: what is drawn, where, and that a saved picture is whole or absent."""

import math
from pathlib import Path

import numpy as np
import pytest

from images.sample_photos import pixels
from mien import images
from mien.errors import InvalidArray, InvalidOption, OutputUnwritable
from mien.images import shapes
from mien.images.placement import overlap, place_plates
from mien.records import Box, Landmarks, Outcome

CANVAS = Box(0, 0, 640, 480)


def test_a_picture_without_faces_stays_as_it_is_and_is_a_copy() -> None:
    result = images.annotate(pixels(), [])
    assert np.array_equal(result, pixels())
    assert result is not pixels()


@pytest.mark.parametrize("shade", [0, 255])
@pytest.mark.parametrize("tone", list(Outcome))
def test_frame_and_name_are_seen_on_black_and_on_white(shade: int, tone: Outcome) -> None:
    blank = np.full((300, 400, 3), shade, np.uint8)
    label = images.Label(Box(150, 100, 250, 220), "Ada", "0.71", tone)
    drawn = images.annotate(blank, [label])
    on_the_line = drawn[160, 146:155].astype(int)
    assert np.abs(on_the_line - shade).max() > 90
    plate = drawn[60:98, 120:280].astype(int).sum(axis=2)
    assert plate.max() - plate.min() > 400  # light letters on a dark plate
    assert (drawn[150:170, 190:210] == shade).all()  # the face itself stays free


def test_only_the_face_and_its_plate_change() -> None:
    blank = np.full((600, 800, 3), 120, np.uint8)
    drawn = images.annotate(blank, [images.Label(Box(300, 300, 400, 420), "Ada", "0.71")])
    assert (drawn[:250] == 120).all()
    assert (drawn[440:] == 120).all()
    assert (drawn[:, :200] == 120).all()
    assert (drawn[:, 500:] == 120).all()


@pytest.mark.parametrize(
    "text",
    ["", "Łukasz José", "Иван", "中文", "a\nb\0c", "\u202egnp", "x" * 10_000, "👩🏽", "\ud800"],
)
def test_any_text_can_be_drawn(text: str) -> None:
    for box in (Box(5, 5, 60, 60), Box(-50, -50, 1000, 1000), Box(500, 500, 600, 600)):
        points = Landmarks(np.full((5, 2), 30))
        label = images.Label(box, text, text, landmarks=points)
        assert images.annotate(pixels(), [label, label]).shape == pixels().shape


@pytest.mark.parametrize("box", [Box(0, 0, 0, 10), Box(5, 5, 1, 10), Box(0, 0, math.nan, 10)])
def test_a_box_without_area_is_refused(box: Box) -> None:
    with pytest.raises(InvalidOption):
        images.annotate(pixels(), [images.Label(box, "Ada")])


def test_plates_stay_inside_and_apart_in_a_row_of_faces() -> None:
    faces = [Box(x, 4, x + 60, 80) for x in range(10, 600, 80)]
    plates = place_plates(faces, [(110, 24)] * len(faces), CANVAS, gap=4)
    for index, plate in enumerate(plates):
        assert plate.x1 >= 0
        assert plate.y1 >= 0
        assert plate.x2 <= 640
        assert plate.y2 <= 480
        assert all(overlap(plate, other) == 0 for other in plates[index + 1 :])


def test_a_plate_goes_above_its_face_and_below_where_there_is_no_room() -> None:
    high, low = Box(100, 2, 200, 120), Box(400, 200, 500, 300)
    first, second = place_plates([high, low], [(80, 24)] * 2, CANVAS, gap=4)
    assert first.y1 == pytest.approx(124)
    assert second.y2 == pytest.approx(196)


def test_a_disc_covers_its_area() -> None:
    canvas = np.zeros((100, 100, 3), np.uint8)
    shapes.fill(canvas, Box(20.3, 20.7, 80.3, 80.7), 1e9, (255, 255, 255))
    assert canvas[..., 0].sum() / 255 == pytest.approx(math.pi * 30**2, rel=0.005)


@pytest.mark.parametrize("name", ["a.png", "ä.JPG", "b.jpeg"])
def test_a_saved_picture_reads_back_and_nothing_is_left_beside_it(
    name: str, tmp_path: Path
) -> None:
    path = images.save_image(pixels(), tmp_path / name)
    again = images.read_image(path)
    assert np.abs(again.astype(int) - pixels()).mean() < 2
    images.save_image(np.zeros_like(pixels()), path)
    assert images.read_image(path).max() == 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["no/folder.jpg", "a\0b.png", "x" * 300 + ".png", "\ud800.jpg"])
def test_a_place_that_cannot_be_written_is_a_typed_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match=r"^expected to write "):
        images.save_image(pixels(), f"{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "a.png"
    folder.mkdir()
    with pytest.raises(OutputUnwritable):
        images.save_image(pixels(), folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_other_suffixes_and_arrays_are_refused(tmp_path: Path) -> None:
    for name in ("a.gif", "a", "jpg", ""):
        with pytest.raises(InvalidOption):
            images.save_image(pixels(), tmp_path / name)
    with pytest.raises(InvalidArray):
        images.save_image(pixels()[..., 0], tmp_path / "a.png")
