"""Looking at pictures of any size through a network that wants batches of one size.

Each picture is looked at once at a working size and a second time at twice that size where it is
larger. Large photos are looked at once more, so that the smallest face that is wanted fills the
pixels that the network needs; that look is cut into tiles, so that its memory does not grow with
the photo. A picture in which nothing was found is looked at again, shrunk and with a border, for
a face that fills the frame. Passes of equal size share a batch, across the pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import inf

import numpy as np

from mien.checks import check_count
from mien.detection.decode import RawFaces, concatenate, no_faces, suppress
from mien.records import FloatArray, ImageArray

MULTIPLE = 32  # sides of the canvas: the largest stride of the networks that look through it
BATCH_PIXELS = 4 * 256 * 256  # of one call of the network: more is not faster, and takes memory

LARGE_SIDE = 2560  # pixels: in photos with a longer side faces are looked for from
LARGE_PHOTO_FACE = 40  # pixels on, unless the caller asks for others
SMALLEST_FACE = 10  # pixels, that may be asked for
MOST_ENLARGED = 2.0  # more shows the network nothing new
COARSER = 4.0  # from one look to the next coarser one, or 5 where that saves a look
TILE_SIDE = 1280  # pixels of the canvas: as much as the second look at an ordinary photo
LARGEST_IN_TILE = 5.5  # times the smallest face; what is larger is left to the coarser looks
TILE_MARGIN = 16  # pixels of the canvas that are left between the largest face and the edge

# From a canvas, ``(N, 3, H, W) float32`` BGR 0-255, to the faces of each row, not suppressed.
Look = Callable[[FloatArray], list[RawFaces]]


@dataclass(frozen=True, slots=True)
class Scan:
    """How often and how large each picture is looked at.

    Attributes:
        minimum_score: faces below it are not reported.
        iou: boxes that overlap a better one by more are dropped.
        working_side: longest side of the first pass, pixels; pictures are not enlarged.
        small_faces: look again at up to twice the working side where the photo is larger, and in
            tiles where it is larger than ``LARGE_SIDE``.
        rescue: look again, shrunk inside a border, where nothing was found.
        seen_from: side of the smallest face that the network finds reliably, pixels of the canvas.
        min_face: side of the smallest face that is wanted, pixels of the picture; None for what
            ``small_faces`` says.
        vote: boxes that overlap a better one at least so much have a vote on its points; 1 for
            none. They may score less than ``minimum_score``.
    """

    minimum_score: float
    iou: float
    working_side: int
    small_faces: bool
    rescue: bool
    seen_from: int
    min_face: int | None = None
    vote: float = 1.0

    def scales(self, longest: int) -> list[float]:
        """Where pictures with this longest side are looked at, the coarsest first."""
        first, second = (min(1.0, side / longest) for side in self._whole_sides)
        if self.min_face is not None:
            finest = max(first, min(MOST_ENLARGED, self.seen_from / self.min_face))
        elif not self.small_faces or longest <= 1.25 * self.working_side:
            finest = first
        else:
            wanted = self.seen_from / LARGE_PHOTO_FACE if longest > LARGE_SIDE else 0.0
            finest = max(second, min(1.0, wanted))
        scales = [finest]
        while scales[0] > COARSER * 1.25 * second:
            scales.insert(0, scales[0] / COARSER)
        for coarser in (second, first):
            if 1.25 * coarser < scales[0]:
                scales.insert(0, coarser)
        return scales

    def in_tiles(self, scale: float, longest: int) -> bool:
        """Whether a look is too large to be taken at once."""
        return round(scale * longest) > max(TILE_SIDE, self._whole_sides[1])

    @property
    def _whole_sides(self) -> tuple[int, int]:
        return self.working_side, 2 * self.working_side


@dataclass(frozen=True, slots=True)
class _Pass:
    """One look at a window of one picture: scale it, shift it into a canvas of ``size_wh``.

    Only the faces with their middle in the core of the window are kept, up to the largest side
    that fits beside it; both in pixels of the picture.
    """

    picture: int
    scale: float
    window_xywh: tuple[int, int, int, int]
    offset_xy: tuple[int, int]
    size_wh: tuple[int, int]
    core: tuple[float, float, float, float] = (-inf, -inf, inf, inf)
    largest: float = inf

    def owned(self, faces: RawFaces) -> RawFaces:
        """The faces of its canvas that count, in the picture's pixels."""
        shift = np.subtract(self.offset_xy, np.multiply(self.scale, self.window_xywh[:2]))
        found = faces.moved(1 / self.scale, tuple(shift.tolist()))
        if self.largest == inf:
            return found
        low, high = found.boxes[:, :2], found.boxes[:, 2:]
        middle = (low + high) / 2
        inside = (middle >= self.core[:2]) & (middle < self.core[2:])
        return found.take(inside.all(axis=1) & ((high - low).max(axis=1) <= self.largest))


