"""``mien evaluate``: how far to trust the answers, on labelled photos; a file for each command."""

from __future__ import annotations

import typer

from mien.cli.commands.evaluate import (
    calibration,
    classification,
    compare,
    detection,
    identification,
    liveness,
    oneshot,
    robustness,
    verification,
    video,
)

app = typer.Typer(help="Measure how far to trust the answers.", no_args_is_help=False)


@app.callback()
def _evaluate() -> None:
    """Measure how far to trust the answers, on labelled photos."""


app.command()(verification.verification)
app.command()(identification.identification)
app.command()(classification.classification)
app.command()(oneshot.oneshot)
app.command()(robustness.robustness)
app.command()(detection.detection)
app.command()(liveness.liveness)
app.command()(video.video)
app.command()(calibration.calibration)
app.command()(compare.compare)
