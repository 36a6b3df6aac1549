"""What people have as a photo, right and wrong, made from the file of one."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mien.api import Settings
from mien.errors import (
    DamagedImage,
    ImageTooSmall,
    InvalidArray,
    MienError,
    SourceNotFound,
    UnsupportedImage,
)
from mien.images import read_image

Make = Callable[[Path], Any]
QUICK = Settings(mirror=False)  # a face costs half


@contextmanager
def given(make: Make, path: Path) -> Iterator[Any]:
    """A photo of some kind, closed at the end where it can be."""
    source = make(path)
    try:
        yield source
    finally:
        if hasattr(source, "close"):
            source.close()


# Right -------------------------------------------------------------------------------------------


class Named:
    """A path of a library's own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


class Tensor:
    """Something that numpy makes an array of."""

    def __init__(self, path: Path) -> None:
        self.pixels = read_image(path)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.pixels


class Upload:
    """An upload as web frameworks have them, written and not rewound."""

    def __init__(self, path: Path) -> None:
        self.file = io.BytesIO()
        self.file.write(path.read_bytes())
        self.filename = path.name

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    def seek(self, offset: int) -> None:
        self.file.seek(offset)


class OneWay(io.RawIOBase):
    """A connection: no way back."""

    def __init__(self, path: Path) -> None:
        self.inner = io.BytesIO(path.read_bytes())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.inner.readinto(buffer)


def at_its_end(path: Path) -> io.BytesIO:
    file = io.BytesIO(path.read_bytes())
    file.read()
    return file


def behind_a_header(path: Path) -> io.BytesIO:
    file = io.BytesIO(b"a header" + path.read_bytes())
    file.seek(8)
    return file


def pil_with_alpha(path: Path) -> Image.Image:
    return Image.open(path).convert("RGBA")


def lying_pil(path: Path) -> Image.Image:
    image = Image.open(path).transpose(Image.Transpose.ROTATE_90)
    image.getexif()[0x0112] = 6  # a viewer turns it back
    return image


RIGHT: dict[str, Make] = {
    "str": str,
    "Path": lambda path: path,
    "PathLike": Named,
    "bytes": Path.read_bytes,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "BytesIO at its end": at_its_end,
    "BytesIO behind a header": behind_a_header,
    "open file": lambda path: path.open("rb"),
    "connection": OneWay,
    "upload": Upload,
    "array": read_image,
    "mirrored view": lambda path: read_image(path)[:, ::-1].copy()[:, ::-1],
    "floats": lambda path: read_image(path) / 255.0,
    "array-like": Tensor,
    "PIL file": Image.open,
    "PIL image": lambda path: Image.fromarray(read_image(path)),
    "PIL with alpha": pil_with_alpha,
    "PIL turned": lying_pil,
}


# Wrong -------------------------------------------------------------------------------------------


class AsyncUpload:
    """As of Starlette and FastAPI."""

    def __init__(self, path: Path) -> None:
        self.file = io.BytesIO(path.read_bytes())

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class AsyncFile:
    """As of libraries that give coroutines without saying so."""

    def __init__(self, path: Path) -> None:
        self.inner = AsyncUpload(path)

    def read(self, size: int = -1) -> Any:
        return self.inner.read(size)


class Form:
    """An upload whose file is a part of it."""

    def __init__(self, path: Path) -> None:
        self.file = io.BytesIO(path.read_bytes())


class Broken(io.RawIOBase):
    """A file that fails in a way of its own."""

    def read(self, size: int = -1) -> bytes:
        raise KeyError("no such member")


class OnAnotherDevice:
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("can't convert a cuda:0 tensor to numpy. Use Tensor.cpu() first.")


def spent(path: Path) -> OneWay:
    file = OneWay(path)
    file.read()
    return file


def sniffed(path: Path) -> io.BytesIO:
    file = io.BytesIO(path.read_bytes())
    file.read(512)
    return file


def wrapped_text(path: Path) -> Any:
    return tempfile._TemporaryFileWrapper(path.open(errors="replace"), "text", delete=False)


def closed_file(path: Path) -> Any:
    with path.open("rb") as file:
        return file


def closed_pil(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image


def cut_pil(path: Path) -> Image.Image:
    data = path.read_bytes()
    return Image.open(io.BytesIO(data[: len(data) // 2]))


def released(path: Path) -> memoryview:
    view = memoryview(path.read_bytes())
    view.release()
    return view


WRONG: dict[str, tuple[Make, type[MienError], str]] = {
    "text file": (lambda path: path.open("r"), UnsupportedImage, "mode 'rb'"),
    "text": (lambda _: io.StringIO("text"), UnsupportedImage, "mode 'rb'"),
    "text, wrapped": (wrapped_text, UnsupportedImage, "gives str.*mode 'rb'"),
    "asynchronous upload": (AsyncUpload, UnsupportedImage, "await upload.read.*upload.file"),
    "asynchronous file": (AsyncFile, UnsupportedImage, "AsyncFile.*await file.read"),
    "coroutine": (lambda path: AsyncUpload(path).read(), UnsupportedImage, "await it"),
    "form": (Form, UnsupportedImage, "Form; pass its .file"),
    "spent connection": (spent, SourceNotFound, "at its end and cannot be rewound.*its bytes"),
    "begun": (sniffed, UnsupportedImage, r"stood at byte 512, call its seek\(0\)"),
    "broken": (lambda _: Broken(), SourceNotFound, "no such member.*pass its bytes"),
    "closed": (closed_file, SourceNotFound, "closed"),
    "empty": (lambda _: io.BytesIO(), UnsupportedImage, "an empty file"),
    "released": (released, UnsupportedImage, "released"),
    "address": (lambda _: "https://a.example/b.jpg", SourceNotFound, "not fetch photos: download"),
    "address, as Path": (lambda _: Path("http://a.example/b.jpg"), SourceNotFound, "not fetch"),
    "file address": (lambda path: path.as_uri(), SourceNotFound, "the path alone"),
    "base64": (lambda _: "data:image/png;base64,AAAA", SourceNotFound, "from_base64"),
    "closed PIL": (closed_pil, SourceNotFound, r"closed before it was read.*load\(\)"),
    "cut PIL": (cut_pil, DamagedImage, "sound PIL image"),
    "PIL floats": (lambda _: Image.new("F", (64, 64)), UnsupportedImage, "mode F"),
    "tiny PIL": (lambda _: Image.new("RGB", (8, 8)), ImageTooSmall, "8 x 8"),
    "channels first": (lambda _: np.zeros((3, 64, 64), np.uint8), InvalidArray, "permute"),
    "undecoded": (lambda _: np.zeros(900, np.uint8), InvalidArray, "tobytes"),
    "on a GPU": (lambda _: OnAnotherDevice(), InvalidArray, r"Tensor\.cpu"),
    "None": (lambda _: None, UnsupportedImage, "got NoneType"),
    "number": (lambda _: 3, UnsupportedImage, "got int"),
    "list": (lambda path: [path], UnsupportedImage, "one photo at a time"),
    "dict": (lambda path: {"photo": path}, UnsupportedImage, "got dict; pass one photo"),
}
