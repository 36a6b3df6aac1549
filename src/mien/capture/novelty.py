"""Whether a face shows something new, or what was kept already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.alignment import ARCFACE_112, align_face
from mien.capture.shots import Shot
from mien.records import Face, FloatArray, ImageArray

CLOSE_BITS = 4
_SAME_SHARE, _CLOSE_SHARE, _SESSION_SHARE = 0.08, 0.112, 0.32


@dataclass(frozen=True, slots=True)
class Alike:
    """From which cosine on two faces of one person are how much alike.

    Attributes:
        same: near-duplicates, whatever their pixels.
        close: near-duplicates where the fingerprints differ in at most ``CLOSE_BITS`` bits too.
        session: photos that were taken together.
    """

    same: float
    close: float
    session: float

    @classmethod
    def for_threshold(cls, threshold: float) -> Alike:
        """The limits in an embedder's own scale.

        Each embedder spreads its vectors differently; what they have in common is that pairs of
        strangers hardly reach the threshold and equal pictures reach 1. So the limits are shares
        of that distance. For sface they are 0.95, 0.93 and 0.80, measured in docs/collect.md.

        Args:
            threshold: cosine from which two faces are one person, at a false match rate of 1e-3.
        """
        shares = (_SAME_SHARE, _CLOSE_SHARE, _SESSION_SHARE)
        return cls(*(1.0 - share * (1.0 - threshold) for share in shares))

    def is_near_duplicate(self, cosine: float, bits: int) -> bool:
        """Whether two faces with this similarity and this many differing bits are one picture."""
        return cosine >= self.same or (cosine >= self.close and bits <= CLOSE_BITS)


def fingerprint(image: ImageArray, face: Face) -> int:
    """64 bits that hardly change with noise, light and compression.

    The aligned face as 9 x 8 grey areas, each compared with its right neighbour (the difference
    hash; N. Krawetz, "Kind of Like That", 2013). Of the aligned crop and not of the frame, so
    that a still background does not make every frame the same.
    """
    import cv2

    grey = cv2.cvtColor(align_face(image, face, ARCFACE_112), cv2.COLOR_RGB2GRAY)
    areas = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (areas[:, 1:] > areas[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def differing_bits(first: int, second: int) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return (first ^ second).bit_count()


def repeats(vector: FloatArray, print_: int, shots: Sequence[Shot], alike: Alike) -> bool:
    """Whether a face is a near-duplicate of one of the shots."""
    if not shots:
        return False
    cosines = np.stack([shot.vector for shot in shots]) @ vector
    return any(
        alike.is_near_duplicate(float(cosine), differing_bits(print_, shot.fingerprint))
        for cosine, shot in zip(cosines, shots, strict=True)
        if cosine >= alike.close
    )


def closest_pair(first: Sequence[Shot], second: Sequence[Shot]) -> tuple[Shot, Shot, float] | None:
    """The two shots that look most alike, one of each side, with their cosine similarity."""
    if not first or not second:
        return None
    cosines = (
        np.stack([shot.vector for shot in first]) @ np.stack([shot.vector for shot in second]).T
    )
    row, column = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
    return first[int(row)], second[int(column)], float(cosines[row, column])


def most_repeated(shots: Sequence[Shot]) -> Shot:
    """Of at least two shots, the later one of the two that look most alike."""
    vectors = np.stack([shot.vector for shot in shots])
    cosines = vectors @ vectors.T
    cosines[np.triu_indices(len(shots))] = -2.0
    row, _ = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
    return shots[int(row)]
