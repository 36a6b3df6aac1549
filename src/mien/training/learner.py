"""From crops and their people to a trained network, on the fast path or the slow one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from mien.errors import InvalidOption
from mien.networks.backbone import Backbone, freeze
from mien.networks.heads import HEADS, Head
from mien.records import FloatArray
from mien.training.array_folder import ArrayFolder
from mien.training.classifier import Classifier
from mien.training.config import Augmentation, TrainConfig
from mien.training.features import compute_features
from mien.training.halves import FrozenHalf, LearningHalf, SlowPath, WholeNetwork, answers
from mien.training.loop import EpochRow, History, fit, seeded, torch_threads
from mien.training.rows import FeatureRows, ViewRows, in_order, shuffled

MAXIMUM_FEATURE_BYTES = 2 << 30
"""Beyond it the features of the fast path would not fit beside everything else in 4 GB."""

ANSWER_BATCH = 64
PLAIN = Augmentation(kind="none", views=1)

Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Pictures and whose they are.

    Attributes:
        crops: ``(N, S, S, 3) uint8``, RGB.
        classes: ``(N,) int64``.
    """

    crops: NDArray[np.uint8]
    classes: Classes


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a network says of N pictures.

    Attributes:
        embeddings: ``(N, D) float32`` of unit length.
        logits: ``(N, C) float32``.
    """

    embeddings: FloatArray
    logits: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A trained network, and how it came to be.

    Attributes:
        frozen: the half that was not changed.
        learning: the blocks that learned.
        head: with its centres in place.
        history: epoch by epoch.
        fast: whether the frozen half was run once for each view, not in every epoch.
    """

    frozen: FrozenHalf
    learning: LearningHalf
    head: Head
    history: History
    fast: bool

    @property
    def network(self) -> WholeNetwork:
        """What is exported."""
        return WholeNetwork(self.frozen, self.learning, self.head).eval()


