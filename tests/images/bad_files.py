"""Files that must not hurt, made by script: ``CASES`` by number, each with its verdict.

Numbers and recipes follow the project's list of bad inputs: C1 not an image
(1-12), C2 damaged (13-28), C3 size attacks (29-48), C4 valid but treacherous
(49-66). From 201 on, the same kinds in HEIC, AVIF, TIFF, GIF and PNM.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from images import sample_photos as sample
from mien.errors import DamagedImage, ImageTooLarge, ImageTooSmall, MienError, UnsupportedImage


@dataclass(frozen=True)
class Case:
    """A file and its verdict.

    Attributes:
        number: in the list of bad inputs.
        name: what it is.
        suffix: of its file name, which may lie.
        make: its bytes.
        error: what reading it must raise, or None if it must be read.
    """

    number: int
    name: str
    suffix: str
    make: Callable[[], bytes]
    error: type[MienError] | None

    @cached_property
    def data(self) -> bytes:
        return self.make()

    @property
    def file_name(self) -> str:
        return f"{self.number:03d}-{self.name.replace(' ', '-')}{self.suffix}"


CASES: dict[int, Case] = {}


def _case(
    number: int,
    name: str,
    suffix: str,
    error: type[MienError] | None,
    make: Callable[[], bytes] | bytes,
) -> None:
    maker = make if callable(make) else lambda: make
    CASES[number] = Case(number, name, suffix, maker, error)


def _cut(data: bytes, part: float) -> bytes:
    return data[: int(len(data) * part)]


def _without(data: bytes, marker: int) -> bytes:
    """A JPEG without its segments of one kind."""
    kept, position = data[:2], 2
    while data[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        kept += data[position:end] if data[position + 1] != marker else b""
        position = end
    return kept + data[position:]


def _with_frame_size(width: int, height: int) -> bytes:
    data = bytearray(sample.jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _scan_byte_inverted() -> bytes:
    # The zero after an FF of the scan: libjpeg sees a marker there, and warns.
    data = bytearray(sample.jpeg())
    data[data.index(b"\xff\x00", len(data) // 2) + 1] ^= 0xFF
    return bytes(data)


def _scan_before_frame() -> bytes:
    data = sample.jpeg()
    scan = data.index(b"\xff\xda")
    return data[:2] + data[scan : scan + 14] + data[2:]


def _png_changed(at: int, value: Callable[[int], int]) -> bytes:
    data = bytearray(sample.png())
    data[at] = value(data[at])
    return bytes(data)


def _png_of_size(width: int, height: int) -> bytes:
    return sample.plain_png(width, height, 8, 2, zlib.compress(bytes(1000)))


def _bit_bomb() -> bytes:
    return sample.plain_png(14200, 14200, 1, 0, zlib.compress(bytes(14200 * 1776), 9))


def _bmp(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 300, 0, 0, 54) + info + bytes(300)


def _gif() -> bytes:
    return sample.encoded(sample.picture("P"), "GIF")


def _gif_with_frames(count: int) -> bytes:
    small = Image.fromarray(sample.pixels()[:32, :32]).convert("P")
    data = sample.encoded(small, "GIF")
    start = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    return data[:start] + data[start:-1] * count + b"\x3b"


def _apng_with_frames(count: int) -> bytes:
    data = sample.after_header(sample.png(), sample.chunk(b"acTL", struct.pack(">II", count, 0)))
    content = zlib.compress(bytes(sample.HEIGHT * (sample.WIDTH * 3 + 1)))
    frames = b""
    for number in range(1, count):
        control = struct.pack(
            ">IIIIIHHBB", 2 * number, sample.WIDTH, sample.HEIGHT, 0, 0, 1, 9, 0, 0
        )
        frames += sample.chunk(b"fcTL", control)
        frames += sample.chunk(b"fdAT", struct.pack(">I", 2 * number + 1) + content)
    return data[:-12] + frames + data[-12:]


def _webp_with_frames(count: int) -> bytes:
    still = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = sample.encoded(still[0], "WebP", save_all=True, append_images=still[1:], duration=40)
    start = data.index(b"ANMF")
    end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    body = data[8:start] + data[start:end] * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _tiff(pages: int, next_of_last: int = 0, first: int = 8) -> bytes:
    tags = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 64, 279: 4096}
    length = 2 + 12 * len(tags) + 4
    body = b""
    for page in range(pages):
        following = 8 + length * (page + 1) if page + 1 < pages else next_of_last
        body += struct.pack("<H", len(tags))
        body += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
        body += struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", first) + body + bytes(4096)


def _nan_tiff() -> bytes:
    array = np.full((64, 64), 0.5, np.float32)
    array[3] = np.nan
    return sample.encoded(Image.fromarray(array), "TIFF")


def _scan_bomb() -> bytes:
    data = sample.encoded(sample.picture(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * 5000 + b"\xff\xd9"


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return file.getvalue()


def _adobe(data: bytes, transform: int | None) -> bytes:
    """A JPEG with its Adobe segment's colour transform set, or without that segment."""
    if transform is None:
        return _without(data, 0xEE)
    at = data.index(b"Adobe")
    return data[: at + 11] + bytes([transform]) + data[at + 12 :]


