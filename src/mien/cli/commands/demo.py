"""``mien demo``: the whole main job on sample photos."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import demonstration
from mien.cli.options import JsonOption, NetworkOptions, QuietOption, load_recognizer
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.cli.text import padded, plural, shown
from mien.cli.wording import identification_lines, verification_line
from mien.errors import OutputUnwritable

if TYPE_CHECKING:
    from mien.cli.demonstration import Result
    from mien.quality import QualityLimits

PICTURE = "mien-demo.jpg"


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the picture goes.")] = Path(
        "demo-output"
    ),
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do the whole main job on sample photos: enrol, identify, verify, draw.

    The weights and the photos are fetched once and kept in the cache. The demo's gallery is
    in memory; yours is not touched.

    \b
    Example:
      mien demo --out demo-output
    """
    from mien.images import save_image
    from mien.models import ModelStore

    output = Output(json=json, quiet=quiet)
    _make_folder(out)
    start = time.perf_counter()
    with transfers(output) as progress:
        samples = demonstration.fetch_samples(ModelStore(notify=output.note, progress=progress))
    recognizer = load_recognizer(NetworkOptions(), output)
    ready = time.perf_counter()
    result = demonstration.perform(recognizer, samples)
    picture = save_image(result.picture, out / PICTURE)
    end = time.perf_counter()
    record = {
        "enrolled": [row.to_json() for row in result.enrolled],
        "identified": result.identified.to_json(),
        "verified": [pair.to_json() for pair in result.verified],
        "picture": str(picture),
        "seconds": {"getting_ready": round(ready - start, 2), "work": round(end - ready, 2)},
    }
    output.answer(record, _lines(result, recognizer.limits, record, output))


def _lines(
    result: Result, limits: QualityLimits, record: dict[str, Any], output: Output
) -> Iterator[str]:
    yield "1. Enrol three people from four portraits"
    for name, photo in demonstration.PEOPLE:
        yield f"   {padded(name, 16)}{photo}"
    yield ""
    yield "2. Identify everybody in a group picture"
    yield "   No sample photo shows an enrolled person in a group, so this picture is put"
    yield "   together: another photo of Barack Obama beside one of six people who are"
    yield "   not enrolled. His place in the gallery comes from other photos of him."
    for line in list(identification_lines(result.identified, limits, output))[1:]:
        yield f" {line}"
    known = sum(face.name is not None for face in result.identified.faces)
    unknown = len(result.identified.faces) - known
    yield f"   {plural(len(result.identified.faces), 'face')}: {known} known, {unknown} unknown"
    yield ""
    yield "3. Verify two pairs of photos"
    for (first, second), pair in zip(demonstration.PAIRS, result.verified, strict=True):
        yield f"   {padded(f'{first}, {second}', 23)}{verification_line(pair, output)}"
    yield ""
    seconds = record["seconds"]
    yield f"The annotated picture is {shown(str(Path(record['picture']).absolute()))}"
    yield (
        f"{seconds['getting_ready']:.1f} s to fetch and load, {seconds['work']:.1f} s for the work"
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise OutputUnwritable(
            f"--out: expected a folder at {shown(str(folder))!r}, got: {reason}; choose another one"
        ) from error
