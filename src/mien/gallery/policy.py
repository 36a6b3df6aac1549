"""How similarities become names in a gallery: the same for photos, videos and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from mien.gallery.calibration_file import own_calibration_of
from mien.gallery.gallery import Gallery
from mien.matching import Asked, DecisionRule, OwnCalibration, Policy, policy_for
from mien.records import EmbeddingSpace, Threshold


def search_policy(
    gallery: Gallery,
    space: EmbeddingSpace,
    measured: Sequence[Threshold],
    *,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
    **asked: Unpack[Asked],
) -> Policy:
    """What decides in a search of a gallery.

    Args:
        gallery: its own calibration is used if no other is given.
        space: of the vectors that are searched for.
        measured: thresholds that come with a trained model; empty without one.
        rule, calibration, asked: as in ``mien.matching.policy_for``.

    Raises:
        InvalidOption, UnknownModel, SpaceMismatch: as ``mien.matching.policy_for``.
        InvalidCalibration: what lies beside the gallery is not sound.
    """
    own = calibration or own_calibration_of(gallery.path)
    return policy_for(space, rule=rule, calibration=own, measured=measured, **asked)
