"""Who is who in one photo: open-set names for its faces, each person at most once.

A person is *plausible* for a face if their similarity reaches the threshold and
lies less than the margin below the face's best. Among all ways to give
plausible people to faces, each person and each face used at most once, the one
with the largest total of (similarity - threshold) is taken: an exact
assignment. Then each usable face is

* ``known`` if it was given a person, and giving it any other plausible person
  instead would lower the best total of the whole photo by the margin or more;
* ``ambiguous`` if it was given a person, and another would cost less than that;
* ``unknown`` otherwise: nobody reaches the threshold, or all its plausible
  people went to other faces.

For a photo of one face, ambiguous means just: the two best people both reach
the threshold, and less than the margin lies between them. With several faces,
the certain ones can settle a close call: of twins in one picture, each clearly
nearer to the own template, both are named. What is never done is to hand a face
whose person went to a better face a name far below its best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InvalidArray, InvalidOption
from mien.matching.assignment import best_matching
from mien.records import Candidate, EmbeddingSpace, Outcome, Threshold

# Similarities are float32 products: differences below this are rounding, not evidence.
ROUNDING = 1e-6
# Makes a similarity exactly at the threshold worth more than no name, and of equally similar
# people the first by name worth most.
NAME_BONUS = 1e-9


USUAL_MARGIN = 0.05
# dlib's vectors all point one way (impostors have a median cosine of 0.84), so the same
# evidence is a smaller difference there.
MARGINS = {"dlib-resnet": 0.014, "sface+dlib-resnet": 0.023}


def margin_for(space: EmbeddingSpace) -> float:
    """The margin of an embedding space, in its cosine similarity."""
    return MARGINS.get(space.model, USUAL_MARGIN)


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """When two people are too close to call, and how many candidates are shown.

    Attributes:
        margin: in cosine similarity; smaller differences are not decided. 0 decides all.
        top: candidates listed per face.
    """

    margin: float = USUAL_MARGIN
    top: int = 5

    def __post_init__(self) -> None:
        check_fraction(self.margin, "margin", 0.0, 2.0)
        check_count(self.top, "top")


@dataclass(frozen=True, slots=True)
class FaceDecision:
    """What was decided of one face.

    Attributes:
        outcome: known, unknown, ambiguous or low_quality.
        name: the person, only if known.
        similarity: to the person if known, else to the best candidate; None without candidates.
        candidates: most similar people first, equally similar ones by name, whether or not
            they reach the threshold and whoever got them.
        taken_by: index of the face that was given this face's best candidate although the
            candidate reaches the threshold here too; None if no other face was.
    """

    outcome: Outcome
    name: str | None = None
    similarity: float | None = None
    candidates: tuple[Candidate, ...] = ()
    taken_by: int | None = None


_DEFAULT_RULE = DecisionRule()


def decide(
    similarities: Any,
    names: Sequence[str],
    threshold: Threshold,
    rule: DecisionRule = _DEFAULT_RULE,
    usable: Any = None,
) -> tuple[FaceDecision, ...]:
    """Decide every face of one photo together.

    The answer does not depend on the order of people, nor on that of faces; only of two faces
    that are equally similar to everybody, to the last digit, the first is served first.

    Args:
        similarities: ``(F, P)`` cosine similarities of faces and people, one column a person
            (of the mean of their templates). Rows of faces that are not usable are not read.
        names: P different names, the columns' people.
        threshold: on cosine similarity.
        rule: margin and number of candidates.
        usable: ``(F,) bool``, False where the face's quality forbids an answer; None: all are.

    Raises:
        InvalidArray: for shapes that do not fit, or a usable face with a NaN or a number
            outside [-1, 1].
        InvalidOption: for a threshold outside [-1, 1], or a name that occurs twice.
    """
    matrix, mask = _checked(similarities, names, usable)
    level = check_fraction(threshold.similarity, "threshold", -1.0, 1.0)
    candidates = [
        most_similar(row, names, rule.top) if seen else ()
        for row, seen in zip(matrix, mask, strict=True)
    ]
    given, close = _assign(matrix, mask, names, level, rule.margin)
    holder = {names[person]: face for face, person in enumerate(given) if person is not None}
    decisions = []
    for face, best in enumerate(candidates):
        if not mask[face]:
            decisions.append(FaceDecision(Outcome.LOW_QUALITY))
            continue
        if not best:
            decisions.append(FaceDecision(Outcome.UNKNOWN))
            continue
        person, leader = given[face], best[0]
        if person is not None and not close[face]:
            outcome, name, score = Outcome.KNOWN, names[person], float(matrix[face, person])
        else:
            outcome = Outcome.UNKNOWN if person is None else Outcome.AMBIGUOUS
            name, score = None, leader.similarity
        holding = holder.get(leader.name) if leader.similarity >= level else None
        taken = holding if holding != face else None
        decisions.append(FaceDecision(outcome, name, score, best, taken))
    return tuple(decisions)


def _checked(
    similarities: Any, names: Sequence[str], usable: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    try:
        matrix = np.array(similarities, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray(f"similarities: expected numbers, got {similarities!r:.60}") from error
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise InvalidArray(
            f"similarities: expected (faces, {len(names)} people), got shape {matrix.shape}"
        )
    mask = np.ones(len(matrix), dtype=np.bool_) if usable is None else np.asarray(usable)
    if mask.shape != (len(matrix),) or mask.dtype != np.bool_:
        raise InvalidArray(f"usable: expected ({len(matrix)},) bool, got {mask.shape} {mask.dtype}")
    if not (np.abs(matrix[mask]) <= 1.0 + ROUNDING).all():  # False for NaN too
        raise InvalidArray("similarities: expected numbers in [-1, 1], got others or NaN")
    matrix = np.clip(matrix, -1.0, 1.0)
    if len(set(names)) != len(names):
        raise InvalidOption("names: expected one column a person, got a name twice")
    return matrix, mask


def most_similar(
    row: NDArray[np.floating[Any]], names: Sequence[str], count: int
) -> tuple[Candidate, ...]:
    """The ``count`` most similar people, ties by name, without sorting everybody."""
    if len(row) > count:
        cut = np.partition(row, len(row) - count)[len(row) - count]
        chosen = np.flatnonzero(row >= cut)
    else:
        chosen = np.arange(len(row))
    ranked = sorted((-float(row[person]), names[int(person)]) for person in chosen)
    return tuple(Candidate(name, -negative) for negative, name in ranked[:count])


def _assign(
    matrix: NDArray[np.float64],
    mask: NDArray[np.bool_],
    names: Sequence[str],
    level: float,
    margin: float,
) -> tuple[list[int | None], list[bool]]:
    """Each face's person (a column) or None, and whether another one is too close to call."""
    given: list[int | None] = [None] * len(matrix)
    close = [False] * len(matrix)
    rows = np.flatnonzero(mask)
    if not len(rows) or not len(names):
        return given, close
    scores = matrix[rows]
    plausible = scores >= level
    # Strictly less than the margin below the best; the best itself always.
    best = scores.max(axis=1, keepdims=True)
    plausible &= (best - scores < margin - ROUNDING) | (scores == best)
    contested = plausible.any(axis=1)
    columns = np.array(
        sorted(np.flatnonzero(plausible.any(axis=0)), key=lambda person: names[int(person)]),
        dtype=np.intp,
    )
    if not len(columns):
        return given, close
    rows, scores = rows[contested], scores[contested][:, columns]
    edges = plausible[contested][:, columns]
    order = _canonical_order(scores, matrix[rows], names)
    rows, edges = rows[order], edges[order]
    bonus = NAME_BONUS * np.linspace(2.0, 1.0, len(columns))
    gains = np.where(edges, scores[order] - level + bonus, 0.0)
    chosen = best_matching(gains, edges)
    for face, column in enumerate(chosen):
        if column < 0:
            continue
        given[rows[face]] = int(columns[column])
        if edges[face].sum() > 1:
            close[rows[face]] = _another_is_close(gains, edges, chosen, face, margin)
    return given, close


