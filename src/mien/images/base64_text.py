"""Pictures that come as base64 text, as web pages and JSON carry them (RFC 4648, RFC 2397)."""

from __future__ import annotations

import base64
import binascii

from mien.errors import UnsupportedImage
from mien.images.limits import DEFAULT_LIMITS, Limits


def from_base64(text: str | bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes behind base64 text, to be given to ``read_image``.

    Both alphabets are read (``+/`` and the URL-safe ``-_``), as are line
    breaks and a leading ``data:image/...;base64,``. Padding is required.

    Raises:
        UnsupportedImage: not base64, or its padding is wrong.
        ImageTooLarge: more than ``limits.max_bytes``, before it is decoded.
    """
    limits.check_bytes(len(text) * 3 // 4 - 1024)  # the prefix and line breaks are not counted
    try:
        plain = text.encode("ascii") if isinstance(text, str) else bytes(text)
        plain = b"".join(plain.split())
        if plain[:5].lower() == b"data:":
            plain = _after_prefix(plain)
        data = base64.b64decode(plain, altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, TypeError) as error:
        raise UnsupportedImage(
            f"expected base64 text, got: {error}; send it whole and with its padding"
        ) from error
    limits.check_bytes(len(data))
    return data


def _after_prefix(plain: bytes) -> bytes:
    prefix, comma, rest = plain.partition(b",")
    if not comma or not prefix.lower().endswith(b";base64"):
        raise UnsupportedImage("expected 'data:image/...;base64,...', got another data: address")
    return rest