def _ycck() -> bytes:
    cmyk = np.asarray(sample.picture("CMYK"))
    luma = Image.fromarray(np.ascontiguousarray(cmyk[..., :3])).convert("YCbCr")
    raw = Image.frombytes("CMYK", luma.size, np.dstack([np.asarray(luma), cmyk[..., 3]]).tobytes())
    return _adobe(sample.encoded(raw, "JPEG", quality=95), 2)


def _palette_with_transparency() -> bytes:
    return sample.encoded(sample.picture("P"), "PNG", transparency=bytes([0, 128, 255] * 40))


def _sixteen_bit_grey() -> bytes:
    grey = np.asarray(sample.picture("L")).astype(np.uint16) * 257
    return sample.encoded(Image.fromarray(grey), "PNG")


def _hidden() -> bytes:
    image = sample.picture("RGBA")
    image.putalpha(0)
    return sample.encoded(image, "PNG")


def _cmyk() -> bytes:
    return sample.encoded(sample.picture("CMYK"), "JPEG", quality=95)


def _oriented(value: int) -> bytes:
    return sample.after_start(sample.jpeg(), sample.segment(0xE1, b"Exif\0\0" + sample.exif(value)))


def _app1(content: bytes) -> bytes:
    return sample.after_start(sample.jpeg(), sample.segment(0xE1, content))


def _wide_gamut() -> bytes:
    return sample.encoded(sample.picture(), "JPEG", icc_profile=sample.wide_profile(), quality=95)


def _with_thumbnail() -> bytes:
    other = sample.encoded(Image.new("RGB", (160, 120), "red"), "JPEG")
    return _app1(b"Exif\0\0" + sample.exif(1, other))


