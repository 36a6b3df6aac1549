"""One fixed-width line that every write renews: whose file this is and how far it has come.

It stands alone on the file's second page, so that it can also be read without SQLite
(see `probe`), and every transaction leaves a copy of it in the write-ahead log.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

STAMP_PAGE = 2
_WIDTHS = (32, 16, 16, 8, 1)
PATTERN = re.compile(
    rb"mien-gallery"
    + b"".join(rb" ([0-9a-f]{" + str(width).encode() + rb"})" for width in _WIDTHS)
    + rb" ([0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of a gallery.

    Attributes:
        gallery: 32 random hex digits, drawn when the file was made.
        revision: +1 with every transaction that changed something.
        rewritten: the last revision that did more than append templates.
        templates: how many there are; a page that lost rows is noticed by it.
        erasure_owed: a removal was committed but not yet wiped from the file.
    """

    gallery: str
    revision: int = 0
    rewritten: int = 0
    templates: int = 0
    erasure_owed: bool = False

    def __str__(self) -> str:
        text = (
            f"mien-gallery {self.gallery} {self.revision:016x} {self.rewritten:016x} "
            f"{self.templates:08x} {int(self.erasure_owed)}"
        )
        return f"{text} {zlib.crc32(text.encode()):08x}"

    def after(self, *, added: int = 0, rewrote: bool = False, owed: bool | None = None) -> Stamp:
        """The stamp of the following revision."""
        revision = self.revision + 1
        return Stamp(
            self.gallery,
            revision,
            revision if rewrote else self.rewritten,
            self.templates + added,
            self.erasure_owed if owed is None else owed,
        )

    @staticmethod
    def find(page: bytes) -> Stamp | None:
        """The stamp in these bytes, or None where there is none that is whole."""
        for match in PATTERN.finditer(page):
            body, checksum = match.group(0)[:-9], match.group(6)
            if zlib.crc32(body) == int(checksum, 16):
                revision, rewritten, templates, owed = (
                    int(match.group(group), 16) for group in (2, 3, 4, 5)
                )
                return Stamp(match.group(1).decode(), revision, rewritten, templates, bool(owed))
        return None
