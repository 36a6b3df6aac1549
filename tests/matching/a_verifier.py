"""A verifier with numbers of no meaning, for tests that need one."""

from __future__ import annotations

import numpy as np

from mien.matching import CalibrationData, HeldOutRates, PairVerifier, Share, SpaceWeights
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("m", "ab" * 32, "p", 4)
OTHER = EmbeddingSpace("n", "cd" * 32, "q", 3)


def weights_of(space: EmbeddingSpace, seed: int = 0) -> SpaceWeights:
    rng = np.random.default_rng(seed)
    single = rng.normal(size=(2, space.dimensions)).tolist()
    return SpaceWeights(space, tuple(single[0]), tuple(single[1]), float(rng.normal()))


def a_verifier(*weights: SpaceWeights) -> PairVerifier:
    return PairVerifier(
        weights=weights or (weights_of(SPACE), weights_of(OTHER, 1)),
        bias=-0.75,
        min_log_odds=0.25,
        target_fmr=1e-2,
        prior=0.5,
        detector="yunet",
        data=CalibrationData(300, 60, 700, 44_000),
        held_out=HeldOutRates(Share(0.01, 0.005, 0.02), Share(0.97, 0.95, 0.99), 0.01, 0.003),
        created="2026-01-02T03:04:05+00:00",
        mien="0.1.0",
    )
