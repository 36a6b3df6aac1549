"""The pairs of LFW's View 2, or a fair part of them, and the photos that they need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mien.errors import InputError, InvalidOption
from mien.evaluation import Pair, part_of_pairs, read_lfw_pairs

PAIRS = 6000


class DataError(Exception):
    """The data set is not where it was looked for, or not whole; the message says what to do."""


@dataclass(frozen=True)
class PairSet:
    """Photos in the order of their first use, and pairs with the positions of their photos."""

    photos: tuple[Path, ...]
    pairs: tuple[Pair, ...]
    positions: tuple[tuple[int, int], ...]


def read_part(data: Path, count: int = PAIRS) -> PairSet:
    """``count`` pairs of ``data/lfw``: as many of each fold, half of them genuine.

    Raises:
        DataError: if the list or a photo is not there, or cannot be shared out like that.
    """
    images = data / "lfw" / "images"
    try:
        pairs = read_lfw_pairs(data / "lfw" / "pairs.txt", images)
    except InputError as error:
        raise DataError(
            f"{error}; give --data a folder with lfw/pairs.txt and lfw/images, "
            "or set MIEN_BENCH_DATA"
        ) from error
    try:
        chosen = part_of_pairs(pairs, count)
    except InvalidOption as error:
        raise DataError(f"--{error}") from error
    order: dict[str, int] = {}
    positions = tuple(
        (order.setdefault(pair.path1, len(order)), order.setdefault(pair.path2, len(order)))
        for pair in chosen
    )
    return PairSet(tuple(images / path for path in order), chosen, positions)


def read_once(photos: tuple[Path, ...]) -> int:
    """Read every photo, so that no peer is the one that waits for the disk; returns the bytes.

    Raises:
        DataError: if a photo cannot be read.
    """
    try:
        return sum(len(photo.read_bytes()) for photo in photos)
    except OSError as error:
        raise DataError(f"expected every photo to be readable, got {error}") from error
