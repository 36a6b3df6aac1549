"""The same person? Of the faces of two photos the likeliest pair, and the verdict on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mien.matching.pair_verifier import PairVerifier
from mien.matching.policy import Policy, pair_distance
from mien.records import Encoding, FloatArray, Verification

VERIFIER_METRIC = "verifier"
"""The metric's name where a verifier decides: its distance is minus the log-odds."""

Views = Callable[[Sequence[Encoding]], Sequence[FloatArray]]
"""From N faces to their vectors in each of a verifier's spaces, ``(N, D)`` each."""


def judge(first: Sequence[Encoding], second: Sequence[Encoding], policy: Policy) -> Verification:
    """By the similarity of the most similar pair.

    Args:
        first, second: faces of the two photos, one each at least.
        policy: metric, threshold and probability.

    Raises:
        InvalidOption: the metric has no threshold.
    """
    pairs = [(float(a.vector @ b.vector), a, b) for a in first for b in second]
    similarity, a, b = max(pairs, key=lambda pair: pair[0])
    distance = pair_distance(a, b, policy.metric)
    limit = policy.distance_threshold()
    return Verification(
        same=distance <= limit,
        distance=distance,
        metric=policy.metric.value,
        threshold=limit,
        similarity=similarity,
        probability=policy.probability(similarity),
        fmr=policy.threshold.fmr,
        faces=(a.face, b.face),
        qualities=(a.quality, b.quality),
    )


def judge_by_verifier(
    first: Sequence[Encoding], second: Sequence[Encoding], verifier: PairVerifier, views: Views
) -> Verification:
    """By the log-odds of the likeliest pair; its cosine is given beside them.

    Args:
        first, second: faces of the two photos, one each at least.
        verifier: decides, with its own threshold.
        views: gives the vectors that it takes.

    Raises:
        InvalidEmbedding: the vectors are not those of its spaces.
    """
    log_odds = verifier.log_odds_matrix(views(first), views(second))
    place = np.unravel_index(int(log_odds.argmax()), log_odds.shape)
    a, b = first[int(place[0])], second[int(place[1])]
    # Once more without the rounding of a matrix of float32: what is printed is what decides.
    (exact,) = verifier.log_odds(views([a]), views([b])).tolist()
    return Verification(
        same=exact >= verifier.threshold,
        distance=-exact,
        metric=VERIFIER_METRIC,
        threshold=-verifier.threshold,
        similarity=float(a.vector @ b.vector),
        probability=verifier.probability(exact),
        fmr=verifier.target_fmr,
        faces=(a.face, b.face),
        qualities=(a.quality, b.quality),
    )
