"""How similarities become names in a gallery: the same for photos, videos and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

from mien.gallery.calibration_file import own_calibration_of
from mien.gallery.gallery import Gallery
from mien.matching import DecisionRule, OwnCalibration, Policy, policy_for
from mien.records import EmbeddingSpace, Threshold


class Asked(TypedDict, total=False):
    """What a caller may ask of the decision; see ``mien.matching.policy_for``."""

    fmr: float | None
    min_similarity: float | None
    max_distance: float | None
    rule: DecisionRule | None


def search_policy(
    gallery: Gallery,
    space: EmbeddingSpace,
    measured: Sequence[Threshold],
    calibration: OwnCalibration | None = None,
    **asked: Unpack[Asked],
) -> Policy:
    """What decides in a search of a gallery.

    Args:
        gallery: its own calibration is used if no other is given.
        space: of the vectors that are searched for.
        measured: thresholds that come with a trained model; empty without one.
        calibration, asked: as in ``mien.matching.policy_for``.

    Raises:
        InvalidOption, UnknownModel, SpaceMismatch: as ``mien.matching.policy_for``.
        InvalidCalibration: what lies beside the gallery is not sound.
    """
    own = calibration or own_calibration_of(gallery.path)
    return policy_for(space, calibration=own, measured=measured, **asked)
