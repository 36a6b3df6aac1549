"""What a training run is asked to do: small frozen records with defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption
from mien.images import MEGAPIXELS, Limits
from mien.training.dataset import Dataset
from mien.training.splits import split

HEAD_NAMES = ("cosine", "arcface", "linear", "classic")
OPTIMISERS = ("adamw", "adam", "rmsprop", "sgd")
AUGMENTATIONS = ("none", "classic", "modern")
PRECISIONS = ("fp32", "bf16")
USUAL_VIEWS: Mapping[str, int] = MappingProxyType({"none": 1, "classic": 4, "modern": 4})


def check_word(word: str, name: str, known: tuple[str, ...]) -> str:
    """A word out of a list.

    Raises:
        InvalidOption: it is not in the list.
    """
    if word not in known:
        raise InvalidOption(f"{name}: expected one of {', '.join(known)}, got {word!r}")
    return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How the training photos are varied.

    Attributes:
        kind: ``none``; ``classic``: rotation up to 20 degrees, shift up to a fifth, mirror,
            the border repeated; ``modern``: crop, small rotation, light, colour, blur, mirror.
        views: of each photo, the same in every epoch; 0 makes one new view in each epoch, which
            only the slow path can. View 0 of several is the photo as it is.
    """

    kind: str = "none"
    views: int = 1

    def __post_init__(self) -> None:
        check_word(self.kind, "augment", AUGMENTATIONS)
        check_count(self.views, "views", 0, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """How the weights are moved.

    Attributes:
        optimiser: ``adamw``, ``adam``, ``rmsprop`` or ``sgd`` (with a momentum of 0.9).
        learning_rate: of the head and the last block.
        block_decay: each earlier block learns at this share of the rate of the one behind it.
        weight_decay: of adamw.
        label_smoothing: share of a label that is spread over all classes.
        class_weights: people with few photos count more, so that each person counts the same.
        epochs: at the most.
        patience: epochs without a better validation loss before it stops.
        batch_size: photos in a step.
        precision: ``fp32``, or ``bf16`` for mixed precision where the processor has it.
    """

    optimiser: str = "adamw"
    learning_rate: float = 1e-3
    block_decay: float = 0.7
    weight_decay: float = 1e-4
    label_smoothing: float = 0.0
    class_weights: bool = True
    epochs: int = 60
    patience: int = 10
    batch_size: int = 32
    precision: str = "fp32"

    def __post_init__(self) -> None:
        check_word(self.optimiser, "optimiser", OPTIMISERS)
        check_word(self.precision, "precision", PRECISIONS)
        check_fraction(self.learning_rate, "learning_rate", 1e-9, 1e3)
        check_fraction(self.block_decay, "block_decay", 0.0, 1.0)
        check_fraction(self.weight_decay, "weight_decay")
        check_fraction(self.label_smoothing, "label_smoothing", 0.0, 0.9)
        check_count(self.epochs, "epochs", 1, 100_000)
        check_count(self.patience, "patience", 1, 100_000)
        check_count(self.batch_size, "batch_size", 1, 65_536)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """A whole run of ``mien train``.

    Attributes:
        data: folder of photos; see ``docs/training-data.md``.
        out: folder of the model that is made.
        exclude: patterns of files and folders in ``data`` and ``strangers`` that are passed over;
            see `mien.images.FolderWalk`.
        backbone: its name; see ``docs/backbones.md``.
        head: ``cosine``, ``arcface``, ``linear`` or ``classic``; None takes ``cosine`` on a face
            network and ``linear`` on an image network.
        unfreeze: how many of the backbone's last blocks learn, too; 0 none, None all.
        mirror: average each face with its mirror image; None does so on face networks.
        detect: find and align the faces first; without it the photos are ready crops.
        detector: that finds them.
        max_megapixels: larger photos are refused.
        augmentation, optimisation: see there.
        strangers: folder of photos of other people, for the threshold of ``unknown``; without it
            the vectors that ship with mien where they fit, else people held out.
        false_accepts: share of strangers that may be named.
        folds: cross-validate first; 0 does not.
        seed: of the split, the views, the order and the weights.
        fast: compute a frozen backbone's features once; without it every step runs the backbone.
        threads: cores that torch uses; 0 takes all.
        devices, strategy: of Lightning, for several GPUs or machines.
        cache: folder for crops and features that later runs use again; None keeps none.
        resume: go on where a run for the same model was ended.
        overwrite: replace a model that is there.
        pictures: write pictures, those of crops among them.
        bar: show Lightning's progress bar.
    """

    data: Path
    out: Path
    exclude: tuple[str, ...] = ()
    backbone: str = "sface"
    head: str | None = None
    unfreeze: int | None = 0
    mirror: bool | None = None
    detect: bool = True
    detector: str = "yunet"
    max_megapixels: float = MEGAPIXELS
    augmentation: Augmentation | None = None
    optimisation: Optimisation = field(default_factory=Optimisation)
    strangers: Path | None = None
    false_accepts: float = 0.01
    folds: int = 0
    seed: int = 0
    fast: bool = True
    threads: int = 0
    devices: str = "auto"
    strategy: str = "auto"
    cache: Path | None = None
    resume: bool = False
    overwrite: bool = False
    pictures: bool = True
    bar: bool = False

    def __post_init__(self) -> None:
        if self.head is not None:
            check_word(self.head, "head", HEAD_NAMES)
        if self.unfreeze is not None:
            check_count(self.unfreeze, "unfreeze", 0, 10_000)
        Limits.of_megapixels(self.max_megapixels)
        check_fraction(self.false_accepts, "false_accepts", 1e-4, 0.5)
        check_count(self.seed, "seed", 0, 2**31 - 1)
        check_count(self.threads, "threads", 0, 1024)
        if self.folds == 1 or self.folds:
            check_count(self.folds, "folds", 2, 100)
        views = self.augmentation.views if self.augmentation else 1
        if views == 0 and self.unfreeze == 0 and self.fast:
            raise InvalidOption(
                "views: expected 1 or more on the fast path, got 0 (a new view in every epoch); "
                "give a number, or turn the fast path off"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values; paths by their last part only: a model says nothing of its maker's disk."""
        return plain_fields(self)

    def divide(self, dataset: Dataset) -> Dataset:
        """Everybody is learned from, and measured on photos that were not."""
        return split(dataset, seed=self.seed)


Recipe = Mapping[str, Any]
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "classic-vgg16": {
            "backbone": "vgg16",
            "head": "classic",
            "augmentation": Augmentation(kind="classic", views=4),
            "optimisation": Optimisation(optimiser="rmsprop", class_weights=False, epochs=30),
        },
        "classic-mobilenetv2": {
            "backbone": "mobilenetv2",
            "head": "linear",
            "augmentation": Augmentation(kind="classic", views=4),
            "optimisation": Optimisation(optimiser="rmsprop", class_weights=False, epochs=30),
        },
    }
)
"""Settings that belong together, by name; what is given beside a recipe goes before it."""


def plain_fields(record: Any) -> dict[str, Any]:
    """The fields of a record as plain values; paths by their last part only."""
    return {name: _plain(value) for name, value in _fields(record).items()}


def _fields(record: Any) -> dict[str, Any]:
    return {one.name: getattr(record, one.name) for one in dataclasses.fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_fields(value)
    return list(value) if isinstance(value, tuple) else value
