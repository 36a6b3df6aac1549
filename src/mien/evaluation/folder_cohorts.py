"""Cohorts of all pairs of a folder of people, at one threshold for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.all_pairs_curve import all_pairs_curve
from mien.evaluation.all_pairs_photos import PhotosOfPeople, pairs_of, photos_of_people
from mien.evaluation.cohort_labels import Labels
from mien.evaluation.cohorts import Cohort, CohortColumn, CohortReport
from mien.evaluation.pair_blocks import pair_blocks


def evaluate_folder_cohorts(
    vectors: Any,
    people: Sequence[str],
    photos: Sequence[str],
    labels: Labels,
    far: float = 1e-3,
) -> CohortReport:
    """Rates of each cohort over all pairs inside it, at the threshold of all pairs.

    Args:
        vectors: N entries ``(D,)``, None for a photo without a face: never accepted.
        people: N names of people.
        photos: N names of photos, as the labels have them.
        labels: of the photos or their people.
        far: all pairs' false accept rate that the threshold keeps.

    Raises:
        InvalidEmbedding, InvalidArray: as ``evaluate_all_pairs``.
        InsufficientData: as there, or no two photos with one label.
        InvalidOption: a rate outside [0, 1].
    """
    known = labels_of_photos(people, photos, labels)
    given = photos_of_people(vectors, people)
    lost = given.genuine - given.data.genuine_pairs, given.impostor - given.data.impostor_pairs
    point = all_pairs_curve(given.data, [far], *lost).roc.at_far(far)
    columns = tuple(
        _column(name, [row[place] for row in known], people, given, point.threshold)
        for place, name in enumerate(labels.columns)
    )
    return CohortReport(far, point.threshold, point.false_accepts, columns)


def labels_of_photos(
    people: Sequence[str], photos: Sequence[str], labels: Labels
) -> list[tuple[str, ...]]:
    """The labels of each photo; can be asked before any photo is looked at.

    Raises:
        InvalidArray: people and photos that do not fit each other.
        InsufficientData: no two photos with one label.
    """
    if len(photos) != len(people):
        raise InvalidArray(f"photos: expected {len(people)} names, got {len(photos)}")
    keys = people if labels.by_person else photos
    known = [labels.get(key) for key in keys]
    given = [(place, label) for row in known for place, label in enumerate(row) if label]
    if len(set(given)) == len(given):
        key = "person" if labels.by_person else "path"
        raise InsufficientData(
            f"cohorts: expected two photos with one label, got none; the column {key} has to name "
            f"them as the folder does, e.g. {keys[0]!r}"
        )
    return known


def _column(
    name: str,
    known: Sequence[str],
    people: Sequence[str],
    given: PhotosOfPeople,
    threshold: float,
) -> CohortColumn:
    names = sorted(set(known) - {""})
    code_of = {label: code for code, label in enumerate(names)}
    codes = np.array([code_of.get(label, -1) for label in known], dtype=np.int64)
    hits, matches = _accepted(given, codes[given.rows], len(names), threshold)
    cohorts = []
    for code, label in enumerate(names):
        own = [people[row] for row in np.flatnonzero(codes == code).tolist()]
        sizes = np.unique(own, return_counts=True)[1]
        genuine = int(pairs_of(sizes).sum())
        impostor = pairs_of(len(own)) - genuine
        if genuine + impostor:
            cohorts.append(Cohort(label, genuine, impostor, genuine - hits[code], matches[code]))
    labelled = pairs_of(int((codes >= 0).sum()))
    inside = sum(cohort.genuine + cohort.impostor for cohort in cohorts)
    return CohortColumn(name, tuple(cohorts), labelled - inside, pairs_of(len(known)) - labelled)


def _accepted(
    given: PhotosOfPeople, codes: NDArray[np.int64], count: int, threshold: float
) -> tuple[list[int], list[int]]:
    """Genuine and impostor pairs inside each cohort at or above the threshold."""
    hits, matches = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for block in pair_blocks(given.data):
        rows = codes[block.start : block.start + len(block.similarities)]
        inside = (rows[:, None] == codes[None, block.start :]) & (rows[:, None] >= 0)
        inside &= block.similarities.astype(np.float64) >= threshold
        for total, kind in ((hits, block.genuine), (matches, block.impostor)):
            own = (inside & kind).sum(axis=1)
            total += np.bincount(rows[rows >= 0], own[rows >= 0], count).astype(np.int64)
    return hits.tolist(), matches.tolist()
