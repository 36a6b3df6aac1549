"""Checks at the door: what is refused, and that what passes is unchanged (bad inputs C6)."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mien.checks import check_count, check_fraction, check_rgb, check_vectors, told_apart
from mien.errors import ImageTooLarge, InvalidArray, InvalidEmbedding, InvalidOption
from mien.images import Limits

D = 8


def unit(rng_seed: int = 0) -> np.ndarray:
    vector = np.random.default_rng(rng_seed).normal(size=D)
    return vector / math.sqrt(math.fsum(vector**2))


PICTURE = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


# Pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(np.zeros((0, 0, 3), np.uint8), id="C6-83 nothing in it"),
        pytest.param(np.zeros(12, np.uint8), id="C6-84 one dimension"),
        pytest.param(np.zeros((4, 5, 5), np.uint8), id="C6-85 five channels"),
        pytest.param(np.zeros((4, 5, 3), object), id="C6-86 objects"),
        pytest.param(np.full((4, 5, 3), np.nan), id="C6-87 NaN"),
        pytest.param(np.full((4, 5, 3), 0.5), id="C6-88 floats"),
        pytest.param(np.zeros((2, 4, 5, 3), np.uint8), id="a batch"),
        pytest.param(np.zeros((4, 5), np.uint8), id="grey"),
        pytest.param(PICTURE.tolist(), id="a list"),
        pytest.param(None, id="nothing at all"),
    ],
)
def test_what_is_not_an_rgb_picture_is_refused(bad):
    with pytest.raises(InvalidArray, match=r"face crop: expected .*, got "):
        check_rgb(bad, "face crop")


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(np.repeat(PICTURE, 2, axis=1)[:, ::2], id="C6-89 not contiguous"),
        pytest.param(PICTURE[::-1, ::-1].copy()[::-1, ::-1], id="C6-90 negative strides"),
        pytest.param(np.frombuffer(PICTURE.tobytes(), np.uint8).reshape(4, 5, 3), id="C6-91"),
        pytest.param(np.asfortranarray(PICTURE), id="C6-92 Fortran order"),
    ],
)
def test_the_layout_in_memory_changes_nothing(same):
    checked = check_rgb(same)
    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, PICTURE)


def test_a_sound_picture_is_not_copied():
    assert check_rgb(PICTURE) is PICTURE


# Vectors ------------------------------------------------------------------------------------


def with_value(value: float) -> np.ndarray:
    vector = unit()
    vector[3] = value
    return vector


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(with_value(math.nan), id="C6-93 NaN"),
        pytest.param(with_value(math.inf), id="C6-94 infinity"),
        pytest.param(with_value(-math.inf), id="C6-94 minus infinity"),
        pytest.param(np.zeros(D), id="C6-95 all zero"),
        pytest.param(unit()[:-1], id="C6-96 one number short"),
        pytest.param(np.append(unit(), 0.0), id="C6-96 one number long"),
        pytest.param(np.empty(0), id="C6-96 empty"),
        pytest.param(unit() * 1e-30, id="C6-97 length 1e-30"),
        pytest.param((unit() * 1e-30).astype(np.float32), id="C6-97 as float32"),
        pytest.param(unit() * 9.9e-7, id="just below the least length"),
        pytest.param(unit() * 1e-200, id="squares that vanish"),
        pytest.param(unit() * 1e200, id="squares that overflow"),
        pytest.param([10**400] * D, id="whole numbers beyond any float"),
        pytest.param(np.stack([unit(), np.zeros(D)]), id="one bad row of two"),
        pytest.param(np.zeros((1, 1, D)) + unit(), id="three dimensions"),
        pytest.param(np.float64(1.0), id="a scalar"),
        pytest.param(["a"] * D, id="letters"),
        pytest.param([[1.0], [1.0, 2.0]], id="ragged"),
        pytest.param([None] * D, id="nothings"),
        pytest.param(unit() * 1j, id="complex"),
        pytest.param({"a": 1}, id="a dict"),
        pytest.param(None, id="nothing at all"),
    ],
)
def test_what_is_not_a_finite_vector_with_a_direction_is_refused(bad):
    with pytest.raises(InvalidEmbedding, match=r"^probe: expected .*, got "):
        check_vectors(bad, D, "probe")


def test_a_bad_vector_is_a_value_error_for_who_expects_one():
    with pytest.raises(ValueError, match="expected"):
        check_vectors([math.nan] * D, D)


@pytest.mark.parametrize("length", [1e-6 * 1.0001, 1e-3, 1.0, 37.5, 1e30, 1e150])
def test_a_vector_comes_out_with_unit_length_and_its_own_direction(length):
    (row,) = check_vectors(unit() * length, D)
    assert row.dtype == np.float32
    np.testing.assert_allclose(row, unit(), rtol=0, atol=1e-7)


def test_one_vector_becomes_one_row_and_none_stay_none():
    assert check_vectors(unit(), D).shape == (1, D)
    assert check_vectors(unit().tolist(), D).shape == (1, D)
    assert check_vectors(np.empty((0, D)), D).shape == (0, D)


def test_the_caller_s_vectors_are_left_as_they_were():
    given_vectors = np.full((2, D), 3.0, np.float32)
    check_vectors(given_vectors, D)
    assert (given_vectors == 3.0).all()


@given(arrays.arrays(np.float64, D, elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_any_numbers_either_have_unit_length_afterwards_or_are_refused(vector):
    try:
        (row,) = check_vectors(vector, D)
    except InvalidEmbedding:
        return
    assert math.fsum(float(x) ** 2 for x in row) == pytest.approx(1.0, abs=1e-5)


# Numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("good", [0, 1, 0.5, "0.25", np.float32(0.5), Fraction(1, 3)])
def test_a_fraction_is_taken_as_it_is(good):
    assert check_fraction(good, "fmr") == float(good)


@pytest.mark.parametrize(
    "bad",
    [
        *(math.nan, math.inf, -0.001, 1.001, "many", None, [0.5], 1j),
        pytest.param(10**400, id="beyond any float"),
    ],
)
def test_a_fraction_outside_its_range_is_refused(bad):
    with pytest.raises(InvalidOption, match=r"^fmr: expected .*, got "):
        check_fraction(bad, "fmr")


@pytest.mark.parametrize("good", [1, 1_000_000, np.int64(7)])
def test_a_count_is_a_whole_number_of_python(good):
    checked = check_count(good, "top_k")
    assert checked == good
    assert type(checked) is int


@pytest.mark.parametrize("bad", [0, -1, 1_000_001, True, 1.0, "3", None, math.nan])
def test_k_of_nothing_or_over_a_million_is_refused(bad):
    with pytest.raises(InvalidOption, match=r"^top_k: expected .*, got "):
        check_count(bad, "top_k")


# Numbers beside their limits ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "limit", "digits", "told"),
    [
        (0.5, 0.8, 2, ("0.50", "0.80")),
        (0.7961, 0.8, 2, ("0.796", "0.800")),
        (0.8, 0.8, 2, ("0.80", "0.80")),
        (19.6, 20, 0, ("19.6", "20.0")),
        (-0.3, -0.30004, 1, ("-0.30000", "-0.30004")),
        (math.inf, 1.0, 1, ("inf", "1.0")),
        (math.nan, 1.0, 1, ("nan", "1.0")),
    ],
)
def test_a_number_is_told_from_its_limit(value, limit, digits, told) -> None:
    assert told_apart(value, limit, digits) == told


@given(st.floats(-1, 1), st.floats(-1e-3, 1e-3), st.integers(0, 4))
def test_what_is_shown_compares_as_the_numbers_do(limit: float, gap: float, digits: int) -> None:
    assume(abs(gap) > 1e-12)
    value, shown_limit = map(float, told_apart(limit + gap, limit, digits))
    assert (value < shown_limit, value > shown_limit) == (gap < 0, gap > 0)


def test_a_file_one_byte_too_large_is_seen_to_be_larger() -> None:
    with pytest.raises(ImageTooLarge) as caught:
        Limits(max_bytes=64 << 20).check_bytes((64 << 20) + 1)
    limit, got = re.findall(r"([\d.]+) MiB", str(caught.value))
    assert float(got) > float(limit) == 64
