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

import numpy as np
from PIL import Image

from images import sample_photos as sample
from images.bad_cases import CASES as CASES
from images.bad_cases import case, cut
from mien.errors import DamagedImage, ImageTooLarge, ImageTooSmall, UnsupportedImage


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


def gif() -> bytes:
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


def tiff(pages: int, next_of_last: int = 0, first: int = 8) -> bytes:
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
    case(_number, _name, _suffix, UnsupportedImage, _content)  # type: ignore[arg-type]

# C2: damaged
case(13, "JPEG cut to 50 %", ".jpg", DamagedImage, lambda: cut(sample.jpeg(), 0.5))
case(14, "JPEG cut to 99 %", ".jpg", DamagedImage, lambda: cut(sample.jpeg(), 0.99))
case(15, "JPEG without EOI", ".jpg", DamagedImage, lambda: sample.jpeg()[:-2])
case(16, "PNG cut", ".png", DamagedImage, lambda: cut(sample.png(), 0.5))
case(17, "WebP cut", ".webp", DamagedImage,
      lambda: cut(sample.encoded(sample.picture(), "WebP"), 0.5))  # fmt: skip
case(18, "GIF cut", ".gif", DamagedImage, lambda: cut(gif(), 0.5))
case(19, "JPEG byte inverted", ".jpg", DamagedImage, _scan_byte_inverted)
case(20, "PNG bit flipped", ".png", DamagedImage, lambda: _png_changed(2000, lambda b: b ^ 4))
case(21, "PNG header CRC zeroed", ".png", DamagedImage, lambda: _png_changed(29, lambda b: 0))
case(22, "PNG with little data", ".png", DamagedImage,
      lambda: sample.plain_png(500, 500, 8, 2, zlib.compress(bytes(range(97)))))  # fmt: skip
case(23, "JPEG without DQT", ".jpg", DamagedImage, lambda: _without(sample.jpeg(), 0xDB))
case(24, "JPEG scan before frame", ".jpg", DamagedImage, _scan_before_frame)
case(25, "EXIF past the end", ".jpg", DamagedImage,
      lambda: sample.jpeg()[:2] + b"\xff\xe1\xff\xffExif\0\0" + sample.jpeg()[2:500])  # fmt: skip
case(26, "TIFF directory outside", ".tif", DamagedImage, lambda: tiff(1, first=0xFFFFFF00))
case(27, "TIFF directory to itself", ".tif", DamagedImage, lambda: tiff(1, next_of_last=8))
case(28, "GIF of no size", ".gif", DamagedImage, lambda: gif()[:6] + bytes(4) + gif()[10:])

# C3: size attacks
case(29, "PNG bit bomb", ".png", ImageTooLarge, _bit_bomb)
case(30, "PNG of 2^31-1 squared", ".png", ImageTooLarge, lambda: _png_of_size(2**31 - 1, 2**31 - 1))
case(31, "PNG of no size", ".png", DamagedImage, lambda: _png_of_size(0, 0))
case(32, "JPEG of 65500 squared", ".jpg", ImageTooLarge, lambda: _with_frame_size(65500, 65500))
case(33, "JPEG of no size", ".jpg", DamagedImage, lambda: _with_frame_size(0, 0))
case(34, "BMP of 60000 squared", ".bmp", ImageTooLarge, lambda: _bmp(60000, 60000))
case(35, "BMP of negative width", ".bmp", DamagedImage, lambda: _bmp(-5, 20))
case(36, "PPM", ".ppm", ImageTooLarge, b"P6\n60000 60000\n255\n")
case(37, "Radiance HDR", ".hdr", UnsupportedImage,
      b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 100000 +X 100000\n")  # fmt: skip
case(38, "PNG text bomb", ".png", ImageTooLarge,
      lambda: sample.after_header(sample.png(), sample.chunk(
          b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 2**26, 9))))  # fmt: skip
case(39, "PNG profile bomb", ".png", ImageTooLarge,
      lambda: sample.after_header(sample.png(), sample.chunk(
          b"iCCP", b"wide\0\0" + zlib.compress(bytes(2**26), 9))))  # fmt: skip
case(40, "GIF of 10000 frames", ".gif", None, lambda: _gif_with_frames(10_000))
case(41, "APNG of 1000 frames", ".png", ImageTooLarge, lambda: _apng_with_frames(1000))
case(42, "TIFF of 1000 pages", ".tif", ImageTooLarge, lambda: tiff(1000))
case(43, "WebP of 500 frames", ".webp", ImageTooLarge, lambda: _webp_with_frames(500))
case(44, "1 x 10000", ".png", ImageTooSmall, lambda: _png_of_size(1, 10_000))
case(45, "65000 x 2", ".png", ImageTooSmall, lambda: _png_of_size(65_000, 2))
case(46, "one pixel", ".png", ImageTooSmall, lambda: _png_of_size(1, 1))
case(47, "JPEG of 5000 scans", ".jpg", ImageTooLarge, _scan_bomb)
case(48, "JPEG and 100 MB", ".jpg", ImageTooLarge, lambda: sample.jpeg() + bytes(10**8))

# C4: valid but treacherous
case(49, "orientation 6", ".jpg", None, lambda: _oriented(6))
case(50, "orientation 0", ".jpg", None, lambda: _oriented(0))
case(51, "orientation 9", ".jpg", None, lambda: _oriented(9))
case(52, "garbage EXIF", ".jpg", None, lambda: _app1(b"Exif\0\0" + random.Random(3).randbytes(90)))
case(53, "EXIF with GPS and thumbnail", ".jpg", None, _with_thumbnail)
case(54, "wide gamut", ".jpg", None, _wide_gamut)
case(55, "CMYK", ".jpg", None, lambda: _adobe(_cmyk(), None))
case(56, "Adobe CMYK", ".jpg", None, _cmyk)
case(57, "YCCK", ".jpg", None, _ycck)
case(58, "grey", ".jpg", None, lambda: sample.encoded(sample.picture("L"), "JPEG", quality=90))
case(59, "grey with alpha", ".png", None, lambda: sample.encoded(sample.picture("LA"), "PNG"))
case(60, "one bit", ".png", None, lambda: sample.encoded(sample.picture("1"), "PNG"))
case(61, "palette with tRNS", ".png", None, _palette_with_transparency)
case(62, "16-bit grey", ".png", None, _sixteen_bit_grey)
case(63, "hidden by alpha", ".png", None, _hidden)
case(64, "float TIFF with NaN", ".tif", UnsupportedImage, _nan_tiff)
case(65, "PNG named jpg", ".jpg", None, sample.png)
case(66, "JPEG and ZIP", ".jpg", None, lambda: sample.jpeg() + _zip())
