"""Who may be named: a gallery or a trained model, open already or named by its path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

from mien.errors import InvalidOption
from mien.gallery import Gallery
from mien.images import is_path
from mien.trained.model import TrainedModel

GallerySource: TypeAlias = Gallery | str | os.PathLike[str]
PeopleSource: TypeAlias = GallerySource | TrainedModel


def opened_gallery(
    gallery: GallerySource, *, create: bool = False
) -> AbstractContextManager[Gallery]:
    """The gallery, for a ``with``; one that is named by its path is closed again at its end.

    Args:
        gallery: open, or a path.
        create: open a path for writing, and make what is not there.

    Raises:
        GalleryError: as ``Gallery.open``.
        InvalidOption: it is neither.
    """
    if isinstance(gallery, Gallery):
        return nullcontext(gallery)
    if is_path(gallery):
        return Gallery.open(gallery, create=create, read_only=not create)
    raise InvalidOption(
        f"gallery: expected a gallery or the path of one, got {type(gallery).__name__}; "
        "open one with mien.Gallery.open(path)"
    )


@contextmanager
def opened_people(people: PeopleSource) -> Iterator[Gallery | TrainedModel]:
    """As ``opened_gallery``, for reading; a folder's path is that of a trained model.

    Raises:
        ModelInvalid: the folder is no trained model.
        GalleryError, InvalidOption: as ``opened_gallery``.
    """
    if isinstance(people, TrainedModel):
        yield people
    elif is_path(people) and os.path.isdir(people):  # noqa: PTH112 (Path.is_dir raises)
        yield TrainedModel.open(people)
    else:
        with opened_gallery(people) as gallery:
            yield gallery
