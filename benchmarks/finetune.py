"""Metric learning measured: losses under equal time, and the guard on a network of faces.

    python benchmarks/finetune.py losses --data DATA            # MobileNetV2 on LFW's people
    python benchmarks/finetune.py losses --data DATA --only semihard --minutes 30
    python benchmarks/finetune.py actors --data DATA            # SFace on six actors, full LFW

``losses``: ImageNet's MobileNetV2 learns from LFW's people with 10 to 100 photos, each loss for
the same ``--minutes``, and is asked ``--pairs`` pairs of LFW's list whose people were neither
learned from nor chosen by. ``actors``: SFace on six actors at three learning rates; LFW has a say.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from machine import this_machine

from mien.training.config import Augmentation
from mien.training.metric.config import FinetuneConfig, Objective, Steps
from mien.training.metric.finetuned import Finetuned
from mien.training.metric.held_out import Change
from mien.training.metric.run import finetune

PHOTOS = range(10, 101)
LOSSES: Mapping[str, tuple[Objective, float]] = {
    "contrastive": (Objective(loss="contrastive"), 3e-4),
    "triplet, all": (Objective(miner="all"), 3e-4),
    "triplet, semihard": (Objective(miner="semihard"), 3e-4),
    "triplet, hard": (Objective(miner="hard"), 5e-5),
    "arcface": (Objective(loss="arcface"), 3e-4),
    "multi-similarity": (Objective(loss="multi-similarity"), 3e-4),
    "siamese": (Objective(loss="siamese"), 3e-4),
}
"""Each loss with its learning rate; the hardest triplets collapse at this one too, but later."""
RATES = (1e-5, 1e-4, 1e-3)


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("losses", "actors"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=2.0, help="of each loss's loop")
    parser.add_argument("--pairs", type=int, default=None, help="of LFW; 0 takes all")
    parser.add_argument("--only", default="", help="losses whose name holds this")
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--views", type=int, default=4)
    parser.add_argument("--cache", type=Path, help="keep crops and features there")
    options = parser.parse_args()
    print(this_machine())
    with tempfile.TemporaryDirectory() as place:
        cache = options.cache or Path(place) / "cache"
        if options.what == "losses":
            losses(options, Path(place), cache)
        else:
            actors(options, Path(place), cache)
    return 0


def losses(options: argparse.Namespace, place: Path, cache: Path) -> None:
    """Every loss for the same time."""
    data = lfw_people(options.data / "lfw" / "images", place / "people")
    run = FinetuneConfig(
        data=data,
        out=place / "model",
        cache=cache,
        backbone="mobilenetv2",
        side=options.side,
        steps=Steps(epochs=1_000, patience=1_000, minutes=options.minutes),
        augmentation=Augmentation(kind="modern", views=options.views),
        validation_people=20,
        held_out_people=10,
        lfw=options.data / "lfw",
        lfw_pairs=1000 if options.pairs is None else options.pairs,
        keep_anyway=True,
        overwrite=True,
        pictures=False,
    )
    print(f"\n{len(list(data.iterdir()))} people of LFW, {options.minutes:g} minutes a loss\n")
    print("| loss | accuracy before | after | gain, points | TAR at FAR 1 % | epochs | s in all |")
    print("|---|---|---|---|---|---|---|")
    for name, (objective, rate) in LOSSES.items():
        if options.only in name:
            start = time.perf_counter()
            steps = replace(run.steps, learning_rate=rate)
            made = finetune(replace(run, objective=objective, steps=steps))
            print(row(name, made, time.perf_counter() - start), flush=True)


def row(name: str, made: Finetuned, seconds: float) -> str:
    """A line of the table, and what the training was like."""
    changes = {one.key: one for one in made.verdict.changes}
    accuracy, tar = changes["lfw_accuracy"], changes.get("lfw_tar_at_far_0.01")
    gap, history = accuracy.difference, made.tuned.history
    epochs = f"{history.best_epoch} of {len(history.rows) - 1}"
    epochs += ", collapsed" if history.collapsed else ""
    rates = "" if tar is None else f"{100 * tar.before.value:.1f} → {100 * tar.after.value:.1f} %"
    return (
        f"| {name} | {shown(accuracy, after=False)} | {shown(accuracy, after=True)} | "
        f"{100 * gap.value:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f}) | {rates} | "
        f"{epochs} | {seconds:.0f} |"
    )


def shown(change: Change, *, after: bool) -> str:
    """A rate with its interval."""
    rate = change.after if after else change.before
    return f"{100 * rate.value:.1f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f})"


def actors(options: argparse.Namespace, place: Path, cache: Path) -> None:
    """SFace on six actors at the usual learning rate, and at 10 and 100 times it."""
    run = FinetuneConfig(
        data=options.data / "actors",
        out=place / "model",
        cache=cache,
        steps=Steps(epochs=10, patience=5),
        lfw=options.data / "lfw",
        lfw_pairs=options.pairs or 0,
        overwrite=True,
        pictures=False,
    )
    print("\n| rate | held-out TAR at FAR 1 % | LFW accuracy | kept? | why not |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        made = finetune(replace(run, steps=replace(run.steps, learning_rate=rate)))
        changes = {one.key: one for one in made.verdict.changes}
        cells = [
            f"{100 * changes[key].before.value:.2f} → {100 * changes[key].after.value:.2f} %"
            for key in ("tar_at_far_0.01", "lfw_accuracy")
        ]
        why = "; ".join(made.verdict.reasons)
        kept = "yes" if made.saved else "no"
        print(f"| {rate:g} | {' | '.join(cells)} | {kept} | {why} |", flush=True)


def lfw_people(images: Path, target: Path) -> Path:
    """Copies of the photos of people with 10 to 100 of them."""
    for person in sorted(images.iterdir()):
        photos = sorted(person.iterdir())
        if len(photos) in PHOTOS:
            shutil.copytree(person, target / person.name)
    return target


if __name__ == "__main__":
    sys.exit(main())
