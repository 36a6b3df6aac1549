from __future__ import annotations

import pytest

from mien.errors import InvalidOption, UnknownModel
from mien.matching import (
    THRESHOLDS,
    false_positive_rate_of_search,
    fmr_for_search,
    threshold_as_distance,
    threshold_for,
    threshold_from_distance,
)
from mien.records import EmbeddingSpace, Threshold

MODEL, PREPROCESSING = next(iter(THRESHOLDS))
SPACE = EmbeddingSpace(MODEL, "0" * 64, PREPROCESSING, 128)


def test_the_default_threshold_is_that_of_one_false_match_in_ten_thousand():
    threshold = threshold_for(SPACE)
    assert threshold.fmr == 1e-4
    assert threshold is threshold_for(SPACE, 0.0001)


@pytest.mark.parametrize("key", list(THRESHOLDS))
def test_fewer_false_matches_need_a_higher_threshold_and_every_row_states_its_origin(key):
    rows = THRESHOLDS[key]
    ordered = [rows[fmr] for fmr in sorted(rows, reverse=True)]
    assert [row.similarity for row in ordered] == sorted(row.similarity for row in ordered)
    for fmr, row in rows.items():
        assert row.fmr == fmr
        assert row.pairs > 0
        assert row.origin != Threshold(0.0).origin


@pytest.mark.parametrize(
    "space",
    [
        EmbeddingSpace("other", "0" * 64, PREPROCESSING, 128),
        EmbeddingSpace(MODEL, "0" * 64, "another", 128),
    ],
)
def test_a_model_without_a_measured_threshold_asks_for_one(space):
    with pytest.raises(UnknownModel, match="min_similarity"):
        threshold_for(space)


@pytest.mark.parametrize("fmr", [0.0, 2e-4, float("nan"), -1, 2, "x"])
def test_a_rate_that_was_not_measured_is_refused(fmr):
    with pytest.raises(InvalidOption):
        threshold_for(SPACE, fmr)


@pytest.mark.parametrize("metric", ["cosine", "euclidean_l2"])
def test_a_threshold_survives_the_way_to_a_distance_and_back(metric):
    distance = threshold_as_distance(Threshold(0.42), metric)
    assert threshold_from_distance(distance, metric).similarity == pytest.approx(0.42, abs=1e-12)


def test_a_threshold_on_raw_euclidean_distance_cannot_be_derived():
    with pytest.raises(InvalidOption, match="euclidean_l2"):
        threshold_as_distance(Threshold(0.42), "euclidean")


@pytest.mark.parametrize("people", [1, 10, 1000, 100_000])
@pytest.mark.parametrize("fmr", [1e-6, 1e-3, 0.3])
def test_a_search_matches_a_stranger_unless_every_comparison_is_right(fmr, people):
    expected = 1 - (1 - fmr) ** people
    rate = false_positive_rate_of_search(fmr, people)
    assert rate == pytest.approx(expected, rel=1e-9, abs=1e-12)
    if rate < 0.999:
        assert fmr_for_search(rate, people) == pytest.approx(fmr, rel=1e-9)


def test_the_ends_of_the_growth_model_are_exact():
    assert false_positive_rate_of_search(1e-4, 0) == 0.0
    assert false_positive_rate_of_search(1.0, 5) == fmr_for_search(1.0, 5) == 1.0
    assert false_positive_rate_of_search(0.0, 5) == fmr_for_search(0.0, 5) == 0.0
    assert false_positive_rate_of_search(1e-18, 1) == pytest.approx(1e-18)  # no cancellation
    with pytest.raises(InvalidOption):
        fmr_for_search(0.1, 0)
    with pytest.raises(InvalidOption):
        false_positive_rate_of_search(0.1, 2.5)
