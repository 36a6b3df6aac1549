"""The pictures of a trained classifier: made from what was measured, each with a caption."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mien.training.dataset import Part
from mien.training.loop import History
from mien.training.pictures import (
    Epoch,
    draw_confused_pairs,
    draw_confusion_matrix,
    draw_embedding_scatter,
    draw_learning_curves,
    draw_most_wrong,
    png,
    told_stand_ins,
)
from mien.training.predictions import list_predictions
from mien.training.saving import ModelFolderWriter
from mien.training.trained import Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Captions = tuple[tuple[str, str], ...]
Figures = Mapping[str, tuple[str, Callable[[], "Figure"]]]


def draw_pictures(writer: ModelFolderWriter, made: Trained) -> Captions:
    """Write the pictures into the model's folder.

    The photos that are shown are the test's, or the validation's where there are none.

    Returns:
        Pairs of a file and its caption.

    Raises:
        OutputUnwritable: the disk is full.
    """
    part = Part.TEST if Part.TEST in made.measured else Part.VALIDATION
    measured = made.measured[part]
    rows = made.data.rows_of(part)
    crops, classes, names = made.data.pixels[rows], made.data.labels[rows], made.data.names
    places = [made.data.photos[row].place for row in rows]
    logits = measured.answers.logits
    predictions = list_predictions(logits, classes, places, made.temperature)
    figures: dict[str, tuple[str, Callable[[], Figure]]] = {
        "learning_curves": (
            "loss and accuracy, epoch by epoch",
            lambda: draw_learning_curves(epochs_of(made.learned.history), _best(made)),
        ),
        "confusion_matrix": (
            f"who is taken for whom on the {part.value} photos",
            lambda: draw_confusion_matrix(measured.report.confusion, names),
        ),
        "confused_pairs": (
            "the people who are taken for each other most often",
            lambda: draw_confused_pairs(crops, predictions, names),
        ),
        "most_wrong": (
            f"the {part.value} photos with the worst answers",
            lambda: draw_most_wrong(crops, predictions, names),
        ),
    }
    if len(rows) > 1:
        figures["embedding_scatter"] = (
            f"the {part.value} photos in the embedding layer",
            lambda: draw_embedding_scatter(
                np.asarray(measured.answers.embeddings), classes, names, seed=made.config.seed
            ),
        )
    return write_figures(writer, figures)


def write_figures(writer: ModelFolderWriter, figures: Figures) -> Captions:
    """Draw each, and write it into the model's folder as ``pictures/NAME.png``.

    Args:
        writer: of the folder.
        figures: by name, a caption and what draws it.

    Raises:
        OutputUnwritable: the disk is full.
    """
    captions = []
    with told_stand_ins() as lettering:
        for name, (caption, draw) in figures.items():
            file = f"pictures/{name}.png"
            writer.write(file, png(draw()))
            captions.append((file, caption))
    told = "".join(f"; {shown} is {name}" for name, shown in lettering.stand_ins.items())
    return tuple((file, caption + told) for file, caption in captions)


def epochs_of(history: History) -> list[Epoch]:
    """A history as the curves want it."""
    return [
        Epoch(
            row.epoch,
            row.train_loss,
            row.validation_loss,
            row.train_accuracy,
            row.validation_accuracy,
            row.learning_rate,
        )
        for row in history.rows
    ]


def _best(made: Trained) -> int:
    return made.learned.history.best_epoch
