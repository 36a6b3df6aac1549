"""Lists of labelled pairs of photos: LFW's ``pairs.txt`` and CSV.

Paths are relative to the folder of images, with ``/`` between their parts. A
path that leaves the folder (absolute, ``..``, a drive, a NUL) is refused as
text, before any file is touched; links inside the folder are the owner's own
and are followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InvalidOption, InvalidPairs, SourceNotFound
from mien.evaluation.listings import Table, check_photo, read_table
from mien.evaluation.pair_lines import read_lines, whole_number

CSV_COLUMNS = ("same", "path1", "path2")
BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "same"), True),
    **dict.fromkeys(("0", "false", "no", "different"), False),
}
_ONE_FOLD = (
    "expected two folds at least, got one: the threshold of a fold is chosen on the others; split "
    "the list, or give a CSV without the column fold, for which no cross-validation is asked"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos and whether they show the same person.

    Attributes:
        fold: which part of a cross-validation it belongs to; 0 throughout where there are no folds.
        same: True for a genuine pair, False for an impostor pair.
        path1, path2: relative to the folder of images.
        labels: what else a CSV says, as (column, label of the first photo, of the second).
    """

    fold: int
    same: bool
    path1: str
    path2: str
    labels: tuple[tuple[str, str, str], ...] = ()


def read_pairs(
    path: str | Path, form: str = "lfw", images: str | Path | None = None
) -> tuple[Pair, ...]:
    """Read a list of pairs, ``form`` being ``lfw`` or ``csv``.

    Args:
        path: the list.
        form: how it is written.
        images: the folder of images; if given, every photo has to be there.

    Raises:
        InvalidOption: another form.
        SourceNotFound: no such list or folder.
        InvalidPairs: anything wrong inside, with its line.
    """
    readers = {"lfw": read_lfw_pairs, "csv": read_csv_pairs}
    if form not in readers:
        raise InvalidOption(f"format: expected lfw or csv, got {form!r}")
    return readers[form](path, images)


def read_lfw_pairs(path: str | Path, images: str | Path | None = None) -> tuple[Pair, ...]:
    """Read LFW's ``pairs.txt`` (View 2) or a file of its form.

    The first line holds the number of folds, two at least, and of pairs per class and fold
    (``10 300``). Each fold lists its genuine pairs (name, number, number),
    then its impostor pairs (name, number, name, number); ``NAME 1`` is
    ``NAME/NAME_0001.jpg``.

    Raises:
        SourceNotFound, InvalidPairs: as :func:`read_pairs`.
    """
    source = Path(path)
    rows = [(number, line.split()) for number, line in enumerate(read_lines(source), start=1)]
    if not rows:
        raise InvalidPairs(f"{source}: expected a header such as '10 300', got an empty file")
    number, header = rows[0]
    counts = [whole_number(word, source, number) for word in header]
    if len(counts) not in (1, 2):
        raise InvalidPairs(
            f"{source}, line {number}: expected a header such as '10 300', got {header}"
        )
    folds, per_class = counts if len(counts) == 2 else (1, counts[0])
    if folds == 1:
        raise InvalidPairs(f"{source}, line {number}: {_ONE_FOLD}")
    if len(rows) - 1 != folds * per_class * 2:
        raise InvalidPairs(
            f"{source}, line {number}: expected {folds} folds of 2 x {per_class} pairs as the "
            f"header says, got {len(rows) - 1} pairs; the file may be cut"
        )
    pairs = (
        (line, _lfw_pair(words, index, per_class, source, line))
        for index, (line, words) in enumerate(rows[1:])
    )
    return _finished(pairs, source, images)


