"""The pairs of LFW's View 2 and the photos that they need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAIRS = 6000
FOLDS = 10


class DataError(Exception):
    """The data set is not where it was looked for, or not whole; the message says what to do."""


@dataclass(frozen=True)
class Pair:
    """Two photos, as positions in the list of photos, and whether they show the same person."""

    fold: int
    same: bool
    first: int
    second: int


@dataclass(frozen=True)
class PairSet:
    """Photos in the order of their first use, and the pairs made of them."""

    photos: tuple[Path, ...]
    pairs: tuple[Pair, ...]


def read_pairs(data: Path, count: int = PAIRS) -> PairSet:
    """``count`` pairs of ``data/lfw``: as many of each fold, half of them genuine.

    A subset is taken at even distances through each list, because LFW's lists are
    in the order of the names.

    Raises:
        DataError: if the list, a photo or the fold structure is not there.
    """
    lines = _lines(data / "lfw" / "pairs.txt")
    per_list = len(lines) // (2 * FOLDS)
    wanted = count // (2 * FOLDS)
    if count < 2 * FOLDS or count % (2 * FOLDS) or wanted > per_list:
        raise DataError(
            f"--pairs: expected a multiple of {2 * FOLDS} up to {len(lines)}, got {count}"
        )
    positions: dict[Path, int] = {}
    pairs = []
    for index, fields in enumerate(lines):
        block, rank = divmod(index, per_list)
        if rank * wanted // per_list == (rank - 1) * wanted // per_list:
            continue
        names = _photo_names(fields)
        first, second = (
            positions.setdefault(data / "lfw" / "images" / name, len(positions)) for name in names
        )
        pairs.append(Pair(block // 2, len(fields) == 3, first, second))
    return PairSet(tuple(positions), tuple(pairs))


def read_once(photos: tuple[Path, ...]) -> int:
    """Read every photo, so that no peer is the one that waits for the disk; returns the bytes.

    Raises:
        DataError: if a photo cannot be read.
    """
    try:
        return sum(len(photo.read_bytes()) for photo in photos)
    except OSError as error:
        raise DataError(
            f"expected every photo of LFW's pairs, got {error}; fetch LFW whole"
        ) from error


def _lines(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"expected LFW's list of pairs, got {error}; "
            "give --data a folder with lfw/pairs.txt and lfw/images, or set MIEN_BENCH_DATA"
        ) from error
    lines = [line.split() for line in text.splitlines()[1:] if line.strip()]
    per_list = len(lines) // (2 * FOLDS)
    shape = ([3] * per_list + [4] * per_list) * FOLDS
    if not lines or [len(line) for line in lines] != shape:
        raise DataError(
            f"{path}: expected {FOLDS} folds of genuine pairs (3 fields) then as many "
            f"impostor pairs (4 fields), got {len(lines)} lines of another shape"
        )
    return lines


def _photo_names(fields: list[str]) -> tuple[str, str]:
    if len(fields) == 3:
        name, first, second = fields
        return _photo_name(name, first), _photo_name(name, second)
    name, first, other, second = fields
    return _photo_name(name, first), _photo_name(other, second)


def _photo_name(name: str, number: str) -> str:
    return f"{name}/{name}_{int(number):04d}.jpg"
