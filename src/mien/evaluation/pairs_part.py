"""A fair part of a list of pairs: as many of each fold, half of them genuine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mien.errors import InvalidOption
from mien.evaluation.pairs import Pair


def part_of_pairs(pairs: Sequence[Pair], count: int) -> tuple[Pair, ...]:
    """``count`` of the pairs, as many genuine and impostor ones of each fold.

    They are taken at even distances through each fold's genuine and impostor pairs, because
    LFW's lists are in the order of the names; the same count always takes the same pairs.

    Raises:
        InvalidOption: the count cannot be shared out like that.
    """
    lists = lists_of(pairs)
    wanted, rest = divmod(count, len(lists)) if lists else (0, count)
    if rest or not 1 <= wanted <= min(map(len, lists.values())):
        raise InvalidOption(
            f"pairs: expected a multiple of {len(lists)} up to {len(pairs)}, got {count}"
        )
    return tuple(
        members[rank * len(members) // wanted]
        for members in lists.values()
        for rank in range(wanted)
    )


def lists_of(pairs: Sequence[Pair]) -> dict[tuple[int, bool], list[Pair]]:
    """The genuine and the impostor pairs of each fold, under ``(fold, same)``."""
    lists: dict[tuple[int, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        lists[pair.fold, pair.same].append(pair)
    return dict(lists)
