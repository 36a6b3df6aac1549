"""Make the vectors of strangers that ship with mien: one photo each of people of LFW.

Half of LFW's people may be in the files: those whose name's SHA-256 is an even number. The other
half is never in them, and is what tests and benchmarks use as strangers. Of the even half the
people with the smallest SHA-256 are taken whose first photo holds a usable face; of several faces
the one nearest to the middle. No name is written, and the rows are sorted by their numbers.

    python benchmarks/strangers.py --data DATA [--embedder NAME] [--count N] [--out FILE]

The usual embedder is ``sface``; ``dlib-resnet`` is the other one that mien ships strangers for.
The same data and networks give the same vectors to rounding: the runtime's precision is float32
here, so that they do not depend on the processor's.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from mien.api import Settings, build_recognizer
from mien.errors import FaceError
from mien.matching import strangers
from mien.matching.strangers import SHIPPED, StrangerSet, parse_strangers, ships, write_strangers
from mien.models import Precision, RuntimeOptions
from mien.pipeline import FaceChoice, PhotoFailure, Recognizer

ORIGIN = (
    "Labeled Faces in the Wild (University of Massachusetts, 2007), a public set of photos of "
    "public figures: one photo each of {count:,} people whose name's SHA-256 is even, the face "
    "nearest to the middle, mirror image averaged in; no names"
)


def main() -> int:
    """Encode, write, read back, say how far rounding moved the vectors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument("--count", default=1000, type=int, help="people")
    parser.add_argument("--out", type=Path, help="by default where mien looks for it")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    runtime = RuntimeOptions(precision=Precision.FP32)
    recognizer = build_recognizer(Settings(embedder=options.embedder, runtime=runtime))
    space = recognizer.embedder.space
    key = (space.model, space.preprocessing)
    if options.out is None and key not in SHIPPED:
        print(f"expected --out: mien ships no strangers for {space}", file=sys.stderr)
        return 2
    photos = first_photos(options.data / "lfw" / "images", shipped=True)
    vectors = np.stack(list(islice(usable_faces(recognizer, photos), options.count)))
    made = StrangerSet(space, vectors, ORIGIN.format(count=len(vectors)))
    text = write_strangers(made)
    place = options.out or Path(strangers.__file__).parent / "stranger_vectors" / SHIPPED[key]
    place.parent.mkdir(exist_ok=True)
    place.write_text(text, "utf-8")
    read = parse_strangers(text).vectors
    kept = (vectors @ read.T).max(axis=1)
    print(f"{space}: {len(read):,} strangers, {len(text):,} bytes")
    print(f"cosine with the vector before rounding: {kept.min():.6f} at least")
    return 0


def first_photos(images: Path, *, shipped: bool) -> list[Path]:
    """The first photo of each person of one half, people by the SHA-256 of their names."""
    half = (folder for folder in images.iterdir() if ships(folder.name) == shipped)
    folders = sorted(half, key=lambda folder: hashlib.sha256(folder.name.encode()).digest())
    return [min(folder.glob("*.jpg")) for folder in folders]


def usable_faces(recognizer: Recognizer, photos: Iterable[Path]) -> Iterator[np.ndarray]:
    """The vector of the usable face nearest to each photo's middle; of no face, nothing."""
    for encoded in recognizer.encode_photos(photos):
        if isinstance(encoded, PhotoFailure):
            raise encoded.error
        with contextlib.suppress(FaceError):
            yield recognizer.choose(encoded, FaceChoice.CENTRAL).vector


if __name__ == "__main__":
    sys.exit(main())
