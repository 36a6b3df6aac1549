"""What is found of small faces in large photos, and how long it takes.

    python benchmarks/large_photos.py --data ../shared/data
    python benchmarks/large_photos.py --data ../shared/data --detector retinaface --min-face 20

Faces of LFW, 41 to 67 pixels wide unless asked otherwise, are put into pictures made of two of
scikit-image's photos, a cup and a cat. Times are of the processor, on one thread, of one photo
with eight large faces and no small one: what a photo costs that does not need the small looks.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.detection import DETECTORS, Detector, load_detector
from mien.errors import MienError
from mien.images import read_image
from mien.models import ModelStore, RuntimeOptions

SIZES = ((1600, 1200), (2560, 1920), (4000, 3000), (6000, 4000), (8000, 6000), (12_000, 4000))
LFW_FACE = 93.0  # pixels: how wide a face of LFW is, on the median
CUT = 40  # pixels of each edge of LFW's photos that are left out
MOST = 192
FACE_AREA = 200 * 200  # pixels of a picture for each face, at least


@dataclass(frozen=True)
class Put:
    """A face that was put into a picture: the square that shows it."""

    left: int
    top: int
    side: int


def texture(width: int, height: int, store: ModelStore, rng: np.random.Generator) -> np.ndarray:
    """Photos without a face in them, at several sizes, with some noise."""
    scenes = [
        read_image(store.path("sample-scenes", name)) for name in ("coffee.png", "chelsea.png")
    ]
    picture = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, 500):
        left = 0
        while left < width:
            scene = scenes[rng.integers(len(scenes))]
            scale = rng.uniform(1.0, 2.5) * 500 / scene.shape[0]
            part = cv2.resize(scene, None, fx=scale, fy=scale)[:500, : width - left]
            part = part[: height - top]
            picture[top : top + part.shape[0], left : left + part.shape[1]] = part
            left += part.shape[1]
    noise = rng.normal(0, 3, (height, width)).astype(np.int8)
    return np.clip(picture.astype(np.int16) + noise[..., None], 0, 255).astype(np.uint8)


def put_faces(
    picture: np.ndarray,
    photos: list[Path],
    widths: tuple[float, float],
    rng: np.random.Generator,
) -> list[Put]:
    """Put the middle of each photo somewhere into a picture, none over another."""
    height, width = picture.shape[:2]
    puts: list[Put] = []
    taken = np.zeros((height, width), dtype=bool)
    for photo in photos:
        middle = read_image(photo)[CUT:-CUT, CUT:-CUT]
        scale = rng.uniform(*widths) / LFW_FACE
        side = round(middle.shape[0] * scale)
        while True:
            left, top = (int(rng.integers(0, limit - side)) for limit in (width, height))
            if not taken[top : top + side, left : left + side].any():
                break
        taken[top : top + side, left : left + side] = True
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture[top : top + side, left : left + side] = cv2.resize(
            middle, (side, side), interpolation=method
        )
        puts.append(Put(left, top, side))
    return puts


def found_of(detector: Detector, picture: np.ndarray, puts: list[Put]) -> tuple[int, int]:
    """How many of the faces are found, and how many others outside their squares."""
    (faces,) = detector.detect([picture])
    middles = np.array(
        [((face.box.x1 + face.box.x2) / 2, (face.box.y1 + face.box.y2) / 2) for face in faces]
    ).reshape(-1, 2)
    found, others = 0, np.ones(len(middles), dtype=bool)
    for put in puts:
        apart = np.abs(middles - (put.left + put.side / 2, put.top + put.side / 2)).max(axis=1)
        found += bool((apart < put.side / 4).any())
        others &= apart > put.side / 2
    return found, int(others.sum())


def milliseconds(detector: Detector, picture: np.ndarray) -> float:
    """Of the processor; the best of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        detector.detect([picture])
        taken.append(time.process_time() - start)
    return 1000 * min(taken)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_BENCH_DATA"))
    parser.add_argument("--detector", choices=DETECTORS, default="yunet")
    parser.add_argument("--min-face", type=int)
    parser.add_argument("--widths", type=float, nargs=2, default=(41.0, 67.0))
    options = parser.parse_args()
    if options.data is None:
        parser.error("expected --data, or $MIEN_BENCH_DATA")
    cv2.setNumThreads(1)
    store = ModelStore()
    photos = sorted((options.data / "lfw/images").glob("*/*_0001.jpg"))
    try:
        runtime = RuntimeOptions(threads=1)
        detector = load_detector(options.detector, store, runtime, min_face=options.min_face)
        sys.stdout.write(
            "| photo | megapixels | found | false alarms | ms |\n|---|---|---|---|---|\n"
        )
        for width, height in SIZES:
            rng = np.random.default_rng(width)
            plain = texture(width, height, store, rng)
            crowd = plain.copy()
            chosen = rng.permutation(len(photos))
            largest = (250 - 2 * CUT) * max(options.widths) / LFW_FACE
            count = min(MOST, int(width * height / max(FACE_AREA, 2.5 * largest**2)))
            few = [photos[index] for index in chosen[:count]]
            found, others = found_of(
                detector, crowd, put_faces(crowd, few, tuple(options.widths), rng)
            )
            put_faces(plain, few[:8], (0.05 * height, 0.12 * height), rng)
            sys.stdout.write(
                f"| {width:,} × {height:,} | {width * height / 1e6:.0f} | {found} of {count} "
                f"| {others} | {milliseconds(detector, plain):.0f} |\n"
            )
            sys.stdout.flush()
    except MienError as error:
        parser.exit(2, f"{error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
