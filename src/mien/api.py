"""The functions that ``mien`` itself offers: the pipeline with its usual parts.

    >>> import mien
    >>> with mien.Gallery.open("team.gallery") as gallery:
    ...     mien.enroll(["people/"], gallery)
    ...     answer = mien.identify("group.jpg", gallery)

The networks are loaded at the first call and kept. Weights are fetched once, verified and
cached; nothing else ever uses the network. A photo is a path, the bytes of a file, a binary file
object, or an RGB array.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from mien.alignment import ARCFACE_112
from mien.checks import check_fraction
from mien.detection import Detector, load_detector
from mien.embedding import load_embedder
from mien.errors import InvalidOption
from mien.gallery import Gallery
from mien.images import ImageSource, find_people
from mien.matching import (
    DEFAULT_FMR,
    DecisionRule,
    Metric,
    Policy,
    calibration_for,
    euclidean_threshold_for,
    margin_for,
    parse_metric,
    threshold_for,
    threshold_from_distance,
)
from mien.models import ModelStore, RuntimeOptions
from mien.models.machine import core_count
from mien.pipeline import FaceChoice, FaceFinder, Recognizer
from mien.quality import QualityLimits
from mien.records import (
    EmbeddingSpace,
    Enrolment,
    PhotoDetection,
    PhotoFailure,
    PhotoIdentification,
    Threshold,
    Verification,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Which parts the pipeline is made of.

    Attributes:
        detector: its name in ``mien.detection.DETECTORS``.
        embedder: its card's name.
        mirror: average each face with its mirror image: more accurate; without it, half as much
            again of photos a second (``docs/accuracy.md``).
        minimum_score: faces that the detector is less sure of are not reported; by default the
            detector's own.
        limits: what a usable face must keep.
        runtime: engine, precision, threads and device; by default the fastest, measured.
    """

    detector: str = "yunet"
    embedder: str = "sface"
    mirror: bool = True
    minimum_score: float | None = None
    limits: QualityLimits = field(default_factory=QualityLimits)
    runtime: RuntimeOptions = field(default_factory=RuntimeOptions)


def build_recognizer(
    settings: Settings | None = None, store: ModelStore | None = None
) -> Recognizer:
    """A pipeline of one's own.

    Raises:
        ModelError: weights cannot be had or do not load.
    """
    settings = settings or Settings()
    store = store or ModelStore()
    return Recognizer(
        _detector(settings, store),
        load_embedder(settings.embedder, store, settings.runtime, mirror=settings.mirror),
        limits=settings.limits,
        workers=settings.runtime.threads or core_count(),
    )


def build_finder(settings: Settings | None = None, store: ModelStore | None = None) -> FaceFinder:
    """The first half of a pipeline: faces and their quality, without an embedder.

    Raises:
        ModelError: weights cannot be had or do not load.
    """
    settings = settings or Settings()
    return FaceFinder(
        _detector(settings, store or ModelStore()),
        (ARCFACE_112,),
        limits=settings.limits,
        workers=settings.runtime.threads or core_count(),
    )


def _detector(settings: Settings, store: ModelStore) -> Detector:
    score = settings.minimum_score
    return load_detector(settings.detector, store, settings.runtime, minimum_score=score)


def policy_for(
    space: EmbeddingSpace,
    *,
    fmr: float = DEFAULT_FMR,
    threshold: float | None = None,
    metric: Metric | str = Metric.COSINE,
    rule: DecisionRule | None = None,
) -> Policy:
    """How similarities of a space become answers.

    Args:
        space: what the vectors mean.
        fmr: take the threshold measured for this false match rate.
        threshold: or the user's own, as a distance in ``metric``.
        metric: ``cosine``, ``euclidean`` or ``euclidean_l2``.
        rule: margin and number of candidates; by default the space's own margin.

    Raises:
        InvalidOption: a value outside its range.
        UnknownModel: no threshold was measured for this space, and none is given.
    """
    metric = parse_metric(metric)
    rule = rule or DecisionRule(margin_for(space))
    if threshold is None:
        measured = threshold_for(space, fmr)
        distance = euclidean_threshold_for(space, fmr) if metric is Metric.EUCLIDEAN else None
        return Policy(measured, metric, distance, rule, calibration_for(space))
    if metric is Metric.EUCLIDEAN:
        threshold = check_fraction(threshold, "threshold", high=math.inf)
    own = (
        Threshold(similarity=1.0)  # no function of the cosine gives it: names nobody
        if metric is Metric.EUCLIDEAN
        else threshold_from_distance(threshold, metric)
    )
    return Policy(own, metric, threshold, rule, calibration_for(space))


