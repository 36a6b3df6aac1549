"""Bad files in HEIC, AVIF, TIFF, GIF and PNM: cases from 201 on, of the kinds of `bad_files`."""

import struct

from images import sample_photos as sample
from images.bad_cases import CASES as CASES
from images.bad_cases import case, cut
from images.bad_files import gif, tiff
from mien.errors import DamagedImage, ImageTooLarge, UnsupportedImage

# The other formats: HEIC and AVIF -----------------------------------------------------------


def _with_box_size(data: bytes, width: int, height: int) -> bytes:
    """A HEIF file whose boxes say another size than its coded picture has."""
    box = b"ispe" + bytes(4) + struct.pack(">II", sample.WIDTH, sample.HEIGHT)
    return data.replace(box, box[:8] + struct.pack(">II", width, height))


def _brand(data: bytes, brand: bytes) -> bytes:
    return data[:8] + brand + data[12:]


def _coded_as(data: bytes, old: bytes, new: bytes) -> bytes:
    at = data.index(b"infe")
    return data[:at] + data[at:].replace(old, new, 1)


def _repeated(data: bytes, times: int) -> bytes:
    """An AVIF file whose picture has as many frames, each of them to be decoded."""
    length = len(data) - data.index(b"mdat") - 4
    at = data.index(b"iloc")
    at = data.index(struct.pack(">I", length), at)
    start = data.index(b"mdat") + 4
    longer = struct.pack(">I", 8 + times * length)
    return (
        data[:at] + struct.pack(">I", times * length) + data[at + 4 : start - 8]
        + longer + b"mdat" + data[start:] * times
    )  # fmt: skip


def _avif_frames() -> bytes:
    still = sample.picture()
    return sample.encoded(still, "AVIF", save_all=True, append_images=[still, still])


def _larger_avif() -> bytes:
    return sample.encoded(sample.picture().resize((640, 480)), "AVIF")


def _empty_boxes(count: int) -> bytes:
    return sample.heic()[:24] + struct.pack(">I4s", 8, b"free") * count


case(201, "HEIC cut to 99 %", ".heic", DamagedImage, lambda: cut(sample.heic(), 0.99))
case(202, "AVIF cut to 99 %", ".avif", DamagedImage, lambda: cut(sample.avif(), 0.99))
case(203, "HEIC start alone", ".heic", DamagedImage, lambda: sample.heic()[:32])
case(204, "HEIC of no size", ".heic", DamagedImage, lambda: _with_box_size(sample.heic(), 0, 0))
case(205, "HEIC of 60000 squared", ".heic", ImageTooLarge,
      lambda: _with_box_size(sample.heic(), 60_000, 60_000))  # fmt: skip
case(206, "AVIF of 60000 squared", ".avif", ImageTooLarge,
      lambda: _with_box_size(sample.avif(), 60_000, 60_000))  # fmt: skip
case(207, "HEIC larger than it says", ".heic", DamagedImage,
      lambda: _with_box_size(sample.heic(), 64, 64))  # fmt: skip
case(208, "AVIF larger than it says", ".avif", DamagedImage,
      lambda: _with_box_size(sample.avif(), 64, 64))  # fmt: skip
case(209, "AVIF smaller than it says", ".avif", DamagedImage,
      lambda: _with_box_size(sample.avif(), 640, 480))  # fmt: skip
case(210, "AVIF of 3 frames", ".avif", ImageTooLarge, _avif_frames)
case(211, "AVIF of 1000 frames in one", ".avif", ImageTooLarge,
      lambda: _repeated(_larger_avif(), 1_000))  # fmt: skip
case(212, "HEIC as a sequence", ".heics", ImageTooLarge, lambda: _brand(sample.heic(), b"hevc"))
case(213, "HEIC coded as JPEG 2000", ".heic", UnsupportedImage,
      lambda: _coded_as(sample.heic(), b"hvc1", b"j2k1"))  # fmt: skip
case(214, "HEIC of 100000 empty boxes", ".heic", DamagedImage, lambda: _empty_boxes(100_000))
case(215, "video", ".mp4", UnsupportedImage, b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(99))
case(216, "HEIC named jpg", ".jpg", None, lambda: sample.heic())
case(217, "AVIF named heic", ".heic", None, lambda: sample.avif())
case(218, "HEIC upside down", ".heic", None, lambda: sample.heic(orientation=3))
case(219, "AVIF on its side", ".avif", None, lambda: sample.avif(orientation=6))

