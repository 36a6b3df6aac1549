"""Labels of photos or people, from a CSV: what cohorts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InvalidPairs
from mien.evaluation.listings import Table, read_table
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
    table = read_table(Path(path), InvalidPairs)
    rows: dict[str, tuple[str, ...]] = {}
    place = _key_column(table)
    by_person = table.header[place] == "person"
    for line, row in table.rows:
        cells = [cell.strip() for cell in row]
        label = cells.pop(place)
        key = person_key(label) if by_person else label
        if not key or key in rows:
            got = f"{label[:100]!r} a second time" if key else "none"
            raise InvalidPairs(
                f"{table.source}, line {line}: expected another {table.header[place]}, got {got}"
            )
        rows[key] = tuple(cells)
    if not rows:
        raise InvalidPairs(
            f"{table.source}: expected a line for each {table.header[place]}, got none"
        )
    columns = (*table.header[:place], *table.header[place + 1 :])
    return Labels(by_person, columns, rows)


def _key_column(table: Table) -> int:
    header = table.header
    keys = [name for name in header if name in KEYS]
    if len(keys) != 1 or len(header) < 2 or len(set(header)) != len(header) or "" in header:
        raise table.refuse_header(
            "a column path or person (one of them), and a column with a name of its own for each "
            "kind of label"
        )
    return header.index(keys[0])
