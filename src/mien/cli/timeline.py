"""Who is on screen when, as a CSV file: one row for each track."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli.csv_rows import CsvRows, rounded

if TYPE_CHECKING:
    from mien.tracking import TrackIdentification

COLUMNS = (
    *("source", "track", "person", "outcome", "start_s", "end_s", "seconds_on_screen"),
    *("confidence", "similarity", "best_s", "looks", "reasons"),
)


class Timeline(CsvRows):
    """Rows for the tracks of videos; ``confidence`` is P(same person), where it is calibrated.

    Raises:
        OutputUnwritable: no such folder, no permission, or the disk is full.
    """

    def __init__(self, path: Path, *, excel: bool = False) -> None:
        super().__init__(path, COLUMNS, excel=excel)

    def add(self, track: TrackIdentification) -> None:
        """One row."""
        decided = track.decided
        self.write(
            [
                track.source,
                track.number,
                decided.name,
                decided.outcome.value,
                *(round(value, 3) for value in (track.start_s, track.end_s, track.seen_s)),
                rounded(decided.probability),
                rounded(decided.similarity),
                round(track.best_s, 3),
                track.looks,
                " ".join(decided.quality.reasons),
            ]
        )
