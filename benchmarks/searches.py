"""How often strangers are given a name, and people their own, in galleries of many sizes.

Galleries are made of LFW's people and of the six actors, with 1 to 90 photos a person as far as
the folders carry. Those asked for are photos of the gallery's people that were not enrolled, and
one photo each of people of LFW of whom none ships with mien. Beside the rate of a search stands
what the threshold for one pair would do.

    python benchmarks/searches.py --data DATA [--kept FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mien.api import build_recognizer
from mien.detection import distance_from_centre
from mien.evaluation import wilson
from mien.gallery import Gallery
from mien.gallery.policy import search_policy
from mien.matching import threshold_for
from mien.matching.strangers import ships
from mien.pipeline import EncodedPhoto, Recognizer

PEOPLE, PHOTOS = (1, 5, 20, 100, 500), (1, 5, 20, 40, 90)
TRIALS = 5  # galleries of each size, of people drawn anew
PROBES = 5  # photos of each person that are asked for
Vectors = dict[str, list[np.ndarray]]


def main() -> int:
    """Encode, build galleries, ask, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--kept", type=Path, help="an .npz file that keeps the vectors")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: holds lfw/ and actors/", file=sys.stderr)
        return 2
    recognizer = build_recognizer()
    people = {name: kept(options, recognizer, name) for name in ("lfw/images", "actors")}
    pair = threshold_for(recognizer.embedder.space).similarity
    print("set      people photos  threshold  strangers named    own named   | at the pair's")
    for place, vectors in people.items():
        for count in PEOPLE:
            for photos in PHOTOS:
                row = tried(recognizer, people["lfw/images"], vectors, count, photos, pair)
                if row:
                    print(f"{place.split('/')[0]:8} {count:6} {photos:6}  {row}", flush=True)
    return 0


def kept(options: argparse.Namespace, recognizer: Recognizer, name: str) -> Vectors:
    """Vectors of the usable central faces of each person's photos."""
    file = options.kept and options.kept.with_suffix(f".{name.split('/')[0]}.npz")
    if file and file.is_file():
        with np.load(file) as loaded:
            return {person: list(loaded[person]) for person in loaded.files}
    folders = sorted((options.data / name).iterdir())
    paths = [path for folder in folders for path in sorted(folder.glob("*.jpg"))]
    found: Vectors = {}
    for path, photo in zip(paths, recognizer.encode_photos(paths), strict=True):
        if isinstance(photo, EncodedPhoto) and photo.faces:
            face = min(photo.faces, key=lambda one: distance_from_centre(one.face, photo.photo))
            if face.quality.usable:
                found.setdefault(path.parent.name, []).append(face.vector)
    if file:
        np.savez(file, **{person: np.stack(rows) for person, rows in found.items()})
    return found


def tried(
    recognizer: Recognizer, lfw: Vectors, vectors: Vectors, count: int, photos: int, pair: float
) -> str:
    """One row of the table; empty where the data has too few people of so many photos."""
    rng = np.random.default_rng([count, photos])
    able = sorted(name for name, rows in vectors.items() if len(rows) > photos)
    if len(able) < count:
        return ""
    limits, named, own = [], [], []
    for _ in range(TRIALS):
        chosen = sorted(rng.choice(able, count, replace=False).tolist())
        with Gallery.in_memory() as gallery:
            for name in chosen:
                gallery.add_many(
                    [(name, row, None) for row in vectors[name][:photos]], recognizer.embedder.space
                )
            limit = search_policy(gallery, recognizer.embedder.space, ()).threshold.similarity
            limits.append(limit)
            strange = [
                rows[0] for name, rows in lfw.items() if not ships(name) and name not in chosen
            ]
            for candidate, *_ in gallery.search(np.stack(strange), recognizer.embedder.space, 1):
                named.append((candidate.similarity, limit))
            for name, row in probes(vectors, chosen, photos):
                ((first, *_),) = gallery.search(row[None], recognizer.embedder.space, 1)
                own.append((first.similarity if first.name == name else -1.0, limit))
    return (
        f"{np.mean(limits):8.3f}   {share(np.array([place >= at for place, at in named]))}  "
        f"{share(np.array([place >= at for place, at in own]))} | "
        f"{np.mean([place >= pair for place, _ in named]):7.2%} "
        f"{np.mean([place >= pair for place, _ in own]):7.2%}"
    )


def probes(vectors: Vectors, chosen: list[str], photos: int) -> Iterator[tuple[str, np.ndarray]]:
    """Photos that were not enrolled, with their names."""
    for name in chosen:
        for row in vectors[name][photos : photos + PROBES]:
            yield name, row


def share(hits: np.ndarray) -> str:
    """A rate with its interval."""
    low, high = wilson(int(hits.sum()), len(hits))
    return f"{hits.mean():6.2%} ({low:.2%}-{high:.2%})"


if __name__ == "__main__":
    raise SystemExit(main())
