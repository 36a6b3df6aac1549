"""``mien verifier``: "the same person?" learned from pairs, on encodings that are there already."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.commands.evaluate.folder_of_people import (
    DataOption,
    FormatOption,
    ImagesOption,
    PairsOption,
    list_or_folder,
)
from mien.cli.commands.verifier_text import fit_lines, show_lines
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    all_models_used,
    deliver,
    encoder,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import find
from mien.cli.written_file import check_place
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.verifiers import PairList

app = typer.Typer(help="Learn a verifier from pairs of photos.")


@app.callback()
def _verifier() -> None:
    """Learn from labelled pairs whether two photos show the same person."""


@app.command()
@grouped
def fit(
    data: DataOption = None,
    pairs: PairsOption = None,
    images: ImagesOption = None,
    format_: FormatOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the verifier here.")
    ] = None,
    embedder: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Repeatable: several are fused; sface if absent."),
    ] = None,
    model: options.ModelOption = None,
    target_fmr: Annotated[
        float, typer.Option(metavar="RATE", help="The false match rate to set the threshold for.")
    ] = 1e-2,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the folds and of what is drawn.")] = 0,
    *,
    network: options.DetectorOptions,
    mirror: options.MirrorOption = True,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
) -> None:
    """Fit logistic regression on pairs of encodings, and test it on people it has not seen.

    With several embedders it learns how to fuse them. Of several faces in a photo the most
    central one counts. With --cache the networks look at each photo once and never again.

    \b
    Examples:
      mien verifier fit people/ --out mine.json
      mien verifier fit --pairs lfw/pairs.txt --images lfw/images --out lfw.json --cache kept
      mien verifier fit people/ --embedder sface --embedder dlib-resnet --out fused.json
    """
    from mien.gallery import read_verifier, write_verifier
    from mien.models import ModelStore
    from mien.report import Run, typed_command
    from mien.verifiers import (
        FitOptions,
        check_enough,
        check_scikit_learn,
        encode_pairs,
        fit_findings,
        fit_json,
        fit_verifier,
    )

    output = Output(json=json, quiet=quiet)
    wanted = FitOptions(target_fmr, seed)
    if out is None:
        raise InvalidOption("--out: expected a file for the verifier, got none")
    place = check_place(out, read_verifier, "verifier")
    names = list(dict.fromkeys(embedder or ["sface"]))
    if model is not None and embedder:
        raise InvalidOption("expected --model or --embedder, got both; leave one out")
    trained = options.open_model(model, "sface", output)
    parts = options.NetworkOptions(
        **asdict(network), embedder=names[0], mirror=mirror, trained=trained
    )
    listed, folder = _pairs(data, pairs, images, format_, seed, output, exclude)
    # What even all the photos could not support is refused before minutes of work.
    check_enough(listed.pairs, target_fmr)
    check_scikit_learn()
    recognizers = [options.load_recognizer(replace(parts, embedder=one), output) for one in names]
    start = time.perf_counter()
    encoders = [(one.embedder.space, encoder(one, folder, output, cache)) for one in recognizers]
    measured = fit_verifier(encode_pairs(listed, encoders), parts.detector, wanted)
    write_verifier(place, measured.verifier)
    seconds = round(time.perf_counter() - start, 2)
    used = [one.embedder.name for one in recognizers]
    record = {**fit_json(measured), "embedders": used, "detector": parts.detector}
    result = {**record, "seconds": seconds, "file": str(place)}
    run = Run(
        command=typed_command(),
        data={"pairs": len(listed.pairs), "list": str(pairs or data), "images": str(folder)},
        models=all_models_used(parts, ModelStore(), recognizers),
        seconds=seconds,
    )
    findings = fit_findings(measured, result)
    deliver(output, findings, fit_lines(measured, place, seconds), run, report)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `mien verifier fit` wrote.")],
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Say what a verifier was fitted to and what it is worth; no network runs.

    \b
    Example:
      mien verifier show mine.json
    """
    from mien.gallery import read_verifier

    output = Output(json=json, quiet=quiet)
    verifier = read_verifier(file)
    record = {**verifier.to_json(), "min_log_odds": verifier.min_log_odds}
    output.answer(record, show_lines(verifier))


def _pairs(
    data: Path | None,
    pairs: Path | None,
    images: Path | None,
    format_: str | None,
    seed: int,
    output: Output,
    exclude: list[str] | None,
) -> tuple[PairList, Path]:
    """The pairs in folds, and the folder of their paths.

    Raises:
        InvalidOption: a folder of people and a list, half a list, or neither.
        InputError: the list or the folder cannot be used, or is too little.
    """
    from mien.evaluation import read_pairs
    from mien.verifiers import pairs_of_list, pairs_of_people

    listed, folder = list_or_folder(data, pairs, images, format_)
    if data is None:
        return pairs_of_list(read_pairs(listed, format_ or "lfw", folder), seed), folder
    found = find(str(data), output, exclude)
    photos = [(name, str(path.relative_to(data))) for name, path in found]
    return pairs_of_people(photos, seed), data
