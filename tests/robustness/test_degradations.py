"""What each degradation does to the pixels, and where it leaves the face."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mien.errors import InvalidOption
from mien.records import Box, Face, Landmarks
from mien.robustness import GRID, choose_degradations, motion
from mien.robustness.degradations import resized

EVERYTHING = choose_degradations()
QUARTERS = {degrees: GRID["roll"][degrees // 15] for degrees in (0, 90, 180, 270)}


def rng():
    return np.random.default_rng(0)


def a_face(width=100, height=100):
    """In the middle of a picture of that size."""
    points = np.array([(0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.42, 0.6), (0.58, 0.6)])
    box = Box(0.3 * width, 0.25 * height, 0.7 * width, 0.75 * height)
    return Face(box, 0.9, Landmarks(points * (width, height)))


def flat(level=128, width=100, height=100):
    return np.full((height, width, 3), level, np.uint8)


def by(name, level):
    (one,) = (one for one in GRID[name] if one.level == level)
    return one


def applied(name, level, picture):
    face = a_face(picture.shape[1], picture.shape[0])
    return by(name, level).degrade(picture, face, rng())


sizes = st.integers(1, 40)


@given(sizes, sizes, st.integers(0, 2**32), st.booleans())
def test_any_picture_stays_a_picture_and_what_was_given_stays_as_it_was(height, width, seed, grey):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = np.repeat(noise[..., :1], 3, axis=2) if grey else noise
    before = picture.copy()
    picture.setflags(write=False)
    for one in EVERYTHING:
        seen = one.degrade(picture, a_face(width, height), rng())
        assert (seen.dtype, seen.ndim, seen.shape[2]) == (np.uint8, 3, 3)
        if not one.roll_degrees:
            assert seen.shape == picture.shape
    assert np.array_equal(picture, before)


@given(sizes, sizes, st.sampled_from(GRID["roll"]))
def test_a_roll_cuts_nothing_off(height, width, one):
    seen = one.degrade(flat(200, width, height), a_face(width, height), rng())
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float32)
    places = one.places(corners, (width, height))
    assert (places >= -1e-3).all()
    assert (places <= np.array(seen.shape[1::-1]) + 1e-3).all()


@pytest.mark.parametrize("one", GRID["roll"], ids=lambda one: one.label)
def test_a_spot_is_where_the_roll_says_that_its_place_went(one):
    picture = flat(0, 121, 80)
    spots = [(20, 30), (90, 60), (60, 40)]
    for x, y in spots:
        picture[y - 2 : y + 3, x - 2 : x + 3] = 255
        seen = one.degrade(picture, a_face(121, 80), rng())[..., 0].astype(float)
        rows, columns = np.indices(seen.shape) + 0.5
        middle = [(seen * columns).sum() / seen.sum(), (seen * rows).sum() / seen.sum()]
        (place,) = one.places(np.array([(x + 0.5, y + 0.5)]), (121, 80))
        assert np.allclose(middle, place, atol=0.1)
        picture[:] = 0


@pytest.mark.parametrize("degrees", QUARTERS)
def test_quarter_turns_move_every_pixel_and_change_none(degrees):
    picture = rng().integers(0, 256, (30, 50, 3), dtype=np.uint8)
    seen = QUARTERS[degrees].degrade(picture, a_face(50, 30), rng())
    assert np.array_equal(np.rot90(seen, degrees // 90), picture)


@pytest.mark.parametrize("sigma", [10, 20])
def test_noise_has_its_sigma_and_no_bias(sigma):
    seen = applied("noise", sigma, flat(128, 300, 300)).astype(float) - 128
    assert abs(seen.std() / sigma - 1) < 0.03
    assert abs(seen.mean()) < 0.6  # bytes are cut off, not rounded


def test_noise_in_the_dark_comes_on_top_of_the_dark():
    dark, noisy = (applied(name, 0.5, flat(200, 300, 300)) for name in ("dark", "dark-noise"))
    assert (dark == 100).all()
    assert abs(noisy.mean() - 100) < 1
    assert abs(noisy.std() - 15) < 0.5


def test_light_is_cut_off_at_white():
    assert (applied("bright", 2, flat(100)) == 200).all()
    assert (applied("bright", 3, flat(100)) == 255).all()


@pytest.mark.parametrize("share", [0.5, 0.25, 0.12])
def test_low_contrast_keeps_the_mean_and_shrinks_what_differs_from_it(share):
    picture = rng().integers(60, 190, (80, 80, 3), dtype=np.uint8)
    seen = applied("contrast", share, picture)
    assert abs(seen.mean() - picture.mean()) < 1
    assert seen.std() == pytest.approx(share * picture.std(), rel=0.05)


def test_a_jpeg_is_what_a_jpeg_of_that_quality_is_and_keeps_its_colours():
    x, y = np.meshgrid(np.arange(64), np.arange(64))
    picture = np.dstack([x * 4, y * 4, 255 - x * 4]).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=50)
    theirs = np.asarray(Image.open(file), dtype=float)
    assert np.abs(applied("jpeg", 50, picture) - theirs).mean() < 1
    losses = [np.abs(applied("jpeg", q, picture) - picture.astype(float)).mean() for q in (50, 5)]
    assert losses[0] < losses[1]


@pytest.mark.parametrize("sigma", [1, 4])
def test_a_blurred_edge_is_as_wide_as_the_blur(sigma):
    picture = flat(0, 100, 40)
    picture[:, 50:] = 255
    across = np.diff(applied("blur", sigma, picture)[20, :, 0].astype(float))
    places = np.arange(len(across))
    middle = (places * across).sum() / across.sum()
    assert np.sqrt((across * (places - middle) ** 2).sum() / 255) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize(("degrees", "length_wh"), [(0, (11, 1)), (45, (11, 11)), (90, (1, 11))])
def test_a_moved_point_is_a_line_in_the_direction_of_the_movement(degrees, length_wh):
    picture = flat(0, 41, 41)
    picture[20, 20] = 255
    seen = motion(11, degrees)(picture, a_face(), rng())[..., 0]
    down, across = np.nonzero(seen)
    assert (np.ptp(across) + 1, np.ptp(down) + 1) == length_wh
    assert len(down) == 11
    assert set(seen[down, across].tolist()) == {round(255 / 11)}


def test_the_direction_of_a_movement_is_chance():
    picture = rng().integers(0, 256, (40, 40, 3), dtype=np.uint8)
    ways = [motion(9)(picture, a_face(), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(ways[0], ways[1])
    assert not np.array_equal(ways[0], ways[2])


@pytest.mark.parametrize("pixels", [60, 40, 30, 20])
def test_an_enlarged_face_has_no_more_detail_than_its_pixels_hold(pixels):
    picture = np.zeros((250, 250, 3), np.uint8)
    picture[:, ::4] = 255  # stripes of a face that is 100 pixels across
    face = a_face(250, 250)
    seen = by("small", pixels).degrade(picture, face, rng())
    lost = resized(resized(picture, pixels / 100), (250, 250))
    assert np.array_equal(seen, lost)
    assert seen.std() < 0.8 * picture.std()


def test_a_face_that_is_small_already_stays_as_it_is():
    picture = rng().integers(0, 256, (60, 60, 3), dtype=np.uint8)
    assert np.array_equal(applied("small", 60, picture), picture)


def test_grey_has_no_colours_and_tints_move_them():
    picture = rng().integers(0, 256, (30, 30, 3), dtype=np.uint8)
    seen = applied("grey", "no colour", picture)
    assert (seen == seen[..., :1]).all()
    assert applied("tint", "warm", flat()).mean(axis=(0, 1)).argmax() == 0
    assert applied("tint", "cold", flat()).mean(axis=(0, 1)).argmax() == 2


EYES, NOSE, MOUTH = (slice(0, 2), slice(2, 3), slice(3, 5))


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("dark glasses", [EYES]),
        ("mask", [NOSE, MOUTH]),
        ("dark glasses and mask", [EYES, NOSE, MOUTH]),
    ],
)
@pytest.mark.parametrize("degrees", [0, 45, 180])
def test_an_occluder_hides_its_part_of_the_face_at_any_roll_and_no_other(kind, hidden, degrees):
    turn, size = by("roll", degrees), (300, 300)
    points = turn.places(a_face(*size).landmarks.points, size)
    width = turn.degrade(flat(0, *size), a_face(), rng()).shape[0]
    face = Face(a_face(*size).box, 0.9, Landmarks(points))
    picture = flat(128, width, width)
    picture[:, :, 1] = 77  # no occluder has this colour
    seen = by("occluder", kind).degrade(picture, face, rng())
    changed = [bool((seen[int(y), int(x)] != picture[0, 0]).any()) for x, y in points]
    assert changed == [any(index in range(5)[part] for part in hidden) for index in range(5)]


@pytest.mark.parametrize("one", GRID["occluder"], ids=lambda one: one.label)
def test_an_occluder_turns_with_the_head(one):
    turn, size, upright = by("roll", 45), (300, 300), a_face(300, 300)
    behind = turn.degrade(one.degrade(flat(128, *size), upright, rng()), upright, rng())
    rolled = turn.degrade(flat(128, *size), upright, rng())
    face = Face(upright.box, 0.9, Landmarks(turn.places(upright.landmarks.points, size)))
    before = one.degrade(rolled, face, rng())
    apart = (np.abs(behind.astype(int) - before) > 60).any(axis=2)
    assert apart.sum() < 0.1 * (np.abs(before.astype(int) - rolled) > 5).any(axis=2).sum()


def test_half_of_the_face_is_one_eye_and_one_corner_of_the_mouth():
    sides = set()
    for seed in range(8):
        face, picture = a_face(300, 300), flat(0, 300, 300)
        seen = by("occluder", "half of the face").degrade(
            picture, face, np.random.default_rng(seed)
        )
        hidden = [bool(seen[int(y), int(x)].any()) for x, y in face.landmarks.points]
        assert hidden[0] == hidden[3] != hidden[1] == hidden[4]
        sides.add(hidden[0])
    assert sides == {True, False}


def test_names_choose_rows_in_the_order_of_the_table():
    chosen = choose_degradations(["jpeg", "roll"])
    assert [one.degradation for one in chosen] == ["roll"] * 24 + ["jpeg"] * 4
    assert len({(one.degradation, one.level) for one in EVERYTHING}) == len(EVERYTHING)


@pytest.mark.parametrize("name", ["", "rol", "roll noise", "x" * 500])
def test_a_name_that_is_not_in_the_table_is_refused_with_those_that_are(name):
    with pytest.raises(InvalidOption, match="expected one of roll, noise, blur"):
        choose_degradations(["roll", name])


def test_an_occluder_needs_the_points_of_a_face():
    with pytest.raises(InvalidOption, match="five points"):
        by("occluder", "mask").degrade(flat(), Face(Box(0, 0, 9, 9), 0.9), rng())
