"""Slow truths: each written from the definition, by counting, with nothing clever."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np


def roc_points(scores, same):
    """All (threshold, false accepts, true accepts), thresholds falling, by counting every pair."""
    points = [(math.inf, 0, 0)]
    for threshold in sorted(set(scores), reverse=True):
        accepted = [truth for score, truth in zip(scores, same, strict=True) if score >= threshold]
        points.append((threshold, accepted.count(False), accepted.count(True)))
    return points


def auc(scores, same):
    """Share of (genuine, impostor) comparisons that the genuine one wins, ties half."""
    genuine = [s for s, truth in zip(scores, same, strict=True) if truth]
    impostor = [s for s, truth in zip(scores, same, strict=True) if not truth]
    wins = sum((g > i) + 0.5 * (g == i) for g, i in product(genuine, impostor))
    return wins / (len(genuine) * len(impostor))


def tar_at_far(scores, same, far):
    """The greatest true accept rate of any finite threshold that keeps ``far``."""
    points = [point for point in roc_points(scores, same) if point[0] > -math.inf]
    impostor, genuine = list(same).count(False), list(same).count(True)
    return max(true / genuine for _, false, true in points if false <= far * impostor + 1e-9)


def eer(scores, same):
    """Where the polyline of (FAR, FRR) meets the diagonal, by walking along it in small steps."""
    impostor, genuine = list(same).count(False), list(same).count(True)
    line = [(f / impostor, 1 - t / genuine) for _, f, t in roc_points(scores, same)]
    for (x0, y0), (x1, y1) in pairwise(line):
        if x1 >= y1:
            low, high = 0.0, 1.0
            for _ in range(80):
                middle = (low + high) / 2
                if x0 + middle * (x1 - x0) >= y0 + middle * (y1 - y0):
                    high = middle
                else:
                    low = middle
            return x0 + high * (x1 - x0)
    raise ValueError("the curve ends at (1, 0)")


def best_accuracy(scores, same):
    """The greatest number of right answers of any threshold."""
    total = list(same).count(False)
    return max(true + total - false for _, false, true in roc_points(scores, same))


def impostor_similarities(vectors, labels):
    """Similarities of all pairs of photos of different people, falling."""
    count = len(labels)
    pairs = [(i, j) for i in range(count) for j in range(i) if labels[i] != labels[j]]
    return sorted((float(np.dot(vectors[i], vectors[j])) for i, j in pairs), reverse=True)


def genuine_similarities(vectors, labels):
    """Similarities of all pairs of different photos of one person."""
    count = len(labels)
    pairs = [(i, j) for i in range(count) for j in range(i) if labels[i] == labels[j]]
    return [float(np.dot(vectors[i], vectors[j])) for i, j in pairs]


def plausible_people(similarities, threshold, margin):
    """Per face the people at or above the threshold and less than the margin below its best."""
    return [
        [
            p
            for p, s in enumerate(row)
            if s >= threshold and (s == max(row) or max(row) - s < margin)
        ]
        for row in similarities
    ]


def assignments(similarities, threshold, margin):
    """Every way to give plausible people to faces, each once, as (total, people or None)."""
    choices = [[None, *row] for row in plausible_people(similarities, threshold, margin)]
    for people in product(*choices):
        given = [person for person in people if person is not None]
        if len(set(given)) == len(given):
            gains = [
                similarities[face][person] - threshold + 1e-9
                for face, person in enumerate(people)
                if person is not None
            ]
            yield sum(gains), people


def decisions(similarities, threshold, margin):
    """Outcome and person of each face, from the list of all assignments."""
    options = list(assignments(similarities, threshold, margin))
    total, best = max(options, key=lambda option: option[0])
    result = []
    for face, person in enumerate(best):
        others = [t for t, people in options if people[face] not in (None, person)]
        if person is None:
            result.append(("unknown", None))
        elif others and total - max(others) < margin:
            result.append(("ambiguous", None))
        else:
            result.append(("known", person))
    return result
