"""Transfer learning measured: the default against the classics, fast path against plain loop.

    python benchmarks/transfer.py accuracy --data DATA   # cross-validation, every recipe alike
    python benchmarks/transfer.py openset --data DATA    # three people known, others are strangers
    python benchmarks/transfer.py speed --data DATA      # the classic recipe both ways, and a run
    python benchmarks/transfer.py layers --data DATA     # what each depth of a network is worth
    python benchmarks/transfer.py memory --data DATA     # what freed memory costs a frozen network

Every recipe gets the same photos, the same folds and the same seed. A recipe whose name is given
with ``--only`` runs alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from machine import this_machine

from mien.matching.strangers import ships
from mien.models import ModelStore
from mien.training.backbones import load_backbone
from mien.training.config import RECIPES, Augmentation, Optimisation, TrainConfig
from mien.training.crossing import CrossValidation, cross_validate
from mien.training.dataset import Part
from mien.training.features import to_pixels
from mien.training.halves import FrozenHalf
from mien.training.learner import Learner, decided
from mien.training.listener import Listener
from mien.training.memory import freed_memory_kept
from mien.training.prepare import PreparedData
from mien.training.preparing import example_of, prepare_faces
from mien.training.run import train
from mien.training.work import Work

FOLDS = 5
TWO = ("akshay_kumar", "salman_khan")
THREE = ("deepika_padukone", "hrithik_roshan", "salman_khan")
STRANGERS = 200
LOOP_PHOTOS = 16  # of each of two people, for the plain loop
MEMORY_BATCHES = (8, 32)
MEMORY_SECONDS = 3.0
LAYERS = (1, 4, 8, 12, 16)  # the first so many blocks, and all of them

FROZEN = {"augmentation": Augmentation(kind="classic", views=4)}
LAST = {
    "augmentation": Augmentation(kind="classic", views=4),
    "optimisation": Optimisation(learning_rate=1e-4, block_decay=1.0, epochs=10, patience=4),
}
VARIANTS: dict[str, dict[str, object]] = {
    "default: sface, cosine head": {},
    "dlib-resnet, cosine head": {"backbone": "dlib-resnet"},
    "sface, linear head": {"head": "linear"},
    "mobilenetv2 frozen, linear head": dict(RECIPES["classic-mobilenetv2"]),
    "efficientnet-lite0 frozen, linear head": {
        **RECIPES["classic-mobilenetv2"],
        "backbone": "efficientnet-lite0",
    },
    "vgg16 frozen, classic head": dict(RECIPES["classic-vgg16"]),
    "mobilenetv2, last 4 blocks learn": {"backbone": "mobilenetv2", "unfreeze": 4, **LAST},
    "vgg16, last 4 layers learn": {
        "backbone": "vgg16",
        "head": "classic",
        "unfreeze": 4,
        **LAST,
        "augmentation": Augmentation(kind="classic", views=1),
    },
}


def main() -> int:
    """Run one part, print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("part", choices=("accuracy", "openset", "speed", "layers", "memory"))
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--only", default="", help="recipes whose name holds this")
    parser.add_argument("--people", default="2,6", help="tasks: 2, 6 or both")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds actors/", file=sys.stderr)
        return 2
    machine = this_machine()
    print(f"{machine.processor}, {machine.cores} cores, {' '.join(machine.instructions)}")
    with tempfile.TemporaryDirectory(prefix="mien-transfer-") as folder:
        place = Path(folder)
        if options.part == "accuracy":
            tasks = [int(count) for count in options.people.split(",")]
            accuracy(options.data, place, options.only, tasks)
        elif options.part == "openset":
            open_set(options.data, place)
        elif options.part == "layers":
            layers(options.data, place)
        elif options.part == "memory":
            memory(options.data, place)
        else:
            speed(options.data, place)
    return 0


def accuracy(data: Path, place: Path, only: str, tasks: list[int]) -> None:
    """Five folds of two and of six actors for every recipe."""
    for count in tasks:
        people = copied(data / "actors", place / f"people-{count}", TWO if count == 2 else None)
        print(f"\n{count} people, {FOLDS} folds\n")
        print("| recipe | accuracy | 95 % interval | folds | s |\n|---|---|---|---|---|")
        for name, changes in VARIANTS.items():
            if only in name:
                start = time.perf_counter()
                crossed = crossing(people, place / "out", changes)
                rate, seconds = crossed.report.accuracy, time.perf_counter() - start
                each = " ".join(f"{100 * one:.1f}" for one in crossed.accuracies)
                print(
                    f"| {name} | {100 * rate.value:.2f} % | {100 * rate.low:.1f} to "
                    f"{100 * rate.high:.1f} | {each} | {seconds:.0f} |",
                    flush=True,
                )


