"""What degraded photos do to the answers: found, usable, falsely matched, still recognised.

Every degradation at every level is a row. Its false match rate counts pairs of different people
in which at least one photo is degraded: each usable degraded face with the others' usable clean
faces, and with the others' usable degraded ones. Its own photos are kept where the degraded face
still reaches the threshold with a clean photo of its person: another one where there is one, else
the photo that was degraded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction, check_vectors
from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.intervals import Rate
from mien.evaluation.labelled import BLOCK_ROWS
from mien.evaluation.people_rates import rate_over_pairs, rate_over_people
from mien.records import FloatArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Condition:
    """A degradation at a level.

    Attributes:
        degradation: its name, e.g. ``noise``.
        level: a number that orders it, or the name of a kind.
        label: the level as people read it, e.g. ``σ 20``.
    """

    degradation: str
    level: float | str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class DegradedFace:
    """The face that was found where the person's is; ``vector`` is ``(D,) float32``."""

    usable: bool
    vector: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class TriedPhoto:
    """One photo of a person, as it is and degraded.

    Attributes:
        person, source: whose, and where from.
        clean: its untouched face's vector ``(D,) float32``; None where that is not usable.
        faces: one entry for each condition, None where the face was not found; empty for a photo
            that was not degraded and only shows what its person looks like.
    """

    person: str
    source: str
    clean: FloatArray | None
    faces: tuple[DegradedFace | None, ...] = ()


@dataclass(frozen=True, slots=True)
class RobustnessRow:
    """One degradation at one level; intervals are over people.

    Attributes:
        found: share of the photos in which the face was found where it is.
        usable: share of the photos in which it was found and is usable.
        false_match_rate: share of the impostor pairs at or above the threshold; None without any.
        kept: share of the usable faces that reach it with a clean photo of their own person; None
            where nobody has one.
        photos, false_matches, impostor_pairs, own_photos: the counts behind them.
    """

    condition: Condition
    photos: int
    found: Rate
    usable: Rate
    false_match_rate: Rate | None
    false_matches: int
    impostor_pairs: int
    kept: Rate | None
    own_photos: int

    def to_json(self) -> dict[str, Any]:
        rates = {
            "found": self.found,
            "usable": self.usable,
            "false_match_rate": self.false_match_rate,
            "kept": self.kept,
        }
        return {
            "degradation": self.condition.degradation,
            "level": self.condition.level,
            "label": self.condition.label,
            "photos": self.photos,
            **{name: None if rate is None else rate.to_json() for name, rate in rates.items()},
            "false_matches": self.false_matches,
            "impostor_pairs": self.impostor_pairs,
            "own_photos": self.own_photos,
        }


@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """All rows at one threshold.

    Attributes:
        people, photos: whose photos were degraded, and how many.
        references: usable clean faces that degraded ones were compared with.
        with_another: degraded photos whose own clean photo is another one than themselves.
        min_similarity: the threshold.
        rows: in the order of the conditions.
        notes: what the reader must know.
        not_acquired: photos left out, because they cannot be read or show no face untouched.
        seed, seconds, embedder, detector: of the run, where the caller states them.
    """

    people: int
    photos: int
    references: int
    with_another: int
    min_similarity: float
    rows: tuple[RobustnessRow, ...]
    notes: tuple[str, ...]
    not_acquired: int = 0
    seed: int | None = None
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate robustness --json``."""
        return {
            "people": self.people,
            "photos": self.photos,
            "not_acquired": self.not_acquired,
            "references": self.references,
            "with_another": self.with_another,
            "min_similarity": self.min_similarity,
            "rows": [row.to_json() for row in self.rows],
            "seed": self.seed,
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "notes": list(self.notes),
        }


def evaluate_robustness(
    photos: Sequence[TriedPhoto], conditions: Sequence[Condition], min_similarity: float
) -> RobustnessReport:
    """Count found, usable, falsely matched and kept faces of every condition.

    Args:
        photos: with a face for each condition, or without any; in a fixed order.
        conditions: what ``faces`` are of.
        min_similarity: cosine from which on two faces are one person.

    Raises:
        InvalidArray: faces that do not fit the conditions, or no condition.
        InvalidEmbedding: a NaN, an infinity, or a vector without direction.
        InvalidOption: a similarity outside [-1, 1].
        InsufficientData: degraded photos of fewer than two people.
    """
    level = check_fraction(min_similarity, "min_similarity", low=-1.0)
    tried = [photo for photo in photos if photo.faces]
    if not conditions or any(len(photo.faces) != len(conditions) for photo in tried):
        raise InvalidArray(
            f"photos: expected a face or None for each of {len(conditions)} conditions, got other "
            "numbers of them"
        )
    people = {photo.person for photo in tried}
    if len(people) < 2:
        raise InsufficientData(
            f"photos: expected faces of two people at least, got {len(people)}; add another person"
        )
    codes = {name: at for at, name in enumerate(dict.fromkeys(one.person for one in photos))}
    known = [photo for photo in photos if photo.clean is not None]
    clean = _Faces.of([photo.clean for photo in known], [codes[one.person] for one in known])
    rows_of: dict[str, list[int]] = {}
    for row, photo in enumerate(known):
        rows_of.setdefault(photo.person, []).append(row)
    own = [_own(photo, known, rows_of.get(photo.person, [])) for photo in tried]
    count = _Counter(len(codes), clean, np.float32(level))
    rows = tuple(
        count.row(condition, tried, [codes[one.person] for one in tried], own, index)
        for index, condition in enumerate(conditions)
    )
    with_another = sum(
        row is not None and known[row] is not photo for row, photo in zip(own, tried, strict=True)
    )
    notes = ["intervals are over people; 30 errors must stand behind a rate that is to be trusted"]
    if with_another < len(tried):
        notes.append(
            f"{len(tried) - with_another:,} of {len(tried):,} degraded photos have no other usable "
            "photo of their person to be held against: they are kept more easily"
        )
    return RobustnessReport(
        len(people), len(tried), len(known), with_another, level, rows, tuple(notes)
    )


def _own(photo: TriedPhoto, known: Sequence[TriedPhoto], mine: Sequence[int]) -> int | None:
    """Of its person's rows among the clean faces the one that a photo is held against."""
    return min(mine, key=lambda row: known[row] is photo, default=None)


