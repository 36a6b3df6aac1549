"""Answers about faces in words, one line a face."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.text import padded, plural, shown, width_of

if TYPE_CHECKING:
    from mien.images.video import VideoInfo
    from mien.quality import QualityLimits
    from mien.records import (
        Face,
        Identification,
        Photo,
        PhotoDetection,
        PhotoIdentification,
        Verification,
    )
    from mien.tracking import FrameTracks, TrackIdentification

_COLOURS = {
    "known": "green",
    "unknown": "red",
    "ambiguous": "yellow",
    "low_quality": "bright_black",
}
_WIDEST_NAME = 28


def identification_lines(
    answer: PhotoIdentification, limits: QualityLimits, output: Output
) -> Iterator[str]:
    """The photo, then a line for each face: who, how similar, and who came next."""
    yield _photo_line(answer.photo, len(answer.faces))
    titles = [_title(face) for face in answer.faces]
    width = min(_WIDEST_NAME, max(map(width_of, titles), default=0))
    for face, title in zip(answer.faces, titles, strict=True):
        name = output.paint(padded(title, width), _COLOURS[face.outcome.value])
        holder = "" if face.taken_by is None else f"face {face.taken_by}"
        yield f"  {face.index:>2}  {name}  {_grounds(face, limits, holder)}".rstrip()


def detection_lines(answer: PhotoDetection, limits: QualityLimits) -> Iterator[str]:
    """The photo, then a line for each face: where, how sure, and whether it is usable."""
    from mien.quality import explain

    yield _photo_line(answer.photo, len(answer.faces))
    for index, (face, quality) in enumerate(answer.faces):
        verdict = "usable" if quality.usable else explain(quality, limits)
        yield f"  {index:>2}  {place(face)}  score {face.score:.2f}  {verdict}"


def verification_line(answer: Verification, output: Output) -> str:
    """The verdict with its distance and the limit."""
    from mien.checks import told_apart

    verdict = (
        output.paint("same person", "green") if answer.same else output.paint("different", "red")
    )
    distance, limit = told_apart(answer.distance, answer.max_distance, 3)
    return (
        f"{verdict}  {answer.metric} distance {distance} {'≤' if answer.same else '>'} {limit}, "
        f"similarity {answer.similarity:.3f}"
    )


def video_line(info: VideoInfo) -> str:
    """A video, before anything of it was looked at."""
    size = f"{info.size_wh[0]} × {info.size_wh[1]}"
    length = "live" if info.duration_s is None else f"{info.duration_s:.1f} s"
    return f"{info.source}  {size}, {length}"


def track_line(track: TrackIdentification, limits: QualityLimits, output: Output) -> str:
    """When a face was on screen, who it is, how similar, and who came next."""
    decided = track.decided
    name = output.paint(padded(_title(decided), 20), _COLOURS[decided.outcome.value])
    times = padded(f"{track.start_s:.1f} – {track.end_s:.1f} s", 17)
    holder = "" if decided.taken_by is None else f"track {decided.taken_by}"
    return f"  {times}  {name}  {_grounds(decided, limits, holder)}".rstrip()


def frame_line(tracks: FrameTracks) -> str:
    """A frame's time and the faces in it, left to right, by their names or their tracks."""
    faces = ", ".join(
        f"{shown(face.name)} ({face.number})" if face.name else f"track {face.number}"
        for face in tracks.faces
    )
    return f"  {tracks.time_s:.3f} s  {faces or 'no face'}"


def place(face: Face) -> str:
    """Where a face is, in whole pixels: width × height and the upper left corner."""
    box = face.box
    return padded(f"{box.width:.0f} × {box.height:.0f} px at {box.x1:.0f}, {box.y1:.0f}", 26)


def _photo_line(photo: Photo, faces: int) -> str:
    found = plural(faces, "face") if faces else "no face"
    return f"{shown(photo.source)}  {photo.width} × {photo.height}, {found}"


def _title(face: Identification) -> str:
    return shown(face.name) if face.name is not None else face.outcome.value.replace("_", " ")


def _grounds(face: Identification, limits: QualityLimits, holder: str) -> str:
    """Why it is so; ``holder`` is who was given the best candidate instead of this face."""
    from mien.checks import told_apart
    from mien.quality import explain
    from mien.records import Outcome

    if face.outcome is Outcome.LOW_QUALITY:
        return explain(face.quality, limits)
    if face.similarity is None or not face.candidates:
        return "nobody is enrolled"
    level = face.min_similarity
    compared = f" {'≥' if face.similarity >= level else '<'} ".join(
        told_apart(face.similarity, level, 2)
    )
    others = [one for one in face.candidates if one.name != face.name][:2]
    listed = [f"{shown(one.name)} {one.similarity:.2f}" for one in others]
    margin = "" if face.margin is None else f", margin {face.margin:.2f}"
    if face.outcome is Outcome.KNOWN:
        next_best = f"  next {listed[0]}{margin}" if listed else ""
    elif face.outcome is Outcome.AMBIGUOUS:
        next_best = f"  {' or '.join(listed)}{margin}"
    else:
        next_best = f"  nearest {listed[0]}"
    taken = f"; {shown(face.candidates[0].name)} is a better fit for {holder}" if holder else ""
    return f"{compared}{next_best}{taken}"
