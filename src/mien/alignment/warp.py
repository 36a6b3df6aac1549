"""Cut the aligned crop out of the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.alignment.boxes import box_transform
from mien.alignment.similarity import Matrix, similarity_transform
from mien.alignment.templates import Template
from mien.records import Box, Face, ImageArray, Landmarks


def align(image: ImageArray, landmarks: Landmarks, template: Template) -> ImageArray:
    """The face upright and centred as the template says.

    Where the face is at least twice as large as the crop, its neighbourhood is first shrunk by
    averaging whole blocks of pixels, so that the bilinear warp does not skip over pixels.

    Args:
        image: ``(H, W, 3) uint8``, RGB.
        landmarks: in the picture's pixels.
        template: of the embedder.

    Returns:
        ``(size, size, 3) uint8``, RGB; what lies outside the picture is black.
    """
    return _cut(image, similarity_transform(landmarks.points, template.points), template)


def align_box(image: ImageArray, box: Box, template: Template) -> ImageArray:
    """A plain crop for a face without points: square, not turned, centred by its box.

    Worse than :func:`align`, which should be used wherever there are points; see
    ``box_transform`` for where the box comes to lie.

    Args:
        image: ``(H, W, 3) uint8``, RGB.
        box: of the face, in the picture's pixels.
        template: of the embedder.

    Returns:
        ``(size, size, 3) uint8``, RGB; what lies outside the picture is black.
    """
    return _cut(image, box_transform(box, template), template)


def align_face(picture: ImageArray, face: Face, template: Template) -> ImageArray:
    """The crop by the five points, or by the box where the detector gave none."""
    if face.landmarks is None:
        return align_box(picture, face.box, template)
    return align(picture, face.landmarks, template)


def _cut(image: ImageArray, matrix: Matrix, template: Template) -> ImageArray:
    import cv2

    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    blocks = int(1.0 / scale) if scale > 1e-6 else 1
    if blocks >= 2:
        image, matrix = _shrink(image, matrix, template.size, blocks)
    crop = cv2.warpAffine(image, matrix, (template.size, template.size), flags=cv2.INTER_LINEAR)
    return np.asarray(crop, dtype=np.uint8)


def visible_share(face: Landmarks | Box, template: Template, size_wh: tuple[int, int]) -> float:
    """How much of the aligned crop shows the picture, 0 to 1; the rest is black.

    Args:
        face: its points, or its box where it has none, in the picture's pixels.
        template: of the embedder.
        size_wh: of the picture.
    """
    matrix = (
        box_transform(face, template)
        if isinstance(face, Box)
        else similarity_transform(face.points, template.points)
    )
    inverse = _inverse(matrix)
    if _inside(_on_grid(2, template.size, inverse), size_wh).all():
        return 1.0  # its corners, so all of it
    return float(_inside(_on_grid(16, template.size, inverse), size_wh).mean())


def _on_grid(steps: int, size: int, inverse: Matrix) -> Matrix:
    """``steps x steps`` places of the crop, corner to corner, as places in the picture."""
    ticks = np.linspace(0.0, size, steps)
    places = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return np.asarray(places @ inverse[:, :2].T + inverse[:, 2])


def _inside(places: Matrix, size_wh: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(((places >= 0.0) & (places <= size_wh)).all(axis=1))


def _inverse(matrix: Matrix) -> Matrix:
    import cv2

    return np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)


def _shrink(image: ImageArray, matrix: Matrix, size: int, blocks: int) -> tuple[ImageArray, Matrix]:
    """The part of the picture that the crop shows, ``blocks`` times smaller, and its matrix."""
    import cv2

    height, width = image.shape[:2]
    seen = _on_grid(2, size, _inverse(matrix))
    x1, y1 = (np.floor(seen.min(axis=0)) - blocks).clip(0, (width, height)).astype(int)
    x2, y2 = (np.ceil(seen.max(axis=0)) + blocks).clip(0, (width, height)).astype(int)
    # whole blocks only, so that every small pixel is the mean of blocks x blocks large ones
    columns, rows = (x2 - x1) // blocks, (y2 - y1) // blocks
    if columns < 1 or rows < 1:
        return image, matrix
    part = image[y1 : y1 + rows * blocks, x1 : x1 + columns * blocks]
    small = cv2.resize(part, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    # small pixel p has its centre at the large position blocks * p + (blocks - 1) / 2 + corner
    shift = np.array([x1, y1]) + (blocks - 1) / 2
    moved = np.concatenate(
        [matrix[:, :2] * blocks, (matrix[:, :2] @ shift + matrix[:, 2])[:, None]], axis=1
    )
    return np.asarray(small, dtype=np.uint8), moved
