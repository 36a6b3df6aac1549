"""Real crops of two people and a small run, for the tests of what learns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.modules.module import register_module_forward_hook

from mien.alignment import find_template
from mien.api import build_finder
from mien.images import read_image
from mien.models import ModelStore
from mien.networks.backbone import Backbone
from mien.training.config import Augmentation, Optimisation, TrainConfig
from mien.training.learner import Example, decided

PEOPLE = ("akshay_kumar", "salman_khan")
MORE_PEOPLE = (*PEOPLE, "shah_rukh_khan")


def real_crops(folder: Path, backbone: Backbone, each: int, people: int = 2) -> Example:
    """Crops of people of the benchmark's actors, the same number of each, alternating."""
    finder = build_finder(None, ModelStore())
    finder.templates = (find_template(backbone.template, backbone.side),)
    crops: list[list[Any]] = [[] for _ in range(people)]
    for mine, name in zip(crops, MORE_PEOPLE, strict=False):
        for photo in sorted((folder / "actors" / name).iterdir()):
            if len(mine) == each:
                break
            faces = finder.views([read_image(photo)])[0]
            usable = [views[0] for _, quality, views in faces if quality.usable]
            if len(usable) == 1:
                mine.append(usable[0])
    together = [crop for row in zip(*crops, strict=True) for crop in row]
    return Example(np.stack(together), np.array([*range(people)] * each, dtype=np.int64))


@contextmanager
def threads_seen() -> Iterator[set[int]]:
    """How many threads torch has wherever a layer runs; outside of a run it has three."""
    seen: set[int] = set()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    hook = register_module_forward_hook(lambda *_: seen.add(torch.get_num_threads()))
    try:
        yield seen
        assert torch.get_num_threads() == 3
    finally:
        hook.remove()
        torch.set_num_threads(before)


def part_of(example: Example, rows: slice) -> Example:
    return Example(example.crops[rows], example.classes[rows])


def small_run(published: Backbone, **changes: Any) -> TrainConfig:
    """A short run on one thread: with more, sums are added up in another order."""
    optimisation = {"epochs": 4, "patience": 10, "batch_size": 8, **changes.pop("optimisation", {})}
    config = TrainConfig(
        data=Path("data"),
        out=Path("out"),
        backbone=published.name,
        threads=1,
        optimisation=Optimisation(**optimisation),
        augmentation=changes.pop("augmentation", Augmentation(kind="classic", views=2)),
        **changes,
    )
    return decided(config, published)
