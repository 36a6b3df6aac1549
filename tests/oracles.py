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


def yunet_faces(outputs, picture, size_wh, strides, minimum_score):
    """Boxes, points and scores of one picture, cell by cell, as YuNet's paper defines them."""
    faces = []
    for stride in strides:
        columns, rows = size_wh[0] // stride, size_wh[1] // stride
        for row in range(rows):
            for column in range(columns):
                cell = row * columns + column
                clamped = [
                    min(1.0, max(0.0, float(outputs[f"{kind}_{stride}"][picture, cell, 0])))
                    for kind in ("cls", "obj")
                ]
                score = math.sqrt(clamped[0] * clamped[1])
                if score < minimum_score:
                    continue
                dx, dy, dw, dh = (float(v) for v in outputs[f"bbox_{stride}"][picture, cell])
                x, y = (column + dx) * stride, (row + dy) * stride
                w, h = math.exp(dw) * stride, math.exp(dh) * stride
                places = [float(v) for v in outputs[f"kps_{stride}"][picture, cell]]
                points = [
                    ((column + places[2 * n]) * stride, (row + places[2 * n + 1]) * stride)
                    for n in range(5)
                ]
                faces.append(((x - w / 2, y - h / 2, x + w / 2, y + h / 2), points, score))
    return faces


def box_overlap(a, b):
    """Intersection over union of two boxes (x1, y1, x2, y2)."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    union = sum(areas) - width * height
    return width * height / union if union > 0 else 0.0


def suppressed(boxes, scores, iou):
    """Which boxes survive: best first, each only if no survivor overlaps it by more."""
    kept = []
    for index in sorted(range(len(boxes)), key=lambda i: (-scores[i], *boxes[i])):
        overlaps = [np.float32(box_overlap(boxes[index], boxes[other])) for other in kept]
        if all(overlap <= iou for overlap in overlaps):
            kept.append(index)
    return kept


def umeyama(source, target):
    """The similarity of least squares by singular values (Umeyama 1991), as a 2 x 3 matrix."""
    source, target = np.asarray(source, float), np.asarray(target, float)
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_mean, target - to_mean
    u, d, vt = np.linalg.svd(b.T @ a / len(a))
    signs = np.array([1.0, math.copysign(1.0, np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = (d * signs).sum() / (a**2).sum() * len(a)
    shift = to_mean - scale * rotation @ from_mean
    return np.concatenate([scale * rotation, shift[:, None]], axis=1)
