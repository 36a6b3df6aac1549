"""``mien finetune``: an embedder tuned to one's own people, and kept only if it got no worse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import options, training_options
from mien.cli.failures import Status, choice_error
from mien.cli.finetuning import finetune_lines, finetune_listener
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.cli.training import need_training
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.training.metric.config import FinetuneConfig


def finetune(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder with a folder of photos a person.")
    ],
    out: training_options.OutOption,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="triplet, contrastive, arcface, multi-similarity, siamese or siamese-chi2. "
            "[default: triplet]",
        ),
    ] = None,
    siamese: Annotated[
        bool, typer.Option("--siamese", help="Two towers and a binary output: --loss siamese.")
    ] = False,
    miner: Annotated[
        str | None,
        typer.Option(
            metavar="all|semihard|hard",
            help="Which of a batch are learned from. [default: semihard; all of contrastive pairs]",
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            metavar="ALPHA",
            help="[default: triplet 0.2 in squared distance, contrastive 1 in distance, arcface "
            "0.5 radians]",
        ),
    ] = None,
    dimensions: Annotated[int, typer.Option(metavar="D", help="Of the embedding.")] = 128,
    backbone: Annotated[str, typer.Option(metavar="NAME", help="As of `mien train`.")] = "sface",
    unfreeze: Annotated[
        str | None,
        typer.Option(
            metavar="K|all",
            help="How many of the last blocks learn. [default: a fifth of a face network's, two "
            "thirds of another's]",
        ),
    ] = None,
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="Only the new layer learns, no block: --unfreeze 0."),
    ] = False,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror", help="Average mirror images, inside the network. [default: so]"
        ),
    ] = None,
    side: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Of the crop; of networks of pictures. [default: its own]"),
    ] = None,
    people_per_batch: Annotated[int, typer.Option(metavar="P", help="In a batch.")] = 16,
    photos_per_person: Annotated[int, typer.Option(metavar="K", help="In a batch.")] = 4,
    augment: Annotated[
        str | None,
        typer.Option(metavar="none|classic|modern", help="Vary the photos. [default: modern]"),
    ] = None,
    views: training_options.ViewsOption = None,
    optimiser: Annotated[
        str, typer.Option(metavar="adamw|adam|rmsprop|sgd", help="Moves the weights.")
    ] = "adamw",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            help="Of the head and the last block. [default: 1e-5 on a face network, else 3e-4]",
        ),
    ] = None,
    block_decay: Annotated[
        float,
        typer.Option(
            metavar="0-1", help="Each earlier block learns at this share of the next one's rate."
        ),
    ] = 0.9,
    epochs: Annotated[int, typer.Option(metavar="N", help="At the most.")] = 30,
    minutes: Annotated[
        float | None, typer.Option(metavar="M", help="At the most, of the loop.")
    ] = None,
    patience: Annotated[
        int, typer.Option(metavar="N", help="Stop after N epochs that are no better.")
    ] = 15,
    precision: Annotated[
        str, typer.Option(metavar="fp32|bf16", help="bf16 is mixed precision.")
    ] = "fp32",
    validation_people: Annotated[
        int | None,
        typer.Option(metavar="N", help="Who choose the epoch. [default: a seventh, at least 2]"),
    ] = None,
    held_out_people: Annotated[
        int | None,
        typer.Option(metavar="N", help="Who are measured on. [default: a quarter, at least 2]"),
    ] = None,
    lfw: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="LFW's folder (pairs.txt, images), to see what is lost there. "
            "[default: lfw in $MIEN_BENCH_DATA, if there]",
        ),
    ] = None,
    lfw_pairs: Annotated[
        int, typer.Option(metavar="N", help="About how many of LFW's pairs; 0 takes all.")
    ] = 0,
    keep_anyway: Annotated[
        bool, typer.Option("--keep-anyway", help="Save the model though it got worse.")
    ] = False,
    detect: training_options.DetectOption = True,
    detector: options.DetectorOption = "yunet",
    max_megapixels: options.MaxMegapixelsOption = 50,
    seed: training_options.SeedOption = 0,
    fast: training_options.FastOption = True,
    threads: training_options.CoresOption = 0,
    cache: training_options.CacheOption = None,
    resume: training_options.ResumeOption = False,
    overwrite: training_options.OverwriteOption = False,
    pictures: training_options.PicturesOption = True,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Tune an embedder to people, and keep it only if it got no worse on others.

    People are split, never photos: some are learned from, some choose the epoch, on the rest (and
    on LFW, where it is at hand) the network is measured before and after. A model that got worse
    is refused: exit status 1. Afterwards `mien verify`, `enroll` and `identify` take it with
    --model.

    \b
    Examples:
      mien finetune people/ --out tuned.model
      mien finetune people/ --out tuned.model --loss triplet --miner semihard --margin 0.2
      mien finetune people/ --out faces.model --backbone mobilenetv2 --dimensions 128
      mien finetune people/ --out faces.model --backbone mobilenetv2 --freeze
      mien finetune people/ --out pairs.model --siamese --minutes 10
    """
    need_training("pytorch_metric_learning")
    from mien.models import ModelStore
    from mien.training.metric.run import finetune as tuned

    output = Output(json=json, quiet=quiet)
    if siamese and loss is not None:
        raise InvalidOption("expected --siamese or --loss, got both; leave one out")
    if freeze and unfreeze is not None:
        raise InvalidOption("expected --freeze or --unfreeze, got both; leave one out")
    objective = {
        "loss": "siamese" if siamese else loss or "triplet",
        "miner": miner,
        "margin": margin,
    }
    steps = {
        "people": people_per_batch,
        "photos": photos_per_person,
        "optimiser": optimiser,
        "learning_rate": learning_rate,
        "block_decay": block_decay,
        "epochs": epochs,
        "minutes": minutes,
        "patience": patience,
        "precision": precision,
    }
    fixed = {
        "data": data,
        "exclude": tuple(exclude or ()),
        "out": out,
        "backbone": backbone,
        "dimensions": dimensions,
        "unfreeze": 0 if freeze else _blocks(unfreeze),
        "mirror": mirror,
        "side": side,
        "validation_people": validation_people,
        "held_out_people": held_out_people,
        "lfw": lfw or _lfw_at_hand(),
        "lfw_pairs": lfw_pairs,
        "keep_anyway": keep_anyway,
        "detect": detect,
        "detector": detector,
        "max_megapixels": max_megapixels,
        "seed": seed,
        "fast": fast,
        "threads": threads,
        "cache": cache,
        "resume": resume,
        "overwrite": overwrite,
        "pictures": pictures,
    }
    config = _config(objective, steps, {"kind": augment, "views": views}, fixed)
    with transfers(output) as progress, finetune_listener(output) as (listener, told):
        store = ModelStore(notify=output.note, progress=progress)
        made = tuned(config, store, listener, told)
    output.answer(made.to_json(), finetune_lines(made))
    if not made.saved:
        raise typer.Exit(Status.NO)


