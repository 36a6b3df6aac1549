"""dlib's serialisation, read value by value and never beyond its end.

Read from dlib's ``serialize.h``, ``float_details.h`` and ``dnn/tensor.h``: an integer is a control
byte (sign bit 0x80, number of bytes 1-8 in the low four bits) and its magnitude, little endian; a
floating point number is two such integers, mantissa and exponent of two; a string is its length
and its bytes; a truth value is the character ``1`` or ``0``; a tensor is a version, four sizes and
raw little-endian float32.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelInvalid

Shape = tuple[int, int, int, int]

_LONGEST_TEXT = 64  # names of layers are shorter
_LARGEST_EXPONENT = 1023  # of a double; dlib's signs for infinity and NaN lie above it


class DlibReader:
    """A cursor over serialised bytes.

    Attributes:
        expected: what stands at the cursor if the file is sound; every error names it.
    """

    def __init__(self, data: bytes, expected: str) -> None:
        self._data = memoryview(data)
        self._position = 0
        self.expected = expected

    def fail(self, got: str) -> NoReturn:
        """Refuse the file.

        Raises:
            ModelInvalid: always.
        """
        raise ModelInvalid(
            f"dlib network: expected {self.expected}, got {got} before byte {self._position}"
        )

    def demand(self, got: object, wanted: object, name: str) -> None:
        """Refuse the file unless a value is the one that the network has.

        Raises:
            ModelInvalid: it is not.
        """
        if got != wanted:
            self.fail(f"{name} {got!r} in place of {wanted!r}")

    def integer(self) -> int:
        """A signed or unsigned integer of at most 64 bits."""
        control = self._take(1, "an integer")[0]
        size = control & 0x0F
        if control & 0x70 or not 1 <= size <= 8:
            self.fail(f"the control byte {control:#04x} where an integer starts")
        value = int.from_bytes(self._take(size, "an integer"), "little")
        return -value if control & 0x80 else value

    def number(self) -> float:
        """A finite floating point number."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > _LARGEST_EXPONENT:
            self.fail(f"a number with the exponent {exponent}")
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError:
            self.fail(f"the number {mantissa} * 2^{exponent}, too large")

    def flag(self) -> bool:
        """A truth value."""
        character = bytes(self._take(1, "a truth value"))
        if character not in (b"0", b"1"):
            self.fail(f"{character!r} in place of a truth value")
        return character == b"1"

    def text(self) -> str:
        """A short ASCII string, such as the name and version of a layer."""
        length = self.integer()
        if not 0 <= length <= _LONGEST_TEXT:
            self.fail(f"a name of {length} characters")
        return bytes(self._take(length, "a name")).decode("ascii", "backslashreplace")

    def alias(self) -> Shape:
        """The shape of a part of another tensor: samples, channels, rows, columns."""
        self.demand(self.integer(), 1, "version of a part's shape")
        return self._shape()

    def tensor(self) -> NDArray[np.float32]:
        """A tensor of finite numbers, samples x channels x rows x columns."""
        self.demand(self.integer(), 2, "version of a tensor")
        shape = self._shape()
        raw = self._take(4 * math.prod(shape), f"a tensor of {shape}")
        values = np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)
        if not np.isfinite(values).all():
            self.fail(f"NaN or infinity in a tensor of {shape}")
        return values

    def finish(self) -> None:
        """Refuse anything that is left.

        Raises:
            ModelInvalid: something is.
        """
        left = len(self._data) - self._position
        if left:
            self.fail(f"{left} more bytes")

    def _shape(self) -> Shape:
        samples, channels, rows, columns = (self.integer() for _ in range(4))
        shape = (samples, channels, rows, columns)
        if min(shape) < 0:
            self.fail(f"a tensor of {shape}")
        return shape

    def _take(self, count: int, what: str) -> Any:
        if count > len(self._data) - self._position:
            self.fail(f"the end of the file inside {what}")
        start = self._position
        self._position += count
        return self._data[start : self._position]
