"""Trained models in use: their folder read, their network loaded, their people named."""

from mien.models.trained_folder import ModelKind
from mien.trained.model import TrainedModel, space_of
from mien.trained.people import (
    GallerySource,
    PeopleSource,
    opened_gallery,
    opened_people,
)
from mien.trained.recognizer import (
    TrainedRecognizer,
    identify_encoded,
    load_trained,
    name_by_classes,
    similarities_of,
)
from mien.trained.settings import Classes, NetworkFacts

__all__ = [
    "Classes",
    "GallerySource",
    "ModelKind",
    "NetworkFacts",
    "PeopleSource",
    "TrainedModel",
    "TrainedRecognizer",
    "identify_encoded",
    "load_trained",
    "name_by_classes",
    "opened_gallery",
    "opened_people",
    "similarities_of",
    "space_of",
]
