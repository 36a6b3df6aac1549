"""What a classifier says of a face, as similarities; the formulas once more, face by face."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mien.errors import InvalidArray, InvalidEmbedding, InvalidOption
from mien.matching import KnownRule, class_probabilities, class_similarities, decide
from mien.records import Outcome, Threshold

RNG = np.random.default_rng(3)


def unit(rows: int, dimensions: int) -> np.ndarray:
    vectors = RNG.normal(size=(rows, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


FACES, CENTRES = unit(40, 6), unit(5, 6)
LOGITS = RNG.normal(scale=4.0, size=(40, 5))


def by_hand(face: np.ndarray, logits: np.ndarray, temperature: float) -> list[float]:
    """The contract's formula for one face, with plain floats."""
    powers = [math.exp(z / temperature) for z in logits]
    shares = [power / sum(powers) for power in powers]
    k = max(range(len(logits)), key=lambda c: logits[c])
    r = float(np.dot(face.astype(float), CENTRES[k].astype(float)))
    if r > 0:
        return [r * p / shares[k] for p in shares]
    return [r - (1 + r) * (1 - p / shares[k]) for p in shares]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_relative_similarities_are_those_of_the_formula(temperature):
    got = class_similarities(FACES, LOGITS, CENTRES, "relative", temperature)
    wanted = [by_hand(face, z, temperature) for face, z in zip(FACES, LOGITS, strict=True)]
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert got.dtype == np.float32


def test_relative_similarities_keep_the_order_of_the_softmax_and_stay_cosines():
    got = class_similarities(FACES, LOGITS, CENTRES, "relative")
    cosines = FACES @ CENTRES.T
    assert (cosines[np.arange(40), LOGITS.argmax(1)] <= 0).any()  # both branches are met
    np.testing.assert_array_equal(got.argsort(axis=1), LOGITS.argsort(axis=1))
    np.testing.assert_allclose(got.max(axis=1), cosines[np.arange(40), LOGITS.argmax(1)], atol=1e-6)
    assert np.abs(got).max() <= 1.0


def test_cosine_similarities_are_cosines_with_the_centres_of_any_length():
    got = class_similarities(3 * FACES, LOGITS, 7 * CENTRES, "cosine")
    np.testing.assert_allclose(got, FACES @ CENTRES.T, atol=1e-6)


def test_a_sure_softmax_does_not_make_a_stranger_known():
    stranger = -CENTRES[0] * 0.2 + unit(1, 6)[0] * 0.1
    similarities = class_similarities([stranger], [[90.0, 0, 0, 0, 0]], CENTRES, "relative")
    (decision,) = decide(similarities, list("abcde"), Threshold(0.3))
    assert decision.outcome is Outcome.UNKNOWN
    assert decision.candidates[0].name == "a"


def test_logits_may_be_huge_and_a_photo_may_have_no_face():
    huge = class_similarities(FACES[:1], [[1e30, -1e30, 0, 5, 1e29]], CENTRES, "relative")
    assert np.isfinite(huge).all()
    assert class_similarities(FACES[:0], LOGITS[:0], CENTRES, "relative").shape == (0, 5)
    assert class_probabilities(np.empty((0, 5))).shape == (0, 5)


def test_probabilities_are_a_softmax_that_heat_flattens():
    plain, warm = class_probabilities(LOGITS), class_probabilities(LOGITS, 10.0)
    for row, logits in zip(plain, LOGITS, strict=True):
        total = sum(math.exp(z) for z in logits)
        np.testing.assert_allclose(row, [math.exp(z) / total for z in logits])
    assert (warm.max(axis=1) < plain.max(axis=1)).all()


def test_who_is_known_rises_with_the_similarity_and_never_overflows():
    rule = KnownRule(slope=14.0, offset=-5.0)
    assert rule.probability(5 / 14) == pytest.approx(0.5)
    assert rule.probability(0.9) == pytest.approx(1 / (1 + math.exp(-(14 * 0.9 - 5))))
    steep = KnownRule(slope=1e9, offset=0.0)
    assert (steep.probability(-1.0), steep.probability(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (InvalidArray, {"logits": LOGITS[:, :4]}),
        (InvalidArray, {"logits": LOGITS[:39]}),
        (InvalidArray, {"logits": np.where(LOGITS.max() == LOGITS, np.nan, LOGITS)}),
        (InvalidArray, {"logits": [["a"] * 5] * 40}),
        (InvalidEmbedding, {"embeddings": FACES[:, :5]}),
        (InvalidEmbedding, {"centres": np.zeros((5, 6))}),
        (InvalidEmbedding, {"centres": np.full((5, 6), np.nan)}),
        (InvalidOption, {"kind": "euclidean"}),
        (InvalidOption, {"temperature": 0.0}),
        (InvalidOption, {"temperature": math.nan}),
    ],
)
def test_what_does_not_fit_is_refused(error, change):
    asked = {"embeddings": FACES, "logits": LOGITS, "centres": CENTRES, "kind": "relative"}
    with pytest.raises(error, match="expected"):
        class_similarities(**{**asked, **change})


@pytest.mark.parametrize(("slope", "offset"), [(0.0, 0.0), (-1.0, 0.0), (1.0, math.inf)])
def test_a_rule_that_does_not_rise_is_refused(slope, offset):
    with pytest.raises(InvalidOption, match="positive slope"):
        KnownRule(slope, offset)
