"""``mien models bench``: every detector with every embedder, on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.failures import choice_error
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.cli.running_table import RunningTable
from mien.cli.tables import markdown_lines, table_lines
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.benching import BenchData, BenchRow
    from mien.models import ModelStore

COLUMNS = (
    *("detector", "embedder", "accuracy, %", "TAR at FAR 1e-3, %", "no face", "ms", "MB"),
    "licences",
)
RIGHT = ("accuracy, %", "no face", "ms", "MB")


def bench(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="MIEN_BENCH_DATA",
            help="Holds lfw/pairs.txt and lfw/images; nothing is fetched.",
        ),
    ] = None,
    detector: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Repeatable; by default all.")
    ] = None,
    embedder: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Repeatable; by default all that can be had."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="All pairs, and not 1,200 of them.")] = False,
    threads: options.ThreadsOption = 0,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table as Markdown, to be pasted.")
    ] = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Compare detectors and embedders on this machine: accuracy, time, size and licences.

    Each combination runs the whole pipeline over 1,200 pairs of LFW, always the same, or with
    --full over all 6,000.

    \b
    Examples:
      mien models bench --data DATA
      mien models bench --data DATA --detector yunet --embedder sface --full
      mien models bench --data DATA --markdown
    """
    from mien import benching
    from mien.checks import check_count
    from mien.errors import InvalidOption
    from mien.models import ModelStore

    output = Output(json=json, quiet=quiet)
    if json and markdown:
        raise choice_error("--markdown", "it without --json", "both")
    if data is None:
        raise InvalidOption(
            "--data: expected a folder with lfw/pairs.txt and lfw/images, got none; name it, or "
            "set MIEN_BENCH_DATA (docs/benchmarks.md says what it holds)"
        )
    check_count(threads, "--threads", 0, 1024)
    measured = benching.read_bench_data(data, full=full)
    combinations = _combinations(detector, embedder, ModelStore(), output)
    rows: list[BenchRow] = []
    try:
        with RunningTable(output, COLUMNS, RIGHT) as table:
            for one, other in combinations:
                row = _measured(one, other, measured, threads, output, table)
                if row is not None:
                    rows.append(row)
                    table.add(_cells(row))
    finally:
        if rows and not json:
            _show(output, rows, measured, markdown)
    output.finish(len(rows))


def _measured(
    detector: str,
    embedder: str,
    data: BenchData,
    threads: int,
    output: Output,
    table: RunningTable,
) -> BenchRow | None:
    """A combination's row, said at once in a pipe; None if a network is missing."""
    from mien import benching
    from mien.errors import MienError
    from mien.models import ModelStore

    label = f"{detector} × {embedder}"
    try:
        with transfers(output) as progress:
            store = ModelStore(notify=output.note, progress=progress)
            recognizer = benching.load(detector, embedder, store, threads)
        table.begin(label, len(data.photos))
        row = benching.bench(recognizer, data, store, table.step)
    except MienError as error:
        table.hide()
        failure = {"kind": error.kind, "message": str(error)}
        record = {"detector": detector, "embedder": embedder, "error": failure}
        output.failed(label, error, record)
        return None
    if output.json:
        output.answer(row.to_json(), ())
    elif not output.draws:
        output.note(f"{label}: {row.milliseconds:.1f} ms a photo")
    return row


def _combinations(
    detectors: Sequence[str] | None,
    embedders: Sequence[str] | None,
    store: ModelStore,
    output: Output,
) -> list[tuple[str, str]]:
    """What to measure; names are checked before anything is.

    Raises:
        UnknownModel: there is none of that name.
    """
    from mien.benching import choose_embedders
    from mien.detection import DETECTORS
    from mien.embedding import find_embedder_cards
    from mien.errors import UnknownModel

    for name in detectors or ():
        if name not in DETECTORS:
            raise UnknownModel(f"--detector: expected one of {', '.join(DETECTORS)}; got {name!r}")
    if not embedders:
        embedders, left_out = choose_embedders(store)
        for note in left_out:
            output.note(note)
    for name in embedders:
        find_embedder_cards(name, store)
    ones = dict.fromkeys(detectors or DETECTORS)
    return [(one, other) for other in dict.fromkeys(embedders) for one in ones]


def _show(output: Output, rows: Sequence[BenchRow], data: BenchData, markdown: bool) -> None:
    """The table with its notes."""
    cells = [_cells(row) for row in rows]
    if markdown:
        lines = [*markdown_lines(COLUMNS, cells, RIGHT), "", " ".join(_notes(rows, data))]
    else:
        lines = [*table_lines(COLUMNS, cells, RIGHT), *_notes(rows, data)]
    output.answer({}, lines)


def _cells(row: BenchRow) -> tuple[str, ...]:
    report, tar = row.report, row.tar.tar
    accuracy = "not measured"
    if report.accuracy is not None and report.standard_error is not None:
        accuracy = f"{100 * report.accuracy:.2f} ± {100 * report.standard_error:.2f}"
    weak = "" if tar.supported else "†"
    return (
        row.detector,
        row.embedder,
        accuracy,
        f"{100 * tar.value:.1f} ({100 * tar.low:.1f} to {100 * tar.high:.1f}){weak}",
        str(row.without_face),
        f"{row.milliseconds:.1f}",
        f"{row.size_bytes / 1e6:.1f}",
        ", ".join(dict.fromkeys(row.licences.values())),
    )


def _notes(rows: Sequence[BenchRow], data: BenchData) -> Iterator[str]:
    from mien.report.run import processor_name

    report = rows[0].report
    part = f"{len(data.pairs):,} of the list's {plural(data.listed, 'pair')}"
    if len(data.pairs) == data.listed:
        part = f"all {plural(data.listed, 'pair')} of the list"
    yield (
        f"{part}, {plural(rows[0].photos, 'photo')}; accuracy over the folds ± standard error; "
        "a photo without a face counts as an error."
    )
    if any(not row.tar.tar.supported for row in rows):
        accepted = sorted({row.tar.false_accepts for row in rows})
        behind = " or ".join(map(str, accepted))
        yield (
            f"† 95 % interval of the pairs alone: of {report.impostor:,} impostor pairs {behind} "
            "passed at that threshold, and a rate of 1e-3 needs 30 (30,000 pairs) to be sure."
        )
    yield (
        f"ms: of one photo, file to vectors, warm, {rows[0].threads} at once on "
        f"{processor_name()}. MB: the published files of both."
    )