# C1: not an image
for _number, _name, _suffix, _content in [
    (1, "empty", ".jpg", b""),
    (2, "one byte", ".jpg", b"\xff"),
    (3, "JPEG signature alone", ".jpg", b"\xff\xd8\xff"),
    (4, "PNG signature alone", ".png", b"\x89PNG\r\n\x1a\n"),
    (5, "text", ".jpg", b"hello, I am a face\n" * 20),
    (6, "HTML with a script", ".jpg", b"<!DOCTYPE html><script>alert(1)</script>"),
    (7, "SVG with a file address", ".jpg", b'<svg><image href="file:///etc/passwd"/></svg>'),
    (8, "PDF", ".jpg", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
    (9, "ZIP", ".jpg", _zip),
    (10, "zeros", ".jpg", bytes(4096)),
    (11, "random bytes", ".jpg", random.Random(7).randbytes(8192)),
    (12, "program", ".png", b"\x7fELF\x02\x01\x01" + bytes(200)),
]:
    _case(_number, _name, _suffix, UnsupportedImage, _content)  # type: ignore[arg-type]

# C2: damaged
_case(13, "JPEG cut to 50 %", ".jpg", DamagedImage, lambda: _cut(sample.jpeg(), 0.5))
_case(14, "JPEG cut to 99 %", ".jpg", DamagedImage, lambda: _cut(sample.jpeg(), 0.99))
_case(15, "JPEG without EOI", ".jpg", DamagedImage, lambda: sample.jpeg()[:-2])
_case(16, "PNG cut", ".png", DamagedImage, lambda: _cut(sample.png(), 0.5))
_case(17, "WebP cut", ".webp", DamagedImage,
      lambda: _cut(sample.encoded(sample.picture(), "WebP"), 0.5))  # fmt: skip
_case(18, "GIF cut", ".gif", DamagedImage, lambda: _cut(_gif(), 0.5))
_case(19, "JPEG byte inverted", ".jpg", DamagedImage, _scan_byte_inverted)
_case(20, "PNG bit flipped", ".png", DamagedImage, lambda: _png_changed(2000, lambda b: b ^ 4))
_case(21, "PNG header CRC zeroed", ".png", DamagedImage, lambda: _png_changed(29, lambda b: 0))
_case(22, "PNG with little data", ".png", DamagedImage,
      lambda: sample.plain_png(500, 500, 8, 2, zlib.compress(bytes(range(97)))))  # fmt: skip
_case(23, "JPEG without DQT", ".jpg", DamagedImage, lambda: _without(sample.jpeg(), 0xDB))
_case(24, "JPEG scan before frame", ".jpg", DamagedImage, _scan_before_frame)
_case(25, "EXIF past the end", ".jpg", DamagedImage,
      lambda: sample.jpeg()[:2] + b"\xff\xe1\xff\xffExif\0\0" + sample.jpeg()[2:500])  # fmt: skip
_case(26, "TIFF directory outside", ".tif", DamagedImage, lambda: _tiff(1, first=0xFFFFFF00))
_case(27, "TIFF directory to itself", ".tif", DamagedImage, lambda: _tiff(1, next_of_last=8))
_case(28, "GIF of no size", ".gif", DamagedImage, lambda: _gif()[:6] + bytes(4) + _gif()[10:])

# C3: size attacks
_case(29, "PNG bit bomb", ".png", ImageTooLarge, _bit_bomb)
_case(
    30, "PNG of 2^31-1 squared", ".png", ImageTooLarge, lambda: _png_of_size(2**31 - 1, 2**31 - 1)
)
_case(31, "PNG of no size", ".png", DamagedImage, lambda: _png_of_size(0, 0))
_case(32, "JPEG of 65500 squared", ".jpg", ImageTooLarge, lambda: _with_frame_size(65500, 65500))
_case(33, "JPEG of no size", ".jpg", DamagedImage, lambda: _with_frame_size(0, 0))
_case(34, "BMP of 60000 squared", ".bmp", ImageTooLarge, lambda: _bmp(60000, 60000))
_case(35, "BMP of negative width", ".bmp", DamagedImage, lambda: _bmp(-5, 20))
_case(36, "PPM", ".ppm", ImageTooLarge, b"P6\n60000 60000\n255\n")
_case(37, "Radiance HDR", ".hdr", UnsupportedImage,
      b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 100000 +X 100000\n")  # fmt: skip
_case(38, "PNG text bomb", ".png", ImageTooLarge,
      lambda: sample.after_header(sample.png(), sample.chunk(
          b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 2**26, 9))))  # fmt: skip
_case(39, "PNG profile bomb", ".png", ImageTooLarge,
      lambda: sample.after_header(sample.png(), sample.chunk(
          b"iCCP", b"wide\0\0" + zlib.compress(bytes(2**26), 9))))  # fmt: skip
_case(40, "GIF of 10000 frames", ".gif", None, lambda: _gif_with_frames(10_000))
_case(41, "APNG of 1000 frames", ".png", ImageTooLarge, lambda: _apng_with_frames(1000))
_case(42, "TIFF of 1000 pages", ".tif", ImageTooLarge, lambda: _tiff(1000))
_case(43, "WebP of 500 frames", ".webp", ImageTooLarge, lambda: _webp_with_frames(500))
_case(44, "1 x 10000", ".png", ImageTooSmall, lambda: _png_of_size(1, 10_000))
_case(45, "65000 x 2", ".png", ImageTooSmall, lambda: _png_of_size(65_000, 2))
_case(46, "one pixel", ".png", ImageTooSmall, lambda: _png_of_size(1, 1))
_case(47, "JPEG of 5000 scans", ".jpg", ImageTooLarge, _scan_bomb)
_case(48, "JPEG and 100 MB", ".jpg", ImageTooLarge, lambda: sample.jpeg() + bytes(10**8))

# C4: valid but treacherous
_case(49, "orientation 6", ".jpg", None, lambda: _oriented(6))
_case(50, "orientation 0", ".jpg", None, lambda: _oriented(0))
_case(51, "orientation 9", ".jpg", None, lambda: _oriented(9))
_case(52, "garbage EXIF", ".jpg", None, lambda: _app1(b"Exif\0\0" + random.Random(3).randbytes(90)))
_case(53, "EXIF with GPS and thumbnail", ".jpg", None, _with_thumbnail)
_case(54, "wide gamut", ".jpg", None, _wide_gamut)
_case(55, "CMYK", ".jpg", None, lambda: _adobe(_cmyk(), None))
_case(56, "Adobe CMYK", ".jpg", None, _cmyk)
_case(57, "YCCK", ".jpg", None, _ycck)
_case(58, "grey", ".jpg", None, lambda: sample.encoded(sample.picture("L"), "JPEG", quality=90))
_case(59, "grey with alpha", ".png", None, lambda: sample.encoded(sample.picture("LA"), "PNG"))
_case(60, "one bit", ".png", None, lambda: sample.encoded(sample.picture("1"), "PNG"))
_case(61, "palette with tRNS", ".png", None, _palette_with_transparency)
_case(62, "16-bit grey", ".png", None, _sixteen_bit_grey)
_case(63, "hidden by alpha", ".png", None, _hidden)
_case(64, "float TIFF with NaN", ".tif", UnsupportedImage, _nan_tiff)
_case(65, "PNG named jpg", ".jpg", None, sample.png)
_case(66, "JPEG and ZIP", ".jpg", None, lambda: sample.jpeg() + _zip())


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


_case(201, "HEIC cut to 99 %", ".heic", DamagedImage, lambda: _cut(sample.heic(), 0.99))
_case(202, "AVIF cut to 99 %", ".avif", DamagedImage, lambda: _cut(sample.avif(), 0.99))
_case(203, "HEIC start alone", ".heic", DamagedImage, lambda: sample.heic()[:32])
_case(204, "HEIC of no size", ".heic", DamagedImage, lambda: _with_box_size(sample.heic(), 0, 0))
_case(205, "HEIC of 60000 squared", ".heic", ImageTooLarge,
      lambda: _with_box_size(sample.heic(), 60_000, 60_000))  # fmt: skip
_case(206, "AVIF of 60000 squared", ".avif", ImageTooLarge,
      lambda: _with_box_size(sample.avif(), 60_000, 60_000))  # fmt: skip
_case(207, "HEIC larger than it says", ".heic", DamagedImage,
      lambda: _with_box_size(sample.heic(), 64, 64))  # fmt: skip
_case(208, "AVIF larger than it says", ".avif", DamagedImage,
      lambda: _with_box_size(sample.avif(), 64, 64))  # fmt: skip
_case(209, "AVIF smaller than it says", ".avif", DamagedImage,
      lambda: _with_box_size(sample.avif(), 640, 480))  # fmt: skip
_case(210, "AVIF of 3 frames", ".avif", ImageTooLarge, _avif_frames)
_case(211, "AVIF of 1000 frames in one", ".avif", ImageTooLarge,
      lambda: _repeated(_larger_avif(), 1_000))  # fmt: skip
_case(212, "HEIC as a sequence", ".heics", ImageTooLarge, lambda: _brand(sample.heic(), b"hevc"))
_case(213, "HEIC coded as JPEG 2000", ".heic", UnsupportedImage,
      lambda: _coded_as(sample.heic(), b"hvc1", b"j2k1"))  # fmt: skip
_case(214, "HEIC of 100000 empty boxes", ".heic", DamagedImage, lambda: _empty_boxes(100_000))
_case(215, "video", ".mp4", UnsupportedImage, b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(99))
_case(216, "HEIC named jpg", ".jpg", None, lambda: sample.heic())
_case(217, "AVIF named heic", ".heic", None, lambda: sample.avif())
_case(218, "HEIC upside down", ".heic", None, lambda: sample.heic(orientation=3))
_case(219, "AVIF on its side", ".avif", None, lambda: sample.avif(orientation=6))

# TIFF, GIF, PNM -----------------------------------------------------------------------------


def _tiff_with(tag: int, *values: int) -> bytes:
    """A TIFF with another value for a tag of its directory."""
    data = bytearray(_tiff(1))
    at = data.index(struct.pack("<HHI", tag, 4, 1))
    struct.pack_into("<I", data, at + 8, values[0])
    return bytes(data)


def _tiff_with_previews(count: int) -> bytes:
    data = bytearray(_tiff(1 + count))
    length = 2 + 12 * 9 + 4
    for page in range(1, 1 + count):  # their width's tag becomes that of a preview
        at = 8 + page * length + 2
        struct.pack_into("<HHII", data, at, 254, 4, 1, 1)
    return bytes(data)


def _gif_of_scraps() -> bytes:
    """A comment in 10 million blocks of one byte."""
    data = _gif()
    start = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    return data[:start] + b"\x21\xfe" + b"\x01A" * 10_000_000 + b"\0" + data[start:]


def _gif_with_comment() -> bytes:
    """A comment of 10 MB, which some libraries put together a block at a time."""
    data = _gif()
    start = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    return data[:start] + b"\x21\xfe" + (b"\xff" + b"A" * 255) * 40_000 + b"\0" + data[start:]


_case(220, "TIFF cut to 99 %", ".tif", DamagedImage,
      lambda: _cut(sample.encoded(sample.picture(), "TIFF"), 0.99))  # fmt: skip
_case(221, "TIFF of 60000 squared", ".tif", ImageTooLarge, lambda: _tiff_with(256, 60_000))
_case(222, "TIFF of no width", ".tif", DamagedImage, lambda: _tiff_with(256, 0))
_case(223, "TIFF of 1000 samples", ".tif", UnsupportedImage, lambda: _tiff_with(277, 1000))
_case(224, "TIFF of 12 bits", ".tif", UnsupportedImage, lambda: _tiff_with(258, 12))
_case(225, "TIFF with fax compression", ".tif", UnsupportedImage, lambda: _tiff_with(259, 4))
_case(226, "TIFF with strips outside", ".tif", DamagedImage, lambda: _tiff_with(273, 99_999))
_case(227, "TIFF with too few strips", ".tif", DamagedImage, lambda: _tiff_with(278, 1))
_case(228, "TIFF with 3 previews", ".tif", None, lambda: _tiff_with_previews(3))
_case(229, "TIFF with 5000 previews", ".tif", ImageTooLarge, lambda: _tiff_with_previews(5000))
_case(230, "GIF of scraps", ".gif", DamagedImage, _gif_of_scraps)
_case(231, "GIF with a comment of 10 MB", ".gif", None, _gif_with_comment)
_case(232, "GIF without a picture", ".gif", DamagedImage, b"GIF89a\x40\0\x40\0\0\0\0\x3b")
_case(233, "GIF without an end", ".gif", DamagedImage, lambda: _gif()[:-1])
_case(234, "GIF of 60000 squared", ".gif", ImageTooLarge,
      lambda: _gif()[:6] + struct.pack("<HH", 60_000, 60_000) + _gif()[10:])  # fmt: skip
_case(
    235,
    "PGM cut",
    ".pgm",
    DamagedImage,
    lambda: _cut(sample.encoded(sample.picture("L"), "PPM"), 0.99),
)
_case(236, "PGM of no width", ".pgm", DamagedImage, b"P5 0 64 255\n")
_case(237, "PGM in words", ".pgm", DamagedImage, b"P2 64 64 255\n" + b"seven " * 4096)
_case(238, "PGM above its maximum", ".pgm", DamagedImage, b"P5 64 64 7\n" + b"\x08" * 4096)
_case(
    239, "PGM with one endless number", ".pgm", DamagedImage, b"P2 99 99 255\n" + b"1" * 20_000_000
)
_case(240, "PPM with a header without end", ".ppm", DamagedImage, b"P6 " + b"#" * 10_000_000)
_case(241, "PGM of 32 bits", ".pgm", DamagedImage, b"P5 64 64 99999\n" + bytes(16_384))
_case(242, "PAM of five planes", ".pam", UnsupportedImage,
      b"P7\nWIDTH 64\nHEIGHT 64\nDEPTH 5\nMAXVAL 255\nENDHDR\n" + bytes(5 * 4096))  # fmt: skip
_case(243, "PGM with a picture behind it", ".pgm", None, b"P5 64 64 255\n" + bytes(4200))
