"""One photo of each person against several: the same people, questions and episodes.

The rows of N-way K-shot differ in their people from K to K: only those with many photos are asked
about where K is large. Here both answers are asked of the same episode, and the one photo is the
first of the several, so that what is left is the difference that further photos make.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.evaluation.episodes import MOST_QUERIES, Answer, Draw, usual_ways
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, student_t, wilson
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.people_rates import rate_over_people

MANY = 5


@dataclass(frozen=True, slots=True)
class ShotComparison:
    """Accuracy among N people with few and with many support photos of each.

    Attributes:
        way: N.
        few, many: support photos of each person.
        with_few, with_many: accuracies, as in the other rows.
        difference: of the second and the first, its 95 % interval over people (the jackknife's
            variance of a ratio, Student's t); ``supported`` if 30 photos are answered rightly with
            one of the two and wrongly with the other.
        episodes: drawn.
        people: with ``many + 1`` photos or more, of whom episodes were drawn.
    """

    way: int
    few: int
    many: int
    with_few: Rate
    with_many: Rate
    difference: Rate
    episodes: int
    people: int

    def to_json(self) -> dict[str, Any]:
        return {
            "way": self.way,
            "few": self.few,
            "many": self.many,
            "with_few": self.with_few.to_json(),
            "with_many": self.with_many.to_json(),
            "difference": self.difference.to_json(),
            "episodes": self.episodes,
            "people": self.people,
        }


def compare_shots(
    photos: PeoplePhotos, answer: Answer, ways: Sequence[int], episodes: int, seed: int
) -> tuple[ShotComparison, ...]:
    """One support photo against five, or against as many as two people have besides a query.

    Args:
        photos: of people.
        answer: answers the queries of an episode.
        ways: N; by default the usual ones.
        episodes: of each N, or as many as hold 20,000 queries.
        seed: of the drawing.

    Returns:
        By N; empty where fewer than two people have three photos.
    """
    places = list(photos.by_person().values())
    sizes = sorted(map(len, places), reverse=True)
    many = min(MANY, sizes[1] - 1) if len(sizes) > 1 else 0
    if many < 2:
        return ()
    able = [own for own in places if len(own) > many]
    generator = np.random.default_rng([seed, many])
    wanted = [way for way in ways or usual_ways(len(able)) if way <= len(able)]
    return tuple(
        _compare(photos, answer, Draw(able), (way, many), episodes, generator)
        for way in sorted(set(wanted))
    )


def _compare(
    photos: PeoplePhotos,
    answer: Answer,
    draw: Draw,
    size: tuple[int, int],
    episodes: int,
    generator: np.random.Generator,
) -> ShotComparison:
    way, many = size
    rounds = max(1, min(episodes, MOST_QUERIES // way))
    asked = np.zeros(draw.people)
    hits = np.zeros((2, draw.people))
    queried = np.zeros(len(photos), np.bool_)
    wrong = np.zeros((2, len(photos)), np.bool_)
    told_apart = np.zeros(len(photos), np.bool_)
    for _ in range(rounds):
        people, chosen = draw.episode(way, many + 1, generator)
        rows, query = photos.rows[chosen], chosen[:, 0]
        answers = [answer(rows[:, 1 : 1 + shots], rows[:, 0]) for shots in (1, many)]
        asked[people] += 1
        queried[query] = True
        told_apart[query[answers[0] != answers[1]]] = True
        for row, right in enumerate(answers):
            hits[row, people] += right
            wrong[row, query[~right]] = True
    few, more = (
        rate_over_people(hits[row], asked, int(wrong[row].sum()), int(queried.sum()))
        for row in (0, 1)
    )
    counts = int(told_apart.sum()), int(queried.sum())
    difference = _difference(hits[1] - hits[0], asked, *counts)
    return ShotComparison(way, 1, many, few, more, difference, rounds, draw.people)


def _difference(gains: Any, asked: Any, told_apart: int, distinct: int) -> Rate:
    """The ratio ``sum(gains) / sum(asked)`` with its interval over people, within [-1, 1].

    Where both answer alike throughout, people show no spread; then it reaches as far as Wilson's
    interval of no disagreement in so many different questions.
    """
    gains, asked = gains[asked > 0], asked[asked > 0]
    total = float(asked.sum())
    value = float(gains.sum()) / total
    people = len(asked)
    left_out = (gains - value * asked) / total / (1.0 - asked / total)
    spread = math.sqrt(float((left_out**2).sum()) * (people - 1) / people)
    reach = student_t(max(1.0, people - 1.0)) * spread
    if not told_apart:
        reach = wilson(0, distinct)[1]
    supported = told_apart >= SUPPORTING_ERRORS
    return Rate(value, max(-1.0, value - reach), min(1.0, value + reach), supported)
