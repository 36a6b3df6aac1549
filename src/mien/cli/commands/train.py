"""``mien train``: a classifier of one's own people from a folder of their photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import options, training_options
from mien.cli.failures import choice_error
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.cli.training import answer_lines, need_training, training_listener

if TYPE_CHECKING:
    from mien.training.config import TrainConfig


def train(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="A folder with a folder of photos a person; or train/ and validation/ of such.",
        ),
    ],
    out: training_options.OutOption,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="classic-vgg16 or classic-mobilenetv2: the classics."),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="sface, dlib-resnet, mobilenetv2, efficientnet-lite0, vgg16, resnet50, or a "
            "classifier of torchvision. [default: sface]",
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="cosine|arcface|linear|classic",
            help="[default: cosine on a face network, linear on another]",
        ),
    ] = None,
    unfreeze: Annotated[
        str | None,
        typer.Option(metavar="K|all", help="Let the last K blocks learn, too. [default: 0]"),
    ] = None,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror",
            help="Average mirror images. [default: on a frozen face network]",
        ),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            metavar="none|classic|modern",
            help="Vary the photos. [default: none on a frozen face network, else modern]",
        ),
    ] = None,
    views: training_options.ViewsOption = None,
    optimiser: Annotated[
        str | None, typer.Option(metavar="adamw|adam|rmsprop|sgd", help="[default: adamw]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="Of the head. [default: 1e-3]")
    ] = None,
    block_decay: Annotated[
        float | None,
        typer.Option(
            metavar="0-1",
            help="Each earlier block learns at this share of the next one's rate. [default: 0.7]",
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None, typer.Option(metavar="0-1", help="[default: 0]")
    ] = None,
    class_weights: Annotated[
        bool | None,
        typer.Option(
            "--class-weights/--no-class-weights",
            help="Let each person count the same, however few the photos. [default: so]",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="At the most. [default: 60]")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(metavar="N", help="Stop after N epochs that are no better. [default: 10]"),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Photos in a step. [default: 32]")
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(metavar="fp32|bf16", help="bf16 is mixed precision. [default: fp32]"),
    ] = None,
    detect: training_options.DetectOption = True,
    detector: options.DetectorOption = "yunet",
    max_megapixels: options.MaxMegapixelsOption = 50,
    strangers: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photos of others, to set the threshold of unknown by."),
    ] = None,
    false_accepts: Annotated[
        float, typer.Option(metavar="SHARE", help="Of strangers that may be named.")
    ] = 0.01,
    folds: Annotated[
        int, typer.Option(metavar="K", help="Cross-validate in K folds first; 0 does not.")
    ] = 0,
    seed: training_options.SeedOption = 0,
    fast: training_options.FastOption = True,
    threads: training_options.CoresOption = 0,
    devices: Annotated[
        str, typer.Option(metavar="N|auto", help="Lightning's number of GPUs.")
    ] = "auto",
    strategy: Annotated[
        str, typer.Option(metavar="NAME", help="Lightning's way of using several.")
    ] = "auto",
    cache: training_options.CacheOption = None,
    resume: training_options.ResumeOption = False,
    overwrite: training_options.OverwriteOption = False,
    pictures: training_options.PicturesOption = True,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Learn to name your people: one folder of photos becomes a tested, exported model.

    Faces are found and aligned, photos are split so that none of a session is on both sides, a
    head is trained on a pretrained network, strangers get a threshold, and the model is measured on
    photos that it did not learn from. Then `mien identify --model MODEL` names people.

    \b
    Examples:
      mien train people/ --out team.model
      mien train people/ --out team.model --folds 5 --strangers others/
      mien train people/ --out classic.model --recipe classic-vgg16
      mien train people/ --out tuned.model --backbone mobilenetv2 --unfreeze 4
    """
    need_training()
    from mien.models import ModelStore
    from mien.training.run import train as trained

    output = Output(json=json, quiet=quiet)
    given = {
        "backbone": backbone,
        "head": head,
        "mirror": mirror,
        **({} if unfreeze is None else {"unfreeze": _blocks(unfreeze)}),
    }
    optimisation = {
        "optimiser": optimiser,
        "learning_rate": learning_rate,
        "block_decay": block_decay,
        "label_smoothing": label_smoothing,
        "class_weights": class_weights,
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "precision": precision,
    }
    fixed = {
        "data": data,
        "exclude": tuple(exclude or ()),
        "out": out,
        "detect": detect,
        "detector": detector,
        "max_megapixels": max_megapixels,
        "strangers": strangers,
        "false_accepts": false_accepts,
        "folds": folds,
        "seed": seed,
        "fast": fast,
        "threads": threads,
        "devices": devices,
        "strategy": strategy,
        "cache": cache,
        "resume": resume,
        "overwrite": overwrite,
        "pictures": pictures,
        "bar": False,
    }
    config = _config(recipe, given, optimisation, {"kind": augment, "views": views}, fixed)
    with transfers(output) as progress, training_listener(output) as listener:
        store = ModelStore(notify=output.note, progress=progress)
        made = trained(config, store, listener)
    output.answer(made.to_json(), answer_lines(made))


def _config(
    recipe: str | None,
    given: dict[str, Any],
    optimisation: dict[str, Any],
    augmentation: dict[str, Any],
    fixed: dict[str, Any],
) -> TrainConfig:
    """A recipe, and what was given beside it, which goes before it.

    Raises:
        InvalidOption: there is no recipe of that name, or a value is out of its range.
    """
    from mien.training.config import (
        RECIPES,
        USUAL_VIEWS,
        Augmentation,
        Optimisation,
        TrainConfig,
    )

    if recipe is not None and recipe not in RECIPES:
        raise choice_error("--recipe", " or ".join(RECIPES), recipe)
    base = dict(RECIPES[recipe]) if recipe else {}
    said = {name: value for name, value in given.items() if value is not None or name == "unfreeze"}
    if augmentation["views"] is None and augmentation["kind"] in USUAL_VIEWS:
        augmentation["views"] = USUAL_VIEWS[augmentation["kind"]]
    varied = _over(base.get("augmentation"), Augmentation, augmentation)
    moved = _over(base.get("optimisation"), Optimisation, optimisation) or Optimisation()
    return TrainConfig(**{**base, **said, "augmentation": varied, "optimisation": moved, **fixed})


def _over(base: Any, kind: Any, given: dict[str, Any]) -> Any:
    """A record with what was given in the place of its own; None where neither says anything."""
    from dataclasses import replace

    said = {name: value for name, value in given.items() if value is not None}
    if base is not None:
        return replace(base, **said)
    return kind(**said) if said else None


def _blocks(text: str) -> int | None:
    """``all``, or a number of blocks.

    Raises:
        InvalidOption: neither.
    """
    if text == "all":
        return None
    if not text.isdecimal():
        raise choice_error("--unfreeze", "a number of blocks, or all", text)
    return int(text)
