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
PASSING = "00" * 32
database._LOG_LIMIT = 64 << 10  # so that the log is moved into the file about every fourth time


def enrol(path: str, number: int) -> None:
    os.write(1, b"ready\n")
    with Gallery.open(path) as gallery:
        while True:
            vector = np.random.default_rng(number).normal(size=128)
            digest = sha256(str(number).encode()).hexdigest()
            name, file_name = f"Person {number % 17}", f"{number}.jpg" if number % 2 else None
            gallery.add(name, vector, SPACE, digest, file_name)
            os.write(1, f"{number}\n".encode())
            if number % REMOVE_EVERY == 0:
                try:
                    gallery.add("Passing", -vector, SPACE, PASSING, "passing.jpg")
                    if number % 2:
                        gallery.remove("Passing")
                    else:
                        gallery.merge(name, "Passing")
                        gallery.remove(name, photo=PASSING)
                except GalleryUnwritable:
                    return
            number += 1


if __name__ == "__main__":
    enrol(sys.argv[1], int(sys.argv[2]))
