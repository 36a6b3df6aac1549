"""Fit ``mien.quality.recognisability``: can this vector be that of a face that can be recognised?

Photos of people of LFW are damaged, one way after another; crops are cut at the places where the
untouched photo has its points. Damage under which more than one pair of different people in a
thousand passes the default threshold is what is to be refused; the untouched photos of all of LFW
and the milder damage is what is to be kept. Printed are the rates before and after.

    python benchmarks/recognisability.py --data DATA [--people N] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from mien.alignment import ARCFACE_112, align_face
from mien.api import build_recognizer
from mien.detection import distance_from_centre
from mien.images import read_image
from mien.matching import threshold_for
from mien.pipeline import EncodedPhoto
from mien.records import Face
from mien.robustness import (
    Degrade,
    blur,
    glasses,
    half,
    jpeg,
    mask,
    motion,
    noise,
    small,
    together,
)

REFUSED = 1e-3  # false match rate from which on damage is to be refused
KEPT = 0.999  # of LFW's photos


def speckle(strength: float) -> Degrade:
    """Noise that grows with the light."""

    def noisy(photo: np.ndarray, _: Face, rng: np.random.Generator) -> np.ndarray:
        return np.clip(photo * (1 + rng.normal(0, strength, photo.shape)), 0, 255).astype(np.uint8)

    return noisy


WAYS: dict[str, Degrade] = {
    **{f"noise {sigma}": noise(sigma) for sigma in (10, 20, 30, 40, 60, 80)},
    **{f"dark {light}, noise": noise(15, light) for light in (0.12, 0.2, 0.5)},
    **{f"speckle {part}": speckle(part) for part in (0.2, 0.4, 0.8)},
    **{f"blur {sigma}": blur(sigma) for sigma in (2, 3, 4, 6)},
    **{f"motion {pixels}, {degrees}°": motion(pixels, degrees=degrees)
       for pixels in (9, 15, 21, 27) for degrees in (0, 45, 90)},
    **{f"jpeg {quality}": jpeg(quality) for quality in (3, 5, 6, 10)},
    **{f"small {pixels}": small(pixels) for pixels in (16, 20, 30)},
    "inverted": lambda photo, *_: 255 - photo,
    "mask": mask,
    "half": half,
    "glasses, mask": together(glasses(0.62), mask),
    "glasses, noise": together(glasses(0.62), noise(30)),
    "blur, noise": together(blur(2), noise(30)),
    "small, jpeg": together(small(24), jpeg(10)),
}  # fmt: skip


def false_matches(vectors: np.ndarray, least: float) -> float:
    """Of all pairs, each of two people, the share at or above a similarity."""
    if len(vectors) < 2:
        return float("nan")
    return float(((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)] >= least).mean())


def main() -> None:
    """Damage, embed, fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_BENCH_DATA"))
    parser.add_argument("--people", type=int, default=240)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    recognizer = build_recognizer()
    least = threshold_for(recognizer.embedder.space).similarity
    folders = sorted((options.data / "lfw" / "images").iterdir())
    everyone = [path for folder in folders for path in sorted(folder.glob("*.jpg"))]
    clean = [
        min(photo.faces, key=lambda one: distance_from_centre(one.face, photo.photo))
        for photo in recognizer.encode_photos(everyone)
        if isinstance(photo, EncodedPhoto) and photo.faces
    ]
    rng = np.random.default_rng(0)
    chosen = sorted(rng.choice(len(folders), min(options.people, len(folders)), replace=False))
    pairs = []
    for index in chosen:
        photo = read_image(min(folders[index].glob("*.jpg")))
        (faces,) = recognizer.encode([photo])
        if faces and faces[0].face.landmarks is not None:
            pairs.append((photo, faces[0].face))
    features = {"clean": _features([one.vector for one in clean], [one.norm for one in clean])}
    rates = {}
    for name, way in WAYS.items():
        crops = [align_face(way(photo, face, rng), face, ARCFACE_112) for photo, face in pairs]
        vectors, norms = recognizer.embedder.embed_views([(crop,) for crop in crops])
        features[name], rates[name] = _features(vectors, norms), false_matches(vectors, least)
    rows = np.concatenate(list(features.values()))
    bad = np.concatenate(
        [np.full(len(part), rates.get(name, 0.0) > REFUSED) for name, part in features.items()]
    )
    fit = LogisticRegression(C=30, max_iter=1000).fit(rows, bad)
    limit = float(np.quantile(fit.decision_function(features["clean"]), KEPT))
    for name, part in features.items():
        usable = part[fit.decision_function(part) < limit][:, :-1]
        after = float("nan") if name == "clean" else false_matches(usable, least)
        print(f"{name:16} {rates.get(name, 0):8.5f} {len(usable):6,} of {len(part):,} {after:8.5f}")
    print(f"minimum_recognisability: {-limit:.2f}")
    if options.out is not None:
        weights = [round(-float(one), 4) for one in fit.coef_[0]]
        record = {
            "model": recognizer.embedder.name,
            "intercept": round(-float(fit.intercept_[0]), 4),
            "norm": round(weights[-1] / 10, 5),
            "weights": weights[:-1],
        }
        options.out.write_text(json.dumps(record, indent=0) + "\n", "utf-8")


def _features(vectors: object, norms: object) -> np.ndarray:
    return np.concatenate([np.asarray(vectors), np.asarray(norms)[:, None] / 10], axis=1)


if __name__ == "__main__":
    main()
