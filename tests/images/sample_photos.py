"""A small picture with known pixels, and the files and parts of files that tests make of it."""

import io
import struct
import zlib
from functools import lru_cache

import numpy as np
import pillow_heif
from PIL import Image

WIDTH, HEIGHT = 320, 240


@lru_cache
def pixels() -> np.ndarray:
    """``(240, 320, 3) uint8``: smooth colours, no two corners alike, so that turning shows."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    wave = 30 * np.sin(x / 9) * np.cos(y / 7)
    rgb = np.stack([40 + 0.6 * x, 30 + 0.8 * y, 200 - 0.3 * x - 0.3 * y], axis=-1)
    array = (rgb + wave[..., None]).clip(0, 255).astype(np.uint8)
    array[:40, :60] = (250, 240, 20)
    array.setflags(write=False)
    return array


def picture(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(pixels()).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@lru_cache
def jpeg() -> bytes:
    return encoded(picture(), "JPEG", quality=90)


@lru_cache
def png() -> bytes:
    return encoded(picture(), "PNG")


@lru_cache
def heic(orientation: int = 1, mode: str = "RGB", **options: object) -> bytes:
    """As a phone writes it: turned by the file's own boxes, EXIF saying the same."""
    file = io.BytesIO()
    image = pillow_heif.from_pillow(picture(mode))
    image.save(file, quality=90, exif=exif(orientation), **options)
    return file.getvalue()


@lru_cache
def avif(orientation: int = 1, mode: str = "RGB", **options: object) -> bytes:
    return encoded(picture(mode), "AVIF", quality=90, exif=exif(orientation), **options)


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def after_start(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments put in behind its start marker."""
    return data[:2] + b"".join(segments) + data[2:]


def chunk(kind: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def after_header(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with chunks put in behind its IHDR."""
    return data[:33] + b"".join(chunks) + data[33:]


def plain_png(width: int, height: int, bits: int, colour: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    )


def exif(orientation: int, thumbnail: bytes = b"") -> bytes:
    """An EXIF block with an orientation, a GPS directory and, if given, a thumbnail."""
    entries = [
        struct.pack("<HHII", 0x0112, 3, 1, orientation),
        struct.pack("<HHII", 0x8825, 4, 1, 38),  # GPS directory at byte 38
    ]
    first = struct.pack("<H", 2) + b"".join(entries) + struct.pack("<I", 56 if thumbnail else 0)
    gps = struct.pack("<H", 1) + struct.pack("<HHI4s", 0x0001, 2, 2, b"N\0\0\0") + b"\0\0\0\0"
    second = struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, 86)
    second += struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail)) + b"\0\0\0\0"
    return b"II*\0\x08\0\0\0" + first + gps + (second + thumbnail if thumbnail else b"")


def wide_profile() -> bytes:
    """An ICC profile with Adobe RGB's primaries and a gamma of 2.2 (ICC.1:2001-04)."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(number, values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + bytes(78) + b"\0\0\0"
    tags = {
        b"desc": name,
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(*WIDE_TO_XYZ[:, 0]),
        b"gXYZ": xyz(*WIDE_TO_XYZ[:, 1]),
        b"bXYZ": xyz(*WIDE_TO_XYZ[:, 2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    position = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", position + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I", position + len(body)) + bytes(4) + b"\x02\x10\0\0mntrRGB XYZ "
    header += bytes(12) + b"acsp" + bytes(28) + number(0.9642) + number(1.0) + number(0.8249)
    return header + bytes(128 - len(header)) + table + body


# Columns: red, green and blue in CIE XYZ, adapted to D50 (Adobe RGB 1998, annex C).
WIDE_TO_XYZ = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