def check_min_face(pixels: int | None) -> None:
    """The shorter side of the smallest face that is wanted, or None.

    Raises:
        InvalidOption: it is no whole number from 10 to 16,384.
    """
    if pixels is not None:
        check_count(pixels, "min_face", SMALLEST_FACE, 16_384)


def search_scale(longest: int, working_side: int, seen_from: int, min_face: int | None) -> float:
    """How far a picture is shrunk for a detector that looks at it once.

    Args:
        longest: side of the picture, pixels.
        working_side: to this longest side, unless ``min_face`` says otherwise.
        seen_from: side of the smallest face that the detector looks for, pixels.
        min_face: which face shall have that side, pixels of the picture.
    """
    return min(1.0, working_side / longest if min_face is None else seen_from / min_face)


def scan_pictures(pictures: Sequence[ImageArray], scan: Scan, look: Look) -> list[RawFaces]:
    """The faces of each ``(H, W, 3) uint8`` RGB picture, in its own pixels, suppressed."""
    passes = [
        one for index, picture in enumerate(pictures) for one in _passes(picture, index, scan)
    ]
    found = _run(pictures, passes, scan, look)
    if scan.rescue:
        empty = [index for index, faces in enumerate(found) if not len(faces)]
        rescued = _run(pictures, [_rescue_pass(pictures[i], i) for i in empty], scan, look)
        for index in empty:
            found[index] = rescued[index]
    return found


def planes(picture: ImageArray) -> ImageArray:
    """``(H, W, 3)`` RGB as ``(3, H, W)`` BGR, without a copy."""
    return picture[..., ::-1].transpose(2, 0, 1)


def _passes(picture: ImageArray, index: int, scan: Scan) -> Iterator[_Pass]:
    longest = max(picture.shape[:2])
    for scale in scan.scales(longest):
        if scan.in_tiles(scale, longest):
            yield from _tiles(picture, index, scale, scan.seen_from)
        else:
            yield _plain_pass(picture, index, scale)


