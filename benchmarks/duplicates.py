"""Which copies of photos are found, and which different photos are taken for copies.

    MIEN_BENCH_DATA=... python benchmarks/duplicates.py

The numbers behind ``docs/training-data.md``: the time from the photos of six actors to crops, the
near duplicates in three folders of people, and for each way of copying, how many copies of the
actors' photos are found. LFW takes a few minutes; ``--photos 1000`` takes so many photos of it.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from machine import this_machine
from PIL import Image

from mien.alignment import ARCFACE_112
from mien.api import build_finder
from mien.images import read_image, save_image
from mien.pipeline import FaceFinder
from mien.training.crops import Crops, cut_faces
from mien.training.dataset import LabelledPhoto
from mien.training.duplicates import (
    OF_ONE_PERSON,
    OF_TWO_PEOPLE,
    find_near_duplicates,
)

Copy = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=10**6, help="of LFW, at most; 0: none")
    wanted = parser.parse_args()
    folder = os.environ.get("MIEN_BENCH_DATA")
    if not folder:
        raise SystemExit("expected MIEN_BENCH_DATA to name the folder of benchmark data, got none")
    print(this_machine())
    finder = build_finder()
    actors = measure_folder(finder, "actors", people(Path(folder, "actors"), "*/*.jpg"))
    measure_folder(finder, "celeb5", people(Path(folder, "celeb5"), "*/*/*.jpg"))
    lfw = people(Path(folder, "lfw", "images"), "*/*.jpg")
    if wanted.photos:
        measure_folder(finder, "lfw", lfw[: wanted.photos])
    measure_copies(finder, actors)


def people(folder: Path, pattern: str) -> list[LabelledPhoto]:
    """Photos in folders that are named after people."""
    return [
        LabelledPhoto(path, path.relative_to(folder).as_posix(), path.parent.name)
        for path in sorted(folder.glob(pattern))
    ]


def measure_folder(finder: FaceFinder, title: str, photos: Sequence[LabelledPhoto]) -> Crops:
    """Print the near duplicates of a folder and the times."""
    start = time.perf_counter()
    crops = cut_faces(photos, finder, ARCFACE_112)
    cut = time.perf_counter()
    # as if all were one person's: the lower threshold, and the names looked at afterwards
    one_name = replace(crops, photos=tuple(replace(one, name="Ada") for one in crops.photos))
    found = sorted(find_near_duplicates(one_name), key=lambda pair: pair.correlation)
    compared = time.perf_counter()
    names = {photo.place: photo.name for photo in crops.photos}
    of_two = [pair for pair in found if names[pair.first.place] != names[pair.second.place]]
    print(
        f"\n{title}: {len(photos):,} photos, {len(crops.photos):,} with a usable face; "
        f"cut in {cut - start:.1f} s, compared in {compared - cut:.1f} s\n"
        f"  pairs of one person, from {OF_ONE_PERSON}: {len(found) - len(of_two)}\n"
        f"  pairs of two people, from {OF_TWO_PEOPLE}: "
        f"{sum(pair.correlation >= OF_TWO_PEOPLE for pair in of_two)}"
    )
    for pair in found:
        if pair in of_two or pair.correlation < 0.9:
            print(f"  {pair.correlation:.3f} {pair.first.place} {pair.second.place}")
    return crops


def measure_copies(finder: FaceFinder, crops: Crops) -> None:
    """Print for each way of copying how many copies are found as near duplicates."""
    print(f"\n{'copies of the actors: ':>30} usable   found   among two people")
    originals = {photo.place: row for row, photo in enumerate(crops.photos)}
    for title, copy in copies().items():
        with tempfile.TemporaryDirectory() as folder:
            photos = [copied(photo, copy, Path(folder)) for photo in crops.photos]
            made = cut_faces(photos, finder, ARCFACE_112)
        rows = [originals[photo.place] for photo in made.photos]
        hits, sure = 0, 0
        for row, original in enumerate(rows):
            pair = both(crops, original, made, row)
            found = find_near_duplicates(pair)
            hits += bool(found)
            sure += bool(found) and found[0].correlation >= OF_TWO_PEOPLE
        count = len(rows)
        print(f"{title:>30} {count:6d} {hits / count:7.1%} {sure / count:7.1%}")


def both(crops: Crops, original: int, made: Crops, copy: int) -> Crops:
    """A photo and its copy, as two photos of one person."""
    one = crops.rows(np.arange(len(crops.photos)) == original)
    other = made.rows(np.arange(len(made.photos)) == copy)
    second = replace(other.photos[0], place="copy", name=one.photos[0].name)
    return Crops(
        np.concatenate([one.pixels, other.pixels]),
        (one.photos[0], second),
        np.concatenate([one.thumbnails, other.thumbnails]),
        one.digests + other.digests,
        one.taken + other.taken,
    )


def copied(photo: LabelledPhoto, copy: Copy, folder: Path) -> LabelledPhoto:
    """A copy on the disk; its place stays that of the original."""
    path = folder / f"{photo.place.replace('/', '-')}.png"
    save_image(np.ascontiguousarray(copy(read_image(photo.path))), path)
    return replace(photo, path=path)


def copies() -> Mapping[str, Copy]:
    """Ways in which photos are copied."""
    return {
        "saved at quality 40": lambda image: saved(image, 40),
        "half the size": lambda image: scaled(image, 0.5),
        "a third of the size": lambda image: scaled(image, 1 / 3),
        "40 levels lighter": lambda image: lighter(image, 40),
        "gamma 0.6": lambda image: (255 * (image / 255) ** 0.6).astype(np.uint8),
        "in grey": lambda image: np.repeat(
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, 2
        ),
        "5 % cut at each side": lambda image: cut(image, 0.05, 0.05, 0.05, 0.05),
        "10 % cut at each side": lambda image: cut(image, 0.1, 0.1, 0.1, 0.1),
        "15 % cut at each side": lambda image: cut(image, 0.15, 0.15, 0.15, 0.15),
        "15 % cut at the top": lambda image: cut(image, 0, 0.15, 0, 0),
        "20 % cut at the left": lambda image: cut(image, 0.2, 0, 0, 0),
        "turned by 5 degrees": turned,
        "darker, cut, smaller, saved": lambda image: saved(
            scaled(cut(lighter(image, -20), 0.06, 0.03, 0.02, 0.08), 0.7), 50
        ),
        "mirrored": lambda image: image[:, ::-1],
    }


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    """As JPEG of that quality."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def scaled(image: np.ndarray, share: float) -> np.ndarray:
    """Smaller."""
    return np.asarray(cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))


def lighter(image: np.ndarray, levels: int) -> np.ndarray:
    """By so many levels, clipped."""
    return np.clip(image.astype(np.int16) + levels, 0, 255).astype(np.uint8)


def cut(image: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Without these shares at the sides."""
    high, wide = image.shape[:2]
    rows = slice(round(top * high), round(high - bottom * high))
    return image[rows, round(left * wide) : round(wide - right * wide)]


def turned(image: np.ndarray) -> np.ndarray:
    """By five degrees around the middle, black at the corners."""
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), 5, 1)
    return np.asarray(cv2.warpAffine(image, matrix, (wide, high)))


if __name__ == "__main__":
    main()
