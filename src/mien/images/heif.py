"""HEIC and AVIF: the boxes that say which picture is meant, how large it is and how it is turned.

Both are HEIF files, which hold items: pictures, tiles of a picture, masks, metadata. What libraries
then decode is checked here first, since what a box says of a picture's size need not be true.
Source: ISO/IEC 14496-12, 8.11 (boxes of items); ISO/IEC 23008-12, 6 (properties, grids).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mien.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from mien.images.av1 import check_av1
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.images.tiff import exif_taken

_SEQUENCES: Final = frozenset((b"avis", b"hevc", b"hevx", b"heim", b"heis", b"msf1"))
_CODED: Final = {"HEIC": b"hvc1", "AVIF": b"av01"}
_MAX_BOXES: Final = 4_096  # a picture of 50 megapixels in tiles of 512 has 200
_MAX_ITEMS: Final = 1_000  # libheif's own limit
_MAX_LIST_BYTES: Final = 256 * 2**10
_LISTS: Final = (b"iinf", b"iloc", b"iref")
_EXIF_ITEM: Final = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)
# EXIF's orientation for turns by 90 degrees to the left, and then no mirror, upside down, sideways.
_ORIENTATIONS: Final = ((1, 4, 2), (8, 5, 7), (3, 2, 4), (6, 7, 5))
_CURE: Final = "get the original file"


@dataclass(slots=True)
class Item:
    """Something in the file.

    Attributes:
        kind: four letters, such as ``hvc1``, ``av01``, ``grid``, ``Exif``.
        extents: where its bytes stand in the file, as start and end.
        properties: kinds and contents of what describes it, in their order.
        refers: the items that it refers to, by the kind of reference.
    """

    kind: bytes = b""
    extents: list[tuple[int, int]] = field(default_factory=list)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    refers: dict[bytes, list[int]] = field(default_factory=dict)

    def find(self, kind: bytes) -> bytes | None:
        """The content of its first property of a kind."""
        return next((content for name, content in self.properties if name == kind), None)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as its box says."""
        content = self.find(b"ispe")
        if content is None:
            raise ValueError("it does not say how large its picture is")
        width, height = struct.unpack_from(">II", content, 4)
        return width, height

    @property
    def cropped(self) -> tuple[int, int]:
        """The size without what an encoder put around the picture, as libheif gives it."""
        content = self.find(b"clap")
        if content is None:
            return self.size
        width, of_width, height, of_height = struct.unpack_from(">IIII", content)
        return round(width / of_width), round(height / of_height)


@dataclass(slots=True)
class Container:
    """The items of a file by their numbers, and which one is meant."""

    data: bytes
    items: dict[int, Item]
    primary: int = 0

    def content(self, item: Item) -> bytes:
        """An item's bytes."""
        return b"".join(self.data[start:end] for start, end in item.extents)

    def used(self) -> list[Item]:
        """The picture that is meant, its tiles, and what belongs to these, such as transparency."""
        belongs: dict[int, list[int]] = {}
        for number, item in self.items.items():
            for target in item.refers.get(b"auxl", ()):
                belongs.setdefault(target, []).append(number)
        found, waiting = dict.fromkeys([self.primary]), [self.primary]
        while waiting:
            number = waiting.pop()
            more = [*self.items[number].refers.get(b"dimg", ()), *belongs.get(number, ())]
            waiting += [one for one in dict.fromkeys(more) if one not in found]
            found.update(dict.fromkeys(more))
        return [self.items[number] for number in found]


def read_heic_header(data: bytes, limits: Limits) -> Header:
    """The header of a HEIC file; its orientation is 1, since libheif turns pictures itself.

    Raises:
        DamagedImage: a box is broken, or the picture's bytes are not all there.
        UnsupportedImage: a picture that is not coded as HEVC.
        ImageTooLarge: its size, a sequence, or tiles that are more than the picture.
        ImageTooSmall
    """
    header = _read(data, "HEIC", limits)
    width, height = header.width, header.height
    if header.orientation > 4:
        width, height = height, width
    return replace(header, width=width, height=height, orientation=1)