def _run(
    pictures: Sequence[ImageArray], passes: Sequence[_Pass], scan: Scan, look: Look
) -> list[RawFaces]:
    """Carry out passes in batches of equal size; merge and suppress for each picture."""
    parts: list[list[RawFaces]] = [[no_faces()] for _ in pictures]
    by_size: dict[tuple[int, int], list[_Pass]] = defaultdict(list)
    for one in passes:
        by_size[one.size_wh].append(one)
    for size_wh, group in by_size.items():
        at_once = max(1, BATCH_PIXELS // (size_wh[0] * size_wh[1]))
        for start in range(0, len(group), at_once):
            chunk = group[start : start + at_once]
            for one, faces in zip(chunk, look(_canvas(pictures, chunk)), strict=True):
                parts[one.picture].append(one.owned(faces))
    found = [suppress(concatenate(part), scan.iou, scan.vote) for part in parts]
    return [faces.take(faces.scores >= scan.minimum_score) for faces in found]


def _plain_pass(picture: ImageArray, index: int, scale: float) -> _Pass:
    height, width = picture.shape[:2]
    return _Pass(index, scale, (0, 0, width, height), (0, 0), _canvas_wh(width, height, scale))


def _tiles(picture: ImageArray, index: int, scale: float, seen_from: int) -> Iterator[_Pass]:
    """A look in overlapping tiles of one size.

    A face that counts in a tile lies in it as a whole, with a margin: what a tile's edge cuts
    has its middle in the core of another tile, or is larger than this look is for.
    """
    largest = LARGEST_IN_TILE * seen_from / scale
    overlap = round(largest + 2 * TILE_MARGIN / scale)
    columns, rows = (
        _spans(side, round(TILE_SIDE / scale), overlap) for side in picture.shape[1::-1]
    )
    for (x, width, left, right), (y, height, top, bottom) in product(columns, rows):
        size_wh = _canvas_wh(width, height, scale)
        core = (left, top, right, bottom)
        yield _Pass(index, scale, (x, y, width, height), (0, 0), size_wh, core, largest)


def _spans(whole: int, most: int, overlap: int) -> list[tuple[int, int, float, float]]:
    """A side in equal parts that overlap at least so much: start, length, and the core's ends."""
    count = max(1, -(-(whole - overlap) // (most - overlap)))
    length = -(-(whole + (count - 1) * overlap) // count)
    starts = [round(place) for place in np.linspace(0, whole - length, count)]
    edges = [(after + before + length) / 2 for before, after in pairwise(starts)]
    return [
        (start, length, low, high)
        for start, low, high in zip(starts, [-inf, *edges], [*edges, inf], strict=True)
    ]


def _rescue_pass(picture: ImageArray, index: int) -> _Pass:
    """The whole picture at 160 pixels in the middle of a 320-pixel canvas."""
    height, width = picture.shape[:2]
    scale = 160 / max(width, height)
    offset = (round((320 - width * scale) / 2), round((320 - height * scale) / 2))
    return _Pass(index, scale, (0, 0, width, height), offset, (320, 320))


def _canvas_wh(width: int, height: int, scale: float) -> tuple[int, int]:
    across, down = (-(-max(1, round(side * scale)) // MULTIPLE) for side in (width, height))
    return across * MULTIPLE, down * MULTIPLE


def _canvas(pictures: Sequence[ImageArray], passes: Sequence[_Pass]) -> FloatArray:
    """The scaled windows on black as the network's input: ``(N, 3, H, W) float32`` BGR 0-255."""
    width, height = passes[0].size_wh
    canvas = np.zeros((len(passes), 3, height, width), dtype=np.float32)
    for row, one in zip(canvas, passes, strict=True):
        picture = pictures[one.picture]
        left, top, across, down = one.window_xywh
        window = picture[top : top + down, left : left + across]
        seen = _scaled(window, one.scale, quick=max(picture.shape) > LARGE_SIDE)
        x, y = one.offset_xy
        row[:, y : y + seen.shape[0], x : x + seen.shape[1]] = planes(seen)
    return canvas


def _scaled(picture: ImageArray, scale: float, *, quick: bool) -> ImageArray:
    """In another size; ``quick`` takes a third of the time, by whole blocks of pixels first."""
    import cv2

    if scale == 1.0:
        return picture
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if quick and (blocks := min(int(1 / scale), height, width)) > 1:
        picture = picture[: height // blocks * blocks, : width // blocks * blocks]
        fewer = (width // blocks, height // blocks)
        picture = np.asarray(cv2.resize(picture, fewer, interpolation=cv2.INTER_AREA), np.uint8)
    shrinking = cv2.INTER_LINEAR if quick else cv2.INTER_AREA
    method = shrinking if scale < 1.0 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=method), dtype=np.uint8)
