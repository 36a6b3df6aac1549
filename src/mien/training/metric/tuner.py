"""From crops and their people to a tuned embedder, on the fast path or the slow one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from mien.errors import InvalidOption
from mien.networks.backbone import Backbone, freeze
from mien.networks.embedding_head import EmbeddingHead
from mien.records import FloatArray
from mien.training.array_folder import ArrayFolder
from mien.training.config import Augmentation
from mien.training.features import compute_features
from mien.training.halves import FrozenHalf, LearningHalf, SlowPath
from mien.training.learner import ANSWER_BATCH, MAXIMUM_FEATURE_BYTES, PLAIN, Example
from mien.training.loop import seeded, torch_threads
from mien.training.metric.batches import PeopleOrder
from mien.training.metric.config import FinetuneConfig
from mien.training.metric.history import MetricEpoch, MetricHistory, start_row
from mien.training.metric.loop import fit_metric
from mien.training.metric.module import MetricModule
from mien.training.metric.network import EmbeddingNetwork
from mien.training.metric.objectives import BatchLoss
from mien.training.metric.pair_layer import PairLayer
from mien.training.metric.separation import evenly, separation
from mien.training.rows import FeatureRows, ViewRows, in_order, ordered_by

# Of a face network little may move: what it knows of thousands of people must not be lost to a few.
FACE_RATE, IMAGE_RATE = 1e-5, 3e-4
FACE_SHARE, IMAGE_SHARE = 0.2, 0.65
"""Of the blocks, the last ones, that learn where nothing else is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """A tuned embedder beside the one that it came from.

    Attributes:
        before: as published, its features for the embedding.
        after: with the weights of the best epoch; both share their frozen half.
        pair_layer: of a siamese loss.
        history: epoch by epoch.
        fast: whether the frozen half was run once for each view, not in every epoch.
    """

    before: EmbeddingNetwork
    after: EmbeddingNetwork
    pair_layer: PairLayer | None
    history: MetricHistory
    fast: bool


@dataclass(frozen=True, slots=True, eq=False)
class BothEmbeddings:
    """Vectors of the same pictures: ``before`` ``(N, D0)``, ``after`` ``(N, D)``, unit length."""

    before: FloatArray
    after: FloatArray


