"""What every detector finds in the group photos, and what it takes for a face.

    python benchmarks/detectors.py --data ../shared/data

Boxes: ``groups/training.xml`` and ``groups/testing.xml`` (dlib's examples), matched as
``mien evaluate detection`` does it. Those boxes are squares around the features, the detectors'
are not, so the IoU is low.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.detection import DETECTORS, Detector, load_detector
from mien.errors import MienError
from mien.evaluation import FoundFaces, LabelledPhoto, found_faces, match_faces, read_boxes
from mien.images import read_image
from mien.models import ModelStore
from mien.records import Face

LISTS = ("training.xml", "testing.xml")


@dataclass(frozen=True)
class Row:
    """What one detector did."""

    detector: str
    found: int
    boxes: int
    false_alarms: int
    dogs: int
    friends: int
    milliseconds: float


def measure(detector: Detector, photos: list[LabelledPhoto], folder: Path, least: float) -> Row:
    """Run one detector over everything; the time is the median photo's, after a first look."""
    pictures = [read_image(folder / photo.path) for photo in photos]
    detector.detect(pictures[:1])
    found: list[FoundFaces] = []
    seconds = []
    for picture in pictures:
        start = time.perf_counter()
        (faces,) = detector.detect([picture])
        seconds.append(time.perf_counter() - start)
        found.append(found_faces([face.box.xyxy for face in faces], [face.score for face in faces]))
    matches = match_faces(photos, found, least)
    hits = int((matches.face >= 0).sum())
    others = [read_image(folder / name) for name in ("dogs.jpg", "friends_6.jpg")]
    dogs, friends = (len(faces) for faces in detector.detect(others))
    milliseconds = 1000 * statistics.median(seconds)
    alarms = len(matches.face) - hits
    return Row(detector.name, hits, len(matches.owner), alarms, dogs, friends, milliseconds)


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = [
        "| detector | found | false alarms | dogs.jpg (0) | friends_6.jpg (6) | ms, median photo |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row.detector}` | {row.found} of {row.boxes} | {row.false_alarms} | {row.dogs} "
        f"| {row.friends} | {row.milliseconds:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def turned_table(detectors: list[Detector], images: Path, count: int) -> str:
    """Of photos of LFW that were turned: in how many the face is found, with its eyes level."""
    paths = sorted(images.glob("*/*_0001.jpg"))
    pictures = [read_image(path) for path in paths[:: max(1, len(paths) // count)][:count]]
    lines = ["| detector | upright | 90° | 180° | 270° |", "|---|---|---|---|---|"]
    for detector in detectors:
        cells = []
        for turns in range(4):
            turned = [np.ascontiguousarray(np.rot90(picture, turns)) for picture in pictures]
            middle = [_middle_face(faces, 250) for faces in detector.detect(turned)]
            found = [face for face in middle if face is not None]
            level = sum(_eyes_are_level(face, turns) for face in found)
            cells.append(f"{len(found)} ({level})")
        lines.append(f"| `{detector.name}` | {' | '.join(cells)} |")
    return f"{len(pictures)} photos: found (of these, points turned with the face)\n\n" + "\n".join(
        lines
    )


def _middle_face(faces: tuple[Face, ...], side: int) -> Face | None:
    """The face over the middle of a square photo: there LFW has the one that it is about."""
    for face in faces:
        x1, y1, x2, y2 = face.box.xyxy
        if x1 < side / 2 < x2 and y1 < side / 2 < y2:
            return face
    return None


def _eyes_are_level(face: Face, turns: int) -> bool:
    """Whether the eyes lie as the photo was turned, within 45 degrees."""
    if face.landmarks is None:
        return False
    across, down = face.landmarks.points[1] - face.landmarks.points[0]
    off = (np.degrees(np.arctan2(down, across)) + 90 * turns + 180) % 360 - 180
    return bool(abs(off) < 45)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_BENCH_DATA"))
    parser.add_argument("--detectors", nargs="+", default=list(DETECTORS), choices=list(DETECTORS))
    parser.add_argument("--iou", type=float, default=0.4)
    parser.add_argument("--turned", type=int, default=0, help="so many photos of LFW, turned")
    parser.add_argument("--min-score", type=float, help="in place of each detector's own")
    wanted = parser.parse_args()
    if wanted.data is None or not (wanted.data / "groups" / LISTS[0]).is_file():
        print("expected --data (or MIEN_BENCH_DATA) with groups/training.xml", file=sys.stderr)
        return 2
    folder = wanted.data / "groups"
    photos = [photo for name in LISTS for photo in read_boxes(folder / name, images=folder)]
    sizes = [np.prod(read_image(folder / photo.path).shape[:2]) for photo in photos]
    print(f"{len(photos)} photos, median {np.median(sizes) / 1e6:.2f} megapixels\n")
    store = ModelStore()
    try:
        detectors = [
            load_detector(name, store, minimum_score=wanted.min_score) for name in wanted.detectors
        ]
    except MienError as error:
        print(error, file=sys.stderr)
        return 3
    print(table([measure(one, photos, folder, wanted.iou) for one in detectors]))
    if wanted.turned:
        print()
        print(turned_table(detectors, wanted.data / "lfw" / "images", wanted.turned))
    return 0


if __name__ == "__main__":
    sys.exit(main())
