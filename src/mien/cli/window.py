"""A window for ``--show``: through Tk, which comes with Python; our OpenCV has no windows."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from mien.errors import EngineMissing, InvalidOption

if TYPE_CHECKING:
    from mien.records import ImageArray

_LONGEST_SIDE = 1280  # pixels of a shown frame


class Window:
    """Shows frames until it is closed, or Escape or q is pressed; a context manager.

    Args:
        title: of the window.

    Raises:
        EngineMissing: this Python has no Tk.
        InvalidOption: there is no screen.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter
        except ImportError as error:
            raise EngineMissing(
                "--show needs Tk, which this Python was built without: install it "
                "(on Debian `apt install python3-tk`), or leave out --show"
            ) from error
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError as error:
            raise InvalidOption(
                f"--show: expected a screen, got none ({error}); "
                "leave out --show (`mien identify --annotate` writes a film)"
            ) from error
        self._tk: Any = tkinter
        self._photo: Any = None
        self.open = True
        self._root.title(title)
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()
        self._root.protocol("WM_DELETE_WINDOW", self._leave)
        for key in ("<Escape>", "q"):
            self._root.bind(key, lambda _: self._leave())

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._root.destroy()

    def show(self, image: ImageArray) -> None:
        """Show ``(H, W, 3) uint8`` RGB."""
        photo = self._tk.PhotoImage(data=ppm(image), format="PPM")
        self._label.configure(image=photo)
        self._photo = photo  # Tk keeps no reference of its own
        self._root.update()

    def _leave(self) -> None:
        self.open = False


def ppm(image: ImageArray) -> bytes:
    """The picture as a PPM file, which Tk reads; made smaller where it is large."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    scale = _LONGEST_SIDE / max(height, width)
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return b"P6 %d %d 255\n" % (image.shape[1], image.shape[0]) + image.tobytes()
