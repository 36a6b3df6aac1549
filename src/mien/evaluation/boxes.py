"""Labelled boxes of faces: dlib's XML and WIDER FACE's text.

Sources: imglab's XML (dlib, tools/imglab), and the ``readme.txt`` of WIDER FACE's annotations
(Yang et al., "WIDER FACE: a face detection benchmark", 2016). Boxes are corners in pixels of the
upright picture, x to the right, y down; they may reach beyond the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from mien.errors import InvalidLabels, InvalidOption
from mien.evaluation.listings import check_folder, check_photo, read_bytes, read_text

Xyxy = tuple[float, float, float, float]
LARGEST = 1e6  # pixels; what is written as larger is a mistake
WIDER_FIELDS = 10
WIDER_INVALID = 7  # which of them says that a box is to be ignored


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """Where a face is.

    Attributes:
        xyxy: two corners, pixels, ``x1 < x2`` and ``y1 < y2``; equal only where it is ignored.
        ignored: the list says that it should neither count if it is missed nor hurt if it is found.
    """

    xyxy: Xyxy
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo and all of its faces.

    Attributes:
        path: relative to the folder of images.
        boxes: in the order of the list.
    """

    path: str
    boxes: tuple[LabelledBox, ...]


def read_boxes(
    path: str | Path, form: str = "dlib", images: str | Path | None = None
) -> tuple[LabelledPhoto, ...]:
    """Read a list of labelled photos, ``form`` being ``dlib`` or ``wider``.

    Args:
        path: the list.
        form: how it is written.
        images: the folder of images; if given, every photo has to be there.

    Raises:
        InvalidOption: another form.
        SourceNotFound: no such list or folder.
        InvalidLabels: anything wrong inside, with its line.
    """
    readers: Mapping[str, Callable[[Path], Iterator[tuple[int, LabelledPhoto]]]] = {
        "dlib": _dlib_photos,
        "wider": _wider_photos,
    }
    if form not in readers:
        raise InvalidOption(f"format: expected dlib or wider, got {form!r}")
    source = Path(path)
    folder = None if images is None else check_folder(images)
    photos: dict[str, LabelledPhoto] = {}
    for line, photo in readers[form](source):
        where = f"{source}, line {line}"
        if photo.path in photos:
            raise InvalidLabels(f"{where}: expected each photo once, got {photo.path!r} again")
        check_photo(photo.path, folder, where, InvalidLabels)
        photos[photo.path] = photo
    if not photos:
        raise InvalidLabels(f"{source}: expected photos with boxes, got none")
    return tuple(photos.values())


# dlib -------------------------------------------------------------------------------------------


class _DlibReader:
    """Collects ``image`` and ``box`` elements; a document type, and so any entity, is refused."""

    def __init__(self, source: Path) -> None:
        self.photos: list[tuple[int, LabelledPhoto]] = []
        self._source = source
        self._open: tuple[int, str, list[LabelledBox]] | None = None
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, True)
        except InvalidLabels:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:  # the latter: its encoding
            raise self._wrong(f"expected XML as dlib's imglab writes it, got: {error}") from error

    def _wrong(self, text: str) -> InvalidLabels:
        return InvalidLabels(f"{self._source}, line {self._parser.CurrentLineNumber}: {text}")

    def _doctype(self, name: str, *_: Any) -> None:
        raise self._wrong(f"expected no document type, got {name[:40]!r}; remove the DOCTYPE")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._depth == 0 and tag != "dataset":
            raise self._wrong(f"expected dlib's <dataset>, got <{tag[:40]}>")
        self._depth += 1
        if tag == "image":
            if self._open is not None:
                raise self._wrong("expected no <image> inside another, got one")
            path = self._attribute(tag, attributes, "file")
            self._open = (self._parser.CurrentLineNumber, path, [])
        elif tag == "box":
            if self._open is None:
                raise self._wrong("expected <box> inside an <image>, got it outside")
            self._open[2].append(self._box(attributes))

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == "image" and self._open is not None:
            line, path, boxes = self._open
            self.photos.append((line, LabelledPhoto(path, tuple(boxes))))
            self._open = None

    def _attribute(self, tag: str, attributes: dict[str, str], name: str) -> str:
        if name not in attributes:
            raise self._wrong(f"expected <{tag}> with {name}='...', got none")
        return attributes[name]

    def _box(self, attributes: dict[str, str]) -> LabelledBox:
        where = f"{self._source}, line {self._parser.CurrentLineNumber}"
        left, top, width, height = (
            _number(self._attribute("box", attributes, name), where)
            for name in ("left", "top", "width", "height")
        )
        if width <= 0 or height <= 0:
            raise self._wrong(f"expected a box with a size, got {width:g} x {height:g}")
        ignored = attributes.get("ignore", "0")
        if ignored not in ("0", "1"):
            raise self._wrong(f"expected ignore to be 0 or 1, got {ignored[:40]!r}")
        return LabelledBox((left, top, left + width, top + height), ignored == "1")


def _dlib_photos(source: Path) -> Iterator[tuple[int, LabelledPhoto]]:
    reader = _DlibReader(source)
    reader.read(read_bytes(source, "list of boxes", InvalidLabels))
    yield from reader.photos


# WIDER FACE -------------------------------------------------------------------------------------


def _wider_photos(source: Path) -> Iterator[tuple[int, LabelledPhoto]]:
    text = read_text(source, "list of boxes", InvalidLabels)
    lines = enumerate((line.strip() for line in text.rstrip().split("\n")), start=1)
    for number, path in lines:
        if not path or _is_row(path):
            got = "a blank line" if not path else f"a row of a box, {path[:60]!r}"
            raise InvalidLabels(
                f"{source}, line {number}: expected the path of a photo, got {got}; does the "
                "count above agree with its rows?"
            )
        count = _count(source, *next(lines, (number + 1, "")))
        boxes = [_wider_box(source, *next(lines, (number + 2 + n, ""))) for n in range(count or 1)]
        yield number, LabelledPhoto(path, tuple(boxes) if count else ())


def _count(source: Path, number: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 6:
        raise InvalidLabels(
            f"{source}, line {number}: expected the number of boxes, got {text[:60]!r}"
        )
    return int(text)


def _is_row(text: str) -> bool:
    return len(text.split()) == WIDER_FIELDS and all(
        word.lstrip("-").isdecimal() for word in text.split()
    )


def _wider_box(source: Path, number: int, text: str) -> LabelledBox:
    """A box; one without a size, of which the published lists have some, is ignored."""
    where = f"{source}, line {number}"
    words = text.split()
    if len(words) != WIDER_FIELDS:
        got = repr(text[:60]) if text else "nothing; the file may be cut"
        raise InvalidLabels(
            f"{where}: expected a box (x1 y1 w h blur expression illumination invalid occlusion "
            f"pose), as the count above says, got {got}"
        )
    left, top, width, height, *rest = (_number(word, where) for word in words)
    if width < 0 or height < 0:
        raise InvalidLabels(f"{where}: expected a box with a size, got {width:g} x {height:g}")
    invalid = rest[WIDER_INVALID - 4]
    if invalid not in (0.0, 1.0):
        raise InvalidLabels(f"{where}: expected invalid to be 0 or 1, got {invalid:g}")
    ignored = invalid == 1.0 or width == 0 or height == 0
    return LabelledBox((left, top, left + width, top + height), ignored)


def _number(word: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:  # NaN too
        raise InvalidLabels(f"{where}: expected a number of pixels, got {word[:40]!r}")
    return value
