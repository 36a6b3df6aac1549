"""Labels of photos or people, from a CSV: what cohorts are made of."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InvalidPairs
from mien.evaluation.pair_lines import read_lines
from mien.evaluation.subjects import person_of
from mien.names import person_key

KEYS = ("path", "person")


@dataclass(frozen=True, slots=True)
class Labels:
    """What is known of photos, or of people.

    Attributes:
        by_person: whether ``rows`` is keyed by the name of a photo's folder, not by its path.
        columns: names of the labels.
        rows: for each photo or person (``mien.names.person_key``) a label in each column; empty
            where it is not known.
    """

    by_person: bool
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if self.by_person:
            keyed = {person_key(name): row for name, row in self.rows.items()}
            object.__setattr__(self, "rows", keyed)

    def of(self, photo: str) -> tuple[str, ...]:
        """The photo's labels in the order of the columns; empty texts where nothing is known."""
        return self.get(person_of(photo) if self.by_person else photo)

    def get(self, key: str) -> tuple[str, ...]:
        """As ``of``, for what ``rows`` are keyed by: a person's name in any spelling, or a path."""
        found = person_key(key) if self.by_person else key
        return self.rows.get(found, ("",) * len(self.columns))


def read_labels(path: str | Path) -> Labels:
    """Read a CSV with a column ``path`` or ``person``, and a column for each kind of label.

    Raises:
        SourceNotFound: no such file.
        InvalidPairs: anything wrong inside, with its line.
    """
    source = Path(path)
    reader = csv.reader((f"{line}\n" for line in read_lines(source)), strict=True)
    rows: dict[str, tuple[str, ...]] = {}
    try:
        header = [name.strip() for name in next(reader, [])]
        place = _key_column(header, source)
        by_person = header[place] == "person"
        for row in reader:
            cells = [cell.strip() for cell in row]
            line = f"{source}, line {reader.line_num}"
            if len(cells) != len(header):
                raise InvalidPairs(
                    f"{line}: expected {len(header)} fields as in line 1, got {len(cells)}"
                )
            label = cells.pop(place)
            key = person_key(label) if by_person else label
            if not key or key in rows:
                got = f"{label[:100]!r} a second time" if key else "none"
                raise InvalidPairs(f"{line}: expected another {header[place]}, got {got}")
            rows[key] = tuple(cells)
    except csv.Error as error:
        raise InvalidPairs(
            f"{source}, line {reader.line_num}: expected comma-separated values, got: {error}"
        ) from error
    if not rows:
        raise InvalidPairs(f"{source}: expected a line for each {header[place]}, got none")
    del header[place]
    return Labels(by_person, tuple(header), rows)


def _key_column(header: list[str], source: Path) -> int:
    keys = [name for name in header if name in KEYS]
    if len(keys) != 1 or len(header) < 2 or len(set(header)) != len(header) or "" in header:
        raise InvalidPairs(
            f"{source}, line 1: expected a column path or person (one of them), and a column with "
            f"a name of its own for each kind of label, got {','.join(header)[:200]!r}"
        )
    return header.index(keys[0])
