"""Made-up people as vectors: what tells them apart is known, because it was put there."""

from __future__ import annotations

import numpy as np

from mien.records import EmbeddingSpace
from mien.verifiers import PairData, encode_pairs, pairs_of_people

PEOPLE, PHOTOS = 48, 5


def space(name: str, dimensions: int) -> EmbeddingSpace:
    return EmbeddingSpace(name, "ab" * 32, "made-v1", dimensions)


def vectors_of_people(noise, seed=0, people=PEOPLE, photos=PHOTOS):
    """``(people * photos, D)``: a random centre for each person, and noise of each dimension."""
    rng = np.random.default_rng(seed)
    noise = np.asarray(noise, dtype=float)
    centres = np.repeat(rng.normal(size=(people, len(noise))), photos, axis=0)
    return centres + rng.normal(size=centres.shape) * noise


def names_of_people(people=PEOPLE, photos=PHOTOS):
    return [(f"p{n // photos:02}", f"p{n // photos:02}/{n}.jpg") for n in range(people * photos)]


def made_data(*vectors, people=PEOPLE, photos=PHOTOS) -> PairData:
    """The pairs of made-up people, a space for each array of vectors."""
    names = names_of_people(people, photos)
    row = {path: place for place, (_, path) in enumerate(names)}
    return encode_pairs(
        pairs_of_people(names),
        [
            (space(f"m{n}", one.shape[1]), lambda paths, one=one: [one[row[p]] for p in paths])
            for n, one in enumerate(vectors)
        ],
    )
