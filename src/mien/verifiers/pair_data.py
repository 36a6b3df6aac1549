"""Labelled pairs with the vectors of their photos, in one embedding space or several."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InsufficientData, InvalidEmbedding
from mien.evaluation import Pair
from mien.evaluation.intervals import SUPPORTING_ERRORS
from mien.evaluation.scoring import Encode
from mien.evaluation.subjects import Subjects
from mien.matching import CalibrationData, pair_features
from mien.records import EmbeddingSpace, FloatArray
from mien.verifiers.folds import PairList

FEWEST_GENUINE = 30


@dataclass(frozen=True, slots=True, eq=False)
class PairData:
    """N pairs whose photos both gave a face.

    Attributes:
        spaces: S of them.
        vectors: for each space ``(P, D) float32`` of unit length, a row a photo.
        first, second: ``(N,) int64``, the rows of each pair's photos.
        pairs, subjects: as in the list.
        lost: pairs that are left out because a photo gave no face.
        copies: pairs of one person that are left out because both photos gave one vector.
        left_out: impostor pairs of people of two folds.
        notes: what the reader must know of the folds.
    """

    spaces: tuple[EmbeddingSpace, ...]
    vectors: tuple[FloatArray, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    pairs: tuple[Pair, ...]
    subjects: Subjects | None
    lost: int
    copies: int
    left_out: int
    notes: tuple[str, ...]

    @property
    def same(self) -> NDArray[np.bool_]:
        """``(N,)``, True for genuine pairs."""
        return np.array([pair.same for pair in self.pairs], dtype=np.bool_)

    @property
    def fold(self) -> NDArray[np.int64]:
        """``(N,)``, the fold of each pair."""
        return np.array([pair.fold for pair in self.pairs], dtype=np.int64)

    @property
    def width(self) -> int:
        """Features of a pair, of all spaces together."""
        return sum(2 * space.dimensions + 1 for space in self.spaces)

    @property
    def is_cosine(self) -> NDArray[np.bool_]:
        """``(width,)``, True for the column of each space's cosine: its last one."""
        flags = np.zeros(self.width, dtype=np.bool_)
        flags[np.cumsum([2 * space.dimensions + 1 for space in self.spaces]) - 1] = True
        return flags

    def features(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """``(len(rows), width)``: of each space its absolute differences, chi-squared, cosine."""
        blocks = [pair_features(v[self.first[rows]], v[self.second[rows]]) for v in self.vectors]
        return np.concatenate(blocks, axis=1)

    def counts(self) -> CalibrationData:
        """How much there is; photos stand for people where those are not known."""
        photos = len({path for pair in self.pairs for path in (pair.path1, pair.path2)})
        people = photos
        if self.subjects is not None:
            people = len({name for names in self.subjects for name in names})
        genuine = int(self.same.sum())
        return CalibrationData(photos, people, genuine, len(self.pairs) - genuine)


def encode_pairs(listed: PairList, encoders: Sequence[tuple[EmbeddingSpace, Encode]]) -> PairData:
    """Ask for the vectors of all photos, once for each space.

    Args:
        listed: the pairs.
        encoders: the spaces, and who gives the vectors of paths in them; None for a photo
            without a face.

    Raises:
        InvalidEmbedding: vectors that do not fit their space, or another number than asked for.
        InsufficientData: no pair is left.
    """
    row_of, vectors = look_up(listed.pairs, encoders)
    kept, lost, copies = [], 0, 0
    for place, pair in enumerate(listed.pairs):
        if pair.path1 not in row_of or pair.path2 not in row_of:
            lost += 1
        elif pair.same and np.array_equal(*vectors[0][[row_of[pair.path1], row_of[pair.path2]]]):
            copies += 1
        else:
            kept.append(place)
    if not kept:
        raise InsufficientData("verifier: expected pairs of photos with a face in each, got none")
    pairs = tuple(listed.pairs[place] for place in kept)
    subjects = listed.subjects
    return PairData(
        spaces=tuple(space for space, _ in encoders),
        vectors=vectors,
        first=np.array([row_of[pair.path1] for pair in pairs], dtype=np.int64),
        second=np.array([row_of[pair.path2] for pair in pairs], dtype=np.int64),
        pairs=pairs,
        subjects=None if subjects is None else tuple(subjects[place] for place in kept),
        lost=lost,
        copies=copies,
        left_out=listed.left_out,
        notes=listed.notes,
    )


def look_up(
    pairs: Sequence[Pair], encoders: Sequence[tuple[EmbeddingSpace, Encode]]
) -> tuple[dict[str, int], tuple[FloatArray, ...]]:
    """The row of each path that has a vector in every space, and the vectors of each space.

    Raises:
        InvalidEmbedding: vectors that do not fit their space, or another number than asked for.
    """
    paths = tuple(dict.fromkeys(p for pair in pairs for p in (pair.path1, pair.path2)))
    answers = [list(encode(paths)) for _, encode in encoders]
    for found in answers:
        if len(found) != len(paths):
            raise InvalidEmbedding(
                f"encode: expected an answer for each of {len(paths)} photos, got {len(found)}"
            )
    seen = [p for p in range(len(paths)) if all(found[p] is not None for found in answers)]
    vectors = tuple(
        check_vectors([np.ravel(found[p]) for p in seen], space.dimensions)
        if seen
        else np.empty((0, space.dimensions), dtype=np.float32)
        for found, (space, _) in zip(answers, encoders, strict=True)
    )
    return {paths[place]: row for row, place in enumerate(seen)}, vectors


def check_enough(pairs: Sequence[Pair], target_fmr: float) -> None:
    """Refuse pairs that are too few to fit a verifier to and to set its threshold on.

    Raises:
        InsufficientData: with what is missing.
    """
    genuine = sum(pair.same for pair in pairs)
    impostor = len(pairs) - genuine
    needed = math.ceil(SUPPORTING_ERRORS / target_fmr * (1 - 1e-12))
    if genuine < FEWEST_GENUINE:
        raise InsufficientData(
            f"verifier: expected {FEWEST_GENUINE} pairs of photos of one person at least, got "
            f"{genuine}; add photos of the same people"
        )
    if impostor < needed:
        factor = math.sqrt(needed / max(1, impostor))
        raise InsufficientData(
            f"verifier: expected {needed:,} pairs of two people of one fold for a false match "
            f"rate of {target_fmr:g}, got {impostor:,}; {needed - impostor:,} pairs more would "
            f"do, which about {factor:.1f} times as many photos make, or a larger --target-fmr"
        )
    kinds = Counter((pair.fold, pair.same) for pair in pairs)
    for fold in sorted({pair.fold for pair in pairs}):
        for same, what in ((True, "of one person"), (False, "of two people")):
            if kinds[fold, same] < 2:
                raise InsufficientData(
                    f"verifier: expected two pairs of photos {what} at least in each fold, got "
                    f"{kinds[fold, same]} in fold {fold}; add photos of more people, two or more "
                    "of each"
                )
