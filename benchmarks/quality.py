"""What blur, size, light and turning do to a face: the numbers behind ``docs/quality.md``.

    MIEN_BENCH_DATA=... python benchmarks/quality.py

Takes every 4th photo of LFW, the face nearest its middle, and measures the aligned crop as it is
and after each damage: the quality measures, and the cosine of its vector with the undamaged one's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from machine import this_machine

from mien.alignment import TEMPLATES, align
from mien.api import Settings, build_recognizer
from mien.images import read_image
from mien.pipeline import Recognizer
from mien.quality.assess import measure_light, middle_grey

EVERY = 4
TURNED_EVERY = 25
PERCENTILES = (0, 5, 50, 95, 100)
Damage = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Measure and print."""
    folder = os.environ.get("MIEN_BENCH_DATA")
    if not folder:
        raise SystemExit("expected MIEN_BENCH_DATA to name the folder of benchmark data, got none")
    paths = sorted(Path(folder, "lfw/images").glob("*/*.jpg"))
    recognizer = build_recognizer(Settings(mirror=False))
    crops = [crop for path in paths[::EVERY] for crop in central_crop(recognizer, path)]
    print(this_machine())
    print(f"{len(crops)} crops of {len(paths[::EVERY])} photos; {recognizer.embedder.name}")
    vectors, _ = recognizer.embedder.embed(crops)
    print(f"\n{'damage':>16} {'cosine: mean':>12} {'5 %':>6}   percentiles {PERCENTILES} of")
    for name, damage in damages().items():
        damaged = [damage(crop) for crop in crops]
        cosines = (recognizer.embedder.embed(damaged)[0] * vectors).sum(axis=1)
        print(
            f"{name:>16} {cosines.mean():12.3f} {np.percentile(cosines, 5):6.3f}   {light(damaged)}"
        )
    turned(recognizer, paths[::TURNED_EVERY])


def central_crop(recognizer: Recognizer, path: Path) -> list[np.ndarray]:
    """The aligned crop of the face nearest the photo's middle; none where none is found."""
    photo = read_image(path)
    (faces,) = recognizer.detector.detect([photo])
    if not faces:
        return []
    middle = np.array(photo.shape[1::-1]) / 2
    centres = [np.add(face.box.xyxy[:2], face.box.xyxy[2:]) / 2 for face in faces]
    nearest = faces[int(np.argmin([np.linalg.norm(centre - middle) for centre in centres]))]
    return [align(photo, nearest.landmarks, TEMPLATES[recognizer.embedder.card.template])]


def damages() -> dict[str, Damage]:
    """From a damage's name to what it does to a crop."""
    made: dict[str, Damage] = {"none": lambda crop: crop}
    for sigma in (1, 2, 3, 4, 6):
        made[f"blur sigma {sigma}"] = lambda crop, s=sigma: cv2.GaussianBlur(crop, (0, 0), s)
    for share in (12, 16, 20, 24, 32, 48):
        made[f"{share} px crop"] = lambda crop, s=share: enlarged(crop, s)
    for factor in (0.02, 0.05, 0.1, 0.2, 0.4, 1.5, 2.5, 4.0):
        made[f"light x {factor}"] = lambda crop, f=factor: np.minimum(crop * f, 255).astype(
            np.uint8
        )
    return made


def enlarged(crop: np.ndarray, pixels: int) -> np.ndarray:
    """The crop as if only ``pixels`` of it had been seen across."""
    small = cv2.resize(crop, (pixels, pixels), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, crop.shape[1::-1]))


def lit(crop: np.ndarray, factor: float) -> np.ndarray:
    """The crop in another light, clipped at white."""
    return np.minimum(crop * factor, 255).astype(np.uint8)


def light(crops: Sequence[np.ndarray]) -> str:
    """Percentiles of what the crops' pixels say, as one line."""
    measured = [measure_light(middle_grey(crop)) for crop in crops]
    parts = []
    for name in ("sharpness", "brightness", "contrast"):
        values = np.percentile([getattr(one, name) for one in measured], PERCENTILES)
        parts.append(f"{name} " + " ".join(f"{value:5.1f}" for value in values))
    return "; ".join(parts)


def turned(recognizer: Recognizer, paths: Sequence[Path]) -> None:
    """Of photos in four turns: in how many is a face found, and what is it worth."""
    photos = [read_image(path) for path in paths]
    upright = [
        max(faces, key=lambda face: face.face.box.area, default=None)
        for faces in recognizer.encode(photos)
    ]
    print(f"\n{len(photos)} photos turned")
    for turns in range(4):
        encoded = recognizer.encode([np.ascontiguousarray(np.rot90(one, turns)) for one in photos])
        best = [
            max(
                ((float(face.vector @ one.vector), face.quality) for face in faces),
                key=lambda pair: pair[0],
            )
            for faces, one in zip(encoded, upright, strict=True)
            if faces and one
        ]
        cosines = [cosine for cosine, _ in best]
        roll = np.abs([quality.measures["roll_degrees"] for _, quality in best])
        usable = np.mean([quality.usable for _, quality in best])
        print(
            f"{90 * turns:4d} degrees: found in {len(best)}, usable {usable:.3f}, "
            f"|roll| median {np.median(roll):.0f}, "
            f"cosine median {np.median(cosines):.3f}, 5 % {np.percentile(cosines, 5):.3f}"
        )


if __name__ == "__main__":
    main()
