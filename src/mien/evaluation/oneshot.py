"""N-way K-shot: K photos of each of N people, and the question whose each further photo is.

An episode draws N people and of each K support photos and one query, all different. A query is
given to the person whose mean of unit support vectors has the greatest cosine with it; with a
verifier to the one whose support photos have the greatest mean log-odds with it.

Source: Vinyals, Blundell, Lillicrap, Kavukcuoglu and Wierstra, "Matching networks for one shot
learning" (NIPS 2016), the task; Snell, Swersky and Zemel, "Prototypical networks for few-shot
learning" (NIPS 2017), the nearest class mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count
from mien.errors import InsufficientData
from mien.evaluation.episodes import MOST_QUERIES, Answer, Draw, answer_for, usual_ways
from mien.evaluation.findings import Chart, Findings, Line, Number, Table
from mien.evaluation.intervals import Rate
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.people_rates import rate_over_people
from mien.evaluation.shot_comparison import ShotComparison, compare_shots

SHOTS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Shots:
    """The accuracy for one N and K.

    Attributes:
        way, shot: N people in an episode, K support photos each.
        accuracy: share of the queries that are given to the right person; its interval is over
            the people who are asked about, a photo that recurs counts once as evidence, and it is
            ``supported`` by 30 photos that were given away wrongly.
        chance: 1 / N.
        episodes, queries: drawn.
        people: of the set with K + 1 photos or more, of whom episodes were drawn.
    """

    way: int
    shot: int
    accuracy: Rate
    chance: float
    episodes: int
    queries: int
    people: int

    def to_json(self) -> dict[str, Any]:
        return {
            "way": self.way,
            "shot": self.shot,
            "accuracy": self.accuracy.to_json(),
            "chance": self.chance,
            "episodes": self.episodes,
            "queries": self.queries,
            "people": self.people,
        }


@dataclass(frozen=True, slots=True)
class OneShotReport:
    """Accuracies for every N and K that the photos allow.

    Attributes:
        people, photos: of the set.
        failure_to_acquire: photos without a face: as queries they are errors, as support they
            are missing; a person without any support is never answered.
        rows: by K, then N.
        comparisons: one photo of each person against several, on the same questions; by N, empty
            where nobody has three photos.
        seed: of the episodes.
        notes: what the reader must know.
        seconds, embedder, detector, verifier: of the run, where the caller states them.
    """

    people: int
    photos: int
    failure_to_acquire: int
    rows: tuple[Shots, ...]
    comparisons: tuple[ShotComparison, ...]
    seed: int
    notes: tuple[str, ...]
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None
    verifier: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate oneshot --json``."""
        return {
            "people": self.people,
            "photos": self.photos,
            "failure_to_acquire": self.failure_to_acquire,
            "accuracy": [row.to_json() for row in self.rows],
            "one_against_more": [one.to_json() for one in self.comparisons],
            "seed": self.seed,
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "verifier": self.verifier,
            "notes": list(self.notes),
        }

    def findings(self) -> Findings:
        """Numbers, a curve for each K, a table. No trials: photos recur in them."""
        shots = sorted({row.shot for row in self.rows})
        lines = []
        for shot in shots:
            rows = [row for row in self.rows if row.shot == shot]
            lines.append(
                Line(
                    f"{shot} shot",
                    tuple(float(row.way) for row in rows),
                    tuple(row.accuracy.value for row in rows),
                    tuple(row.accuracy.low for row in rows),
                    tuple(row.accuracy.high for row in rows),
                )
            )
        ways = sorted({row.way for row in self.rows})
        lines.append(Line("chance", tuple(map(float, ways)), tuple(1 / way for way in ways)))
        return Findings(
            kind="oneshot",
            title="N-way K-shot: whose photo is it, after K photos of each",
            numbers=tuple(
                Number(
                    f"way_{row.way}_shot_{row.shot}",
                    f"{row.way} people, 1 photo each",
                    row.accuracy,
                    note=f"chance: {100 * row.chance:.3g} %",
                )
                for row in self.rows
                if row.shot == shots[0]
            ),
            charts=(
                Chart(
                    "accuracy",
                    "Accuracy over N",
                    "people to choose from",
                    "share of queries that are right",
                    tuple(lines),
                    x_log=True,
                ),
            ),
            tables=(
                Table(
                    "accuracy",
                    "N-way K-shot accuracy",
                    ("N", "K", "accuracy", "chance", "episodes", "people"),
                    tuple(
                        (row.way, row.shot, row.accuracy, row.chance, row.episodes, row.people)
                        for row in self.rows
                    ),
                ),
                *_comparison_tables(self.comparisons),
            ),
            notes=self.notes,
            result=self.to_json(),
        )


