"""A verifier's arithmetic against a loop, and its file against whoever wrote it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from matching.a_verifier import OTHER, SPACE, a_verifier, weights_of
from mien.errors import InvalidEmbedding, InvalidOption, InvalidVerifier, SpaceMismatch
from mien.matching import SpaceWeights, parse_verifier
from mien.matching.pair_verifier import checksum


def some_vectors(seed, rows):
    rng = np.random.default_rng(seed)
    return [
        (lambda v: v / np.linalg.norm(v, axis=1, keepdims=True))(rng.normal(size=(rows, one)))
        for one in (SPACE.dimensions, OTHER.dimensions)
    ]


def by_hand(verifier, a, b):
    """The log-odds of one pair, one feature after the other."""
    total = verifier.bias
    for one, x, y in zip(verifier.weights, a, b, strict=True):
        for i in range(one.space.dimensions):
            if one.absolute:
                total += one.absolute[i] * abs(x[i] - y[i])
                total += one.chi_squared[i] * (x[i] - y[i]) ** 2 / (abs(x[i]) + abs(y[i]))
            total += one.cosine * x[i] * y[i]
    return total


SINGLE = SpaceWeights(SPACE, (), (), 3.0)


@pytest.mark.parametrize("verifier", [a_verifier(), a_verifier(SINGLE, weights_of(OTHER))])
def test_the_log_odds_are_the_weighted_sum_of_the_features(verifier):
    first, second = some_vectors(0, 5), some_vectors(1, 5)
    found = verifier.log_odds(first, second)
    for row in range(5):
        expected = by_hand(verifier, [one[row] for one in first], [one[row] for one in second])
        assert found[row] == pytest.approx(expected, abs=1e-5)
        said = verifier.probability(found[row])
        assert said == pytest.approx(1 / (1 + math.exp(-expected)), abs=1e-5)
    every = verifier.log_odds_matrix(first, second)
    np.testing.assert_allclose(every.diagonal(), found, atol=1e-5)
    expected = by_hand(verifier, [one[0] for one in first], [one[3] for one in second])
    assert every[0, 3] == pytest.approx(expected, abs=1e-4)


def test_the_order_of_the_two_faces_changes_no_bit():
    first, second = some_vectors(2, 40), some_vectors(3, 40)
    verifier = a_verifier()
    np.testing.assert_array_equal(
        verifier.log_odds(first, second), verifier.log_odds(second, first)
    )


def test_certain_odds_are_probabilities_and_no_warning():
    assert [a_verifier().probability(z) for z in (-1e9, 0.0, 1e9)] == [0.0, 0.5, 1.0]


def test_vectors_of_other_sizes_or_numbers_are_refused():
    first, second = some_vectors(0, 5), some_vectors(1, 5)
    for wrong in (first[:1], first[::-1], [first[0], first[1][:3]], [first[0], first[1] * np.nan]):
        with pytest.raises(InvalidEmbedding):
            a_verifier().log_odds(wrong, second)


@pytest.mark.parametrize(
    "other",
    [
        (SPACE,),
        (OTHER, SPACE),
        (SPACE, replace(OTHER, sha256="ef" * 32)),
        (SPACE, replace(OTHER, preprocessing="q+mirror")),
    ],
)
def test_vectors_of_another_space_are_refused_with_the_cure(other):
    with pytest.raises(SpaceMismatch, match="mien verifier fit"):
        a_verifier().check_fits(other)
    assert a_verifier().check_fits(other, (SPACE, OTHER)) == 1


# The file -----------------------------------------------------------------------------------


def written(signed=True, **changes):
    """The file's text, fields replaced: ``threshold__log_odds=3`` is threshold.log_odds."""
    record = json.loads(json.dumps(a_verifier().to_json()))
    for path, value in changes.items():
        *parts, last = path.split("__")
        place = record
        for part in parts:
            place = place[int(part) if part.isdigit() else part]
        place[int(last) if last.isdigit() else last] = value
    if signed and changes:
        record.pop("checksum", None)
        record["checksum"] = checksum(record)
    return json.dumps(record)


def test_what_is_written_is_read_as_it_was():
    for verifier in (a_verifier(), a_verifier(SINGLE)):
        assert parse_verifier(json.dumps(verifier.to_json())) == verifier


HOSTILE = {
    "no text": "",
    "a pickle": "\x80\x04\x95",
    "nested beyond reason": "[" * 100_000,
    "nested in a field": written().replace('"0.1.0"', "[" * 5000 + "]" * 5000),
    "a calibration": written(format="mien-calibration"),
    "a later version": written(version=2),
    "true for the version": written(version=True),
    "a bit changed": written(signed=False, bias=-0.5),
    "a weight changed": written(signed=False, weights__0__cosine=99.0),
    "no checksum": written(signed=False, checksum=None),
    "nan": written().replace("-0.75", "NaN"),
    "infinity": written().replace("-0.75", "1e999"),
    "a huge integer": written().replace("-0.75", "1" + "0" * 400),
    "a weight beyond reason": written(weights__0__cosine=1e300),
    "text for a weight": written(weights__0__cosine="1.0"),
    "true for a weight": written(weights__0__cosine=True),
    "a weight less": written(weights__0__absolute_difference=[0.1, 0.2, 0.3]),
    "weights of one kind": written(weights__0__chi_squared=[]),
    "weights without end": written(weights__0__chi_squared=[0.1] * 9000),
    "a space without end": written(weights__0__space__dimensions=10**9),
    "half a dimension": written(weights__0__space__dimensions=3.5),
    "no hash": written(weights__0__space__sha256="abc"),
    "no space": written(weights=[]),
    "spaces without end": written(weights=[{}] * 9),
    "a space twice": written(weights=[json.loads(written())["weights"][0]] * 2),
    "other features": written(features=["absolute_difference", "cosine"]),
    "a field more": written(pickle="gASV"),
    "a rate of 0": written(threshold__target_fmr=0),
    "a prior of 1": written(prior=1),
    "an error above 1": written(held_out__ece=1.5),
    "a falling interval": written(held_out__fmr__low=0.9),
    "no photo": written(data__photos=0),
    "no time": written(created="yesterday"),
    "an endless name": written(detector="x" * 1001),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_refused_by_name(text):
    with pytest.raises(InvalidVerifier, match="expected a verifier"):
        parse_verifier(text)


def test_numbers_out_of_range_are_no_verifier():
    with pytest.raises(InvalidOption):
        SpaceWeights(SPACE, (0.0,) * 4, (), 1.0)
    for wrong in ({"bias": math.nan}, {"min_log_odds": math.inf}, {"target_fmr": 1.0}):
        with pytest.raises(InvalidOption):
            replace(a_verifier(), **wrong)
