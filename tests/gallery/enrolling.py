"""The child of `test_torture`: enrols until it is killed, and says what was acknowledged."""

from __future__ import annotations

import os
import sys
from hashlib import sha256

import numpy as np

from mien.errors import GalleryUnwritable
from mien.gallery import Gallery, database
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("tiny", "ab" * 32, "crop112-v1", 128)
REMOVE_EVERY = 25
database._LOG_LIMIT = 64 << 10  # so that the log is moved into the file about every fourth time


def enrol(path: str, number: int) -> None:
    os.write(1, b"ready\n")
    with Gallery.open(path) as gallery:
        while True:
            vector = np.random.default_rng(number).normal(size=128)
            digest = sha256(str(number).encode()).hexdigest()
            gallery.add(f"Person {number % 17}", vector, SPACE, digest)
            os.write(1, f"{number}\n".encode())
            if number % REMOVE_EVERY == 0:
                try:
                    gallery.add("Passing", -vector, SPACE)
                    gallery.remove("Passing")
                except GalleryUnwritable:
                    return
            number += 1


if __name__ == "__main__":
    enrol(sys.argv[1], int(sys.argv[2]))
