"""Options that the commands that train have in common, said in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OutOption = Annotated[Path, typer.Option(metavar="MODEL", help="The folder of the model.")]
ViewsOption = Annotated[
    int | None,
    typer.Option(metavar="V", help="Of each photo; 0 is a new one an epoch. [default: 4]"),
]
DetectOption = Annotated[
    bool,
    typer.Option("--detect/--no-detect", help="Find the faces, or take the photos as ready crops."),
]
SeedOption = Annotated[int, typer.Option(metavar="N", help="Of all that is drawn.")]
FastOption = Annotated[
    bool,
    typer.Option(
        "--fast/--slow", help="Run the frozen blocks once for each view, or in every step."
    ),
]
CoresOption = Annotated[int, typer.Option(metavar="N", help="Cores to train on; 0 takes all.")]
CacheOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Keep crops and features there for later runs; personal data."
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on where a run for this model was ended.")
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace a model that is there.")
]
PicturesOption = Annotated[
    bool,
    typer.Option("--pictures/--no-pictures", help="Draw curves and mistakes; these show photos."),
]
