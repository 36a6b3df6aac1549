"""How many strangers a recogniser of three people names, by several rules for `unknown`.

Each three of the six actors are trained on (20 choices), three times with another split: a head
of class centres, and a softmax (logistic regression) on the same vectors. Strangers are the other
three actors, photographed in the same way, and 200 people of LFW of whom none ships with mien. The
rules are set on the validation photos and on the strangers that ship; then they meet the test
photos and those strangers.

    python benchmarks/unknown.py --data DATA [--embedder NAME] [--train N] [--validation N]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from strangers import first_photos, usable_faces

from mien.api import Settings, build_recognizer
from mien.evaluation import reliability
from mien.matching.strangers import load_strangers
from mien.records import FloatArray
from mien.training.known import KnownFit, fit_known, stranger_edge, without_trained

LFW_STRANGERS = 200
SPLITS = 3
SURE = 0.9  # of the softmax


@dataclass(frozen=True)
class Trial:
    """Similarities, or probabilities, that one rule looks at, and its threshold."""

    rule: str
    threshold: float
    own: np.ndarray
    like: np.ndarray
    lfw: np.ndarray


def main() -> int:
    """Encode, try every choice and split, print the means and the worst."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument("--train", default=30, type=int, help="photos of each person")
    parser.add_argument("--validation", default=8, type=int, help="photos of each person")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: holds lfw/ and actors/", file=sys.stderr)
        return 2
    recognizer = build_recognizer(Settings(embedder=options.embedder))
    folders = sorted((options.data / "actors").iterdir())
    actors = [
        np.stack(list(usable_faces(recognizer, sorted(one.glob("*.jpg"))))) for one in folders
    ]
    photos = first_photos(options.data / "lfw" / "images", shipped=False)
    lfw = np.stack(list(usable_faces(recognizer, photos[: LFW_STRANGERS + 20])))[:LFW_STRANGERS]
    shipped = load_strangers(recognizer.embedder.space)
    if shipped is None:
        print(f"expected strangers that ship for {options.embedder}, got none", file=sys.stderr)
        return 2
    trials: list[Trial] = []
    fits: list[tuple[KnownFit, Trial]] = []
    for seed in range(SPLITS):
        rng = np.random.default_rng(seed)
        shuffled = [rng.permutation(vectors) for vectors in actors]
        for chosen in combinations(range(len(actors)), 3):
            like = np.concatenate([v for n, v in enumerate(actors) if n not in chosen])
            people = [shuffled[n] for n in chosen]
            made, fit = by_centres(people, options, (shipped, like, lfw))
            trials += [*made, by_softmax(people, options.train, like, lfw)]
            fits.append((fit, made[-1]))
    print(
        f"{recognizer.embedder.space}: {len(fits)} trainings, {options.train} photos to learn "
        f"from and {options.validation} to validate on, of each of 3 people"
    )
    for rule in dict.fromkeys(trial.rule for trial in trials):
        print(line([trial for trial in trials if trial.rule == rule]))
    print(f"P(known), as many known as unknown: {worth(fits)}")
    return 0


def by_centres(
    people: list[FloatArray],
    options: argparse.Namespace,
    strangers: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[list[Trial], KnownFit]:
    """The rules that look at the cosine with the nearest centre."""
    middle, end = options.train, options.train + options.validation
    centres = np.stack([vectors[:middle].mean(axis=0) for vectors in people])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    pairs = list(zip(people, centres, strict=True))
    genuine = np.concatenate([vectors[middle:end] @ centre for vectors, centre in pairs])
    own = np.concatenate([vectors[end:] @ centre for vectors, centre in pairs])
    asked, like, lfw = (vectors @ centres.T for vectors in strangers)
    asked = asked[without_trained(genuine, asked)]
    fit = fit_known(genuine, asked)
    thresholds = {
        "the nearest person, always": -1.0,
        "at the edge of 1 % of the shipped strangers": stranger_edge(asked.max(axis=1), 0.01),
        "mien": fit.threshold.similarity,
    }
    best = (own, like.max(axis=1), lfw.max(axis=1))
    return [Trial(rule, cut, *best) for rule, cut in thresholds.items()], fit


def by_softmax(people: list[FloatArray], train: int, like: FloatArray, lfw: FloatArray) -> Trial:
    """The rule that looks at the largest probability of a softmax."""
    vectors = np.concatenate([one[:train] for one in people])
    labels = np.repeat(np.arange(len(people)), [len(one[:train]) for one in people])
    head = LogisticRegression(C=100.0, max_iter=1000).fit(vectors, labels)
    own = np.concatenate([one[train:] for one in people])
    said = [head.predict_proba(some).max(axis=1) for some in (own, like, lfw)]
    return Trial(f"a softmax that is {SURE:.0%} sure", SURE, *said)


def line(trials: list[Trial]) -> str:
    """Means and the worst training of one rule."""

    def rates(kind: str) -> np.ndarray:
        return np.array([(getattr(one, kind) >= one.threshold).mean() for one in trials])

    both = [np.concatenate([one.like, one.lfw]) >= one.threshold for one in trials]
    named = np.array([some.mean() for some in both])
    missed = 1 - rates("own")
    return (
        f"{trials[0].rule}: threshold {np.mean([one.threshold for one in trials]):.3f}; strangers "
        f"named {named.mean():.2%} (worst {named.max():.1%}), other actors "
        f"{rates('like').mean():.2%}, LFW {rates('lfw').mean():.2%}; own people not named "
        f"{missed.mean():.2%} (worst {missed.max():.1%})"
    )


def worth(fits: list[tuple[KnownFit, Trial]]) -> str:
    """Whether P(known) is what it says, over all trainings together."""
    said, known = zip(*probabilities(fits), strict=True)
    found = reliability(np.array(said), np.array(known), prior=0.5)
    return f"ECE {found.ece:.3f}, Brier score {found.brier:.4f}"


def probabilities(fits: list[tuple[KnownFit, Trial]]) -> Iterator[tuple[float, bool]]:
    """P(known) of each test photo and stranger, and whether it was one of the three."""
    for fit, trial in fits:
        for similarities, known in ((trial.own, True), (trial.like, False), (trial.lfw, False)):
            for similarity in similarities:
                yield fit.rule.probability(float(similarity)), known


if __name__ == "__main__":
    sys.exit(main())