def read_csv_pairs(path: str | Path, images: str | Path | None = None) -> tuple[Pair, ...]:
    """Read a CSV with the columns ``fold,same,path1,path2``; ``fold`` may be missing.

    ``same`` is one of 1, 0, true, false, yes, no, same, different, in any case.

    Further columns label the pair's photos: ``NAME`` both, ``NAME1`` and ``NAME2`` one each.
    A column ``fold`` has to hold two folds at least; without it no cross-validation is asked.

    Raises:
        SourceNotFound, InvalidPairs: as :func:`read_pairs`.
    """
    source = Path(path)
    table = read_table(source, InvalidPairs)
    pairs = _finished(_csv_rows(table), source, images)
    if "fold" in table.header and len({pair.fold for pair in pairs}) == 1:
        raise InvalidPairs(f"{source}, line 2: {_ONE_FOLD}")
    return pairs


def _csv_rows(table: Table) -> Iterator[tuple[int, Pair]]:
    columns = table.header
    missing = [name for name in CSV_COLUMNS if name not in columns]
    if missing or len(set(columns)) != len(columns):
        raise table.refuse_header(
            "the columns fold,same,path1,path2 once each (fold may be missing)"
        )
    sides = _label_columns([name for name in columns if name not in (*CSV_COLUMNS, "fold")])
    for line, cells in table.rows:
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        same = BOOLEANS.get(row["same"].lower())
        if same is None:
            raise InvalidPairs(
                f"{table.source}, line {line}: expected same to be true or false, got "
                f"{row['same'][:40]!r}"
            )
        fold = whole_number(row["fold"], table.source, line, low=0) if "fold" in columns else 0
        labels = tuple((name, row[a], row[b]) for name, a, b in sides)
        yield line, Pair(fold, same, row["path1"], row["path2"], labels)


def _label_columns(names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(label, column of the first photo, column of the second); a lone column serves both."""
    found = []
    for name in names:
        stem, side = name[:-1], name[-1:]
        if stem and side in ("1", "2") and {f"{stem}1", f"{stem}2"} <= set(names):
            if side == "1":
                found.append((stem, f"{stem}1", f"{stem}2"))
        elif name:
            found.append((name, name, name))
    return found


def _lfw_pair(words: list[str], index: int, per_class: int, source: Path, line: int) -> Pair:
    fold, place = divmod(index, 2 * per_class)
    same = place < per_class
    if len(words) != (3 if same else 4):
        expected = "name, number, number" if same else "name, number, name, number"
        raise InvalidPairs(
            f"{source}, line {line}: expected {'a genuine' if same else 'an impostor'} pair "
            f"({expected}), got {' '.join(words)[:100]!r}"
        )
    first, second = (words[0], words[1]), (words[-2] if not same else words[0], words[-1])
    if not same and first[0] == second[0]:
        raise InvalidPairs(f"{source}, line {line}: expected two people, got {first[0]!r} twice")
    return Pair(fold + 1, same, _lfw_path(*first, source, line), _lfw_path(*second, source, line))


def _lfw_path(name: str, number: str, source: Path, line: int) -> str:
    if "/" in name:
        raise InvalidPairs(f"{source}, line {line}: expected a name, got a path {name[:100]!r}")
    return f"{name}/{name}_{whole_number(number, source, line):04d}.jpg"


def _finished(
    rows: Iterable[tuple[int, Pair]], source: Path, images: str | Path | None
) -> tuple[Pair, ...]:
    """The checks that both forms share."""
    folder = None if images is None else Path(images)
    if folder is not None and not folder.is_dir():
        raise SourceNotFound(f"{folder}: expected a folder of images, got none there")
    found: set[str] = set()
    pairs = []
    for line, pair in rows:
        for path in (pair.path1, pair.path2):
            if path not in found:
                check_photo(path, folder, f"{source}, line {line}", InvalidPairs)
                found.add(path)
        if pair.path1 == pair.path2:
            raise InvalidPairs(
                f"{source}, line {line}: expected two photos, got {pair.path1!r} twice"
            )
        pairs.append(pair)
    kinds = {pair.same for pair in pairs}
    if len(kinds) < 2:
        got = "none" if not kinds else "genuine pairs only" if True in kinds else "impostors only"
        raise InvalidPairs(f"{source}: expected genuine and impostor pairs, got {got}")
    return tuple(pairs)
