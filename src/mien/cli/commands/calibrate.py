"""``mien calibrate``: a threshold and P(same) from the user's own labelled photos."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import options
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    central_encodings,
    deliver,
    models_used,
    percent,
    with_interval,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import NamedPhotos, find
from mien.cli.text import plural, shown
from mien.cli.written_file import check_place
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.evaluation import CalibrationReport, Rate
    from mien.pipeline import Recognizer


@grouped
def calibrate(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A folder with a folder of photos a person.")
    ],
    target_fmr: Annotated[
        float, typer.Option(metavar="RATE", help="The false match rate to set the threshold for.")
    ] = 1e-3,
    gallery: options.GalleryOption = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the calibration here, not beside the gallery."),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="logistic|isotonic", help="The form of the probability.")
    ] = "logistic",
    prior: Annotated[
        float,
        typer.Option(metavar="0-1", help="The share of genuine pairs that P(same) presumes."),
    ] = 0.5,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Of the halves of the people and of the intervals.")
    ] = 0,
    *,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
) -> None:
    """Set the threshold for a false match rate on your own photos, and fit P(same).

    Every pair of photos counts. Of several faces in a photo the most central one is taken. The
    calibration is written beside the gallery, whose `identify` then uses it; with --out it is
    a file for --calibration. A rate that the photos cannot support is refused.

    \b
    Examples:
      mien calibrate people/ --target-fmr 1e-3
      mien calibrate people/ --target-fmr 1e-2 --out mine.json --report report/
    """
    from mien.evaluation import CalibrationOptions, calibration_findings, check_supported
    from mien.evaluation import calibrate as calibrated
    from mien.gallery import write_calibration
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    wanted = CalibrationOptions(target_fmr, method, prior, seed)
    photos = find(data, output, exclude)
    # What even all the photos could not support is refused before minutes of work.
    check_supported(list(Counter(name for name, _ in photos).values()), target_fmr)
    recognizer = options.load_recognizer(parts, output)
    target = _target(gallery, out, recognizer)
    start = time.perf_counter()
    found = _encode(recognizer, photos, output, cache)
    measured = calibrated(found.vectors, found.people, wanted)
    write_calibration(target, measured.own(recognizer.embedder.space, parts.detector))
    seconds = round(time.perf_counter() - start, 2)
    result = {
        **measured.to_json(),
        "failure_to_acquire": found.not_acquired,
        "copies_left_out": found.copies,
        "embedder": parts.embedder,
        "detector": parts.detector,
        "seconds": seconds,
        "file": str(target),
    }
    run = Run(
        command=typed_command(),
        data={"photos": len(photos), "people": measured.measured.people, "folder": data},
        models=models_used(parts, ModelStore(), recognizer),
        seconds=seconds,
    )
    findings = calibration_findings(measured, found.sources, result)
    deliver(output, findings, _lines(measured, found, findings.notes, target), run, report)


@dataclass(frozen=True, slots=True)
class _Found:
    """The vectors of photos of known people, each photo once."""

    vectors: Any
    people: list[str]
    sources: list[str]
    not_acquired: int
    copies: int


def _target(gallery: str | None, out: Path | None, recognizer: Recognizer) -> Path:
    """Where the calibration goes; what would refuse it is found before the long work.

    Raises:
        InvalidOption: two places.
        GalleryNotFound: no gallery there, and no ``--out``.
        SpaceMismatch: the gallery holds vectors of another model.
        OutputUnwritable: there is no such folder, or something else would be replaced.
    """
    from mien.errors import SpaceMismatch
    from mien.gallery import calibration_beside, read_calibration

    if out is not None:
        if gallery is not None:
            raise InvalidOption("expected --gallery or --out, got both; leave one out")
        return check_place(out, read_calibration, "calibration")
    with options.open_gallery(gallery, read_only=True) as known:
        held, path = known.space, known.path
    space = recognizer.embedder.space
    if held is not None and held != space:
        raise SpaceMismatch(
            f"expected the model of the gallery, {held}, got {space}; calibrate with the options "
            "that filled it, or write elsewhere with --out"
        )
    return calibration_beside(path or Path())  # a gallery that was opened by path has one


def _encode(
    recognizer: Recognizer, photos: NamedPhotos, output: Output, cache: Path | None
) -> _Found:
    """One face a photo. A photo that is there twice counts once: its pair says nothing."""
    import numpy as np

    vectors: dict[bytes, tuple[str, str, Any]] = {}
    not_acquired = copies = 0
    encodings = central_encodings(recognizer, [path for _, path in photos], output, cache)
    for (name, path), encoding in zip(photos, encodings, strict=True):
        if encoding is None:
            not_acquired += 1
            continue
        first = vectors.setdefault(encoding.vector.tobytes(), (name, str(path), encoding.vector))
        if first[1] != str(path):
            copies += 1
            if first[0] != name:
                output.note(f"one photo under two names, the first counts: {first[1]} and {path}")
    rows = list(vectors.values())
    matrix = np.stack([row[2] for row in rows]) if rows else np.empty((0, 1), np.float32)
    people, sources = [row[0] for row in rows], [row[1] for row in rows]
    return _Found(matrix, people, sources, not_acquired, copies)


def _lines(
    report: CalibrationReport, found: _Found, notes: tuple[str, ...], target: Path
) -> Iterator[str]:
    measured, other = report.measured, report.held_out
    yield (
        f"{plural(measured.photos, 'photo')} of {plural(measured.people, 'person', 'people')}: "
        f"{measured.genuine_pairs:,} genuine pairs, {measured.impostor_pairs:,} impostor pairs"
    )
    yield (
        f"threshold           {measured.similarity:.4f} cosine similarity (95 %: "
        f"{report.similarity_low:.4f} to {report.similarity_high:.4f})"
    )
    yield f"false match rate    {_small(measured.measured_fmr)}, asked {measured.fmr:g}"
    yield f"  on held-out people {_small(other.fmr)}"
    yield f"true match rate     {with_interval(measured.tmr)}"
    yield f"  on held-out people {with_interval(other.tmr)}"
    yield (
        f"probability         calibration error {percent(other.reliability.ece)}, Brier score "
        f"{other.reliability.brier:.4f}, both on held-out people"
    )
    yield f"not acquired        {plural(found.not_acquired, 'photo')}, left out"
    if found.copies:
        yield f"copies              {plural(found.copies, 'photo')}, left out"
    for note in notes:
        yield f"note: {note}"
    yield f"written to {shown(str(target))}"


def _small(rate: Rate) -> str:
    """A rate far below one per cent, as it is asked for."""
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{rate.value:.2g} (95 %: {rate.low:.2g} to {rate.high:.2g}{weak})"
