"""Can this face be recognised at all? A question to its vector, not to its pixels.

Vectors of noise, of smeared or hidden faces move towards places of their own, where they resemble
each other more than any threshold allows (Deng et al., "Harnessing Unrecognizable Faces for
Improving Face Recognition", WACV 2023, section 3, describe one such cluster); their raw length
shrinks, too. Logistic regression on vector and length, fitted to degraded and untouched photos of
LFW, tells them. ``benchmarks/recognisability.py`` makes the numbers, ``docs/quality.md`` says what
they are worth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

import numpy as np

from mien.quality.assess import QualityLimits, Reason
from mien.records import EmbeddingSpace, FloatArray, Quality

NOISY = 8.0  # grey levels of the crop; untouched photos have about one


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    weights: FloatArray
    norm: float
    intercept: float


def check_recognisable(
    quality: Quality, space: EmbeddingSpace, vector: FloatArray, norm: float, limits: QualityLimits
) -> Quality:
    """The quality of a face with what its vector says; unchanged where nothing was fitted.

    Args:
        quality: as its pixels say.
        space: of the vector.
        vector: ``(D,) float32`` of unit length.
        norm: the length that it had.
        limits: ``minimum_recognisability`` is the least log-odds of being recognisable.
    """
    fit = _fit(space.model)
    if fit is None or len(vector) != len(fit.weights):
        return quality
    found = float(vector @ fit.weights) + fit.norm * norm + fit.intercept
    measures = {**quality.measures, "recognisability": found}
    if found >= limits.minimum_recognisability:
        return replace(quality, measures=measures)
    causes = [
        reason.value
        for reason, is_it in (
            (Reason.NOISE, measures.get("noise", 0.0) > NOISY),
            (Reason.OCCLUDED_MOUTH, measures.get("mouth_detail", 1.0) < limits.minimum_eye_detail),
        )
        if is_it
    ]
    reasons = dict.fromkeys((*quality.reasons, *(causes or [Reason.UNRECOGNISABLE.value])))
    return Quality(False, tuple(reasons), measures)


@lru_cache(maxsize=4)
def _fit(model: str) -> _Fit | None:
    text = (resources.files("mien.quality") / "recognisability.json").read_text("utf-8")
    record = json.loads(text)
    if record["model"] != model:
        return None
    weights = np.asarray(record["weights"], dtype=np.float32)
    return _Fit(weights, float(record["norm"]), float(record["intercept"]))
