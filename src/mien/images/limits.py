"""What a picture may cost, checked from its header before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from mien.checks import check_fraction, told_apart
from mien.errors import DamagedImage, ImageTooLarge, ImageTooSmall, InvalidOption

KNOWN_FORMATS: Final = ("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "HEIC", "AVIF", "PNM")
MEGAPIXELS: Final = 50
MOST_MEGAPIXELS: Final = 1000
MOST_SIDE: Final = 32_766  # pixels: OpenCV cuts nothing out of a longer picture
_SIDE: Final = 16_384
_BYTES: Final = 64 * 2**20
_CURE: Final = "make it smaller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is accepted as a picture.

    Attributes:
        max_pixels: most pixels, width times height.
        max_side: longest side, pixels.
        min_side: shortest side, pixels; a smaller picture holds no usable face.
        max_aspect: longest side divided by the shortest.
        max_bytes: largest file, upload or text that is read, bytes.
        max_scans: most passes of a progressive JPEG; each costs time anew.
        formats: accepted kinds, all by default: JPEG, PNG, WebP, BMP, GIF, TIFF, HEIC (and other
            HEIF), AVIF, PNM.
        tolerate_missing_eoi: accept a JPEG that has all its pixels but not the
            two bytes of its end marker.
        shrink_large: decode a JPEG with more pixels at 1/2, 1/4 or 1/8 of its size
            in place of refusing it.

    Raises:
        InvalidOption: for a limit below one, or an unknown format.
    """

    max_pixels: int = MEGAPIXELS * 1_000_000
    max_side: int = _SIDE
    min_side: int = 16
    max_aspect: float = 20.0
    max_bytes: int = _BYTES
    max_scans: int = 100
    formats: tuple[str, ...] = KNOWN_FORMATS
    tolerate_missing_eoi: bool = False
    shrink_large: bool = False

    def __post_init__(self) -> None:
        for name in ("max_pixels", "max_side", "min_side", "max_aspect", "max_bytes", "max_scans"):
            value = getattr(self, name)
            if not value >= 1:
                raise InvalidOption(f"{name}: expected at least 1, got {value!r}")
        unknown = [name for name in self.formats if name not in KNOWN_FORMATS]
        if unknown or not self.formats:
            raise InvalidOption(
                f"formats: expected some of {', '.join(KNOWN_FORMATS)}, got {self.formats!r}"
            )

    @classmethod
    def of_megapixels(cls, most: float, *, shrink_large: bool = False) -> Limits:
        """The usual limits with another number of pixels.

        Above 50 megapixels the longest side and the largest file grow in the same
        proportion, the side up to 32,766 pixels.

        Raises:
            InvalidOption: ``most`` is not above 0 and at most 1,000.
        """
        most = check_fraction(most, "max_megapixels", 1e-3, MOST_MEGAPIXELS)
        growth = max(1.0, most / MEGAPIXELS)
        return cls(
            max_pixels=round(most * 1e6),
            max_side=min(MOST_SIDE, round(_SIDE * growth)),
            max_bytes=round(_BYTES * growth),
            shrink_large=shrink_large,
        )

    def shrinking(self, width: int, height: int) -> int:
        """By what a JPEG of this size is divided along each side: 1, 2, 4 or 8."""
        if self.shrink_large and min(width, height) >= 1:
            for divisor in (1, 2, 4, 8):
                across, down = -(-width // divisor), -(-height // divisor)
                if across * down <= self.max_pixels and max(across, down) <= self.max_side:
                    return divisor
        return 1

    def check_size(self, width: int, height: int) -> None:
        """Refuse a size in pixels.

        Raises:
            DamagedImage: for a side of zero or less.
            ImageTooSmall: for a short side below ``min_side``, or a shape above ``max_aspect``.
            ImageTooLarge: for a side above ``max_side``, or more than ``max_pixels``.
        """
        size = f"{width:,} x {height:,} pixels"
        if width < 1 or height < 1:
            raise DamagedImage(f"expected a picture with an area, got {size}")
        if min(width, height) < self.min_side:
            raise ImageTooSmall(f"expected at least {self.min_side} pixels a side, got {size}")
        growth = max(width, height) / _SIDE
        cure = _cure(max(width * height / 1e6, MEGAPIXELS * growth if growth > 1 else 0))
        if self.shrink_large:
            cure = f"only a baseline JPEG can be read smaller; {cure}"
        if max(width, height) > self.max_side:
            raise ImageTooLarge(
                f"expected at most {self.max_side:,} pixels a side, got {size}; "
                f"{cure if max(width, height) <= MOST_SIDE else _CURE}"
            )
        if width * height > self.max_pixels:
            raise ImageTooLarge(
                f"expected at most {self.max_pixels / 1e6:g} megapixels, got {size}, "
                f"{width * height * 3 / 1e6:,.0f} MB in memory; {cure}"
            )
        if max(width, height) > self.max_aspect * min(width, height):
            raise ImageTooSmall(
                f"expected a long side of at most {self.max_aspect:g} times the short one, "
                f"got {size}; cut out the part with the face"
            )

    def check_frames(self, frames: int) -> None:
        """Refuse an animation or a document of several pages.

        Raises:
            ImageTooLarge: for more than one frame.
        """
        if frames > 1:
            raise ImageTooLarge(
                f"expected a single picture, got {frames:,} frames; save the one you mean"
            )

    def check_bytes(self, count: int) -> None:
        """Refuse a file by its size.

        Raises:
            ImageTooLarge: for more than ``max_bytes``.
        """
        if count > self.max_bytes:
            got, limit = told_apart(count / 2**20, self.max_bytes / 2**20, 0)
            cure = _cure(ceil(count / _BYTES) * MEGAPIXELS)
            raise ImageTooLarge(f"expected at most {limit} MiB, got {got} MiB; {cure}")


def _cure(megapixels: float) -> str:
    """What to do about a picture that ``Limits.of_megapixels`` of so many accepts."""
    needed = ceil(megapixels)
    return _CURE if needed > MOST_MEGAPIXELS else f"{_CURE}, or pass max_megapixels={needed}"


DEFAULT_LIMITS: Final = Limits()