@dataclass(frozen=True, slots=True, eq=False)
class _Faces:
    """Usable faces: unit vectors ``(N, D) float32`` and the codes ``(N,)`` of their people."""

    vectors: FloatArray
    codes: Counts

    @classmethod
    def of(cls, vectors: Sequence[Any], codes: Sequence[int]) -> _Faces:
        people = np.array(codes, dtype=np.int64)
        if not len(vectors):
            return cls(np.zeros((0, 1), np.float32), people)
        return cls(check_vectors(np.stack(vectors), np.size(vectors[0])), people)


@dataclass(frozen=True, slots=True, eq=False)
class _Counter:
    people: int
    clean: _Faces
    level: np.float32

    def row(
        self,
        condition: Condition,
        tried: Sequence[TriedPhoto],
        codes: Sequence[int],
        own: Sequence[int | None],
        index: int,
    ) -> RobustnessRow:
        seen = [(at, face) for at, one in enumerate(tried) if (face := one.faces[index])]
        usable = [at for at, face in seen if face.usable]
        faces = _Faces.of(
            [face.vector for _, face in seen if face.usable], [codes[at] for at in usable]
        )
        matched, pairs = self._impostors(faces)
        hits, trials = self._own(faces, [own[at] for at in usable])
        matches = int(matched.sum()) // 2
        every = self._each(codes)
        return RobustnessRow(
            condition,
            len(tried),
            rate_over_people(self._each([codes[at] for at, _ in seen]), every),
            rate_over_people(self._each([codes[at] for at in usable]), every),
            rate_over_pairs(matched, pairs, matches) if pairs.any() else None,
            matches,
            int(pairs.sum()) // 2,
            rate_over_people(hits, trials) if trials.any() else None,
            int(trials.sum()),
        )

    def _each(self, codes: Any) -> Counts:
        return np.bincount(np.asarray(codes, dtype=np.int64), minlength=self.people)

    def _impostors(self, faces: _Faces) -> tuple[Counts, Counts]:
        """False matches with each person, and pairs: each stands with both its people."""
        matched = np.zeros(self.people, dtype=np.int64)
        for start in range(0, len(faces.codes), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            rows = np.arange(len(faces.codes))[part, None]
            later = np.arange(len(faces.codes))[None] > rows  # each pair of degraded faces once
            for others, counts in ((self.clean, None), (faces, later)):
                if not len(others.codes):
                    continue
                hit = faces.vectors[part] @ others.vectors.T >= self.level
                hit &= faces.codes[part, None] != others.codes
                if counts is not None:
                    hit &= counts
                first, second = np.nonzero(hit)
                matched += self._each(faces.codes[part][first]) + self._each(others.codes[second])
        mine, clean = self._each(faces.codes), self._each(self.clean.codes)
        pairs = mine * (clean.sum() - clean) + clean * (mine.sum() - mine)
        return matched, pairs + mine * (mine.sum() - mine)

    def _own(self, faces: _Faces, own: Sequence[int | None]) -> tuple[Counts, Counts]:
        """Of each person how many faces reach the threshold with their own, and of how many."""
        asked = [(at, row) for at, row in enumerate(own) if row is not None]
        if not asked:
            return self._each([]), self._each([])
        at, row = np.array(asked).T
        alike = (faces.vectors[at] * self.clean.vectors[row]).sum(axis=1) >= self.level
        return self._each(faces.codes[at[alike]]), self._each(faces.codes[at])
