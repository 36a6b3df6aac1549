"""Both embedders on people whom neither learned from: the user's own, and LFW's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.alignment import find_template
from mien.api import build_finder
from mien.evaluation import impostor_thresholds
from mien.matching import HeldOutRates
from mien.models import ModelStore
from mien.pipeline import FaceChoice
from mien.records import FloatArray, Threshold
from mien.renamed import limit_json
from mien.training.crop_cache import CropCache
from mien.training.crops import cut_faces
from mien.training.dataset import Part
from mien.training.listener import Listener
from mien.training.metric.lfw_check import LfwCheck, LfwPairs, check_lfw
from mien.training.metric.pair_record import (
    LabelledVectors,
    PairWeights,
    calibrated_weights,
    measure_pairs,
)
from mien.training.metric.separation import evenly
from mien.training.metric.tuner import BothEmbeddings, Tuned, Tuner
from mien.training.prepare import PreparedData
from mien.training.preparing import settings_of
from mien.training.work import Work

LFW_BLOCK = 512
"""Photos of LFW whose crops are held at a time."""
LFW_FACE = FaceChoice.CENTRAL
"""Whom a photo of LFW is named after, as in ``mien evaluate verification``."""
FMRS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)


@dataclass(frozen=True, slots=True, eq=False)
class SideFaces:
    """The photos of the people on a side.

    Attributes:
        crops: ``(N, S, S, 3) uint8``, RGB.
        names: N names of people.
        vectors: of both networks.
    """

    crops: NDArray[np.uint8]
    names: tuple[str, ...]
    vectors: BothEmbeddings


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPairs:
    """A calibrated pair layer and its rates on held-out people."""

    weights: PairWeights
    rates: HeldOutRates

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **limit_json(self.weights.min_log_odds, "min_log_odds", "threshold_log_odds"),
            **asdict(self.rates),
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where crops are kept and networks come from."""

    work: Work
    store: ModelStore


def faces_on(part: Part, tuner: Tuner, tuned: Tuned, data: PreparedData) -> SideFaces:
    """The faces of the people on a side, with both networks' vectors."""
    rows = data.rows_of(part)
    crops = data.pixels[rows]
    names = tuple(data.photos[row].name for row in rows)
    return SideFaces(crops, names, tuner.embed(tuned, crops))


def measure_thresholds(faces: SideFaces, origin: str) -> tuple[Threshold, ...]:
    """Thresholds for pairs of the tuned embedder's vectors.

    Only of false match rates with at least 30 false matches behind them.
    """
    found = impostor_thresholds(faces.vectors.after, faces.names, FMRS)
    return tuple(one.as_threshold(origin) for one in found if one.measured_fmr.supported)


def judge_pairs(
    tuner: Tuner, tuned: Tuned, data: PreparedData, held_out: SideFaces
) -> JudgedPairs | None:
    """Calibrate a siamese network's output, and measure it on the held-out people.

    Raises:
        InsufficientData: its likeness does not rise with sameness.
    """
    if tuned.pair_layer is None:
        return None
    chosen_by = faces_on(Part.VALIDATION, tuner, tuned, data)
    weights = calibrated_weights(tuned.pair_layer, _labelled(chosen_by))
    return JudgedPairs(weights, measure_pairs(weights, _labelled(held_out)))


def _labelled(faces: SideFaces) -> LabelledVectors:
    """As many as all pairs of can be looked at."""
    rows = evenly(len(faces.names))
    return LabelledVectors(faces.vectors.after[rows], tuple(faces.names[row] for row in rows))


def measure_lfw(
    tuner: Tuner, tuned: Tuned, asked: LfwPairs, place: Place, listener: Listener
) -> LfwCheck:
    """Find the faces of LFW's photos block by block, and embed them with both networks.

    Raises:
        OutputUnwritable: crops cannot be kept.
    """
    backbone, photos = tuner.backbone, asked.photos
    listener.stage("LFW", len(photos))
    finder = build_finder(settings_of(tuner.config), place.store)
    template = find_template(backbone.template, backbone.side)
    cache = None
    if tuner.config.cache is not None:  # kept for later runs only: 300 MB would be written
        cache = CropCache.at(place.work.crops, finder, template, place.store, LFW_FACE)
    before: dict[str, FloatArray] = {}
    after: dict[str, FloatArray] = {}
    for start in range(0, len(photos), LFW_BLOCK):
        block = photos[start : start + LFW_BLOCK]
        crops = cut_faces(
            block,
            finder,
            template,
            choice=LFW_FACE,
            cache=cache,
            progress=lambda: listener.step(1),
        )
        if not len(crops.pixels):
            continue
        vectors = tuner.embed(tuned, crops.pixels, keep=False)
        places = [photo.place for photo in crops.photos]
        before.update(zip(places, vectors.before, strict=True))
        after.update(zip(places, vectors.after, strict=True))
    return check_lfw(asked, before, after)
