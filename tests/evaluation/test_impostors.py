from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from scipy.stats import t

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding, InvalidOption
from mien.evaluation import impostor_thresholds, search_false_positives, wilson


def exact_set(seed, photos=60, people=15, dimensions=16):
    """Signs over 4: unit vectors whose products are multiples of 1/8, exact and full of ties."""
    rng = np.random.default_rng(seed)
    base = np.where(rng.uniform(size=(people, dimensions)) < 0.5, 1, -1)
    owners = np.concatenate([np.arange(people), rng.integers(people, size=photos - people)])
    flips = np.where(rng.uniform(size=(photos, dimensions)) < 0.1, -1, 1)
    return base[owners] * flips / np.sqrt(dimensions), [f"p{owner}" for owner in owners]


@pytest.mark.parametrize("seed", range(20))
def test_thresholds_and_rates_are_those_of_counting_all_pairs(seed, monkeypatch):
    monkeypatch.setattr("mien.evaluation.pair_blocks.BLOCK_ROWS", 7)
    vectors, labels = exact_set(seed)
    impostor = np.array(oracles.impostor_similarities(vectors, labels))
    genuine = np.array(oracles.genuine_similarities(vectors, labels))
    fmrs = (1.0, 0.3, 0.05, 1e-2, 1e-3, 1e-6)
    for row in impostor_thresholds(vectors, labels, fmrs):
        allowed = [one for one in np.unique(impostor) if (impostor >= one).mean() <= row.fmr]
        expected = min(allowed) if allowed else np.nextafter(np.float32(impostor[0]), np.float32(9))
        assert row.similarity == expected
        assert row.false_matches == (impostor >= expected).sum()
        assert row.measured_fmr.value == pytest.approx((impostor >= expected).mean())
        assert row.measured_fmr.supported == (row.false_matches >= 30)
        assert row.tmr.value == pytest.approx((genuine >= expected).mean())
        assert (row.impostor_pairs, row.genuine_pairs) == (len(impostor), len(genuine))
        assert row.fmr_binomial == wilson(row.false_matches, len(impostor))


def test_the_intervals_are_those_of_leaving_out_one_person_at_a_time():
    vectors, labels = exact_set(1, photos=24, people=6)
    (row,) = impostor_thresholds(vectors, labels, [0.2])
    for kind, rate in ((True, row.tmr), (False, row.measured_fmr)):
        pairs = [
            (float(vectors[i] @ vectors[j]) >= row.similarity, {labels[i], labels[j]})
            for i in range(24)
            for j in range(i)
            if (labels[i] == labels[j]) == kind
        ]
        odds = []
        for name in sorted(set(labels)):
            left = [hit for hit, people in pairs if name not in people]
            odds.append(math.log((sum(left) + 0.5) / (len(left) - sum(left) + 0.5)))
        variance = 5 / 6 * sum((one - np.mean(odds)) ** 2 for one in odds)
        single = 1 / (rate.value * (1 - rate.value) * len(pairs))
        if not kind:  # a pair was left out with either of its people
            variance -= single
        own = np.array([sum(name in people for _, people in pairs) for name in sorted(set(labels))])
        reach = t.ppf(0.975, own.sum() ** 2 / (own**2).sum() - 1) * math.sqrt(max(variance, single))
        middle = math.log(rate.value / (1 - rate.value))
        expected = [1 / (1 + math.exp(-middle + reach)), 1 / (1 + math.exp(-middle - reach))]
        assert [rate.low, rate.high] == pytest.approx(expected, rel=2e-3)


def test_the_record_carries_the_interval_over_people_and_the_origin():
    vectors, labels = exact_set(2)
    (row,) = impostor_thresholds(vectors, labels, [0.1])
    record = row.as_threshold("made up")
    assert (record.similarity, record.fmr, record.pairs) == (
        row.similarity,
        0.1,
        row.impostor_pairs,
    )
    assert (record.fmr_low, record.fmr_high) == (row.measured_fmr.low, row.measured_fmr.high)
    assert record.origin == "made up"


def test_many_photos_take_memory_of_the_tail_and_not_of_all_pairs():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6000, 16)).astype(np.float32)
    labels = [f"p{n // 2}" for n in range(6000)]
    tracemalloc.start()
    impostor_thresholds(vectors, labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120e6  # 18 million pairs: 72 MB of scores and 288 MB of indices


def test_searches_are_counted_as_one_search_at_a_time(monkeypatch):
    monkeypatch.setattr("mien.evaluation.searches.BLOCK_ROWS", 7)
    vectors, labels = exact_set(4, photos=40, people=10)
    (row,) = search_false_positives(vectors, labels, 0.5, 0.01, sizes=[3], galleries=4, seed=2)
    rng, matches, searches = np.random.default_rng(2), 0, 0
    names = list(dict.fromkeys(labels))
    for _ in range(4):
        chosen = [names[code] for code in rng.choice(10, size=3, replace=False)]
        own = [[i for i, label in enumerate(labels) if label == name] for name in chosen]
        picks = rng.integers([len(photos) for photos in own])
        gallery = [photos[pick] for photos, pick in zip(own, picks, strict=True)]
        for i, label in enumerate(labels):
            if label not in chosen:
                searches += 1
                matches += max(float(vectors[i] @ vectors[g]) for g in gallery) >= 0.5
    assert row.searches == searches
    assert row.fpir.value == pytest.approx(matches / searches)
    assert row.fpir.low <= row.fpir.value <= row.fpir.high


def test_for_people_alike_in_nothing_the_growth_is_that_of_the_model():
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(1500, 64))
    labels = [f"p{n}" for n in range(1500)]
    labels[1] = "p0"
    (row,) = impostor_thresholds(vectors, labels, [1e-3])
    growth = search_false_positives(vectors, labels, row.similarity, 1e-3, (10, 100, 500), 20)
    for size in growth:
        assert size.fpir.value == pytest.approx(size.model, rel=0.15)


@pytest.mark.parametrize(
    ("vectors", "labels", "error"),
    [
        (np.zeros((0, 4)), [], InsufficientData),
        (np.eye(3), ["a", "a", "a"], InsufficientData),
        (np.eye(3), ["a", "b", "c"], InsufficientData),
        (np.eye(3), ["a", "b"], InvalidArray),
        (np.ones(3), ["a", "b", "c"], InvalidArray),
        (np.zeros((3, 3)), ["a", "a", "b"], InvalidEmbedding),
        (np.full((3, 3), np.nan), ["a", "a", "b"], InvalidEmbedding),
    ],
)
def test_a_set_that_has_no_threshold_is_refused(vectors, labels, error):
    with pytest.raises(error):
        impostor_thresholds(vectors, labels)


def test_a_gallery_of_everybody_leaves_no_stranger_to_search_with():
    vectors, labels = exact_set(6)
    with pytest.raises(InsufficientData, match="strangers"):
        search_false_positives(vectors, labels, 0.5, 0.01, sizes=[15])
    with pytest.raises(InvalidOption):
        search_false_positives(vectors, labels, float("nan"), 0.01, sizes=[3])
    with pytest.raises(InvalidOption):
        impostor_thresholds(vectors, labels, [-0.1])
