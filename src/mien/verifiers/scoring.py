"""From pairs of photos to a verifier's log-odds, with the networks injected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.evaluation import Pair
from mien.evaluation.scoring import Encode
from mien.matching import PairVerifier
from mien.records import EmbeddingSpace
from mien.verifiers.pair_data import look_up


def score_by_verifier(
    pairs: Sequence[Pair],
    verifier: PairVerifier,
    encoders: Sequence[tuple[EmbeddingSpace, Encode]],
) -> NDArray[np.float64]:
    """The log-odds of each pair; every photo is encoded once in each space.

    Args:
        pairs: the pairs.
        verifier: whose log-odds.
        encoders: its spaces in order, and who gives the vectors of paths in them; None for a
            photo without a face.

    Returns:
        ``(N,) float64``; NaN where a photo of the pair has no vector: a failure to acquire.

    Raises:
        SpaceMismatch: other spaces than the verifier's.
        InvalidEmbedding: vectors that do not fit their space, or another number than asked for.
    """
    verifier.check_fits(tuple(space for space, _ in encoders))
    row_of, vectors = look_up(pairs, encoders)
    rows = np.array([[row_of.get(pair.path1, -1), row_of.get(pair.path2, -1)] for pair in pairs])
    scores = np.full(len(pairs), np.nan)
    both = (rows.reshape(-1, 2) >= 0).all(axis=1)
    first, second = ([one[rows[both, side]] for one in vectors] for side in (0, 1))
    if both.any():
        scores[both] = verifier.log_odds(first, second)
    return scores
