"""``mien detect``: the faces of photos, nobody named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.inputs import find_inputs, in_order
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.progress import PhotoBar
from mien.cli.wording import detection_lines

if TYPE_CHECKING:
    from mien.records import PhotoDetection, PhotoFailure


@grouped
def detect(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Photos, folders or globs.")],
    *,
    network: options.DetectorOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Find the faces of photos and say which of them are usable.

    \b
    Examples:
      mien detect group.jpg
      mien detect photos/ --json
    """
    from mien.records import PhotoFailure

    output = Output(json=json, quiet=quiet)
    sources = find_inputs(inputs, output, exclude)
    finder = None
    if any(isinstance(source, Path) for source in sources):
        finder = options.load_finder(network, output)
    find = finder.detect_photos if finder is not None else _nothing
    worked = 0
    with PhotoBar(output, "detecting", len(sources)) as bar:
        for answer in in_order(sources, find):
            bar.step()
            if isinstance(answer, PhotoFailure):
                output.failed(answer.source, answer.error, answer.to_json())
            elif finder is not None:
                output.answer(answer.to_json(), detection_lines(answer, finder.limits))
                worked += 1
    output.finish(worked)


def _nothing(_: list[Path]) -> Iterator[PhotoDetection | PhotoFailure]:
    return iter(())
