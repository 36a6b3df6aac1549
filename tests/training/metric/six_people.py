"""A small folder of six people and a small run on it, for the tests of what tunes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from mien.training.config import Augmentation
from mien.training.metric.config import FinetuneConfig, Objective, Steps

PEOPLE = 6
EACH = 12
HELD_OUT_PAIRS = 100


def photos_of_six(bench_data: Path, folder: Path) -> Path:
    """Twelve photos of each of the benchmark's six actors, of which ten are usable at least."""
    for person in sorted((bench_data / "actors").iterdir()):
        (folder / person.name).mkdir()
        for photo in sorted(person.iterdir())[:EACH]:
            shutil.copy(photo, folder / person.name)
    return folder


def small_run(data: Path, out: Path, cache: Path | None, **changes: Any) -> FinetuneConfig:
    """A short run on one thread: with more, sums are added up in another order."""
    steps = {"epochs": 2, "people": 2, "photos": 4, **changes.pop("steps", {})}
    objective = {"loss": "triplet", **changes.pop("objective", {})}
    return FinetuneConfig(
        data=data,
        out=out,
        cache=cache,
        threads=1,
        objective=Objective(**objective),
        steps=Steps(**steps),
        augmentation=changes.pop("augmentation", Augmentation(kind="classic", views=2)),
        **changes,
    )