def _canonical_order(
    scores: NDArray[np.float64], everybody: NDArray[np.float64], names: Sequence[str]
) -> NDArray[np.intp]:
    """An order of the faces that depends on their similarities only, so that ties fall alike."""
    if len(np.unique(scores, axis=0)) < len(scores):  # the people in question do not tell apart
        by_name = sorted(range(len(names)), key=lambda person: names[person])
        scores = np.hstack([scores, everybody[:, by_name]])
    return np.lexsort(scores.T[::-1])  # stable: faces equal in all columns stay in their order


def _another_is_close(
    gains: NDArray[np.float64],
    edges: NDArray[np.bool_],
    chosen: Sequence[int],
    face: int,
    margin: float,
) -> bool:
    """Whether another plausible person for ``face`` costs the best total less than the margin."""
    person = chosen[face]
    free = edges[face].copy()
    free[[column for column in chosen if column >= 0]] = False
    if free.any() and gains[face, person] - gains[face, free].max() < margin - ROUNDING:
        # Somebody nobody else needs is close enough: no need to reassign the other faces.
        return True
    reward = 4.0 * (len(gains) + 1)  # outweighs all other gains, so that one of them is taken
    total = _total(gains, chosen)
    changed = gains.copy()
    changed[face, edges[face]] += reward
    changed[face, person] = 0.0
    allowed = edges.copy()
    allowed[face, person] = False
    other = _total(changed, best_matching(changed, allowed)) - reward
    return total - other < margin - ROUNDING


def _total(gains: NDArray[np.float64], chosen: Sequence[int]) -> float:
    return sum(float(gains[row, column]) for row, column in enumerate(chosen) if column >= 0)