def evaluate_oneshot(
    photos: PeoplePhotos,
    ways: Sequence[int] | None = None,
    shots: Sequence[int] = SHOTS,
    episodes: int = 500,
    seed: int = 0,
    scores: NDArray[np.float32] | None = None,
) -> OneShotReport:
    """Draw episodes and answer them.

    A tie counts against us: the right person must be strictly nearest. Similarities are rounded
    to six decimals.

    Args:
        photos: of people, failures to acquire among them.
        ways: N; by default 2, 5, 10, 20, 50 ... and all. An N that the photos do not allow is
            left out.
        shots: K; one that leaves fewer than two people with K + 1 photos is left out.
        episodes: of each N and K, or as many as hold 20,000 queries.
        seed: of the drawing.
        scores: ``(A, A)`` of any two of the photos' vectors, in place of their cosine.

    Raises:
        InvalidArray: scores that do not fit the vectors.
        InsufficientData: fewer than two people with two photos, or nothing asked is possible.
        InvalidOption: a number out of range.
    """
    rounds = check_count(episodes, "episodes", high=100_000)
    wanted = [check_count(way, "way", low=2) for way in ways or ()]
    generator = np.random.default_rng(check_count(seed, "seed", low=0, high=2**32))
    places = list(photos.by_person().values())
    answer = answer_for(photos, scores)
    rows = []
    for shot in sorted({check_count(one, "shot", high=1000) for one in shots}):
        able = [own for own in places if len(own) > shot]
        usual = wanted or usual_ways(len(able))
        for way in sorted({one for one in usual if one <= len(able)}):
            count = max(1, min(rounds, MOST_QUERIES // way))
            rows.append(_measure(photos, answer, Draw(able), (way, shot), count, generator))
    if not rows:
        raise InsufficientData(
            "episodes: expected two people at least with a photo more than the shots, got "
            f"{sum(len(own) > 1 for own in places)} with two photos and a face in each; add photos"
        )
    comparisons = compare_shots(photos, answer, wanted, rounds, seed)
    failures = int((~photos.acquired).sum())
    notes = [
        "intervals are over the people asked about; the people to choose from are those of this "
        "set, and are taken for given",
    ]
    if failures:
        notes.append(f"{failures} photos have no face: errors as queries, missing as support")
    return OneShotReport(
        len(places), len(photos), failures, tuple(rows), comparisons, seed, tuple(notes)
    )


def _measure(
    photos: PeoplePhotos,
    answer: Answer,
    draw: Draw,
    size: tuple[int, int],
    episodes: int,
    generator: np.random.Generator,
) -> Shots:
    way, shot = size
    hits, asked = np.zeros(draw.people), np.zeros(draw.people)
    queried, wrong = np.zeros(len(photos), np.bool_), np.zeros(len(photos), np.bool_)
    for _ in range(episodes):
        people, chosen = draw.episode(way, shot + 1, generator)
        rows = photos.rows[chosen]
        right = answer(rows[:, 1:], rows[:, 0])
        asked[people] += 1
        hits[people] += right
        queried[chosen[:, 0]] = True
        wrong[chosen[~right, 0]] = True
    accuracy = rate_over_people(hits, asked, errors=int(wrong.sum()), distinct=int(queried.sum()))
    return Shots(way, shot, accuracy, 1.0 / way, episodes, int(asked.sum()), draw.people)


def _comparison_tables(comparisons: Sequence[ShotComparison]) -> tuple[Table, ...]:
    if not comparisons:
        return ()
    first = comparisons[0]
    return (
        Table(
            "one_against_more",
            f"{first.few} photo of each person against {first.many}, the same questions",
            ("N", f"K = {first.few}", f"K = {first.many}", "difference", "low", "high", "people"),
            tuple(
                (
                    *(one.way, one.with_few, one.with_many, one.difference.value),
                    *(one.difference.low, one.difference.high, one.people),
                )
                for one in comparisons
            ),
        ),
    )