# TIFF, GIF, PNM -----------------------------------------------------------------------------


def _tiff_with(tag: int, *values: int) -> bytes:
    """A TIFF with another value for a tag of its directory."""
    data = bytearray(tiff(1))
    at = data.index(struct.pack("<HHI", tag, 4, 1))
    struct.pack_into("<I", data, at + 8, values[0])
    return bytes(data)


def _tiff_with_previews(count: int) -> bytes:
    data = bytearray(tiff(1 + count))
    length = 2 + 12 * 9 + 4
    for page in range(1, 1 + count):  # their width's tag becomes that of a preview
        at = 8 + page * length + 2
        struct.pack_into("<HHII", data, at, 254, 4, 1, 1)
    return bytes(data)


def _gif_of_scraps() -> bytes:
    """A comment in 10 million blocks of one byte."""
    data = gif()
    start = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    return data[:start] + b"\x21\xfe" + b"\x01A" * 10_000_000 + b"\0" + data[start:]


def _gif_with_comment() -> bytes:
    """A comment of 10 MB, which some libraries put together a block at a time."""
    data = gif()
    start = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    return data[:start] + b"\x21\xfe" + (b"\xff" + b"A" * 255) * 40_000 + b"\0" + data[start:]


case(220, "TIFF cut to 99 %", ".tif", DamagedImage,
      lambda: cut(sample.encoded(sample.picture(), "TIFF"), 0.99))  # fmt: skip
case(221, "TIFF of 60000 squared", ".tif", ImageTooLarge, lambda: _tiff_with(256, 60_000))
case(222, "TIFF of no width", ".tif", DamagedImage, lambda: _tiff_with(256, 0))
case(223, "TIFF of 1000 samples", ".tif", UnsupportedImage, lambda: _tiff_with(277, 1000))
case(224, "TIFF of 12 bits", ".tif", UnsupportedImage, lambda: _tiff_with(258, 12))
case(225, "TIFF with fax compression", ".tif", UnsupportedImage, lambda: _tiff_with(259, 4))
case(226, "TIFF with strips outside", ".tif", DamagedImage, lambda: _tiff_with(273, 99_999))
case(227, "TIFF with too few strips", ".tif", DamagedImage, lambda: _tiff_with(278, 1))
case(228, "TIFF with 3 previews", ".tif", None, lambda: _tiff_with_previews(3))
case(229, "TIFF with 5000 previews", ".tif", ImageTooLarge, lambda: _tiff_with_previews(5000))
case(230, "GIF of scraps", ".gif", DamagedImage, _gif_of_scraps)
case(231, "GIF with a comment of 10 MB", ".gif", None, _gif_with_comment)
case(232, "GIF without a picture", ".gif", DamagedImage, b"GIF89a\x40\0\x40\0\0\0\0\x3b")
case(233, "GIF without an end", ".gif", DamagedImage, lambda: gif()[:-1])
case(234, "GIF of 60000 squared", ".gif", ImageTooLarge,
      lambda: gif()[:6] + struct.pack("<HH", 60_000, 60_000) + gif()[10:])  # fmt: skip
case(
    235,
    "PGM cut",
    ".pgm",
    DamagedImage,
    lambda: cut(sample.encoded(sample.picture("L"), "PPM"), 0.99),
)
case(236, "PGM of no width", ".pgm", DamagedImage, b"P5 0 64 255\n")
case(237, "PGM in words", ".pgm", DamagedImage, b"P2 64 64 255\n" + b"seven " * 4096)
case(238, "PGM above its maximum", ".pgm", DamagedImage, b"P5 64 64 7\n" + b"\x08" * 4096)
case(
    239, "PGM with one endless number", ".pgm", DamagedImage, b"P2 99 99 255\n" + b"1" * 20_000_000
)
case(240, "PPM with a header without end", ".ppm", DamagedImage, b"P6 " + b"#" * 10_000_000)
case(241, "PGM of 32 bits", ".pgm", DamagedImage, b"P5 64 64 99999\n" + bytes(16_384))
case(242, "PAM of five planes", ".pam", UnsupportedImage,
      b"P7\nWIDTH 64\nHEIGHT 64\nDEPTH 5\nMAXVAL 255\nENDHDR\n" + bytes(5 * 4096))  # fmt: skip
case(243, "PGM with a picture behind it", ".pgm", None, b"P5 64 64 255\n" + bytes(4200))