def read_avif_header(data: bytes, limits: Limits) -> Header:
    """The header of an AVIF file; raises as `read_heic_header`."""
    return _read(data, "AVIF", limits)


def _read(data: bytes, kind: str, limits: Limits) -> Header:
    if data[8:12] in _SEQUENCES:
        raise ImageTooLarge("expected a single picture, got a sequence; save the one you mean")
    try:
        container = read_container(data)
        picture = container.items[container.primary]
        limits.check_size(*picture.size)
        _check_work(container, kind, limits)
        taken = _taken(container)
    except (struct.error, ValueError, LookupError, ZeroDivisionError) as error:
        raise DamagedImage(f"expected a sound {kind} file, but {error}; {_CURE}") from error
    width, height = picture.cropped if kind == "HEIC" else picture.size
    return Header(kind, width, height, _orientation(picture), _profile(picture), taken)


def read_container(data: bytes) -> Container:
    """The items of a HEIF file.

    Raises:
        ValueError, struct.error, LookupError: a box is broken, or there is no picture.
    """
    meta = _meta(data)
    boxes = {kind: (start, end) for kind, start, end in _boxes(data, meta[0] + 4, meta[1])}
    if any(end - start > _MAX_LIST_BYTES for kind, (start, end) in boxes.items() if kind in _LISTS):
        raise ImageTooLarge("expected a HEIF file of one picture, got one of very many parts")
    container = Container(data, {})
    for number, item_kind in _item_kinds(data, *boxes[b"iinf"]):
        container.items[number] = Item(item_kind)
    _read_places(container, boxes)
    _read_properties(container, *boxes[b"iprp"])
    if b"iref" in boxes:
        _read_references(container, *boxes[b"iref"])
    start = boxes[b"pitm"][0]
    container.primary = _number(data, start + 4, 2 if data[start] == 0 else 4)
    return container


def without_exif(data: bytes) -> bytes:
    """The same file with its EXIF under another name: Pillow reads it, and warns of what is odd."""
    start, end = _meta(data)
    renamed = re.sub(_EXIF_ITEM, rb"\1skip", data[start:end])
    return data if renamed == data[start:end] else data[:start] + renamed + data[end:]


def _meta(data: bytes) -> tuple[int, int]:
    """Where the content of the box that describes the items starts and ends."""
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"meta":
            return start, end
    raise ValueError("it holds no picture")


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and start and end of the content, of the boxes in a part of the file."""
    count = 0
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        stop = start + size if size else end
        if (size and size < head) or stop > end:
            raise ValueError(f"its box {kind.decode('latin-1')!r} is cut")
        yield kind, start + head, stop
        start, count = stop, count + 1
        if count > _MAX_BOXES:
            raise ValueError(f"it has more than {_MAX_BOXES:,} boxes")


def _item_kinds(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Number and kind of each item; of kinds before HEIF's own there is no word."""
    after_count = start + (6 if data[start] == 0 else 8)
    for count, (_, at, _) in enumerate(_boxes(data, after_count, end)):
        if count >= _MAX_ITEMS:
            raise ImageTooLarge(f"expected at most {_MAX_ITEMS:,} items in a HEIF file, got more")
        size = 4 if data[at] == 3 else 2
        if data[at] in (2, 3):
            yield _number(data, at + 4, size), data[at + 6 + size : at + 10 + size]


def _read_places(container: Container, boxes: dict[bytes, tuple[int, int]]) -> None:
    """Where each item's bytes stand: in the file, or in the box ``idat`` of the same file."""
    data, (start, end) = container.data, boxes[b"iloc"]
    read = _Reader(data, start + 4, end)
    version = data[start]
    sizes = read.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    id_size = 4 if version == 2 else 2
    for _ in range(read.number(id_size)):
        item = container.items.get(read.number(id_size))
        method = read.number(2) & 15 if version in (1, 2) else 0
        read.number(2)  # in which file: this one, or the item cannot be read anyway
        base = read.number(base_size)
        for _ in range(read.number(2)):
            read.number(index_size)
            offset, length = base + read.number(offset_size), read.number(length_size)
            low, high = boxes[b"idat"] if method == 1 else (0, len(data))
            length = length or high - low - offset
            if item is not None and method in (0, 1):
                item.extents.append((low + offset, low + offset + length))
                if low + offset + length > high or length < 0:
                    raise ValueError("its picture ends behind its end")
    if sum(stop - at for item in container.items.values() for at, stop in item.extents) > len(data):
        raise ValueError("its items overlap")