def _config(
    objective: dict[str, Any],
    steps: dict[str, Any],
    augmentation: dict[str, Any],
    fixed: dict[str, Any],
) -> FinetuneConfig:
    from mien.training.config import USUAL_VIEWS, Augmentation
    from mien.training.metric.config import FinetuneConfig, Objective, Steps

    said = {name: value for name, value in augmentation.items() if value is not None}
    varied = None
    if said:
        kind = said.get("kind", "modern")
        varied = Augmentation(**{"kind": kind, "views": USUAL_VIEWS.get(kind, 1), **said})
    return FinetuneConfig(
        objective=Objective(**objective), steps=Steps(**steps), augmentation=varied, **fixed
    )


def _blocks(text: str | None) -> int | str | None:
    """``all``, a number of blocks, or None for the usual one.

    Raises:
        InvalidOption: something else.
    """
    if text is None or text == "all":
        return text
    if not text.isdecimal():
        raise choice_error("--unfreeze", "a number of blocks, or all", text)
    return int(text)


def _lfw_at_hand() -> Path | None:
    """LFW below the folder of benchmark data, where there is one."""
    data = os.environ.get("MIEN_BENCH_DATA")
    folder = Path(data) / "lfw" if data else None
    return folder if folder is not None and (folder / "pairs.txt").is_file() else None
