"""How often a search of many people matches a stranger, measured beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.labelled import BLOCK_ROWS, labelled
from mien.matching import false_positive_rate_of_search
from mien.records import FloatArray
from mien.renamed import renamed_argument


@dataclass(frozen=True, slots=True)
class SearchRate:
    """False positives of searches: strangers against a gallery of ``people``.

    Attributes:
        people: one template each.
        fpir: share of strangers' photos that match somebody; low and high are the 2.5 and 97.5
            percentiles over the galleries drawn: where one gallery's rate lies, not how sure
            the mean is.
        model: ``1 - (1 - FMR)^N`` with the false match rate of all impostor pairs.
        searches: over all galleries; photos recur from gallery to gallery.
    """

    people: int
    fpir: Rate
    model: float
    searches: int


@renamed_argument("threshold", "min_similarity")
def search_false_positives(
    vectors: Any,
    labels: Sequence[str],
    min_similarity: float,
    fmr: float,
    sizes: Sequence[int] = (10, 100, 1000),
    galleries: int = 40,
    seed: int = 0,
) -> tuple[SearchRate, ...]:
    """How often strangers match somebody, as the gallery grows.

    For each size, draws that many people without replacement, enrols one photo of each, taken at
    random, and searches with every photo of all others.

    Args:
        vectors: ``(N, D)``, one a photo.
        labels: N names of people.
        min_similarity: faces of at least this cosine similarity match.
        fmr: the false match rate there, for the model.
        sizes: people in the gallery.
        galleries: drawn for each size.
        seed: of the generator.

    Raises:
        InvalidEmbedding, InvalidArray: as :func:`impostor_thresholds`.
        InsufficientData: no more people than the largest gallery holds.
        InvalidOption: a number out of its range.
    """
    data = labelled(vectors, labels)
    level = check_fraction(min_similarity, "min_similarity", -1.0, 1.0 + 1e-6)
    rounds = check_count(galleries, "galleries", high=100_000)
    generator = np.random.default_rng(seed)
    people = len(data.sizes)
    # Photos sorted by person: those of person p are order[starts[p] : starts[p] + sizes[p]].
    order = np.argsort(data.codes, kind="stable")
    starts = np.cumsum(data.sizes) - data.sizes
    results = []
    for size in (check_count(value, "people") for value in sizes):
        if size >= people:
            raise InsufficientData(
                f"search: expected more than {size} people, so that strangers are left, "
                f"got {people}"
            )
        matches, searches, shares = 0, 0, []
        for _ in range(rounds):
            chosen = generator.choice(people, size=size, replace=False)
            photos = order[starts[chosen] + generator.integers(data.sizes[chosen])]
            strangers = ~np.isin(data.codes, chosen)
            hits = _searches_that_match(data.vectors[strangers], data.vectors[photos], level)
            count = int(strangers.sum())
            matches, searches = matches + hits, searches + count
            shares.append(hits / count)
        low, high = np.quantile(shares, [0.025, 0.975])
        rate = Rate(matches / searches, float(low), float(high), matches >= SUPPORTING_ERRORS)
        model = false_positive_rate_of_search(fmr, size)
        results.append(SearchRate(size, rate, model, searches))
    return tuple(results)


def _searches_that_match(strangers: FloatArray, gallery: FloatArray, level: float) -> int:
    matches = 0
    for start in range(0, len(strangers), BLOCK_ROWS):
        best = (strangers[start : start + BLOCK_ROWS] @ gallery.T).max(axis=1)
        matches += int((best.astype(np.float64) >= level).sum())
    return matches
