"""A window that shows pictures as they come, by Python's own tkinter: OpenCV's build has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mien.errors import EngineMissing, InvalidOption

if TYPE_CHECKING:
    from mien.records import Box, ImageArray

LONGEST_SIDE = 960
_LINE_PIXELS = 22


class Window:
    """Pictures with a box and lines of text over them.

    Args:
        title: of the window.

    Attributes:
        closed: whether the user closed it, or pressed q or Escape in it.

    Raises:
        InvalidOption: there is no screen.
        EngineMissing: Python came without tkinter.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter
        except ImportError as error:
            raise EngineMissing(
                "--show: expected Python's tkinter, got none; install your system's python3-tk, "
                "or leave --show out: the terminal shows the same counts"
            ) from error
        try:
            self._root: tkinter.Tk | None = tkinter.Tk()
        except tkinter.TclError as error:
            raise InvalidOption(
                f"--show: expected a screen, got none ({error}); leave --show out: the terminal "
                "shows the same counts"
            ) from error
        self.closed = False
        self._root.title(title)
        self._root.protocol("WM_DELETE_WINDOW", self._end)
        for key in ("<Escape>", "q"):
            self._root.bind(key, lambda _: self._end())
        self._canvas = tkinter.Canvas(self._root, highlightthickness=0)
        self._canvas.pack()

    def show(self, image: ImageArray, box: Box | None, lines: Sequence[str]) -> None:
        """Draw one picture, ``(H, W, 3) uint8`` RGB, its face's box in its pixels, and text."""
        import tkinter

        small, scale = _fitted(image)
        height, width = small.shape[:2]
        header = f"P6 {width} {height} 255 ".encode()
        self._picture = tkinter.PhotoImage(data=header + small.tobytes(), format="PPM")
        self._canvas.delete("all")
        self._canvas.config(width=width, height=height)
        self._canvas.create_image(0, 0, anchor="nw", image=self._picture)
        if box is not None:
            corners = [scale * value for value in box.xyxy]
            self._canvas.create_rectangle(*corners, outline="#40e070", width=2)
        for number, line in enumerate(lines):
            place = (10, 8 + _LINE_PIXELS * number)
            for shift, colour in ((1, "black"), (0, "white")):
                self._canvas.create_text(
                    place[0] + shift,
                    place[1] + shift,
                    anchor="nw",
                    text=line,
                    fill=colour,
                    font=("TkDefaultFont", 13, "bold"),
                )
        self._canvas.update()

    def close(self) -> None:
        """Take it from the screen; may be called twice."""
        if self._root is not None:
            self._root.destroy()
            self._root = None

    def _end(self) -> None:
        self.closed = True


def _fitted(image: ImageArray) -> tuple[ImageArray, float]:
    """The picture at most ``LONGEST_SIDE`` pixels long, and by how much it was scaled."""
    import cv2

    scale = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(image), 1.0
    size = (max(1, round(scale * image.shape[1])), max(1, round(scale * image.shape[0])))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale
