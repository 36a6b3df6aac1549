"""How well faces are found: average precision, recall, false alarms.

Source: Everingham et al., "The PASCAL visual object classes challenge" (IJCV 2010), for matching
and for average precision, here the exact area under the precision envelope over all points, as
the challenge has it since 2010. Intervals draw photos, not faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import InsufficientData
from mien.evaluation.box_matching import FoundFaces, Matches, match_faces
from mien.evaluation.boxes import LabelledPhoto
from mien.evaluation.intervals import Rate
from mien.evaluation.people_rates import rate_over_people
from mien.evaluation.precision_curve import (
    RecallAt,
    average_precision,
    detection_curve,
    per_photo,
    recall_at,
)

HEIGHTS = (0, 16, 32, 64, 128, 256)  # pixels: where the classes of size begin


@dataclass(frozen=True, slots=True)
class RecallOfSize:
    """Recall of the faces at least ``low`` and less than ``high`` pixels high; None: no end."""

    low: int
    high: int | None
    faces: int
    recall: Rate

    def to_json(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "faces": self.faces,
            "recall": self.recall.to_json(),
        }


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """What a detector finds of labelled faces, and what it takes for a face.

    Attributes:
        photos, faces, ignored: how many; ignored boxes are not among the faces.
        not_read: photos that could not be read; their faces are missed.
        iou: the least overlap of a match.
        minimum_score: of the point that recall, precision and false alarms are of.
        lowest_score: of the curve that the rest is of.
        recall: share of the faces that were found at ``minimum_score``.
        precision: share of what was found that is a face; None where nothing was found.
        found, false_alarms: counts at ``minimum_score``.
        mean_iou: of the matches at ``minimum_score``; None without any.
        average_precision: area under the precision envelope of the curve.
        recall_at: one entry for each number of false alarms that the curve reaches.
        by_size: recall at ``minimum_score`` by the height of the labelled box.
        same_as_curve: whether the curve's own faces from ``minimum_score`` on give the same counts.
        notes: what the reader must know of these numbers.
        seconds, detector: of the run, where the caller states them.
    """

    photos: int
    faces: int
    ignored: int
    not_read: int
    iou: float
    minimum_score: float
    lowest_score: float
    recall: Rate
    precision: Rate | None
    found: int
    false_alarms: int
    mean_iou: float | None
    average_precision: Rate
    recall_at: tuple[RecallAt, ...]
    by_size: tuple[RecallOfSize, ...]
    same_as_curve: bool
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    detector: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate detection --json``."""
        return {
            "photos": self.photos,
            "faces": self.faces,
            "ignored": self.ignored,
            "not_read": self.not_read,
            "iou": self.iou,
            "minimum_score": self.minimum_score,
            "lowest_score": self.lowest_score,
            "recall": self.recall.to_json(),
            "precision": None if self.precision is None else self.precision.to_json(),
            "found": self.found,
            "false_alarms": self.false_alarms,
            "false_alarms_per_photo": self.false_alarms / self.photos,
            "mean_iou": self.mean_iou,
            "average_precision": self.average_precision.to_json(),
            "recall_at_false_alarms": {
                str(one.false_alarms): one.to_json() for one in self.recall_at
            },
            "by_size": [one.to_json() for one in self.by_size],
            "same_as_curve": self.same_as_curve,
            "seconds": self.seconds,
            "detector": self.detector,
            "notes": list(self.notes),
        }


def evaluate_detection(
    photos: Sequence[LabelledPhoto],
    curve: Sequence[FoundFaces | None],
    point: Sequence[FoundFaces | None],
    *,
    iou: float = 0.4,
    minimum_score: float,
    lowest_score: float,
    replicates: int = 1000,
    seed: int = 0,
) -> DetectionReport:
    """Judge what was found in labelled photos.

    Args:
        photos: what is there.
        curve: for each photo all that was found down to ``lowest_score``; None: not readable.
        point: the same as the detector reports it with ``minimum_score``. Detectors look again
            where they find little, so it need not be a part of ``curve``.
        iou: the least overlap of a match, in (0, 1].
        minimum_score, lowest_score: as they were used.
        replicates, seed: of the bootstrap over photos, for the average precision.

    Raises:
        InvalidArray: not one entry for each photo.
        InsufficientData: no face that counts.
        InvalidOption: an overlap or a replicate count out of range.
    """
    ranked, reported = match_faces(photos, curve, iou), match_faces(photos, point, iou)
    faces = len(ranked.owner)
    if faces == 0:
        raise InsufficientData("boxes: expected at least one face that counts, got none")
    line = detection_curve(ranked)
    hits = reported.face >= 0
    kept = ranked.scores >= minimum_score
    same = (int(hits.sum()), len(hits)) == (int((ranked.face[kept] >= 0).sum()), int(kept.sum()))
    present = per_photo(reported.photo, len(photos))
    right = per_photo(reported.photo[hits], len(photos))
    totals = per_photo(ranked.owner, len(photos))
    not_read = sum(one is None for one in point)
    return DetectionReport(
        photos=len(photos),
        faces=faces,
        ignored=sum(box.ignored for photo in photos for box in photo.boxes),
        not_read=not_read,
        iou=iou,
        minimum_score=minimum_score,
        lowest_score=lowest_score,
        recall=rate_over_people(right, totals),
        precision=rate_over_people(right, present) if len(hits) else None,
        found=int(hits.sum()),
        false_alarms=int((~hits).sum()),
        mean_iou=float(reported.overlap[hits].mean()) if hits.any() else None,
        average_precision=average_precision(ranked, line, totals, replicates, seed),
        recall_at=tuple(recall_at(ranked, line, totals)),
        by_size=tuple(_by_size(photos, reported)),
        same_as_curve=same,
        notes=_notes(not_read, same, len(photos)),
    )


def _by_size(photos: Sequence[LabelledPhoto], reported: Matches) -> list[RecallOfSize]:
    boxes = [box.xyxy for photo in photos for box in photo.boxes if not box.ignored]
    heights = np.array([y2 - y1 for _, y1, _, y2 in boxes])
    found = np.zeros(len(boxes), dtype=np.int64)
    found[reported.face[reported.face >= 0]] = 1
    classes = np.searchsorted(HEIGHTS, heights, side="right") - 1
    rows = []
    for place in np.unique(classes).tolist():
        inside = classes == place
        hits, tries = (
            per_photo(reported.owner[part], len(photos)) for part in (inside & (found == 1), inside)
        )
        high = HEIGHTS[place + 1] if place + 1 < len(HEIGHTS) else None
        rate = rate_over_people(hits, tries)
        rows.append(RecallOfSize(HEIGHTS[place], high, int(inside.sum()), rate))
    return rows


def _notes(not_read: int, same: bool, photos: int) -> tuple[str, ...]:
    notes = []
    if not_read:
        notes.append(f"{not_read} photos could not be read: their faces count as missed")
    if not same:
        notes.append(
            "the curve was drawn with a lower least score, at which the detector looks at photos "
            "otherwise: at the same score its counts differ from recall, precision and false alarms"
        )
    if photos < 50:
        notes.append(f"{photos} photos are few to draw from: the intervals are too narrow")
    notes.append(
        "intervals are over photos; supported means at least 30 errors; recall at a number of "
        "false alarms takes the score for given"
    )
    return tuple(notes)