def _read_properties(container: Container, start: int, end: int) -> None:
    data = container.data
    parts = list(_boxes(data, start, end))
    known = [
        (kind, data[low:high])
        for box, at, stop in parts
        if box == b"ipco"
        for kind, low, high in _boxes(data, at, stop)
    ]
    for box, at, stop in parts:
        if box != b"ipma":
            continue
        if stop - at > _MAX_LIST_BYTES:
            raise ValueError("it describes too many parts")
        read = _Reader(data, at, stop)
        version, wide = read.number(1), read.number(3) & 1
        for _ in range(read.number(4)):
            item = container.items.get(read.number(4 if version else 2))
            for _ in range(read.number(1)):
                index = read.number(2) & 0x7FFF if wide else read.number(1) & 0x7F
                if item is not None and index:
                    item.properties.append(known[index - 1])


def _read_references(container: Container, start: int, end: int) -> None:
    data = container.data
    size = 4 if data[start] else 2
    for kind, at, stop in _boxes(data, start + 4, end):
        read = _Reader(data, at, stop)
        item = container.items.get(read.number(size))
        targets = [read.number(size) for _ in range(read.number(2))]
        if item is not None:
            item.refers.setdefault(kind, []).extend(targets)


def _check_work(container: Container, kind: str, limits: Limits) -> None:
    """Refuse what is not coded as it should be, or more to decode than one picture."""
    pixels = 0
    for item in container.used():
        tiles = [container.items[number] for number in item.refers.get(b"dimg", ())]
        if item.kind == b"grid":
            _check_grid(container.content(item), item, len(tiles))
        elif item.kind != _CODED[kind] or tiles:
            raise UnsupportedImage(
                f"expected a picture coded as {kind} usually is, got "
                f"{item.kind.decode('latin-1')!r}; save it as JPEG or PNG"
            )
        for coded in tiles or [item]:
            width, height = coded.size
            is_av1 = coded.kind == b"av01"
            frames = check_av1(container.content(coded), width, height) if is_av1 else 1
            pixels += width * height * frames
    if pixels > 3 * limits.max_pixels:
        raise ImageTooLarge(
            f"expected at most {3 * limits.max_pixels / 1e6:g} megapixels in all parts of a "
            f"{kind} file, got {pixels / 1e6:,.0f}; save it as JPEG"
        )


def _check_grid(content: bytes, item: Item, tiles: int) -> None:
    rows, columns = content[2] + 1, content[3] + 1
    width, height = struct.unpack_from(">II" if content[1] & 1 else ">HH", content, 4)
    if tiles != rows * columns or (width, height) != item.size:
        raise ValueError(
            f"its {rows} x {columns} tiles are {tiles}, or not as large as the picture"
        )


def _orientation(picture: Item) -> int:
    """EXIF's number for the turn and mirror that the file asks for; its EXIF has no say in that."""
    turn, mirror = picture.find(b"irot"), picture.find(b"imir")
    return _ORIENTATIONS[turn[0] & 3 if turn else 0][1 + (mirror[0] & 1) if mirror else 0]


def _profile(picture: Item) -> bytes | None:
    for kind, content in picture.properties:
        if kind == b"colr" and content[:4] in (b"prof", b"rICC"):
            return content[4:]
    return None


def _taken(container: Container) -> datetime | None:
    for item in container.items.values():
        if item.kind == b"Exif" and container.primary in item.refers.get(b"cdsc", ()):
            content = container.content(item)
            return exif_taken(content[4 + int.from_bytes(content[:4], "big") :])
    return None


class _Reader:
    """Numbers one after another, most significant byte first."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end

    def number(self, size: int) -> int:
        """The next whole number of so many bytes."""
        self._at += size
        if self._at > self._end:
            raise ValueError("a box is shorter than what it should hold")
        return _number(self._data, self._at - size, size)


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")
