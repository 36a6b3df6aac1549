"""The same person? Of the faces of two photos the likeliest pair, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.matching.pair_verifier import PairVerifier
from mien.matching.policy import Policy, pair_distance
from mien.records import VERIFIER_METRIC, Encoding, FloatArray, Verification


def judge(first: Sequence[Encoding], second: Sequence[Encoding], policy: Policy) -> Verification:
    """By the similarity of the most similar pair.

    Args:
        first, second: faces of the two photos, one each at least.
        policy: metric, limit and probability.
    """
    pairs = [(float(a.vector @ b.vector), a, b) for a in first for b in second]
    similarity, a, b = max(pairs, key=lambda pair: pair[0])
    distance = pair_distance(a, b, policy.metric)
    return Verification(
        same=distance <= policy.max_distance,
        distance=distance,
        metric=policy.metric.value,
        max_distance=policy.max_distance,
        similarity=similarity,
        probability=policy.probability(similarity),
        fmr=policy.threshold.fmr,
        faces=(a.face, b.face),
        qualities=(a.quality, b.quality),
        min_similarity=policy.min_similarity,
    )


def judge_by_verifier(
    first: Sequence[Encoding],
    second: Sequence[Encoding],
    verifier: PairVerifier,
    first_vectors: Sequence[FloatArray],
    second_vectors: Sequence[FloatArray],
) -> Verification:
    """By the log-odds of the likeliest pair; its cosine is given beside them.

    Args:
        first, second: faces of the two photos, one each at least.
        verifier: decides, by its own least log-odds.
        first_vectors, second_vectors: of those faces, for each of its spaces ``(N, D)``.

    Raises:
        InvalidEmbedding: the vectors are not those of its spaces.
    """
    places = [(row, column) for row in range(len(first)) for column in range(len(second))]
    rows, columns = np.array(places).T
    log_odds = verifier.log_odds(
        [vectors[rows] for vectors in first_vectors],
        [vectors[columns] for vectors in second_vectors],
    )
    best = int(log_odds.argmax())
    a, b, found = first[rows[best]], second[columns[best]], float(log_odds[best])
    return Verification(
        same=found >= verifier.min_log_odds,
        distance=-found,
        metric=VERIFIER_METRIC,
        max_distance=-verifier.min_log_odds,
        similarity=float(a.vector @ b.vector),
        probability=verifier.probability(found),
        fmr=verifier.target_fmr,
        faces=(a.face, b.face),
        qualities=(a.quality, b.quality),
    )
