"""One's own limit: as a similarity or as a distance, the same answer, whichever is said."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import InvalidOption
from mien.matching import own_threshold, policy_for
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("sface", "0b" * 32, "arcface-112-rgb-v1+mirror", 128)


@given(st.floats(-1.0, 1.0), st.sampled_from(["cosine", "euclidean_l2"]))
def test_a_similarity_and_the_distance_that_follows_from_it_are_one_limit(similarity, metric):
    policy = policy_for(SPACE, min_similarity=similarity, metric=metric)
    assert policy.min_similarity == similarity
    again = policy_for(SPACE, max_distance=policy.max_distance, metric=metric)
    assert again.max_distance == policy.max_distance
    assert again.min_similarity == pytest.approx(similarity, abs=1e-12)


def test_a_distance_of_raw_vectors_is_kept_as_it_is_and_names_nobody_in_a_search():
    policy = policy_for(SPACE, max_distance=11.5, metric="euclidean")
    assert (policy.max_distance, policy.min_similarity) == (11.5, None)
    assert policy.threshold.similarity == 1.0


def test_without_a_wish_there_is_none():
    assert own_threshold() is None


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.01, 1.01, "much", []])
def test_a_similarity_that_is_none_is_refused_by_its_name(wrong):
    with pytest.raises(InvalidOption, match=r"^min_similarity: expected"):
        own_threshold(min_similarity=wrong)


@pytest.mark.parametrize(
    ("wrong", "metric"),
    [
        (math.nan, "cosine"),
        (-0.01, "cosine"),
        (2.01, "euclidean_l2"),
        (-1.0, "euclidean"),
        (math.inf, "euclidean"),
        ("far", "euclidean"),
    ],
)
def test_a_distance_that_is_none_is_refused_by_its_name(wrong, metric):
    with pytest.raises(InvalidOption, match=r"^max_distance: expected"):
        own_threshold(max_distance=wrong, metric=metric)


def test_a_similarity_is_refused_where_no_cosine_decides():
    with pytest.raises(InvalidOption, match=r"min_similarity: .* got euclidean.*max_distance"):
        policy_for(SPACE, min_similarity=0.4, metric="euclidean")


def test_one_s_own_goes_before_a_rate():
    assert policy_for(SPACE, min_similarity=0.2, fmr=1e-3).min_similarity == 0.2
