"""The functions that ``mien`` itself offers: the pipeline with its usual parts.

    >>> import mien
    >>> with mien.Gallery.open("team.gallery") as gallery:
    ...     mien.enroll(["people/"], gallery)
    ...     answer = mien.identify("group.jpg", gallery)

The networks are loaded at the first call and kept. Weights are fetched once, verified and
cached; nothing else ever uses the network. A photo is a path, the bytes of a file, a binary file
object, a PIL image, or an RGB array.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from mien.checks import check_count
from mien.errors import InvalidOption
from mien.gallery import read_verifier, search_policy
from mien.images import ImageSource, name_photos
from mien.matching import (
    DecisionRule,
    Metric,
    OwnCalibration,
    PairVerifier,
    own_threshold,
)
from mien.matching import policy_for as policy_for  # offered here too
from mien.parts import Settings as Settings
from mien.parts import build_finder as build_finder
from mien.parts import build_recognizer as build_recognizer
from mien.pipeline import FaceChoice, Recognizer
from mien.process import LastBuilt
from mien.records import (
    Enrolment,
    PhotoDetection,
    PhotoFailure,
    PhotoIdentification,
    Threshold,
    Verification,
)
from mien.renamed import renamed_argument
from mien.trained import (
    GallerySource,
    PeopleSource,
    TrainedModel,
    identify_encoded,
    opened_gallery,
    opened_people,
)


def enroll(
    people: Iterable[str | os.PathLike[str] | tuple[str, ImageSource]],
    gallery: GallerySource,
    *,
    choice: FaceChoice | str | int = FaceChoice.ONLY,
    exclude: Iterable[str] = (),
    keep_file_names: bool = False,
    settings: Settings | None = None,
) -> tuple[Enrolment, ...]:
    """Remember people: each photo must hold one usable face.

    Args:
        people: folders (see ``mien.images.find_people``), ``"NAME=PHOTO"``, or pairs of a name
            and a photo; or one of these alone.
        gallery: where to remember; a path is opened, and made where there is nothing.
        choice: ``largest`` or ``central`` picks one of several faces; a number takes the face of
            that ``index`` in ``detect`` and ``identify``, 0 being the leftmost.
        exclude: patterns of files and folders to be passed over; see ``mien.images.FolderWalk``.
        keep_file_names: remember what photos' files are called, too; never their folders.
        settings: which parts to use.

    Returns:
        One record a photo: added, already there, or refused with its error.
    """
    wanted = check_count(choice, "choice", 0) if isinstance(choice, int) else parse_choice(choice)
    pairs, recognizer = name_photos(people, exclude), _recognizer(settings)
    with opened_gallery(gallery, create=True) as known:
        return tuple(recognizer.enroll(known, pairs, wanted, keep_file_names=keep_file_names))


@renamed_argument("threshold", "max_distance")
def identify(
    photo: ImageSource,
    people: PeopleSource,
    *,
    fmr: float | None = None,
    min_similarity: float | None = None,
    max_distance: float | None = None,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
    settings: Settings | None = None,
) -> PhotoIdentification:
    """Who is in this photo? Every face gets one of four answers; see ``Outcome``.

    Args:
        photo: see ``mien.read_image``.
        people: who may be named: a gallery, or a trained classifier, which needs none; or the
            path of one, opened for this call alone.
        fmr: false match rate that the threshold was measured for.
        min_similarity, max_distance: or your own, as a cosine similarity or a cosine distance.
        rule: margin and number of candidates.
        calibration: of thresholds on your own photos; by default the one beside the gallery,
            if there is one. What it replaces says ``policy_for``. A trained classifier has its
            own threshold and probability: it takes neither ``fmr`` nor ``calibration``.
        settings: which parts to use.

    Raises:
        InputError: the photo cannot be used.
        InvalidOption: a trained model that names nobody, or without a threshold.
        SpaceMismatch: the gallery was filled, or calibrated, with another model.
    """
    (answer,) = identify_many(
        [photo],
        people,
        fmr=fmr,
        min_similarity=min_similarity,
        max_distance=max_distance,
        rule=rule,
        calibration=calibration,
        settings=settings,
    )
    return _or_raise(answer)


@renamed_argument("threshold", "max_distance")
def identify_many(
    photos: ImageSource | Iterable[ImageSource],
    people: PeopleSource,
    *,
    fmr: float | None = None,
    min_similarity: float | None = None,
    max_distance: float | None = None,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
    settings: Settings | None = None,
) -> Iterator[PhotoIdentification | PhotoFailure]:
    """As ``identify``, for many photos; a bad photo is a row and stops nothing.

    A list is read ahead in batches. A generator is asked for photo after photo: each is read or
    copied at once, and answered before the next if the next takes longer to come.
    """
    with opened_people(people) as known:
        if isinstance(known, TrainedModel):
            if fmr is not None or calibration is not None:
                raise InvalidOption(
                    "expected min_similarity or max_distance with a trained classifier, got fmr or "
                    "calibration"
                )
            policy = known.policy(own_threshold(min_similarity, max_distance), rule)
            recognizer = _recognizer(replace(settings or Settings(), model=known))
        else:
            recognizer = _recognizer(settings)
            policy = search_policy(
                known,
                recognizer.embedder.space,
                measured_by(settings),
                fmr=fmr,
                min_similarity=min_similarity,
                max_distance=max_distance,
                rule=rule,
                calibration=calibration,
            )
        for encoded in recognizer.encode_photos(photos):
            if isinstance(encoded, PhotoFailure):
                yield encoded
            else:
                yield identify_encoded(recognizer, known, encoded, policy)


@renamed_argument("threshold", "max_distance")
def verify(
    first: ImageSource,
    second: ImageSource,
    *,
    metric: Metric | str = Metric.COSINE,
    fmr: float | None = None,
    min_similarity: float | None = None,
    max_distance: float | None = None,
    calibration: OwnCalibration | None = None,
    verifier: PairVerifier | str | os.PathLike[str] | None = None,
    choice: FaceChoice | str = FaceChoice.ONLY,
    settings: Settings | None = None,
) -> Verification:
    """The same person in both photos?

    Args:
        first, second: see ``mien.read_image``.
        metric: ``cosine``, ``euclidean`` or ``euclidean_l2``.
        fmr: false match rate that the threshold was measured for.
        min_similarity, max_distance: or your own, as a cosine similarity (not with
            ``euclidean``) or as a distance in ``metric``.
        calibration: on your own photos; see ``policy_for``.
        verifier: decides in place of all these, with its own threshold; or its file.
        choice: which face of a photo with several; ``any`` compares all.
        settings: which parts to use; by default the verifier's embedders, if there is one.

    Raises:
        InputError: a photo cannot be used, or does not hold the face that is asked for.
        SpaceMismatch: the verifier or the calibration is of another model.
    """
    if verifier is not None:
        others = (fmr, min_similarity, max_distance, calibration)
        if metric != Metric.COSINE or any(one is not None for one in others):
            raise InvalidOption(
                "verify: expected a verifier alone, which has a threshold of its own, got it with "
                "metric, fmr, min_similarity, max_distance or calibration"
            )
        known = verifier if isinstance(verifier, PairVerifier) else read_verifier(verifier)
        own = _recognizer(settings or Settings(embedder=known.embedder))
        return own.verify_by(first, second, known, parse_choice(choice))
    recognizer = _recognizer(settings)
    policy = policy_for(
        recognizer.embedder.space,
        fmr=fmr,
        min_similarity=min_similarity,
        max_distance=max_distance,
        metric=metric,
        calibration=calibration,
        measured=measured_by(settings),
    )
    return recognizer.verify(first, second, policy, parse_choice(choice))


def detect(photo: ImageSource, *, settings: Settings | None = None) -> PhotoDetection:
    """The faces of a photo with their quality, left to right.

    Raises:
        InputError: the photo cannot be used.
    """
    (answer,) = detect_many([photo], settings=settings)
    return _or_raise(answer)


def detect_many(
    photos: ImageSource | Iterable[ImageSource], *, settings: Settings | None = None
) -> Iterator[PhotoDetection | PhotoFailure]:
    """As ``detect``, for many photos, which it takes as ``identify_many`` does."""
    return _kept_finder(settings or Settings()).detect_photos(photos)


def measured_by(settings: Settings | None) -> tuple[Threshold, ...]:
    """The thresholds that come with the trained model of the settings; empty without one."""
    return () if settings is None or settings.model is None else settings.model.verification


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


_kept_finder = LastBuilt(build_finder)
_kept_recognizer = LastBuilt(build_recognizer)


_Answer = TypeVar("_Answer", PhotoDetection, PhotoIdentification)


def _or_raise(answer: _Answer | PhotoFailure) -> _Answer:
    if isinstance(answer, PhotoFailure):
        raise answer.error
    return answer