def crossing(data: Path, out: Path, changes: dict[str, object]) -> CrossValidation:
    """Cross-validate one recipe."""
    config = TrainConfig(**{"data": data, "out": out, "folds": FOLDS, **changes})  # type: ignore[arg-type]
    learner, prepared, work = learner_of(config)
    with work:
        return cross_validate(learner, prepared, work.checkpoints)


def learner_of(config: TrainConfig) -> tuple[Learner, PreparedData, Work]:
    """What ``train`` has when its folds begin."""
    store = ModelStore()
    backbone = load_backbone(config.backbone, store)
    config = decided(config, backbone)
    work = Work.of(config)
    prepared = prepare_faces(config, backbone, work, Listener(), store)
    return Learner(config, backbone, work.features), prepared, work


def open_set(data: Path, place: Path) -> None:
    """Train on three actors; the other three and 200 people of LFW must be unknown.

    The three are asked about on their own validation and test photos; the threshold was set on
    the shipped strangers, none of whom is among the 200.
    """
    known = copied(data / "actors", place / "known", THREE)
    others = sorted({one.name for one in (data / "actors").iterdir()} - set(THREE))
    strangers = copied(data / "actors", place / "strangers", others)
    images = [one for one in (data / "lfw" / "images").iterdir() if one.is_dir()]
    people = sorted(one.name for one in images if not ships(one.name))
    for name in people[:: len(people) // STRANGERS][:STRANGERS]:
        (place / "lfw" / name).mkdir(parents=True)
        shutil.copy(min((data / "lfw" / "images" / name).iterdir()), place / "lfw" / name)
    for recipe, changes in {
        "default": {},
        "sface, linear head": {"head": "linear"},
        "classic-mobilenetv2": dict(RECIPES["classic-mobilenetv2"]),
    }.items():
        out = place / "model"
        made = train(
            TrainConfig(**{"data": known, "out": out, "overwrite": True, **changes})  # type: ignore[arg-type]
        )
        print(f"\n{recipe}: threshold by {made.unknown.source.split(':')[0]}")
        held = place / "held"
        shutil.rmtree(held, ignore_errors=True)
        for photo in made.data.photos:
            if photo.part is not Part.TRAIN:
                target = held / photo.name / photo.path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(photo.path, target)
        asked_about = {"the other three actors": strangers, "200 of LFW": place / "lfw"}
        for title, folder in asked_about.items():
            print(f"{title}: {judged(held, out, folder)}", flush=True)


def judged(held: Path, model: Path, strangers: Path) -> str:
    """What ``mien evaluate classification`` says, as its JSON has it."""
    command = [sys.executable, "-m", "mien.cli", "evaluate", "classification", str(held)]
    done = subprocess.run(
        [*command, "--model", str(model), "--strangers", str(strangers), "--json", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return done.stderr
    said = json.loads(done.stdout)
    found = {"right, all must be named": said["accuracy"], **(said["at_threshold"] or {})}
    rates = {name: one for name, one in found.items() if isinstance(one, dict)}
    return "; ".join(
        f"{name} {100 * one['value']:.2f} % ({100 * one['low']:.1f} to {100 * one['high']:.1f})"
        for name, one in rates.items()
    )


def speed(data: Path, place: Path) -> None:
    """The classic recipe by the fast path and by the plain loop; then a whole default run."""
    people = copied(data / "actors", place / "two", TWO, LOOP_PHOTOS)
    for recipe in ("classic-mobilenetv2", "classic-vgg16"):
        augmentation = Augmentation(kind="classic", views=2)
        optimisation = Optimisation(
            optimiser="rmsprop", class_weights=False, epochs=30, patience=30
        )
        changes = {**RECIPES[recipe], "augmentation": augmentation, "optimisation": optimisation}
        config = TrainConfig(**{"data": people, "out": place / "out", **changes})
        learner, prepared, work = learner_of(config)
        with work:
            fast = once(learner, prepared, work.checkpoints)
            learner.config = replace(learner.config, fast=False)
            slow = once(learner, prepared, work.checkpoints)
        print(
            f"{recipe}, {len(prepared.rows_of(Part.TRAIN))} photos x 2 views x 30 epochs: fast "
            f"{fast:.1f} s, one forward pass a step {slow:.1f} s, ratio {slow / fast:.1f}",
            flush=True,
        )
    command = [sys.executable, "-m", "mien.cli", "train", str(data / "actors")]
    start = time.perf_counter()
    quiet = [*command, "--out", str(place / "model"), "--quiet"]
    subprocess.run(quiet, check=True, stdout=subprocess.DEVNULL)
    print(f"mien train, 300 photos of six people, all in: {time.perf_counter() - start:.1f} s")


def once(learner: Learner, data: PreparedData, work: Path) -> float:
    """Seconds of one training from nothing."""
    train_part, validation = example_of(data, Part.TRAIN), example_of(data, Part.VALIDATION)
    shutil.rmtree(work, ignore_errors=True)
    start = time.perf_counter()
    with freed_memory_kept():
        learner.learn(train_part, validation, len(data.names), work)
    return time.perf_counter() - start


def layers(data: Path, place: Path) -> None:
    """MobileNetV2 and SFace cut off early: what general features give, and specific ones."""
    people = copied(data / "actors", place / "six", None)
    for name in ("mobilenetv2", "sface"):
        print(f"\n{name}, frozen, linear head, pooled features of its first blocks; six people\n")
        print("| blocks | of | accuracy | 95 % interval |\n|---|---|---|---|")
        whole = len(load_backbone(name, ModelStore()).blocks)
        for count in [one for one in LAYERS if one < whole] + [whole]:
            config = TrainConfig(
                data=people,
                out=place / "out",
                backbone=name,
                head="linear",
                mirror=False,
                folds=FOLDS,
                augmentation=Augmentation(kind="none", views=1),
                optimisation=Optimisation(learning_rate=1e-2, epochs=200, patience=30),
            )
            learner, prepared, work = learner_of(config)
            learner = Learner(config, learner.backbone.first_blocks(count), work.features)
            with work:
                rate = cross_validate(learner, prepared, work.checkpoints).report.accuracy
            print(
                f"| {count} | {whole} | {100 * rate.value:.1f} % | {100 * rate.low:.1f} to "
                f"{100 * rate.high:.1f} |",
                flush=True,
            )


def memory(data: Path, place: Path) -> None:
    """Frozen networks on real crops: freed memory given back to the system, or kept."""
    people = copied(data / "actors", place / "two", TWO, MEMORY_BATCHES[-1])
    print("\n| network | pictures at once | given back, ms a picture | kept | ratio |")
    print("|---|---|---|---|---|")
    for name in ("sface", "mobilenetv2", "vgg16-hed"):
        config = TrainConfig(data=people, out=place / "out", backbone=name, mirror=False)
        learner, prepared, work = learner_of(config)
        half = FrozenHalf(learner.backbone, mirror=False).eval()
        pixels = to_pixels(prepared.pixels[: MEMORY_BATCHES[-1]])
        with work:
            for count in MEMORY_BATCHES:
                back = milliseconds(half, pixels[:count])
                with freed_memory_kept():
                    kept = milliseconds(half, pixels[:count])
                ratio = back / kept
                print(f"| {name} | {count} | {back:.1f} | {kept:.1f} | {ratio:.1f} |", flush=True)


def milliseconds(half: FrozenHalf, pixels: torch.Tensor) -> float:
    """Of one picture: the median of repeated passes, after one that does not count."""
    taken = []
    with torch.no_grad():
        half(pixels)
        while len(taken) < 5 or sum(taken) < MEMORY_SECONDS:
            start = time.perf_counter()
            half(pixels)
            taken.append(time.perf_counter() - start)
    return 1e3 * statistics.median(taken) / len(pixels)


def copied(
    source: Path, target: Path, names: tuple[str, ...] | list[str] | None, most: int = 10_000
) -> Path:
    """A folder with the photos of these people, or of all."""
    for name in names or sorted(one.name for one in source.iterdir() if one.is_dir()):
        (target / name).mkdir(parents=True, exist_ok=True)
        for photo in sorted((source / name).iterdir())[:most]:
            shutil.copy(photo, target / name)
    return target


if __name__ == "__main__":
    sys.exit(main())
