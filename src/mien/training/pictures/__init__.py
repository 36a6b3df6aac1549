"""Pictures of a training: curves, confusions, mistakes, embeddings, distances.

Each ``draw_…`` gives a matplotlib figure, ``png`` its bytes.
"""

from __future__ import annotations

from mien.training.pictures.confused_pairs import draw_confused_pairs
from mien.training.pictures.confusion_matrix import draw_confusion_matrix
from mien.training.pictures.distance_histograms import PairDistances, draw_distance_histograms
from mien.training.pictures.embedding_scatter import draw_embedding_scatter
from mien.training.pictures.hardest_triplets import Triplet, draw_hardest_triplets
from mien.training.pictures.learning_curves import Epoch, draw_learning_curves
from mien.training.pictures.lettering import told_stand_ins
from mien.training.pictures.most_wrong import draw_most_wrong
from mien.training.pictures.style import png
from mien.training.pictures.triplet_curves import TripletEpoch, draw_triplet_curves

__all__ = [
    "Epoch",
    "PairDistances",
    "Triplet",
    "TripletEpoch",
    "draw_confused_pairs",
    "draw_confusion_matrix",
    "draw_distance_histograms",
    "draw_embedding_scatter",
    "draw_hardest_triplets",
    "draw_learning_curves",
    "draw_most_wrong",
    "draw_triplet_curves",
    "png",
    "told_stand_ins",
]
