"""Photos one after another as a film: a folder of them, or a pattern with numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from mien.errors import DamagedVideo, InputError, SourceNotFound
from mien.images.decode import read_image
from mien.images.folders import FolderWalk
from mien.images.sources import find_photos
from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.naming import numbered_photos
from mien.images.video.options import VideoOptions
from mien.images.video.pictures import ArrayPicture, fitted


class PhotoSequence:
    """Photos in order, each read when its turn comes; one that cannot be used is passed over.

    Args:
        source: its name in answers.
        photos: in order.
        options: the rate, and the limits of each photo.

    Raises:
        DamagedVideo: none of the photos can be read.
    """

    def __init__(self, source: str, photos: Sequence[Path], options: VideoOptions) -> None:
        self.notes: list[str] = []
        self.broken = ""
        self._photos = photos
        self._options = options
        first = next(iter(self._pictures()), None)
        if first is None:
            raise DamagedVideo(f"{source}: expected photos, got none that can be read")
        rate = options.sequence_rate
        self.notes.clear()
        self.info = VideoInfo(
            source, first[1].size_wh, rate, len(photos) / rate, frame_count=len(photos)
        )

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Each photo at its place; those of another size stand inside the first one's."""
        for index, picture in self._pictures():
            if stop.is_set():
                return
            if picture.size_wh != self.info.size_wh:
                picture = ArrayPicture(fitted(picture.array, self.info.size_wh))
            yield Frame(index, round(index / self._options.sequence_rate, 6), picture)

    def close(self) -> None:
        """Nothing stays open between photos."""

    def _pictures(self) -> Iterator[tuple[int, ArrayPicture]]:
        for index, photo in enumerate(self._photos):
            try:
                array = read_image(photo, self._options.limits)
            except InputError as error:
                self.notes.append(f"passed over {photo}: {error}")
                continue
            yield index, ArrayPicture(array)


def open_sequence(source: str, options: VideoOptions) -> PhotoSequence:
    """The photos of a folder, by their names, or of a pattern such as ``frame_%04d.jpg``.

    Raises:
        SourceNotFound: there are none.
        DamagedVideo: none can be read.
    """
    path = Path(source)
    walk = FolderWalk(options.exclude)
    photos = find_photos([path], walk) if path.is_dir() else numbered_photos(source)
    if not photos:
        raise SourceNotFound(f"expected photos named {source!r}, with numbers, got none")
    sequence = PhotoSequence(source, photos, options)
    sequence.notes += [str(walk)] if walk.skipped else []
    return sequence
