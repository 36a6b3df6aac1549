"""Which kind of file it is, from its first bytes; a file's name is never believed."""

from __future__ import annotations

from typing import Final

from mien.errors import UnsupportedImage

SIGNATURE_BYTES: Final = 64
"""So many bytes from the beginning of a file are enough to recognise it by."""

# Each pattern reaches into the first header, so that a lone signature is not yet a picture.
_PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_STRANGERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"8BPS", "a Photoshop document"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"II+\0", "a BigTIFF picture"),
    (b"MM\0+", "a BigTIFF picture"),
)
_HEIF_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)


def recognise(data: bytes) -> str:
    """Name the format of a file's content.

    Returns:
        One of the names of ``Limits.formats``.

    Raises:
        UnsupportedImage: if it is none of them; the message says what it looks like.
    """
    if data[:3] == b"\xff\xd8\xff" and len(data) > 3:
        return "JPEG"
    if data[:16] == _PNG:
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 20:
        return "WebP"
    if data[:2] == b"BM" and len(data) >= 26 and data[14] in (12, 40, 52, 56, 64, 108, 124):
        return "BMP"
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 13:
        return "GIF"
    if data[:4] in (b"II*\0", b"MM\0*") and len(data) >= 8:
        return "TIFF"
    if data[4:8] == b"ftyp" and (kind := _of_brands(data)):
        return kind
    if data[:1] == b"P" and data[1:2] in b"1234567" and data[2:3].isspace():
        return "PNM"
    raise UnsupportedImage(f"expected a picture, got {_stranger(data)}; save it as JPEG or PNG")


def _of_brands(data: bytes) -> str | None:
    """HEIC or AVIF by the brands at a file's beginning; None where it is of another kind."""
    end = min(int.from_bytes(data[:4], "big"), SIGNATURE_BYTES)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIC" if brands & _HEIF_BRANDS else None


def _stranger(data: bytes) -> str:
    if not data:
        return "an empty file"
    if data[4:8] == b"ftyp":
        return "a camera's raw file" if data[8:12] == b"crx " else "a video"
    for start, name in _STRANGERS:
        if data.startswith(start):
            return name
    text = data[:64].lstrip().lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        return "a web page or a drawing"
    return f"{len(data):,} bytes of something else"
