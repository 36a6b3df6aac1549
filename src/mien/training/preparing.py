"""From a folder to the crops that a network learns from: the first half of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.alignment import find_template
from mien.api import Settings, build_finder
from mien.errors import InsufficientData
from mien.images import find_photos
from mien.models import ModelStore
from mien.networks.backbone import Backbone
from mien.training.config import TrainConfig
from mien.training.crop_cache import CropCache
from mien.training.crops import Crops, cut_faces, read_crops
from mien.training.dataset import Dataset, LabelledPhoto, check_people
from mien.training.listener import Listener
from mien.training.work import Work

STRANGER = "stranger"


def find_faces(
    config: TrainConfig,
    photos: Sequence[LabelledPhoto],
    backbone: Backbone,
    work: Work,
    listener: Listener,
    store: ModelStore,
) -> Crops:
    """The largest usable face of each photo as the backbone wants it, or the photo as it is."""
    listener.stage("faces", len(photos))

    def step() -> None:
        listener.step(1)

    if not config.detect:
        return read_crops(photos, backbone.side, progress=step)
    finder = build_finder(Settings(detector=config.detector), store)
    template = find_template(backbone.template, backbone.side)
    cache = CropCache.at(work.crops, finder, template, store)
    return cut_faces(photos, finder, template, cache=cache, progress=step)


def with_faces(dataset: Dataset, crops: Crops, listener: Listener) -> Dataset:
    """The photos that have a crop; the others are noted.

    Raises:
        InsufficientData: somebody is left with too few.
    """
    usable = {photo.place for photo in crops.photos}
    left = dataset.keep(lambda photo: photo.place in usable)
    for refusal in crops.refused:
        listener.note(f"{refusal.photo.place}: not used: {refusal.error}")
    lost = sorted(set(dataset.names) - set(left.names))
    if lost:
        raise InsufficientData(
            f"expected usable faces of everybody, got none of {', '.join(map(repr, lost))}; "
            "add photos, or take the folder away"
        )
    check_people(left)
    return left


def strangers_crops(
    config: TrainConfig,
    backbone: Backbone,
    work: Work,
    listener: Listener,
    store: ModelStore,
) -> NDArray[np.uint8] | None:
    """Faces of the strangers whom the user has photos of; None where there is no such folder.

    Raises:
        InsufficientData: no photo shows a usable face.
    """
    if config.strangers is None:
        return None
    paths = find_photos([config.strangers])
    photos = [LabelledPhoto(path, path.name, STRANGER) for path in paths]
    crops = find_faces(config, photos, backbone, work, listener, store)
    if not len(crops.pixels):
        raise InsufficientData(
            f"strangers: expected usable faces in {config.strangers.name}, got none of "
            f"{len(photos)} photos"
        )
    return crops.pixels
