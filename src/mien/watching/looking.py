"""Close looks: the detector of photos sees a face again, in full size, and it is embedded.

Tracking needs a box a few times a second; a vector needs exact points. So the frames are scanned
small and fast, and only a crop that is worth it is given to the whole pipeline: detection with
all second looks, refined points, alignment, quality, embedding. What it does not take for a
face is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.detection import moved
from mien.images.video import Frame
from mien.parallel import ordered_map
from mien.pipeline import Recognizer
from mien.quality import check_recognisable
from mien.records import Box, Face, ImageArray
from mien.tracking import Look, overlap, promise_of, weigh

_MARGIN = 3.0  # side of what is cut out, in sides of the box;
_LEAST_SIDE = 240  # pixels of it: a small face is known by what is around it
_LARGEST_SIDE = 400  # pixels of what is looked at: a larger face shows no more
_SAME_FACE = 0.3  # intersection over union of the box and the face that is meant


@dataclass(frozen=True, slots=True)
class _Cutout:
    """A part of a frame around a face; ``scale`` is its pixels for each of the frame's."""

    image: ImageArray
    offset_xy: tuple[int, int]
    scale: float

    def to_frame(self, face: Face) -> Face:
        shift, scale = self.offset_xy, 1.0 / self.scale
        return moved(face, scale, (float(shift[0]), float(shift[1])))


def look_closely(recognizer: Recognizer, frame: Frame, faces: Sequence[Face]) -> list[Look | None]:
    """Look at some faces of a frame.

    Args:
        recognizer: the pipeline for photos.
        frame: where they are.
        faces: as they were detected.

    Returns:
        For each a look, without a vector where the face is not usable; None where the closer
        look finds no face.
    """
    if not faces:
        return []
    image = frame.image

    def look(face: Face) -> Look | None:
        return _look(recognizer, image, face, frame.time_s)

    if len(faces) == 1:
        return [look(face) for face in faces]
    # One face a call: the same answers on any number of cores.
    return list(ordered_map(look, faces, min(len(faces), recognizer.workers)))


def _look(recognizer: Recognizer, image: ImageArray, face: Face, time_s: float) -> Look | None:
    cutout = _cut_out(image, face.box)
    (views,) = recognizer.views([cutout.image], every=True)
    seen = [(cutout.to_frame(found), quality, crops) for found, quality, crops in views]
    best = max(seen, key=lambda one: overlap(one[0].box, face.box), default=None)
    if best is None or overlap(best[0].box, face.box) < _SAME_FACE:
        return None
    found, quality, crops = best
    vector = None
    if quality.usable:
        vectors, norms = recognizer.embedder.embed_views([crops])
        quality = check_recognisable(
            quality, recognizer.embedder.space, vectors[0], float(norms[0]), recognizer.limits
        )
        vector = vectors[0] if quality.usable else None
    return Look(time_s, found, quality, promise_of(face), weigh(found, quality), vector)


def _cut_out(image: ImageArray, box: Box) -> _Cutout:
    import cv2

    half = 0.5 * max(_LEAST_SIDE, _MARGIN * max(box.width, box.height))
    x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
    height, width = image.shape[:2]
    left, top = max(0, int(x - half)), max(0, int(y - half))
    right, bottom = min(width, int(x + half) + 1), min(height, int(y + half) + 1)
    left, top = min(left, width - 1), min(top, height - 1)
    part = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    scale = min(1.0, _LARGEST_SIDE / max(part.shape[:2]))
    if scale < 1.0:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return _Cutout(np.ascontiguousarray(part), (left, top), scale)