class Tuner:
    """Tunes one backbone.

    Args:
        config: the run's; see `decided`.
        backbone: as published.
        kept: where features are kept; None keeps them nowhere.

    Attributes:
        told: called with how many more views went through the frozen half.
    """

    def __init__(
        self, config: FinetuneConfig, backbone: Backbone, kept: ArrayFolder | None = None
    ) -> None:
        self.config = config
        self.backbone = backbone
        freeze(backbone, None if config.unfreeze == "all" else int(config.unfreeze or 0))
        self._frozen = FrozenHalf(backbone, mirror=False).eval()
        self._kept = kept if backbone.frozen_blocks else None
        self.told: Callable[[int], None] | None = None

    def learn(
        self,
        train: Example,
        validation: Example,
        work: Path,
        told: Callable[[MetricEpoch], None] | None = None,
    ) -> Tuned:
        """Learn from some people, choose the epoch by others.

        Args:
            train, validation: pictures of different people.
            work: folder for checkpoints.
            told: called after each epoch, and before the first with epoch 0.

        Raises:
            TrainingDiverged: the numbers are not finite any more.
        """
        config = self.config
        some = evenly(len(validation.crops))
        validation = Example(validation.crops[some], validation.classes[some])
        with torch_threads(config.threads), seeded(config.seed):
            learning = LearningHalf(copy.deepcopy(self.backbone))
            head = EmbeddingHead(self.backbone.feature_shape, config.dimensions)
            loss = BatchLoss(config.objective, int(train.classes.max()) + 1, head.dimensions)
            fast = self.is_fast(len(train.crops))
            self._start(learning, head, loss, train)
            module = self._module(learning, head, loss, fast)
            checking = self._checking(validation, fast)
            start = self._start_row(module, checking)
            if told is not None:
                told(start)
            history = fit_metric(
                module, self._batches(train, fast), checking, config, start, work, told
            )
        mirror = bool(config.mirror)
        published = EmbeddingHead(self.backbone.feature_shape)
        return Tuned(
            EmbeddingNetwork(
                self._frozen, LearningHalf(self.backbone), published, mirror=mirror
            ).eval(),
            EmbeddingNetwork(self._frozen, learning, head, mirror=mirror).eval(),
            loss.pair_layer,
            history,
            fast,
        )

    def is_fast(self, photos: int) -> bool:
        """Whether the frozen half is run once for each view and no more."""
        augmentation = self.config.augmentation or PLAIN
        size = 4 * photos * max(1, augmentation.views) * self._numbers_between()
        fits = self.config.fast and augmentation.views > 0 and self.backbone.frozen_blocks > 0
        return fits and size <= MAXIMUM_FEATURE_BYTES

    def views_to_compute(self, train: int, validation: int) -> int:
        """How many pictures go through the frozen half before the first epoch."""
        if not self.is_fast(train):
            return train
        augmentation = self.config.augmentation or PLAIN
        varied = 0 if augmentation == PLAIN else train * augmentation.views
        return train + varied + len(evenly(validation))

    def embed(self, tuned: Tuned, crops: NDArray[np.uint8], *, keep: bool = True) -> BothEmbeddings:
        """Both networks' vectors of ``(N, S, S, 3) uint8`` crops; the frozen half runs once.

        ``keep`` says whether its features are kept, as those of the run's own photos are.
        """
        before: list[FloatArray] = []
        after: list[FloatArray] = []
        for start in range(0, len(crops), ANSWER_BATCH):
            batch = crops[start : start + ANSWER_BATCH]
            features = torch.from_numpy(self._features(batch, keep=keep))
            mirrored = None
            if tuned.after.mirror:
                flipped = np.ascontiguousarray(batch[:, :, ::-1])
                mirrored = torch.from_numpy(self._features(flipped, keep=keep))
            with torch.no_grad():
                before.append(tuned.before.of_features(features, mirrored).numpy())
                after.append(tuned.after.of_features(features, mirrored).numpy())
        return BothEmbeddings(np.concatenate(before), np.concatenate(after))

    def _features(
        self, crops: NDArray[np.uint8], augmentation: Augmentation = PLAIN, *, keep: bool = True
    ) -> FloatArray:
        return compute_features(
            self._frozen,
            crops,
            augmentation,
            self.config.seed,
            kept=self._kept if keep else None,
            progress=self.told,
        )

    def _start(
        self, learning: LearningHalf, head: EmbeddingHead, loss: BatchLoss, train: Example
    ) -> None:
        given = []
        learning.eval()
        with torch.no_grad():
            for start in range(0, len(train.crops), ANSWER_BATCH):
                features = self._features(train.crops[start : start + ANSWER_BATCH])
                given.append(_pooled(learning(torch.from_numpy(features))))
            pooled = torch.cat(given)
            head.initialise(pooled)
            loss.initialise(head(pooled), torch.from_numpy(train.classes))

    def _module(
        self, learning: LearningHalf, head: EmbeddingHead, loss: BatchLoss, fast: bool
    ) -> MetricModule:
        body: nn.Module = learning if fast else SlowPath(self._frozen, learning)
        return MetricModule(body, head, loss, self._learning_backbone(learning), self.config)

    def _learning_backbone(self, learning: LearningHalf) -> Backbone:
        """The backbone whose last blocks are those that learn."""
        backbone = copy.copy(self.backbone)
        first = list(self.backbone.blocks)[: self.backbone.frozen_blocks]
        names = [name for name, _ in self.backbone.blocks[self.backbone.frozen_blocks :]]
        last = [(name, (block,)) for name, block in zip(names, learning.blocks, strict=True)]
        backbone.blocks = (*first, *last)
        return backbone

    def _batches(self, train: Example, fast: bool) -> DataLoader[Any]:
        config, augmentation = self.config, self.config.augmentation or PLAIN
        rows: FeatureRows | ViewRows
        if fast:
            rows = FeatureRows(self._features(train.crops, augmentation), train.classes)
        else:
            rows = ViewRows(train.crops, train.classes, augmentation, config.seed)
        steps = config.steps
        order = PeopleOrder(rows, train.classes, steps.people, steps.photos, config.seed)
        return ordered_by(rows, order, order.batch_size)

    def _checking(self, validation: Example, fast: bool) -> DataLoader[Any]:
        rows: FeatureRows | ViewRows
        if fast:
            rows = FeatureRows(self._features(validation.crops), validation.classes)
        else:
            rows = ViewRows(validation.crops, validation.classes, PLAIN, self.config.seed)
        return in_order(rows, ANSWER_BATCH)

    def _start_row(self, module: MetricModule, checking: DataLoader[Any]) -> MetricEpoch:
        module.eval()
        with torch.no_grad():
            seen = [(module.embeddings(features), targets) for features, targets in checking]
        vectors, classes = (torch.cat(part).numpy() for part in zip(*seen, strict=True))
        return start_row(separation(vectors, classes), self.config.steps.learning_rate or 0.0)

    def _numbers_between(self) -> int:
        """How many numbers the frozen half gives for one picture."""
        side = self.backbone.side
        with torch.no_grad():
            return int(self._frozen(torch.zeros(1, 3, side, side)).numel())


def decided(config: FinetuneConfig, backbone: Backbone) -> FinetuneConfig:
    """The run with what depends on the backbone filled in.

    Raises:
        InvalidOption: more dimensions than the backbone has features, or nothing that learns.
    """
    knows_faces = len(backbone.feature_shape) == 1
    head = EmbeddingHead(backbone.feature_shape, config.dimensions)
    share = FACE_SHARE if knows_faces else IMAGE_SHARE
    usual = max(1, round(share * len(backbone.blocks)))
    unfreeze = usual if config.unfreeze is None else config.unfreeze
    if unfreeze == 0 and head.projection is None:
        raise InvalidOption(
            f"unfreeze: expected 1 or more where the embedding is the backbone's own vector of "
            f"{head.dimensions}, got 0: no embedding would learn; give --unfreeze, or fewer "
            "--dimensions; weights for pairs of frozen vectors are what `mien verifier fit` learns"
        )
    rate = config.steps.learning_rate or (FACE_RATE if knows_faces else IMAGE_RATE)
    return replace(
        config,
        unfreeze=unfreeze,
        mirror=True if config.mirror is None else config.mirror,
        augmentation=config.augmentation or Augmentation(kind="modern", views=4),
        steps=replace(config.steps, learning_rate=rate),
        objective=replace(
            config.objective,
            miner=config.objective.chosen_miner,
            margin=config.objective.chosen_margin or None,
        ),
    )


def compact(example: Example) -> Example:
    """The same with its people numbered from 0 without gaps."""
    _, classes = np.unique(example.classes, return_inverse=True)
    return Example(example.crops, classes.astype(np.int64))


def _pooled(features: torch.Tensor) -> torch.Tensor:
    """Maps by their mean, which is all that the head sees of them."""
    return features.mean(dim=(2, 3)) if features.dim() == 4 else features
