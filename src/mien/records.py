"""The frozen records that travel between the rooms, and their JSON forms.

Pixels are those of the upright picture: x to the right, y down, floats, the
origin at the upper left corner of the upper left pixel. A similarity is a
cosine in [-1, 1]. ``to_json`` gives plain Python values in the shape that the
command line promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import digits_apart
from mien.enrolment import Candidate as Candidate  # offered here, too
from mien.enrolment import Doubt as Doubt
from mien.enrolment import Enrolment as Enrolment
from mien.enrolment import EnrolmentStatus as EnrolmentStatus
from mien.errors import MienError
from mien.geometry import Box as Box  # offered here, too
from mien.geometry import Landmarks as Landmarks
from mien.renamed import limit_json, renamed_field

FloatArray = NDArray[np.float32]
ImageArray = NDArray[np.uint8]


class Outcome(StrEnum):
    """What identification says of one face; there is no fifth answer."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    LOW_QUALITY = "low_quality"


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face.

    Attributes:
        box: where it is.
        score: how sure the detector was, 0-1.
        landmarks: None where the detector gives none.
        upright_score: how much it looks like a face once it is turned upright by its points,
            0-1; None where nobody looked.
        second_landmarks: where another network sees the points of a face that is turned away; the
            vectors of both crops are averaged.
    """

    box: Box
    score: float
    landmarks: Landmarks | None = None
    upright_score: float | None = field(default=None, compare=False)
    second_landmarks: Landmarks | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether a face can be trusted, the reasons if not, and what was measured."""

    usable: bool
    reasons: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        return {"usable": self.usable, "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """What a vector means: vectors are compared only within one and the same space.

    Attributes:
        model: the card's name, e.g. ``sface``.
        sha256: of the published weights, 64 hex digits.
        preprocessing: name and version of everything before the network.
        dimensions: the vector's length.
    """

    model: str
    sha256: str
    preprocessing: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.model} ({self.dimensions}-d, {self.sha256[:8]}, {self.preprocessing})"


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """A face of a photo with its vector.

    Attributes:
        face, quality: where it is, and whether it can be trusted.
        vector: ``(D,) float32`` of unit length.
        norm: the length that the network's raw vector had.
        logits: ``(C,) float32`` of a trained classifier; None for every other network.
    """

    face: Face
    quality: Quality
    vector: FloatArray
    norm: float
    logits: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """An input that was read: source, upright size in pixels, what it was divided by if shrunk."""

    source: str
    width: int
    height: int
    shrunk: int = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A decision threshold on cosine similarity, and where it comes from.

    Attributes:
        similarity: pairs at or above it are called the same person.
        fmr: the false match rate that it was set for.
        fmr_low, fmr_high: 95 % interval of the rate measured at this threshold.
        fpir: the false positive rate of searches of one gallery that it holds.
        pairs: how many impostor pairs stand behind it.
        origin: data set, model and method, in words.
    """

    similarity: float
    fmr: float | None = None
    fmr_low: float | None = None
    fmr_high: float | None = None
    pairs: int | None = None
    origin: str = "set by the user"
    fpir: float | None = None

    @property
    def rate(self) -> dict[str, str | float] | None:
        """The rate that it holds, as JSON; None for a threshold of the user's own."""
        if self.fpir is not None:
            return {"kind": "fpir", "value": self.fpir}
        return None if self.fmr is None else {"kind": "fmr", "value": self.fmr}


@renamed_field("threshold", "operating_point")
@dataclass(frozen=True, slots=True)
class Identification:
    """What was decided of one face of a photo, and on what grounds.

    ``operating_point`` is the threshold that decided, with its origin and its rates.
    """

    index: int
    face: Face
    quality: Quality
    outcome: Outcome
    operating_point: Threshold
    name: str | None = None
    similarity: float | None = None
    probability: float | None = None
    candidates: tuple[Candidate, ...] = ()
    taken_by: int | None = None  # index of the face that was given the best one, who fits here too

    @property
    def margin(self) -> float | None:
        """Similarity of the best candidate minus that of the runner-up."""
        if len(self.candidates) < 2:
            return None
        return self.candidates[0].similarity - self.candidates[1].similarity

    @property
    def min_similarity(self) -> float:
        """Nobody who is less similar, by the cosine, is named."""
        return self.operating_point.similarity

    @property
    def max_distance(self) -> float:
        """The same as a cosine distance: nobody who is further away is named."""
        return 1.0 - self.min_similarity

    def to_json(self) -> dict[str, Any]:
        similarity, limit = self.similarity, self.min_similarity
        # Whoever compares the rounded numbers must get the answer that was given.
        places = 4 if similarity is None else digits_apart(similarity, limit, 4)
        return {
            **face_json(self.index, self.face),
            "outcome": self.outcome.value,
            "name": self.name,
            "similarity": None if similarity is None else round(similarity, places),
            "distance": None if similarity is None else round(1.0 - similarity, places),
            "metric": "cosine",
            **limit_json(round(limit, places)),
            "max_distance": round(self.max_distance, places),
            "rate": self.operating_point.rate,
            "probability": self.probability,
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "taken_by": self.taken_by,
            "quality": self.quality.to_json(),
        }


@dataclass(frozen=True, slots=True)
class PhotoIdentification:
    """All faces of one photo with what was decided of each, left to right."""

    photo: Photo
    faces: tuple[Identification, ...]

    def to_json(self) -> dict[str, Any]:
        return {**photo_json(self.photo), "faces": [face.to_json() for face in self.faces]}


@dataclass(frozen=True, slots=True)
class PhotoDetection:
    """All faces of one photo with their quality, left to right."""

    photo: Photo
    faces: tuple[tuple[Face, Quality], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **photo_json(self.photo),
            "faces": [
                {**face_json(index, face), "quality": quality.to_json()}
                for index, (face, quality) in enumerate(self.faces)
            ],
        }


@dataclass(frozen=True, slots=True)
class PhotoFailure:
    """A photo that could not be used, with the reason as an error of our tree."""

    source: str
    error: MienError

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "error": {"kind": self.error.kind, "message": str(self.error)},
        }


