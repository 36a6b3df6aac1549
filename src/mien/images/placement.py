"""Where the plates with the names go: inside the picture, beside their faces, apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mien.records import Box

# Prices of a place, in areas covered relative to the plate's own area.
_OVER_A_PLATE = 10.0
_OVER_ANOTHER_FACE = 3.0
_OVER_ITS_OWN_FACE = 2.0
_PER_RANK = 0.05


def place_plates(
    faces: Sequence[Box], sizes: Sequence[tuple[float, float]], canvas: Box, gap: float
) -> list[Box]:
    """Choose a place for each face's plate.

    Above the face is best, then below it, then beside it, then on its edge; a
    place that covers another plate or another face is taken only if there is
    no better one.

    Args:
        faces: boxes, pixels.
        sizes: width and height of each face's plate, pixels.
        canvas: the picture's own box; no plate leaves it unless it is larger.
        gap: between a face and its plate, pixels.

    Returns:
        One box per face, in the order of ``faces``.
    """
    placed: dict[int, Box] = {}
    # The small faces of a crowd have the least room to choose from, so they go first.
    for index in sorted(range(len(faces)), key=lambda index: (faces[index].area, index)):
        best, lowest = None, float("inf")
        for rank, place in enumerate(_places(faces[index], sizes[index], gap)):
            plate = _kept_inside(place, canvas)
            price = _PER_RANK * rank + _price(plate, index, faces, list(placed.values()))
            if price < lowest:
                best, lowest = plate, price
        if best is not None:
            placed[index] = best
    return [placed[index] for index in range(len(faces))]


def _places(face: Box, size: tuple[float, float], gap: float) -> Iterator[Box]:
    width, height = size
    middle = (face.x1 + face.x2 - width) / 2
    above, below = face.y1 - gap - height, face.y2 + gap
    lefts = (middle, face.x1, face.x2 - width)
    for top in (above, below):
        for left in lefts:
            yield Box(left, top, left + width, top + height)
    for left in (face.x2 + gap, face.x1 - gap - width):
        for top in (face.y1, face.y2 - height):
            yield Box(left, top, left + width, top + height)
    for top in (above - height - gap, below + height + gap, face.y2 - height - gap, face.y1 + gap):
        yield Box(middle, top, middle + width, top + height)


def _kept_inside(box: Box, canvas: Box) -> Box:
    left = max(canvas.x1, min(box.x1, canvas.x2 - box.width))
    top = max(canvas.y1, min(box.y1, canvas.y2 - box.height))
    return Box(left, top, left + box.width, top + box.height)


def _price(plate: Box, own: int, faces: Sequence[Box], plates: Sequence[Box]) -> float:
    covered = _OVER_A_PLATE * sum(overlap(plate, other) for other in plates)
    for index, face in enumerate(faces):
        weight = _OVER_ITS_OWN_FACE if index == own else _OVER_ANOTHER_FACE
        covered += weight * overlap(plate, face)
    return covered / plate.area


def overlap(first: Box, second: Box) -> float:
    """The area that two boxes share, square pixels."""
    width = min(first.x2, second.x2) - max(first.x1, second.x1)
    height = min(first.y2, second.y2) - max(first.y1, second.y1)
    return max(width, 0.0) * max(height, 0.0)
