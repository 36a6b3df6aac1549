"""How similarities become names in a gallery: the same for photos, videos and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from mien.errors import InvalidOption
from mien.gallery.calibration_file import own_calibration_of
from mien.gallery.gallery import Gallery
from mien.matching import (
    DEFAULT_FPIR,
    Asked,
    Calibration,
    DecisionRule,
    OwnCalibration,
    Policy,
    hold_fpir,
    policy_for,
    strangers_for,
)
from mien.records import EmbeddingSpace, Threshold

LIMITS = ("fmr", "min_similarity", "max_distance")  # set a threshold without asking the gallery


def search_policy(
    gallery: Gallery,
    space: EmbeddingSpace,
    measured: Sequence[Threshold],
    *,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
    fpir: float | None = None,
    **asked: Unpack[Asked],
) -> Policy:
    """What decides in a search of a gallery: by default a false positive rate of 1 %.

    Names are then given to at most one stranger in a hundred, however many people and photos the
    gallery holds; the threshold is never below the usual one for a pair. A calibration of the
    user's own is taken as it is.

    Args:
        gallery: its own calibration is used if no other is given.
        space: of the vectors that are searched for.
        measured: thresholds that come with a trained model; empty without one.
        fpir: the share of strangers that may be given a name.
        rule, calibration, asked: as in ``mien.matching.policy_for``.

    Raises:
        InvalidOption, UnknownModel, SpaceMismatch: as ``mien.matching.policy_for``.
        InvalidCalibration: what lies beside the gallery is not sound.
    """
    own = calibration or own_calibration_of(gallery.path)
    limits = [name for name in LIMITS if asked.get(name) is not None]
    if fpir is not None and limits:
        raise InvalidOption(f"expected fpir or {limits[0]}, got both; leave one out")
    policy = policy_for(space, rule=rule, calibration=own, measured=measured, **asked)
    if own is not None and fpir is None:
        return policy  # the user's own measurement goes before ours
    templates = gallery.templates()
    if isinstance(policy.calibration, Calibration) and templates:
        # Each of the people is as likely to be the one, and as likely as all is nobody.
        known = policy.calibration.at_prior(1.0 / (1.0 + len(templates)))
        policy = replace(policy, calibration=known)
    if limits or gallery.space not in (None, space):
        return policy  # of another space nothing is searched: that is refused then
    known_strangers = strangers_for(space)
    reached = None if known_strangers is None else gallery.reached_by(known_strangers, space)
    rate = DEFAULT_FPIR if fpir is None else fpir
    held = hold_fpir(policy.threshold, rate, space, templates, reached, measured)
    return replace(policy, threshold=held)
