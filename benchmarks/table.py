"""The two tables that the benchmark prints."""

from __future__ import annotations

from machine import Machine
from measure import Measurement
from rich.console import Console
from rich.table import Table


def print_tables(console: Console, machine: Machine, rows: list[Measurement]) -> None:
    """What each peer did, then mien against each of the others."""
    console.print(
        f"{machine.processor}, {machine.cores} cores, {' '.join(machine.instructions)}; "
        f"{machine.system}, Python {machine.python}"
    )
    console.print(_measured(rows))
    mien = next((row for row in rows if row.name == "mien"), None)
    others = [row for row in rows if row.name != "mien"]
    if mien is not None and others:
        console.print(_ratios(mien, others))
    for row in rows:
        versions = ", ".join(f"{name} {number}" for name, number in row.versions.items())
        console.print(f"[bold]{row.name}[/]: {row.usage}; {versions}", highlight=False)


def _measured(rows: list[Measurement]) -> Table:
    table = Table(title="LFW, raw photos, file to decision")
    table.add_column("", no_wrap=True)
    for heading in (
        "accuracy",
        "TAR@FAR 1e-3",
        "no face",
        "photos/s",
        "CPU ms/photo",
        "start-up s",
        "peak MB",
        "others",
    ):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.name,
            _accuracy(row),
            f"{row.tar['tar']:.1%}",
            f"{row.failures} of {row.photos}",
            f"{row.photos_per_second:.1f}",
            f"{row.cpu_seconds_per_photo * 1e3:.1f}",
            f"{row.start_up_seconds:.2f}",
            f"{row.peak_bytes / 1e6:.0f}",
            "?" if row.others_cores is None else f"{row.others_cores:.2f}",
        )
    return table


def _ratios(mien: Measurement, others: list[Measurement]) -> Table:
    table = Table(title="mien / peer")
    table.add_column("", no_wrap=True)
    for heading in ("accuracy, points", "photos/s", "CPU/photo", "start-up", "peak memory"):
        table.add_column(heading, justify="right")
    for row in others:
        table.add_row(
            row.name,
            _points(mien, row),
            f"{mien.photos_per_second / row.photos_per_second:.2f} ×",
            f"{mien.cpu_seconds_per_photo / row.cpu_seconds_per_photo:.2f} ×",
            f"{mien.start_up_seconds / row.start_up_seconds:.2f} ×",
            f"{mien.peak_bytes / row.peak_bytes:.2f} ×",
        )
    return table


def _accuracy(row: Measurement) -> str:
    if row.accuracy is None or row.standard_error is None:
        return "no folds"
    return f"{row.accuracy:.2%} ± {row.standard_error:.2%}"


def _points(mien: Measurement, peer: Measurement) -> str:
    if mien.accuracy is None or peer.accuracy is None:
        return "no folds"
    return f"{(mien.accuracy - peer.accuracy) * 100:+.2f}"
