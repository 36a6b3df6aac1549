"""How a trained classifier's answer becomes similarities that can be decided like a gallery's.

A class is a person, its centre a unit vector in the network's embedding layer. Where the classes'
weights are the centres (a cosine head) the cosines with them are the similarities. Another head
orders the classes by its logits alone, and its softmax is as sure of strangers as of anybody; so
there only the cosine with the first class's centre says how near the face is, and the others
follow it in the softmax's order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction, check_vectors
from mien.errors import InvalidArray, InvalidOption
from mien.records import FloatArray


class ClassSimilarity(StrEnum):
    """What a class's similarity is made of.

    ``COSINE``: the cosine with every centre. ``RELATIVE``: the cosine with the centre of the
    class that has the largest logit; the others share it by their probabilities.
    """

    COSINE = "cosine"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class KnownRule:
    """``P(known) = 1 / (1 + exp(-(slope * similarity + offset)))``: is it anybody of the classes?

    Attributes:
        slope: positive; per unit of cosine similarity with the nearest class.
        offset: log-odds at similarity zero.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope > 0 and math.isfinite(self.offset)):
            raise InvalidOption(
                "known: expected a positive slope and a finite offset, "
                f"got {self.slope!r} and {self.offset!r}"
            )

    def probability(self, similarity: float) -> float:
        """P(known) of a face with this similarity to its first class, in [0, 1].

        Raises:
            InvalidOption: for a similarity outside [-1, 1].
        """
        cosine = check_fraction(similarity, "similarity", -1.0 - 1e-6, 1.0 + 1e-6)
        score = self.slope * cosine + self.offset
        return 1.0 / (1.0 + math.exp(-score)) if score > -700.0 else 0.0


def class_similarities(
    embeddings: Any,
    logits: Any,
    centres: Any,
    kind: ClassSimilarity | str,
    temperature: float = 1.0,
) -> FloatArray:
    """Similarities of faces and classes, as ``decide`` takes them.

    With e the face, z its logits, p = softmax(z / temperature), k the class of the largest logit:

    * ``cosine``: s_c = e · centre_c.
    * ``relative``: s_k = r = e · centre_k, and s_c = r p_c / p_k for the others. For r <= 0 that
      would turn their order round; there s_c = r - (1 + r) (1 - p_c / p_k), which runs from r down
      to -1.

    Args:
        embeddings: ``(F, D)``, made unit length here.
        logits: ``(F, C)``, finite; with ``cosine`` only their shape is looked at.
        centres: ``(C, D)``, made unit length here.
        kind: what the head's similarities are made of.
        temperature: positive; divides the logits.

    Returns:
        ``(F, C) float32`` in [-1, 1].

    Raises:
        InvalidArray, InvalidEmbedding: arrays that do not fit each other or are not finite.
        InvalidOption: another kind, or a temperature that is not positive.
    """
    middles = np.atleast_2d(np.asarray(centres))
    middles = check_vectors(middles, middles.shape[1], "centres")
    scores = _checked_logits(logits, len(middles))
    faces = np.empty((0, middles.shape[1]), dtype=np.float32)
    if len(scores):
        faces = check_vectors(embeddings, middles.shape[1])
    if len(faces) != len(scores):
        raise InvalidArray(f"logits: expected {len(faces)} rows, one a face, got {len(scores)}")
    cosines = np.clip(faces.astype(np.float64) @ middles.T.astype(np.float64), -1.0, 1.0)
    if parse_class_similarity(kind) is ClassSimilarity.COSINE:
        return cosines.astype(np.float32)
    first = scores.argmax(axis=1)[:, None]
    share = np.exp(_shifted(scores, temperature))  # p_c / p_k: 1 for the first class
    near = np.take_along_axis(cosines, first, axis=1)
    relative = np.where(near > 0, near * share, near - (1.0 + near) * (1.0 - share))
    return np.clip(relative, -1.0, 1.0).astype(np.float32)


def class_probabilities(logits: Any, temperature: float = 1.0) -> NDArray[np.float64]:
    """``softmax(logits / temperature)`` of each row: ``(F, C) float64``.

    Raises:
        InvalidArray: the logits are not ``(F, C)`` or not finite.
        InvalidOption: the temperature is not positive.
    """
    scores = np.asarray(logits)
    scores = _checked_logits(scores, scores.shape[-1] if scores.ndim == 2 else 0)
    powers = np.exp(_shifted(scores, temperature))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def parse_class_similarity(kind: ClassSimilarity | str) -> ClassSimilarity:
    """A kind by its name.

    Raises:
        InvalidOption: there is none of that name.
    """
    try:
        return ClassSimilarity(kind)
    except ValueError as error:
        known = " or ".join(ClassSimilarity)
        raise InvalidOption(f"similarity: expected {known}, got {kind!r:.80}") from error


def check_temperature(value: Any) -> float:
    """A finite number above 0, within reason.

    Raises:
        InvalidOption: for anything else.
    """
    return check_fraction(value, "temperature", 1e-6, 1e6)


def _shifted(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """``(z - max z) / temperature``: its exponential cannot overflow."""
    divisor = check_temperature(temperature)
    return np.asarray((scores - scores.max(axis=1, keepdims=True)) / divisor)


def _checked_logits(logits: Any, classes: int) -> NDArray[np.float64]:
    try:
        scores = np.asarray(logits, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray(f"logits: expected numbers, got {type(logits).__name__}") from error
    if scores.ndim != 2 or scores.shape[1] != classes or not classes:
        raise InvalidArray(f"logits: expected (faces, {classes} classes), got {scores.shape}")
    if not np.isfinite(scores).all():
        raise InvalidArray("logits: expected finite numbers, got NaN or infinity")
    return scores
