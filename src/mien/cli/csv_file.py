"""Answers about photos as a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.cli.csv_rows import CsvRows, rounded

if TYPE_CHECKING:
    from mien.records import Identification, PhotoFailure, PhotoIdentification

COLUMNS = (
    *("source", "face", "outcome", "name", "similarity"),
    *("min_similarity", "threshold", "runner_up", "margin"),
    *("x1", "y1", "x2", "y2", "detection_score", "reasons", "error"),
)


class CsvFile(CsvRows):
    """Rows for the faces of photos: a photo without a face has one row too, and so has a failure.

    Raises:
        OutputUnwritable: no such folder, no permission, or the disk is full.
    """

    def __init__(self, path: Path, *, excel: bool = False) -> None:
        super().__init__(path, COLUMNS, excel=excel)

    def add(self, answer: PhotoIdentification) -> None:
        """One row for each face."""
        for face in answer.faces:
            self.write([answer.photo.source, *_cells(face), ""])
        if not answer.faces:
            self.write([answer.photo.source, "", "no_face", *[""] * (len(COLUMNS) - 3)])

    def add_failure(self, failure: PhotoFailure) -> None:
        """One row with the error."""
        error = f"{failure.error.kind}: {failure.error}"
        self.write([failure.source, *[""] * (len(COLUMNS) - 2), error])


def _cells(face: Identification) -> list[Any]:
    runner_up = face.candidates[1] if len(face.candidates) > 1 else None
    return [
        face.index,
        face.outcome.value,
        face.name,
        rounded(face.similarity, face.min_similarity),
        rounded(face.min_similarity, face.similarity),
        rounded(face.min_similarity, face.similarity),  # "threshold": the old name, one version
        None if runner_up is None else runner_up.name,
        rounded(face.margin),
        *face.face.box.to_json(),
        rounded(face.face.score),
        " ".join(face.quality.reasons),
    ]
