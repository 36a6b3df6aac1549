"""Faces of a video frame by frame, each with the track that it belongs to, from JSON.

The form, of what was tracked and of the key alike::

    {"frames": [{"time_s": 0.0, "faces": [{"id": 1, "box": [x1, y1, x2, y2], "name": "Ada"}]}]}

``name`` may be missing or null. A frame without faces has an empty list. The frames may also
stand one on each line, as ``mien identify VIDEO --per-frame --json`` writes them.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import InvalidLabels
from mien.evaluation.boxes import LARGEST, Xyxy
from mien.evaluation.listings import read_text

SAME_TIME_S = 1e-3  # times of two files that are one frame


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """One face of one frame.

    Attributes:
        track: the same within a file wherever it is said to be the same person.
        xyxy: two corners, pixels, ``x1 < x2`` and ``y1 < y2``.
        name: who it is; None for nobody known.
    """

    track: str
    xyxy: Xyxy
    name: str | None = None


@dataclass(frozen=True, slots=True)
class TrackedFrame:
    """A frame and its faces, each track at most once."""

    time_s: float
    faces: tuple[TrackedFace, ...]


def read_tracks(path: str | Path) -> tuple[TrackedFrame, ...]:
    """Read a file of tracks.

    Raises:
        SourceNotFound: no such file.
        InvalidLabels: anything wrong inside, with its line or place.
    """
    source = Path(path)
    record = _parse(read_text(source, "JSON file of tracks", InvalidLabels), source)
    rows = _field(record, "frames", list, str(source))
    if not rows:
        raise InvalidLabels(f"{source}: expected frames, got none")
    frames = [_frame(row, f"{source}, frames[{index}]") for index, row in enumerate(rows)]
    for index in range(1, len(frames)):
        if frames[index].time_s <= frames[index - 1].time_s:
            raise InvalidLabels(
                f"{source}, frames[{index}]: expected a later time than "
                f"{frames[index - 1].time_s:g} s, got {frames[index].time_s:g} s"
            )
    return tuple(frames)


def keyed_frames(
    tracks: Sequence[TrackedFrame], key: Sequence[TrackedFrame]
) -> tuple[TrackedFrame, ...]:
    """The tracked frames that the key has too: a key made by hand may hold every fifth alone."""
    times = [frame.time_s for frame in key]
    kept = []
    for frame in tracks:
        place = bisect_left(times, frame.time_s - SAME_TIME_S)
        if place < len(times) and times[place] <= frame.time_s + SAME_TIME_S:
            kept.append(frame)
    return tuple(kept)


def check_same_frames(tracks: Sequence[TrackedFrame], key: Sequence[TrackedFrame]) -> None:
    """Both hold the same frames, in order, within a millisecond.

    Raises:
        InvalidLabels: they do not; says where.
    """
    for index, (one, other) in enumerate(zip(tracks, key, strict=False)):
        if abs(one.time_s - other.time_s) > SAME_TIME_S:
            raise InvalidLabels(
                f"frames[{index}]: expected the same time in tracks and key, got {one.time_s:g} s "
                f"and {other.time_s:g} s; a frame without faces has an empty list"
            )
    if len(tracks) != len(key):
        raise InvalidLabels(
            f"frames: expected as many in the tracks as in the key, got {len(tracks)} and "
            f"{len(key)}; a frame without faces has an empty list"
        )


def _parse(text: str, source: Path) -> Any:
    """One JSON object with frames, or a frame on each line."""
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return {"frames": [_line(line, n, source) for n, line in _lines(text)]}
        raise InvalidLabels(
            f"{source}, line {error.lineno}, column {error.colno}: expected JSON, got: {error.msg}"
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of 5,000 digits
        raise InvalidLabels(f"{source}: expected JSON of tracks, got: {error}") from error
    single = isinstance(record, dict) and "frames" not in record and "time_s" in record
    return {"frames": [record]} if single else record


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())


def _line(line: str, number: int, source: Path) -> Any:
    try:
        return json.loads(line)
    except (RecursionError, ValueError) as error:
        raise InvalidLabels(
            f"{source}, line {number}: expected one JSON object a line, got: {error}"
        ) from error


def _frame(row: Any, where: str) -> TrackedFrame:
    time_s = _number(_field(row, "time_s", (int, float), where), f"{where}.time_s", math.inf)
    if time_s < 0:
        raise InvalidLabels(f"{where}.time_s: expected 0 or more seconds, got {time_s:g}")
    faces = tuple(
        _face(face, f"{where}.faces[{index}]")
        for index, face in enumerate(_field(row, "faces", list, where))
    )
    seen: set[str] = set()
    for index, face in enumerate(faces):
        if face.track in seen:
            raise InvalidLabels(
                f"{where}.faces[{index}]: expected each id once in a frame, got {face.track[:40]!r}"
                " again"
            )
        seen.add(face.track)
    return TrackedFrame(time_s, faces)


def _face(face: Any, where: str) -> TrackedFace:
    track = _field(face, "id", (int, str), where)
    corners = _field(face, "box", list, where)
    if len(corners) != 4:
        raise InvalidLabels(f"{where}.box: expected [x1, y1, x2, y2], got {len(corners)} numbers")
    x1, y1, x2, y2 = (_number(value, f"{where}.box", LARGEST) for value in corners)
    if x1 >= x2 or y1 >= y2:
        raise InvalidLabels(f"{where}.box: expected x1 < x2 and y1 < y2, got {[x1, y1, x2, y2]}")
    name = face.get("name")
    if name is not None and (not isinstance(name, str) or not name):
        raise InvalidLabels(f"{where}.name: expected a name or null, got {str(name)[:40]!r}")
    return TrackedFace(str(track), (x1, y1, x2, y2), name)


def _field(record: Any, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        words = " or ".join(one.__name__ for one in kinds)
        raise InvalidLabels(f"{where}: expected {name!r} as {words}, got {type(value).__name__}")
    return value


def _number(value: Any, where: str, largest: float) -> float:
    try:
        number = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        number = math.inf
    if isinstance(value, bool) or not math.isfinite(number) or abs(number) > largest:
        raise InvalidLabels(f"{where}: expected a number, got {str(value)[:40]!r}")
    return number
