"""Pairs counted, extremes found and halves dealt, each against counting all pairs one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData
from mien.evaluation import threshold_range
from mien.evaluation.extremes import least_alike_photos, most_alike_strangers
from mien.evaluation.halves import halves
from mien.evaluation.labelled import labelled
from mien.evaluation.pair_counts import BINS, count_pairs


def people(seed, photos=60, persons=15):
    rng = np.random.default_rng(seed)
    owners = np.concatenate([np.arange(persons), rng.integers(persons, size=photos - persons)])
    vectors = rng.normal(size=(persons, 8))[owners] + 0.5 * rng.normal(size=(photos, 8))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), [f"p{o}" for o in owners]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("mien.evaluation.pair_blocks.BLOCK_ROWS", 7)


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_all_pairs(seed):
    vectors, labels = people(seed)
    counts = count_pairs(labelled(vectors, labels))
    for found, scores in (
        (counts.genuine, oracles.genuine_similarities(vectors, labels)),
        (counts.impostor, oracles.impostor_similarities(vectors, labels)),
    ):
        assert found.sum() == len(scores)
        places = np.repeat(counts.middles, found)
        # Half a bin, and what float32 rounds.
        np.testing.assert_allclose(np.sort(scores), places, atol=1 / BINS + 1e-6)


@pytest.mark.parametrize("fmr", [0.5, 0.1, 0.01, 1e-9])
def test_the_bin_at_a_rate_is_the_lowest_that_keeps_it(fmr):
    vectors, labels = people(1)
    counts = count_pairs(labelled(vectors, labels))
    cut = counts.bin_at_fmr(fmr)
    total = counts.impostor.sum()
    assert counts.impostor[cut:].sum() <= fmr * total
    assert counts.impostor[cut - 1 :].sum() > fmr * total


@pytest.mark.parametrize("seed", range(5))
def test_the_extremes_are_those_of_all_pairs(seed):
    vectors, labels = people(seed)
    data = labelled(vectors, labels)
    pairs = [(i, j, float(vectors[i] @ vectors[j])) for i, j in combinations(range(60), 2)]
    strangers = sorted((p for p in pairs if labels[p[0]] != labels[p[1]]), key=lambda p: -p[2])
    own = sorted((p for p in pairs if labels[p[0]] == labels[p[1]]), key=lambda p: p[2])
    for found, expected in (
        (most_alike_strangers(data, 4), strangers[:4]),
        (least_alike_photos(data, 4), own[:4]),
    ):
        assert [pair[:2] for pair in found] == [pair[:2] for pair in expected]
        assert [pair[2] for pair in found] == pytest.approx([pair[2] for pair in expected])


def test_a_set_with_fewer_pairs_than_asked_gives_them_all():
    data = labelled(np.eye(3, 4), ["a", "a", "b"])
    assert [pair[:2] for pair in least_alike_photos(data, 5)] == [(0, 1)]
    assert {pair[:2] for pair in most_alike_strangers(data, 5)} == {(0, 2), (1, 2)}


@pytest.mark.parametrize("seed", range(5))
def test_halves_share_no_person_and_miss_no_photo(seed):
    vectors, labels = people(seed)
    first, second = halves(vectors, labels, seed)
    units = labelled(vectors, labels).vectors
    rows = {row.tobytes(): label for row, label in zip(units, labels, strict=True)}
    sides = [{rows[row.tobytes()] for row in half.vectors} for half in (first, second)]
    assert sides[0].isdisjoint(sides[1])
    assert len(first.vectors) + len(second.vectors) == 60
    assert abs(len(sides[0]) - len(sides[1])) <= 1
    assert abs(len(first.vectors) - len(second.vectors)) <= 12


@pytest.mark.parametrize("labels", ["aabbcc", "aabbbbcd", "abcd"])
def test_too_few_people_or_pairs_for_two_halves_are_refused(labels):
    with pytest.raises(InsufficientData, match="half of the"):
        halves(np.random.default_rng(0).normal(size=(len(labels), 4)), list(labels))


def test_the_range_of_a_threshold_is_that_of_drawing_people_and_setting_it_anew():
    vectors, labels = people(2, photos=24, persons=6)
    low, high = threshold_range(vectors, labels, 0.1, replicates=50, seed=4)
    pairs = [
        (labels[i], labels[j], np.float32(vectors[i]) @ np.float32(vectors[j]))
        for i, j in combinations(range(24), 2)
        if labels[i] != labels[j]
    ]
    scores = np.array([score for _, _, score in pairs])
    rng, found = np.random.default_rng(4), []
    for _ in range(50):
        drawn = [f"p{p}" for p in rng.integers(6, size=6)]
        times = np.array([drawn.count(a) * drawn.count(b) for a, b, _ in pairs])
        kept = [t for t in scores if times[scores >= t].sum() <= 0.1 * times.sum() + 1e-9]
        found.append(min(kept, default=np.nextafter(scores.max(), np.float32(2))))
    assert (low, high) == pytest.approx(tuple(np.quantile(found, [0.025, 0.975])), abs=1e-6)
    assert low < high