def enroll(
    people: Iterable[str | os.PathLike[str] | tuple[str, ImageSource]],
    gallery: Gallery,
    *,
    choice: FaceChoice | str = FaceChoice.ONLY,
    settings: Settings | None = None,
) -> tuple[Enrolment, ...]:
    """Remember people: each photo must hold one usable face.

    Args:
        people: folders (see ``mien.images.find_people``), ``"NAME=PHOTO"``, or pairs of a name
            and a photo.
        gallery: where to remember.
        choice: ``largest`` or ``central`` picks one of several faces.
        settings: which parts to use.

    Returns:
        One record a photo: added, already there, or refused with its error.
    """
    pairs: list[tuple[str, ImageSource]] = []
    for one in [people] if isinstance(people, (str, os.PathLike)) else people:
        pairs += [one] if isinstance(one, tuple) else find_people([one])
    return tuple(_recognizer(settings).enroll(gallery, pairs, parse_choice(choice)))


def identify(
    photo: ImageSource,
    gallery: Gallery,
    *,
    fmr: float = DEFAULT_FMR,
    threshold: float | None = None,
    rule: DecisionRule | None = None,
    settings: Settings | None = None,
) -> PhotoIdentification:
    """Who is in this photo? Every face gets one of four answers; see ``Outcome``.

    Args:
        photo: path, bytes, binary file or RGB array.
        gallery: the people who may be named.
        fmr: false match rate that the threshold was measured for.
        threshold: or a cosine distance of your own.
        rule: margin and number of candidates.
        settings: which parts to use.

    Raises:
        InputError: the photo cannot be used.
        SpaceMismatch: the gallery was filled with another model.
    """
    (answer,) = identify_many(
        [photo], gallery, fmr=fmr, threshold=threshold, rule=rule, settings=settings
    )
    return _or_raise(answer)


def identify_many(
    photos: Iterable[ImageSource],
    gallery: Gallery,
    *,
    fmr: float = DEFAULT_FMR,
    threshold: float | None = None,
    rule: DecisionRule | None = None,
    settings: Settings | None = None,
) -> Iterator[PhotoIdentification | PhotoFailure]:
    """As ``identify``, for many photos in batches; a bad photo is a row and stops nothing."""
    recognizer = _recognizer(settings)
    policy = policy_for(recognizer.embedder.space, fmr=fmr, threshold=threshold, rule=rule)
    for encoded in recognizer.encode_photos(photos):
        if isinstance(encoded, PhotoFailure):
            yield encoded
        else:
            yield recognizer.identify(gallery, encoded, policy)


def verify(
    first: ImageSource,
    second: ImageSource,
    *,
    metric: Metric | str = Metric.COSINE,
    fmr: float = DEFAULT_FMR,
    threshold: float | None = None,
    choice: FaceChoice | str = FaceChoice.ONLY,
    settings: Settings | None = None,
) -> Verification:
    """The same person in both photos?

    Args:
        first, second: path, bytes, binary file or RGB array.
        metric: ``cosine``, ``euclidean`` or ``euclidean_l2``.
        fmr: false match rate that the threshold was measured for.
        threshold: or a distance of your own, in ``metric``.
        choice: which face of a photo with several; ``any`` compares all.
        settings: which parts to use.

    Raises:
        InputError: a photo cannot be used, or does not hold the face that is asked for.
    """
    recognizer = _recognizer(settings)
    policy = policy_for(recognizer.embedder.space, fmr=fmr, threshold=threshold, metric=metric)
    return recognizer.verify(first, second, policy, parse_choice(choice))


def detect(photo: ImageSource, *, settings: Settings | None = None) -> PhotoDetection:
    """The faces of a photo with their quality, left to right.

    Raises:
        InputError: the photo cannot be used.
    """
    (answer,) = detect_many([photo], settings=settings)
    return _or_raise(answer)


def detect_many(
    photos: Iterable[ImageSource], *, settings: Settings | None = None
) -> Iterator[PhotoDetection | PhotoFailure]:
    """As ``detect``, for many photos in batches; a bad photo is a row and stops nothing."""
    return _kept_finder(settings or Settings()).detect_photos(photos)


def parse_choice(choice: FaceChoice | str) -> FaceChoice:
    """A choice by its name.

    Raises:
        InvalidOption: there is none of that name.
    """
    try:
        return FaceChoice(choice)
    except ValueError as error:
        known = ", ".join(FaceChoice)
        raise InvalidOption(f"choice: expected one of {known}, got {choice!r}") from error


def _recognizer(settings: Settings | None) -> Recognizer:
    return _kept_recognizer(settings or Settings())


@lru_cache(maxsize=4)
def _kept_finder(settings: Settings) -> FaceFinder:
    return build_finder(settings)


@lru_cache(maxsize=4)
def _kept_recognizer(settings: Settings) -> Recognizer:
    return build_recognizer(settings)


_Answer = TypeVar("_Answer", PhotoDetection, PhotoIdentification)


def _or_raise(answer: _Answer | PhotoFailure) -> _Answer:
    if isinstance(answer, PhotoFailure):
        raise answer.error
    return answer
