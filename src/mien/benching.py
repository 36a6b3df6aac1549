"""Detectors and embedders against each other on this machine: how right, how fast, how large.

Each combination runs the whole pipeline, from the files to the vectors, over the photos of the
same pairs of LFW (or of a list of its form).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien import api
from mien.detection import DETECTORS
from mien.embedding import FUSIONS
from mien.errors import SourceNotFound
from mien.evaluation import (
    Pair,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
    part_of_pairs,
    read_lfw_pairs,
    score_pairs,
)
from mien.evaluation.pairs_part import lists_of
from mien.models import ModelStore, RuntimeOptions
from mien.models.cards import EmbedderCard, PackageSource
from mien.pipeline import FaceChoice, Recognizer
from mien.quality import QualityLimits
from mien.records import FloatArray, PhotoFailure

PAIRS = 1200
FAR = 1e-3
WARM_UP = 32  # photos before the clock runs


@dataclass(frozen=True, slots=True)
class BenchData:
    """What is measured on.

    Attributes:
        pairs: those that are judged.
        listed: how many the list holds.
        images: the folder of their photos.
    """

    pairs: tuple[Pair, ...]
    listed: int
    images: Path

    @property
    def photos(self) -> tuple[Path, ...]:
        """Each photo once, in the order of its first use."""
        paths = dict.fromkeys(path for pair in self.pairs for path in (pair.path1, pair.path2))
        return tuple(self.images / path for path in paths)


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One detector with one embedder (or a fusion of several).

    Attributes:
        report: of the pairs.
        photos, without_face: how many, and in how many no face was found.
        milliseconds: of one photo from file to vectors, the clock's time over all photos divided
            by their number; ``threads`` photos are worked on at once.
        size_bytes: of the published files of both.
        licences: of both, by the names of their cards.
    """

    detector: str
    embedder: str
    report: VerificationReport
    photos: int
    without_face: int
    milliseconds: float
    threads: int
    size_bytes: int
    licences: Mapping[str, str]

    @property
    def tar(self) -> TarAtFar:
        """The true accept rate at a false accept rate of 1e-3."""
        return next(row for row in self.report.tar_at_far if row.far == FAR)

    def to_json(self) -> dict[str, Any]:
        """The row as plain values; what it shares with `mien evaluate` is named as there."""
        report = self.report.to_json()
        shared = ("pairs", "genuine", "impostor", "accuracy", "standard_error", "pooled_accuracy")
        return {
            "detector": self.detector,
            "embedder": self.embedder,
            **{name: report[name] for name in shared},
            "tar_at_far": {f"{FAR:.10g}": self.tar.to_json()},
            "failure_to_acquire": self.report.failure_to_acquire,
            "photos": self.photos,
            "without_face": self.without_face,
            "milliseconds_per_photo": round(self.milliseconds, 2),
            "threads": self.threads,
            "size_bytes": self.size_bytes,
            "licences": dict(self.licences),
        }


def read_bench_data(folder: Path, *, full: bool = False) -> BenchData:
    """``lfw/pairs.txt`` and ``lfw/images`` of a folder; 1,200 of the pairs, or all of them.

    Of a list with fewer pairs, all are taken.

    Raises:
        SourceNotFound: the list or the images are not there.
        InvalidPairs: the list cannot be read, or a photo is missing.
    """
    lfw = folder / "lfw"
    images = lfw / "images"
    if not (lfw / "pairs.txt").is_file() or not images.is_dir():
        raise SourceNotFound(
            f"data: expected lfw/pairs.txt and lfw/images in {folder}, got none there; name "
            "the folder that holds LFW with --data DIR or MIEN_BENCH_DATA (docs/benchmarks.md)"
        )
    pairs = read_lfw_pairs(lfw / "pairs.txt", images)
    lists = lists_of(pairs)
    each = PAIRS // len(lists)
    if full or each < 1 or each > min(map(len, lists.values())):
        return BenchData(pairs, len(pairs), images)
    return BenchData(part_of_pairs(pairs, each * len(lists)), len(pairs), images)


def choose_embedders(store: ModelStore) -> tuple[list[str], list[str]]:
    """The embedders that can be had without asking the user, and why the others are left out.

    Those whose files are in the cache, or which a package index has under hashes that this
    project has checked, and fusions of them.
    """
    lacking = {one.card.name for one in store.check() if one.state != "cached"}
    names, left_out = [], []
    for card in store.cards.values():
        if not isinstance(card, EmbedderCard):
            continue
        if card.name not in lacking or (card.verified and _in_packages(card)):
            names.append(card.name)
        else:
            left_out.append(
                f"{card.name} is left out: no package index has it; `mien models pull {card.name}`"
            )
    names += [name for name, fusion in FUSIONS.items() if set(fusion.parts) <= set(names)]
    left_out += [
        f"{name} is left out: it waits for a file of yours; `mien models pin {name} FILE`"
        for name in store.own.unpinned
        if name not in store.cards
    ]
    return names, left_out


def load(detector: str, embedder: str, store: ModelStore, threads: int = 0) -> Recognizer:
    """The pipeline of a combination; every face counts, whatever its quality.

    Raises:
        ModelError: a network cannot be had or does not load.
    """
    settings = api.Settings(
        detector=detector,
        embedder=embedder,
        limits=QualityLimits.none(),
        runtime=RuntimeOptions(threads=threads),
    )
    return api.build_recognizer(settings, store)


def bench(
    recognizer: Recognizer,
    data: BenchData,
    store: ModelStore,
    step: Callable[[], None] = lambda: None,
) -> BenchRow:
    """Measure one detector with one embedder.

    Args:
        recognizer: see `load`.
        data: the pairs.
        store: with the cards that the recognizer was built from.
        step: called after each photo that is timed.

    Raises:
        InsufficientData: too few pairs with faces to set a threshold on.
    """
    photos = data.photos
    list(recognizer.encode_photos(photos[:WARM_UP]))
    start = time.perf_counter()
    vectors = []
    for vector in central_vectors(recognizer, photos):
        vectors.append(vector)
        step()
    seconds = time.perf_counter() - start
    scores = score_pairs(data.pairs, lambda _: vectors)
    kind = DETECTORS[recognizer.detector.name]
    cards = [*(store.card(name) for name in kind.cards), *recognizer.embedder.cards]
    return BenchRow(
        detector=recognizer.detector.name,
        embedder=recognizer.embedder.name,
        report=evaluate_verification(data.pairs, scores, (FAR,)),
        photos=len(photos),
        without_face=sum(vector is None for vector in vectors),
        milliseconds=1000 * seconds / len(photos),
        threads=recognizer.workers,
        size_bytes=sum(card.size_bytes for card in cards),
        licences={**kind.bundled_licences, **{card.name: card.licence for card in cards}},
    )


def central_vectors(recognizer: Recognizer, photos: Sequence[Path]) -> Iterator[FloatArray | None]:
    """The vector of each photo's most central usable face; None where there is no face.

    Raises:
        LowQuality: faces were found, but none keeps the recognizer's limits.
    """
    for encoded in recognizer.encode_photos(photos):
        if isinstance(encoded, PhotoFailure) or not encoded.faces:
            yield None
        else:
            yield recognizer.choose(encoded, FaceChoice.CENTRAL).vector


def _in_packages(card: EmbedderCard) -> bool:
    return all(any(isinstance(one, PackageSource) for one in file.sources) for file in card.files)
