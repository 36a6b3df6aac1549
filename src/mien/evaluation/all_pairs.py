"""Verification over all pairs of a set of labelled photos.

A list of pairs is a sample; here every photo meets every other one, so that small false accept
rates can be measured. One person is in many pairs: the intervals are over people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction
from mien.errors import InvalidArray, InvalidOption
from mien.evaluation.all_pairs_charts import charts_of, examples_of
from mien.evaluation.all_pairs_curve import all_pairs_curve
from mien.evaluation.all_pairs_intervals import AllPairsIntervals
from mien.evaluation.all_pairs_photos import PhotosOfPeople, pairs_of, photos_of_people
from mien.evaluation.all_pairs_report import AllPairsReport, AllPairsTar, PersonErrors
from mien.evaluation.intervals import SUPPORTING_ERRORS, wilson
from mien.evaluation.rates import OperatingPoint, allowed_errors
from mien.renamed import dropped_arguments

ALL_PAIRS_FARS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
PEOPLE_FARS = (1e-3, 1e-2, 1e-1)
"""People are judged at the first of these that a pair may pass at."""
WORST_PEOPLE = 10


@dropped_arguments("replicates", "seed")
def evaluate_all_pairs(
    vectors: Sequence[Any] | NDArray[Any],
    labels: Sequence[str],
    photos: Sequence[str] = (),
    fars: Sequence[float] = ALL_PAIRS_FARS,
) -> AllPairsReport:
    """Compare every photo with every other one.

    Similarities are float32 products of unit vectors. They are made three times, in blocks, and
    never held: memory grows with the photos.

    Args:
        vectors: N entries ``(D,)``, of any length but zero; None for a photo without a face.
        labels: N names of people.
        photos: N names of photos for the examples; their numbers where empty.
        fars: false accept rates, more than 0 and at most 1.

    Raises:
        InvalidEmbedding: for a NaN, an infinity, or a vector without direction.
        InvalidArray: vectors, labels and photos that do not fit each other.
        InsufficientData: no two people, nobody with two photos, or none of either with faces.
        InvalidOption: a rate outside (0, 1].
    """
    given = photos_of_people(vectors, labels)
    paths = tuple(photos) if len(photos) else tuple(str(n) for n in range(len(labels)))
    if len(paths) != len(labels):
        raise InvalidArray(f"photos: expected {len(labels)} names, got {len(paths)}")
    rates = sorted({check_fraction(far, "far") for far in fars}, reverse=True)
    if rates and rates[-1] == 0.0:
        raise InvalidOption("far: expected more than 0, got 0; no number of pairs supports it")
    judged = next((far for far in PEOPLE_FARS if allowed_errors(far, given.impostor)), 1e-1)
    curve = all_pairs_curve(
        given.data,
        [*rates, judged],
        given.genuine - given.data.genuine_pairs,
        given.impostor - given.data.impostor_pairs,
    )
    points = {far: curve.roc.at_far(far) for far in (*rates, judged)}
    errors = AllPairsIntervals(given, curve.roc, points)
    people = _people(given, errors, points[judged].threshold)
    acquired_paths = [paths[row] for row in given.rows]
    lost = len(labels) - len(given.rows)
    return AllPairsReport(
        photos=len(labels),
        people=len(given.sizes),
        genuine=given.genuine,
        impostor=given.impostor,
        eer=errors.eer(),
        tar_at_far=tuple(_tar_at_far(given, errors, points[far], far) for far in rates),
        auc=curve.roc.auc,
        auc_error=curve.auc_error,
        photos_lost=lost,
        failure_to_acquire=pairs_of(len(labels)) - pairs_of(len(given.rows)),
        genuine_lost=given.genuine - given.data.genuine_pairs,
        people_threshold=points[judged].threshold,
        people_far=judged,
        goats=_goats(people),
        lambs=_lambs(people),
        examples=examples_of(errors.counted, acquired_paths, points[judged].threshold),
        charts=charts_of(curve, errors.band()),
        notes=_notes(lost, judged),
    )


def _tar_at_far(
    given: PhotosOfPeople, errors: AllPairsIntervals, point: OperatingPoint, far: float
) -> AllPairsTar:
    if allowed_errors(far, given.impostor) == 0:
        needed = int(np.ceil(1.0 / far * (1.0 - 1e-12)))
        note = (
            f"needs {needed - given.impostor:,} more impostor pairs: of {given.impostor:,} not one "
            "may pass"
        )
        return AllPairsTar(far, None, note=note)
    return AllPairsTar(
        far=far,
        tar=errors.tar(point),
        tar_acquired=errors.tar(point, acquired=True),
        binomial=wilson(point.true_accepts, given.genuine),
        measured_far=errors.far(point),
        threshold=point.threshold,
        false_accepts=point.false_accepts,
    )


def _people(
    given: PhotosOfPeople, errors: AllPairsIntervals, threshold: float
) -> list[PersonErrors]:
    own, others = errors.column(threshold)
    accepted = errors.counted.accepted[:, own].tolist()
    matched = errors.counted.false_matches[:, others].tolist()
    photos = int(given.sizes.sum())
    return [
        PersonErrors(
            name=name,
            photos=size,
            genuine_pairs=pairs,
            false_rejects=pairs - accepted[code],
            impostor_pairs=size * (photos - size),
            false_matches=matched[code],
        )
        for code, (name, size, pairs) in enumerate(
            zip(given.names, given.sizes.tolist(), given.possible.tolist(), strict=True)
        )
    ]


def _goats(people: list[PersonErrors]) -> tuple[PersonErrors, ...]:
    """Those with errors only, the worst share first; of equal shares the most errors."""
    order = sorted(people, key=lambda one: (-one.false_reject_share, -one.false_rejects, one.name))
    return tuple(one for one in order[:WORST_PEOPLE] if one.false_rejects)


def _lambs(people: list[PersonErrors]) -> tuple[PersonErrors, ...]:
    """As the goats, by false matches."""
    order = sorted(people, key=lambda one: (-one.false_match_share, -one.false_matches, one.name))
    return tuple(one for one in order[:WORST_PEOPLE] if one.false_matches)


def _notes(lost: int, judged: float) -> tuple[str, ...]:
    notes = [
        "intervals are over people, at the fixed threshold; supported means that at least "
        f"{SUPPORTING_ERRORS} impostor pairs pass",
        f"people and examples: at the threshold of FAR {judged:g}",
        "a wrong name turns a genuine pair into a false match: look at the worst ones",
    ]
    if lost:
        notes.insert(
            0,
            f"{lost} photos without a usable vector: their pairs are never accepted; tar_acquired "
            "leaves them out, at the same threshold",
        )
    return tuple(notes)