VERIFIER_METRIC = "verifier"
"""The metric's name where a verifier of pairs decides: its distance is minus the log-odds."""


@renamed_field("threshold", "max_distance")
@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to "same person?", with the two faces that it is about.

    Attributes:
        same: whether ``distance`` is at most ``max_distance``, both in ``metric``.
        similarity: the cosine; ``min_similarity`` is the limit as a cosine, or None where the
            metric does not follow from it.
    """

    same: bool
    distance: float
    metric: str
    max_distance: float
    similarity: float
    probability: float | None
    fmr: float | None
    faces: tuple[Face, Face]
    qualities: tuple[Quality, Quality]
    min_similarity: float | None = None

    def to_json(self) -> dict[str, Any]:
        places = digits_apart(self.distance, self.max_distance, 4)
        least = self.min_similarity
        fine = 4 if least is None else digits_apart(self.similarity, least, 4)
        by_verifier = self.metric == VERIFIER_METRIC
        odds = {"log_odds": -self.distance, "min_log_odds": -self.max_distance}
        return {
            "same": self.same,
            "distance": round(self.distance, places),
            "metric": self.metric,
            **limit_json(round(self.max_distance, places), "max_distance"),
            "similarity": round(self.similarity, fine),
            "min_similarity": None if least is None else round(least, fine),
            **{name: round(value, places) for name, value in odds.items() if by_verifier},
            "probability": self.probability,
            "fmr": self.fmr,
            "faces": [
                {**face_json(0, face), "quality": quality.to_json()}
                for face, quality in zip(self.faces, self.qualities, strict=True)
            ],
        }


def photo_json(photo: Photo) -> dict[str, Any]:
    """The first fields of every answer about a photo."""
    shrunk = {"shrunk": photo.shrunk} if photo.shrunk > 1 else {}
    return {"source": photo.source, "width": photo.width, "height": photo.height, **shrunk}


def face_json(index: int, face: Face) -> dict[str, Any]:
    """The fields that every answer about a face begins with."""
    return {
        "index": index,
        "box": face.box.to_json(),
        "landmarks": None if face.landmarks is None else face.landmarks.to_json(),
        "detection_score": round(float(face.score), 4),
    }
