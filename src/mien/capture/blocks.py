"""Training or validation: whole stretches of time, or whole groups of photos that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mien.capture.shots import Part, Shot

STRETCH_S = 60.0
MOST_STRETCHES = 5
STRETCH_SHOTS = 10
"""A film gets a validation block at the end of each of up to five stretches; each stretch is at
least so many seconds and has at least so many pictures."""
LEAST_GAPS = 3
"""A film in which the person is seen for less than so many gaps is not split: pictures that are
moments apart would only say how well a network remembers. It goes whole to one part."""


@dataclass(frozen=True, slots=True)
class SplitRule:
    """How a set is split.

    Attributes:
        share: of validation, 0 to 0.5.
        gap_s: seconds that lie at least between the parts of one film.
        session_cosine: photos at least this much alike were taken together and stay together.
    """

    share: float
    gap_s: float
    session_cosine: float


def split(
    shots: Sequence[Shot], kept: Mapping[Part, Sequence[Shot]], rule: SplitRule
) -> dict[str, Part | None]:
    """The part of every new shot, by file; what was kept before stays where it is.

    None stands for what lies in the gap between the parts of a film, and is left out.

    Args:
        shots: new ones.
        kept: what the set holds, by part.
        rule: how.
    """
    parts: dict[str, Part | None] = {}
    for session in dict.fromkeys(s.moment.session for s in shots if s.moment.time_s is not None):
        mine = [shot for shot in shots if shot.moment.session == session]
        parts |= _split_film(mine, session, kept, rule)
    photos = [shot for shot in shots if shot.moment.time_s is None]
    if photos:
        parts |= _split_photos(photos, kept, rule)
    return parts


def _split_film(
    shots: Sequence[Shot],
    session: str,
    kept: Mapping[Part, Sequence[Shot]],
    rule: SplitRule,
) -> dict[str, Part | None]:
    """Parts for the new shots of one film."""
    share, gap_s = rule.share, rule.gap_s
    ordered = sorted(shots, key=_time)
    times = np.array([_time(shot) for shot in ordered])
    before = {
        part: np.array([_time(one) for one in kept.get(part, ()) if one.moment.session == session])
        for part in Part
    }
    everything = np.concatenate([times, *before.values()])
    validation = np.zeros(len(ordered), dtype=np.bool_)
    if float(np.ptp(everything)) >= LEAST_GAPS * gap_s:
        for first, last in _validation_blocks(times, share):
            validation[first:last] = True
        if validation.any() and times[0] >= times[validation][0] - gap_s:
            validation[:] = times > times[0] + gap_s  # so that something is left for training
    else:
        validation[:] = _short_film_validates(len(shots), before, kept, share)
    validation_times = np.concatenate([times[validation], before[Part.VALIDATION]])
    parts: dict[str, Part | None] = {}
    for shot, time_s, is_validation in zip(ordered, times, validation, strict=True):
        # of two neighbours the training picture goes, unless it is kept already
        others = before[Part.TRAIN] if is_validation else validation_times
        near = others.size and float(np.abs(others - time_s).min()) <= gap_s
        part = Part.VALIDATION if is_validation else Part.TRAIN
        parts[shot.file] = None if near else part
    return parts


def _short_film_validates(
    count: int,
    before: Mapping[Part, np.ndarray],
    kept: Mapping[Part, Sequence[Shot]],
    share: float,
) -> bool:
    """Whether a film that is too short to be split is for validation as a whole.

    It is where its earlier pictures are, else where that brings the set nearer to its share.
    """
    if any(times.size for times in before.values()):
        return before[Part.VALIDATION].size > before[Part.TRAIN].size
    train, validation = (len(kept.get(part, ())) for part in Part)
    return validation + count / 2 <= share * (train + validation + count)


def smallest_gap_s(train: Sequence[Shot], validation: Sequence[Shot]) -> float | None:
    """Seconds between the nearest two shots of one film on different sides; None without such."""
    gaps = [
        abs(_time(one) - _time(other))
        for one in train
        for other in validation
        if one.moment.time_s is not None and one.moment.session == other.moment.session
    ]
    return min(gaps, default=None)


def _validation_blocks(times: np.ndarray, share: float) -> list[tuple[int, int]]:
    """First and last index (exclusive) of each block of validation in ordered times."""
    count = len(times)
    if share == 0.0 or count < 2:
        return []
    span_s = float(times[-1] - times[0])
    stretches = max(1, min(MOST_STRETCHES, int(span_s / STRETCH_S), count // STRETCH_SHOTS))
    edges = [round(count * number / stretches) for number in range(stretches + 1)]
    blocks = []
    for first, last in pairwise(edges):
        wanted = last - max(1, round(share * (last - first)))
        blocks.append((_at_the_widest_hole(times, first, wanted, last), last))
    return blocks


def _at_the_widest_hole(times: np.ndarray, first: int, wanted: int, last: int) -> int:
    """A cut near the wanted one, where the time between two pictures is longest."""
    slack = max(1, (last - first) // 20) if last - first > 3 else 0
    low, high = max(first + 1, wanted - slack), min(last - 1, wanted + slack)
    places = range(low, high + 1)
    return max(places, key=lambda place: (times[place] - times[place - 1], -abs(place - wanted)))


def _split_photos(
    photos: Sequence[Shot], kept: Mapping[Part, Sequence[Shot]], rule: SplitRule
) -> dict[str, Part | None]:
    """Groups of photos that look alike go whole to one part; so do those like a kept photo."""
    share, parts = rule.share, dict[str, Part | None]()
    fixed = [(shot, part) for part in Part for shot in kept.get(part, ())]
    everything = [*photos, *(shot for shot, _ in fixed)]
    groups = _sessions(everything, rule.session_cosine)
    free: list[list[int]] = []
    for group in groups:
        new = [index for index in group if index < len(photos)]
        held = {fixed[index - len(photos)][1] for index in group if index >= len(photos)}
        if not held:
            free.append(new)
            continue
        part = held.pop() if len(held) == 1 else None
        parts.update({photos[index].file: part for index in new})
    total = sum(len(group) for group in free)
    wanted = round(share * total) if total > 1 else 0
    wanted = max(wanted, 1) if share and len(free) > 1 else wanted
    taken = 0
    for group in sorted(free, key=len):  # small groups first: they meet the share best
        is_validation = taken + len(group) <= wanted or (taken == 0 < wanted and len(free) > 1)
        taken += len(group) if is_validation else 0
        part = Part.VALIDATION if is_validation else Part.TRAIN
        parts.update({photos[index].file: part for index in group})
    return parts


def _sessions(shots: Sequence[Shot], cosine: float) -> list[list[int]]:
    """Connected groups of the relation "at least this much alike", as indices."""
    vectors = np.stack([shot.vector for shot in shots])
    linked = vectors @ vectors.T >= cosine
    left = set(range(len(shots)))
    groups = []
    while left:
        group, border = [], [min(left)]
        left.remove(border[0])
        while border:
            index = border.pop()
            group.append(index)
            near = [other for other in left if linked[index, other]]
            left.difference_update(near)
            border.extend(near)
        groups.append(sorted(group))
    return groups


def _time(shot: Shot) -> float:
    return shot.moment.time_s or 0.0
