"""From a run's folders to crops as its backbone wants them: the first step of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.alignment import find_template
from mien.api import Settings, build_finder
from mien.errors import InsufficientData
from mien.images import FolderWalk, find_photos
from mien.models import ModelStore
from mien.networks.backbone import Backbone
from mien.training.config import TrainConfig
from mien.training.crop_cache import CropCache
from mien.training.crops import cut_faces, read_crops
from mien.training.dataset import LabelledPhoto, Part
from mien.training.learner import Example
from mien.training.listener import Listener
from mien.training.prepare import DataOptions, PreparedData, prepare
from mien.training.run_options import RunOptions
from mien.training.work import Work

STRANGER = "stranger"


def settings_of(config: RunOptions) -> Settings:
    """How photos are read and their faces found."""
    return Settings(detector=config.detector, max_megapixels=config.max_megapixels)


def prepare_faces(
    config: RunOptions, backbone: Backbone, work: Work, listener: Listener, store: ModelStore
) -> PreparedData:
    """Labelled, split crops of the people; what is left out is noted.

    Raises:
        InputError: see `prepare`.
    """
    settings = settings_of(config)
    options = DataOptions(
        template=backbone.template,
        side=backbone.side,
        detect=config.detect,
        divide=config.divide,
        reading=settings.reading,
        cache=work.crops,
        exclude=config.exclude,
    )
    finder = build_finder(settings, store) if config.detect else None

    def step(label: str, done: int, total: int) -> None:
        if done == 1:
            listener.stage(label, total)
        listener.step(1)

    data = prepare(config.data, options, finder, step)
    for refusal in data.refused:
        listener.note(f"{refusal.photo.place}: not used: {refusal.error}")
    for note in data.notes:
        listener.note(note)
    return data


def strangers_crops(
    config: TrainConfig, backbone: Backbone, work: Work, listener: Listener, store: ModelStore
) -> NDArray[np.uint8] | None:
    """Faces of the strangers whom the user has photos of; None where no folder is named.

    Raises:
        InsufficientData: no photo shows a usable face.
    """
    if config.strangers is None:
        return None
    walk = FolderWalk(config.exclude)
    paths = find_photos([config.strangers], walk)
    if walk.skipped:
        listener.note(f"strangers: {walk}")
    photos = [LabelledPhoto(path, path.name, STRANGER) for path in paths]
    listener.stage("cutting strangers' faces", len(photos))
    settings = settings_of(config)
    if config.detect:
        finder = build_finder(settings, store)
        template = find_template(backbone.template, backbone.side)
        cache = CropCache.at(work.crops, finder, template, store)
        crops = cut_faces(photos, finder, template, cache=cache, progress=lambda: listener.step(1))
    else:
        crops = read_crops(
            photos, backbone.side, reading=settings.reading, progress=lambda: listener.step(1)
        )
    if not len(crops.pixels):
        raise InsufficientData(
            f"strangers: expected usable faces in {config.strangers.name}, got none in "
            f"{len(photos):,} photos"
        )
    return crops.pixels


def example_of(data: PreparedData, part: Part) -> Example:
    """The crops of a part with their classes."""
    rows = data.rows_of(part)
    return Example(data.pixels[rows], data.labels[rows])
