"""Slow truths of metric learning: every pair and triplet in a loop, straight from the papers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

Triplet = tuple[int, int, int]


def on_circle(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane: what the distances between them are can be said by hand."""
    angles = np.radians(degrees)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.where(np.abs(points) < 1e-12, 0.0, points)  # right angles are exact


def squared(a: np.ndarray, b: np.ndarray) -> float:
    return float(((a - b) ** 2).sum())


def triplets(classes: np.ndarray) -> Iterator[Triplet]:
    for a, p, n in np.ndindex(*(len(classes),) * 3):
        if a != p and classes[a] == classes[p] and classes[a] != classes[n]:
            yield a, p, n


def mean_of_costly(costs: list[float]) -> float:
    """The library's reduction: the mean over what costs something."""
    costly = [cost for cost in costs if cost > 0]
    return sum(costly) / len(costly) if costly else 0.0


def triplet_loss(f: np.ndarray, chosen: list[Triplet], margin: float) -> float:
    """FaceNet, equation 2."""
    return mean_of_costly(
        [max(0.0, squared(f[a], f[p]) - squared(f[a], f[n]) + margin) for a, p, n in chosen]
    )


def semihard(f: np.ndarray, classes: np.ndarray, margin: float) -> list[Triplet]:
    """FaceNet, equation 4, and within the margin."""
    return [
        (a, p, n)
        for a, p, n in triplets(classes)
        if 0 < squared(f[a], f[n]) - squared(f[a], f[p]) <= margin
    ]


def hardest(f: np.ndarray, classes: np.ndarray) -> list[Triplet]:
    """FaceNet, section 3.2: argmax over positives, argmin over negatives, of each anchor."""
    found = []
    for a in range(len(classes)):
        own = [p for p in range(len(classes)) if p != a and classes[p] == classes[a]]
        others = [n for n in range(len(classes)) if classes[n] != classes[a]]
        if own and others:
            far = max(own, key=lambda p: squared(f[a], f[p]))
            near = min(others, key=lambda n: squared(f[a], f[n]))
            found.append((a, far, near))
    return found


def contrastive_loss(f: np.ndarray, classes: np.ndarray, margin: float) -> float:
    """Hadsell, Chopra and LeCun, equation 4; each kind's mean over what costs something."""
    same, other = [], []
    for a, b in combinations(range(len(classes)), 2):
        distance = math.sqrt(squared(f[a], f[b]))
        if classes[a] == classes[b]:
            same.append(0.5 * distance**2)
        else:
            other.append(0.5 * max(0.0, margin - distance) ** 2)
    return mean_of_costly(same) + mean_of_costly(other)


def arcface_loss(
    f: np.ndarray, classes: np.ndarray, centres: np.ndarray, margin: float, scale: float
) -> float:
    """ArcFace, equation 3; beyond 180 degrees the cosine goes on falling, on a straight line."""
    costs = []
    for vector, own in zip(f, classes, strict=True):
        angles = [math.acos(max(-1.0, min(1.0, float(vector @ centre)))) for centre in centres]
        logits = [scale * math.cos(angle) for angle in angles]
        if angles[own] + margin <= math.pi:
            logits[own] = scale * math.cos(angles[own] + margin)
        else:
            logits[own] = scale * (math.cos(angles[own]) - margin * math.sin(margin))
        costs.append(math.log(sum(math.exp(z) for z in logits)) - logits[own])
    return sum(costs) / len(costs)


def multi_similarity_loss(
    f: np.ndarray, classes: np.ndarray, alpha: float = 2, beta: float = 50, base: float = 0.5
) -> float:
    """Wang et al., "Multi-similarity loss" (CVPR 2019), equation 15."""
    costs = []
    for a in range(len(classes)):
        own = [f[a] @ f[p] for p in range(len(classes)) if p != a and classes[p] == classes[a]]
        others = [f[a] @ f[n] for n in range(len(classes)) if classes[n] != classes[a]]
        costs.append(
            math.log(1 + sum(math.exp(-alpha * (s - base)) for s in own)) / alpha
            + math.log(1 + sum(math.exp(beta * (s - base)) for s in others)) / beta
        )
    return sum(costs) / len(costs)


def siamese_loss(
    f: np.ndarray, classes: np.ndarray, alpha: np.ndarray, bias: float, chi_squared: bool
) -> float:
    """DeepFace, sections 4.1 and 4.2, with a logistic unit; both kinds of pairs weigh the same."""
    same, other = [], []
    for a, b in combinations(range(len(classes)), 2):
        odds = bias
        for i, weight in enumerate(alpha):
            difference = abs(f[a, i] - f[b, i])
            if chi_squared:
                total = abs(f[a, i]) + abs(f[b, i])
                difference = difference**2 / total if total else 0.0
            odds += weight * difference
        chance = 1 / (1 + math.exp(-odds))
        if classes[a] == classes[b]:
            same.append(-math.log(chance))
        else:
            other.append(-math.log(1 - chance))
    return (sum(same) / len(same) + sum(other) / len(other)) / 2
