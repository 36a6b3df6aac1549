"""Whether a face shows something new, or what was kept already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.alignment import ARCFACE_112, align, align_box
from mien.capture.shots import Shot
from mien.records import Face, FloatArray, ImageArray

SAME_COSINE = 0.95
CLOSE_COSINE = 0.93
CLOSE_BITS = 4
"""Two faces are near-duplicates from ``SAME_COSINE`` on, and from ``CLOSE_COSINE`` on where their
fingerprints differ in at most ``CLOSE_BITS`` of 64 bits too. Measured in docs/collect.md."""


def fingerprint(image: ImageArray, face: Face) -> int:
    """64 bits that hardly change with noise, light and compression.

    The aligned face as 9 x 8 grey areas, each compared with its right neighbour (the difference
    hash; N. Krawetz, "Kind of Like That", 2013). Of the aligned crop and not of the frame, so
    that a still background does not make every frame the same.
    """
    import cv2

    landmarks = face.landmarks
    crop = (
        align_box(image, face.box, ARCFACE_112)
        if landmarks is None
        else align(image, landmarks, ARCFACE_112)
    )
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    areas = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (areas[:, 1:] > areas[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def differing_bits(first: int, second: int) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return (first ^ second).bit_count()


def is_near_duplicate(cosine: float, bits: int) -> bool:
    """Whether two faces with this similarity and this many differing bits are one picture."""
    return cosine >= SAME_COSINE or (cosine >= CLOSE_COSINE and bits <= CLOSE_BITS)


def repeats(vector: FloatArray, print_: int, shots: Sequence[Shot]) -> bool:
    """Whether a face is a near-duplicate of one of the shots."""
    if not shots:
        return False
    cosines = np.stack([shot.vector for shot in shots]) @ vector
    return any(
        is_near_duplicate(float(cosine), differing_bits(print_, shot.fingerprint))
        for cosine, shot in zip(cosines, shots, strict=True)
        if cosine >= CLOSE_COSINE
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
