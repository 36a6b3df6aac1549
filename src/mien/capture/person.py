"""Which face of a picture is the one person's, and whether all that was kept is one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.capture.reasons import Refusal
from mien.capture.shots import Shot
from mien.errors import MultipleFaces
from mien.records import Encoding, FloatArray

SURE_SHOTS = 3
"""So many pictures of one person say who is meant, where several faces are in the next."""
RIVAL_SHARE = 0.5
"""A second person with at least this share of the first one's pictures makes the source unclear."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The face that was taken, and its cosine similarity to the reference photos."""

    face: Encoding
    similarity: float | None


class Person:
    """Who is wanted.

    Args:
        references: vectors of reference photos, ``(R, D)``; may be empty.
        kept: vectors of what the set held before.
        min_similarity: faces of at least this cosine similarity are one person.
        largest: of several usable faces take the largest, whoever that is.

    Attributes:
        min_similarity: as it was given.
    """

    def __init__(
        self,
        references: FloatArray,
        kept: FloatArray,
        min_similarity: float,
        *,
        largest: bool = False,
    ) -> None:
        self._references = references
        self._kept = kept
        self.min_similarity = min_similarity
        self._largest = largest
        self._groups: list[list[FloatArray]] = []

    def choose(self, faces: Sequence[Encoding]) -> Chosen | Refusal:
        """The wanted face of a picture, usable or not, or why there is none."""
        if not faces:
            return Refusal.NO_FACE
        usable = [face for face in faces if face.quality.usable]
        if not usable:
            return Chosen(max(faces, key=lambda face: face.face.box.area), None)
        if len(self._references):
            return self._like_references(usable)
        anchor = self._anchor()
        if self._largest:
            usable = [max(usable, key=lambda face: face.face.box.area)]
        elif len(usable) > 1 and anchor is None:
            return Refusal.SEVERAL_FACES
        if anchor is None or (len(usable) == 1 and not len(self._kept)):
            return Chosen(usable[0], None)  # one face: `sift` says later whether it belongs
        best = max(usable, key=lambda face: float(anchor @ face.vector))
        if float(anchor @ best.vector) < self.min_similarity:
            return Refusal.SOMEBODY_ELSE
        return Chosen(best, None)

    def note(self, vector: FloatArray) -> None:
        """A picture of this face was found: it helps to tell the person among several."""
        for group in self._groups:
            if float(_centre(group) @ vector) >= self.min_similarity:
                group.append(vector)
                return
        self._groups.append([vector])

    def sift(self, shots: Sequence[Shot]) -> list[Shot]:
        """The shots that show the one person.

        With reference photos each shot has to look like them. Without, each has to look like the
        middle of what was kept before, or of the largest group of faces that look alike.

        Raises:
            MultipleFaces: two people share the source, and nothing says which one is meant.
        """
        if not shots:
            return []
        vectors = np.stack([shot.vector for shot in shots])
        if len(self._references):
            alike = self._similarities(vectors)
        elif len(self._kept):
            alike = np.asarray(vectors @ _centre(list(self._kept)))
        else:
            alike = np.asarray(vectors @ self._largest_group(vectors))
        ours = [
            shot for shot, value in zip(shots, alike, strict=True) if value >= self.min_similarity
        ]
        return self._agreeing(ours)

    def confirms(self, vector: FloatArray, again: FloatArray) -> bool:
        """Whether a face that was cut out is still the same one, and like the references."""
        alike = float(vector @ again)
        if len(self._references):
            alike = min(alike, float(self._similarities(again[None])[0]))
        return alike >= self.min_similarity

    def _like_references(self, usable: Sequence[Encoding]) -> Chosen | Refusal:
        similarities = self._similarities(np.stack([face.vector for face in usable]))
        best = int(np.argmax(similarities))
        if similarities[best] < self.min_similarity:
            return Refusal.SOMEBODY_ELSE
        return Chosen(usable[best], float(similarities[best]))

    def _similarities(self, vectors: FloatArray) -> FloatArray:
        return np.asarray((vectors @ self._references.T).max(axis=1), dtype=np.float32)

    def _anchor(self) -> FloatArray | None:
        if len(self._kept):
            return _centre(list(self._kept))
        groups = sorted(self._groups, key=len, reverse=True)
        if not groups or len(groups[0]) < SURE_SHOTS:
            return None
        if len(groups) > 1 and len(groups[1]) >= RIVAL_SHARE * len(groups[0]):
            return None
        return _centre(groups[0])

    def _largest_group(self, vectors: FloatArray) -> FloatArray:
        """The middle of the faces that look alike and are most."""
        self._groups = []
        for vector in vectors:
            self.note(vector)
        groups = sorted(self._groups, key=len, reverse=True)
        if len(groups) > 1 and len(groups[1]) >= max(2.0, RIVAL_SHARE * len(groups[0])):
            raise MultipleFaces(
                f"expected pictures of one person, got {len(groups[0])} of one and "
                f"{len(groups[1])} of another; say who is meant with --like PHOTO, or take the "
                "largest face of each picture with --largest"
            )
        return _centre(groups[0])

    def _agreeing(self, shots: list[Shot]) -> list[Shot]:
        """Without those that do not look like the middle of all the others."""
        if len(shots) < SURE_SHOTS:
            return shots
        vectors = np.stack([shot.vector for shot in shots])
        total = vectors.sum(axis=0)
        others = total[None] - vectors
        others /= np.linalg.norm(others, axis=1, keepdims=True)
        agreement = (others * vectors).sum(axis=1)
        return [
            shot
            for shot, value in zip(shots, agreement, strict=True)
            if float(value) >= self.min_similarity
        ]


def _centre(vectors: Sequence[FloatArray]) -> FloatArray:
    total = np.sum(np.stack(vectors), axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-6), dtype=np.float32)