class Learner:
    """Trains heads, and the blocks that may learn, on one backbone.

    Args:
        config: the run's, with its head, mirror and augmentation decided.
        backbone: as published; every run starts from it anew.
        kept: where features are kept; None keeps them nowhere.
        told: called with how many more views went through the frozen half.
    """

    def __init__(
        self,
        config: TrainConfig,
        backbone: Backbone,
        kept: ArrayFolder | None = None,
        told: Callable[[int], None] | None = None,
    ) -> None:
        self.config = config
        self.backbone = backbone
        freeze(backbone, config.unfreeze)
        self._kept = kept if backbone.frozen_blocks else None
        self._told = told

    def is_fast(self, photos: int) -> bool:
        """Whether the frozen half is run once for each view and no more."""
        augmentation = self.config.augmentation or PLAIN
        size = 4 * photos * max(1, augmentation.views) * self._numbers_between()
        fits = self.config.fast and augmentation.views > 0 and self.backbone.frozen_blocks > 0
        return fits and size <= MAXIMUM_FEATURE_BYTES

    def features(self, crops: NDArray[np.uint8], augmentation: Augmentation = PLAIN) -> FloatArray:
        """What the frozen half gives for every view of every crop; see `compute_features`."""
        half = FrozenHalf(self.backbone, mirror=bool(self.config.mirror))
        return compute_features(
            half,
            crops,
            augmentation,
            self.config.seed,
            kept=self._kept,
            progress=self._told,
        )

    def learn(
        self,
        train: Example,
        validation: Example,
        classes: int,
        work: Path,
        told: Callable[[EpochRow], None] | None = None,
    ) -> Learned:
        """Train on some pictures, stop by others.

        Args:
            train, validation: pictures of the same people.
            classes: how many people.
            work: folder for checkpoints.
            told: called after each epoch.

        Raises:
            TrainingDiverged: the numbers are not finite any more.
        """
        config = self.config
        with torch_threads(config.threads), seeded(config.seed):
            backbone = copy.deepcopy(self.backbone)
            frozen = FrozenHalf(backbone, mirror=bool(config.mirror))
            learning = LearningHalf(backbone)
            head = HEADS[str(config.head)](backbone.feature_shape, classes)
            fast = self.is_fast(len(train.crops))
            plain = self.features(train.crops)
            self._start(head, learning, plain, train.classes)
            batches = self._batches(train, plain, fast)
            checking = self._checking(validation, fast)
            module = Classifier(
                learning if fast else SlowPath(frozen, learning),
                head,
                backbone,
                config.optimisation,
                _class_weights(train.classes, classes)
                if config.optimisation.class_weights
                else None,
                config.seed,
            )
            history = fit(module, batches, checking, config, work, told)
            learned = Learned(frozen.eval(), learning.eval(), head.eval(), history, fast)
            self._place_centres(learned, plain, train.classes)
        return learned

    def answers(self, learned: Learned, crops: NDArray[np.uint8]) -> Answers:
        """What a trained network says of pictures, by its frozen half's features."""
        return self.answers_of_features(learned, self.features(crops))

    def answers_of_features(self, learned: Learned, features: FloatArray) -> Answers:
        """What a trained network says of features."""
        parts = []
        with torch.no_grad():
            for start in range(0, len(features), ANSWER_BATCH):
                batch = torch.from_numpy(features[start : start + ANSWER_BATCH])
                parts.append(answers(learned.head, learned.learning(batch)))
        if not parts:
            empty = np.empty((0, learned.head.dimensions), dtype=np.float32)
            return Answers(empty, np.empty((0, len(learned.head.centres)), dtype=np.float32))
        embeddings, logits = (torch.cat(one).numpy() for one in zip(*parts, strict=True))
        return Answers(embeddings, logits)

    def _start(
        self, head: Head, learning: LearningHalf, plain: FloatArray, classes: Classes
    ) -> None:
        with torch.no_grad():
            head.eval()
            features = _through(learning.eval(), plain)
            head.initialise(features, torch.from_numpy(classes))

    def _place_centres(self, learned: Learned, plain: FloatArray, classes: Classes) -> None:
        features = _through(learned.learning, plain)
        learned.head.place_centres(features, torch.from_numpy(classes))

    def _batches(self, train: Example, plain: FloatArray, fast: bool) -> DataLoader[Any]:
        config, augmentation = self.config, self.config.augmentation or PLAIN
        if not fast:
            rows: FeatureRows | ViewRows = ViewRows(
                train.crops, train.classes, augmentation, config.seed
            )
        elif augmentation == PLAIN:
            rows = FeatureRows(plain, train.classes)
        else:
            rows = FeatureRows(self.features(train.crops, augmentation), train.classes)
        return shuffled(rows, config.optimisation.batch_size, config.seed)

    def _checking(self, validation: Example, fast: bool) -> DataLoader[Any]:
        rows = (
            FeatureRows(self.features(validation.crops), validation.classes)
            if fast
            else ViewRows(validation.crops, validation.classes, PLAIN, self.config.seed)
        )
        return in_order(rows, self.config.optimisation.batch_size)

    def _numbers_between(self) -> int:
        """How many numbers the frozen half gives for one picture."""
        side = self.backbone.side
        half = FrozenHalf(self.backbone, mirror=False).eval()
        with torch.no_grad():
            return int(half(torch.zeros(1, 3, side, side)).numel())


def decided(config: TrainConfig, backbone: Backbone) -> TrainConfig:
    """The run with what depends on the backbone filled in.

    Raises:
        InvalidOption: mirror images are to be averaged though the backbone learns.
    """
    knows_faces = len(backbone.feature_shape) == 1
    frozen = config.unfreeze == 0
    if config.mirror and not frozen:
        raise InvalidOption(
            "mirror: expected a frozen backbone to average mirror images, got one that learns; "
            "leave --unfreeze or --mirror out"
        )
    head = config.head or ("cosine" if knows_faces else "linear")
    mirror = (knows_faces and frozen) if config.mirror is None else config.mirror
    usual = PLAIN if knows_faces and frozen else Augmentation(kind="modern", views=4)
    augmentation = config.augmentation or usual
    return replace(config, head=head, mirror=mirror, augmentation=augmentation)


def _through(learning: LearningHalf, features: FloatArray) -> torch.Tensor:
    with torch.no_grad():
        parts = [
            learning(torch.from_numpy(features[start : start + ANSWER_BATCH]))
            for start in range(0, len(features), ANSWER_BATCH)
        ]
    return torch.cat(parts)


def _class_weights(targets: Classes, classes: int) -> torch.Tensor:
    """Each person the same weight in all: N / (C * photos of the person)."""
    counts = np.bincount(targets, minlength=classes)
    return torch.from_numpy((len(targets) / (classes * np.maximum(counts, 1))).astype(np.float32))
