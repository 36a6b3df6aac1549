"""Pictures that are arrays already: of cameras and of photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.records import ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPicture:
    """Of an upright ``(H, W, 3) uint8`` array, RGB or, from OpenCV's cameras, BGR."""

    array: ImageArray
    bgr: bool = False

    @property
    def size_wh(self) -> tuple[int, int]:
        return (self.array.shape[1], self.array.shape[0])

    def rgb(self, size_wh: tuple[int, int]) -> ImageArray:
        import cv2

        array = self.array
        if size_wh != self.size_wh:
            array = np.asarray(
                cv2.resize(array, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8
            )
        return np.ascontiguousarray(array[..., ::-1]) if self.bgr else array

    def grey(self, size_wh: tuple[int, int]) -> ImageArray:
        import cv2

        small = cv2.resize(self.array, size_wh, interpolation=cv2.INTER_NEAREST)
        order = cv2.COLOR_BGR2GRAY if self.bgr else cv2.COLOR_RGB2GRAY
        return np.asarray(cv2.cvtColor(small, order), dtype=np.uint8)


def fitted(array: ImageArray, size_wh: tuple[int, int]) -> ImageArray:
    """A picture of another size inside a black one of this size, its shape kept."""
    import cv2

    height, width = array.shape[:2]
    scale = min(size_wh[0] / width, size_wh[1] / height)
    inner = (min(size_wh[0], round(width * scale)), min(size_wh[1], round(height * scale)))
    inner = (max(1, inner[0]), max(1, inner[1]))
    canvas = np.zeros((size_wh[1], size_wh[0], *array.shape[2:]), dtype=np.uint8)
    left, top = (size_wh[0] - inner[0]) // 2, (size_wh[1] - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        array, inner, interpolation=cv2.INTER_AREA
    )
    return canvas
