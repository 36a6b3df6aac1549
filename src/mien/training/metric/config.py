"""What a run of ``mien finetune`` is asked to do: small frozen records with defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption
from mien.images import MEGAPIXELS, Limits
from mien.training.config import (
    OPTIMISERS,
    PRECISIONS,
    Augmentation,
    check_word,
    plain_fields,
)
from mien.training.dataset import Dataset
from mien.training.metric.people_split import split_people

LOSSES = ("triplet", "contrastive", "arcface", "multi-similarity", "siamese", "siamese-chi2")
MINERS = ("all", "semihard", "hard")
MINED = ("triplet", "contrastive")
USUAL_MINERS: Mapping[str, str] = MappingProxyType({"triplet": "semihard", "contrastive": "all"})
USUAL_MARGINS: Mapping[str, float] = MappingProxyType(
    {"triplet": 0.2, "contrastive": 1.0, "arcface": 0.5}
)
"""FaceNet, section 3.3: 0.2 in squared distance; Hadsell's in distance; ArcFace's in radians."""
COUNTED_MARGIN = 0.2
"""In squared distance: by which triplets are counted as easy where the loss has no such margin."""
LARGEST_MARGINS: Mapping[str, float] = MappingProxyType(
    {"triplet": 4.0, "contrastive": 2.0, "arcface": math.pi}
)
"""Beyond it nothing on the unit sphere can keep it: 4 is the largest squared distance there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is to become small.

    Attributes:
        loss: one of ``LOSSES``.
        miner: which triplets or pairs of a batch are learned from; None takes the usual one.
        margin: see ``USUAL_MARGINS``; None takes the usual one.
    """

    loss: str = "triplet"
    miner: str | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        check_word(self.loss, "loss", LOSSES)
        if self.miner is not None:
            check_word(self.miner, "miner", MINERS)
            if self.loss not in MINED:
                raise InvalidOption(
                    f"miner: expected a loss of {' or '.join(MINED)} to choose for, got "
                    f"{self.loss}; leave --miner out"
                )
        if self.margin is not None and self.loss not in USUAL_MARGINS:
            raise InvalidOption(
                f"margin: expected a loss with a margin ({', '.join(USUAL_MARGINS)}), got "
                f"{self.loss}; leave --margin out"
            )
        if self.margin is not None:
            check_fraction(self.margin, "margin", 1e-6, LARGEST_MARGINS[self.loss])

    @property
    def chosen_miner(self) -> str | None:
        """The miner that is used; None where the loss takes none."""
        return self.miner or USUAL_MINERS.get(self.loss)

    @property
    def chosen_margin(self) -> float:
        """The margin that is used; 0 where the loss has none."""
        return self.margin if self.margin is not None else USUAL_MARGINS.get(self.loss, 0.0)

    @property
    def counted_margin(self) -> float:
        """In squared distance: beyond it a triplet is easy."""
        return self.chosen_margin if self.loss == "triplet" else COUNTED_MARGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How the weights are moved.

    Attributes:
        people: P in a batch; fewer where there are fewer.
        photos: K of each of them.
        optimiser: ``adamw``, ``adam``, ``rmsprop`` or ``sgd``.
        learning_rate: of the head and the last block; None takes the usual one of the backbone.
        block_decay: each earlier block learns at this share of the rate of the one behind it.
        weight_decay: of adamw.
        epochs: at the most; in one, as many photos are drawn as there are.
        minutes: of the loop, at the most; None sets no limit. It ends after a whole epoch.
        patience: epochs that are no better before it stops.
        precision: ``fp32`` or ``bf16``.
    """

    people: int = 16
    photos: int = 4
    optimiser: str = "adamw"
    learning_rate: float | None = None
    block_decay: float = 0.9
    weight_decay: float = 1e-4
    epochs: int = 30
    minutes: float | None = None
    patience: int = 15
    precision: str = "fp32"

    def __post_init__(self) -> None:
        check_count(self.people, "people-per-batch", 2, 4_096)
        check_count(self.photos, "photos-per-person", 2, 4_096)
        check_word(self.optimiser, "optimiser", OPTIMISERS)
        check_word(self.precision, "precision", PRECISIONS)
        if self.learning_rate is not None:
            check_fraction(self.learning_rate, "learning_rate", 1e-9, 1e3)
        check_fraction(self.block_decay, "block_decay", 1e-6, 1.0)
        check_fraction(self.weight_decay, "weight_decay")
        check_count(self.epochs, "epochs", 1, 100_000)
        check_count(self.patience, "patience", 1, 100_000)
        if self.minutes is not None:
            check_fraction(self.minutes, "minutes", 1e-3, 100_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """A whole run of ``mien finetune``.

    Attributes:
        data: folder of photos; see ``docs/metric-learning.md``.
        out: folder of the model that is made.
        exclude: patterns of files and folders in ``data`` that are passed over; see
            `mien.images.FolderWalk`.
        backbone: its name; see ``docs/backbones.md``.
        objective, steps, augmentation: see there.
        dimensions: of the embedding.
        unfreeze: how many of the backbone's last blocks learn, or ``all``; None the usual number.
        mirror: average each face with its mirror image, in the exported network, as ``mien`` does
            with every embedder; None does.
        side: of the crop, pixels, where the backbone takes any; None takes its own.
        detect, detector, max_megapixels: as of ``mien train``.
        validation_people, held_out_people: how many choose the epoch, and how many it is measured
            on; None takes the usual shares.
        lfw: folder with LFW's ``pairs.txt`` and ``images``, to see what is lost there; or None.
        lfw_pairs: how many of its pairs; 0 takes all.
        keep_anyway: save the model though it got worse.
        seed, fast, threads, cache, resume, overwrite, pictures, bar: as of ``mien train``.
    """

    data: Path
    out: Path
    exclude: tuple[str, ...] = ()
    backbone: str = "sface"
    objective: Objective = field(default_factory=Objective)
    steps: Steps = field(default_factory=Steps)
    augmentation: Augmentation | None = None
    dimensions: int = 128
    unfreeze: int | str | None = None
    mirror: bool | None = None
    side: int | None = None
    detect: bool = True
    detector: str = "yunet"
    max_megapixels: float = MEGAPIXELS
    validation_people: int | None = None
    held_out_people: int | None = None
    lfw: Path | None = None
    lfw_pairs: int = 0
    keep_anyway: bool = False
    seed: int = 0
    fast: bool = True
    threads: int = 0
    cache: Path | None = None
    resume: bool = False
    overwrite: bool = False
    pictures: bool = True
    bar: bool = False

    def __post_init__(self) -> None:
        check_count(self.dimensions, "dimensions", 2, 65_536)
        if isinstance(self.unfreeze, str):
            check_word(self.unfreeze, "unfreeze", ("all",))
        elif self.unfreeze is not None:
            check_count(self.unfreeze, "unfreeze", 0, 10_000)
        if self.side is not None:
            check_count(self.side, "side", 32, 1024)
        for count in (self.validation_people, self.held_out_people):
            if count is not None:
                check_count(count, "people", 2, 1_000_000)
        Limits.of_megapixels(self.max_megapixels)
        check_count(self.lfw_pairs, "lfw_pairs", 0, 1_000_000)
        check_count(self.seed, "seed", 0, 2**31 - 1)
        check_count(self.threads, "threads", 0, 1024)

    def to_json(self) -> dict[str, Any]:
        """Plain values; paths by their last part only: a model says nothing of its maker's disk."""
        return plain_fields(self)

    def divide(self, dataset: Dataset) -> Dataset:
        """Each person stands on one side with all their photos."""
        return split_people(dataset, self.seed, self.validation_people, self.held_out_people)
