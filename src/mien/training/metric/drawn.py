"""The pictures of a tuned embedder: made from what was measured, each with a caption."""

from __future__ import annotations

import numpy as np

from mien.records import FloatArray
from mien.training.drawn import Captions, Figures, write_figures
from mien.training.metric.finetuned import Finetuned
from mien.training.metric.measuring import SideFaces
from mien.training.pictures import (
    PairDistances,
    Triplet,
    TripletEpoch,
    draw_distance_histograms,
    draw_hardest_triplets,
    draw_triplet_curves,
)
from mien.training.saving import ModelFolderWriter

AXIS = "squared Euclidean distance of unit vectors"


def draw_pictures(writer: ModelFolderWriter, made: Finetuned) -> Captions:
    """Write the pictures into the model's folder.

    Returns:
        Pairs of a file and its caption.

    Raises:
        OutputUnwritable: the disk is full.
    """
    faces, history = made.faces, made.tuned.history
    margin = made.config.objective.counted_margin
    epochs = [
        TripletEpoch(row.epoch, row.train_loss, row.hard, row.semihard, row.easy, row.tar, row.rank)
        for row in history.rows
    ]
    figures: Figures = {
        "triplet_curves": (
            "loss, triplets and other people, epoch by epoch",
            lambda: draw_triplet_curves(epochs, history.best_epoch),
        ),
        "distance_histograms": (
            "distances of the held-out people's pairs, before and after",
            lambda: draw_distance_histograms(
                _pairs("before", faces.vectors.before, faces),
                _pairs("after", faces.vectors.after, faces),
                AXIS,
            ),
        ),
        "hardest_triplets": (
            "the held-out people's triplets that it gets most wrong",
            lambda: draw_hardest_triplets(faces.crops, hardest_triplets(faces), margin),
        ),
    }
    return write_figures(writer, figures)


def hardest_triplets(faces: SideFaces) -> list[Triplet]:
    """For each held-out photo its farthest photo of the same person, and its nearest of another."""
    distances = squared_distances(faces.vectors.after)
    names = np.array(faces.names)
    found = []
    for anchor, row in enumerate(distances):
        own = np.flatnonzero(names == names[anchor])
        own = own[own != anchor]
        if not len(own):
            continue
        others = np.flatnonzero(names != names[anchor])
        positive, negative = own[row[own].argmax()], others[row[others].argmin()]
        found.append(
            Triplet(
                anchor,
                int(positive),
                int(negative),
                float(row[positive]),
                float(row[negative]),
                faces.names[anchor],
                faces.names[negative],
            )
        )
    return found


def squared_distances(vectors: FloatArray) -> FloatArray:
    """``(N, N)``: 2 - 2 cos of unit vectors, 0 to 4."""
    distances: FloatArray = np.clip(2.0 - 2.0 * (vectors @ vectors.T), 0.0, 4.0)
    return distances


def _pairs(title: str, vectors: FloatArray, faces: SideFaces) -> PairDistances:
    first, second = np.triu_indices(len(vectors), 1)
    distances = squared_distances(vectors)[first, second].astype(np.float64)
    names = np.array(faces.names)
    same = names[first] == names[second]
    return PairDistances(title, distances[same], distances[~same])
