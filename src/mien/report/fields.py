"""A value of a JSON document that came from outside, with its place in it.

Each method takes the value for what it should be, or says where something else stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mien.errors import InvalidReport


@dataclass(frozen=True, slots=True)
class Field:
    """A value and its place, e.g. ``findings.trials.scores[3]``.

    All methods raise InvalidReport where the value is of another type.
    """

    value: Any
    place: str

    def __getitem__(self, name: str) -> Field:
        """A field of an object."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        place = f"{self.place}.{name}" if self.place else name
        if name not in self.value:
            raise InvalidReport(f"{place}: expected a value, got none; measure again")
        return Field(self.value[name], place)

    def __iter__(self) -> Iterator[Field]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for index, element in enumerate(self.value):
            yield Field(element, f"{self.place}[{index}]")

    def object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("text")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def whole_or_number(self) -> int | float:
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise self.wrong("a number")
        return self.value

    def number(self) -> float:
        try:
            return float(self.whole_or_number())
        except OverflowError as error:
            raise self.wrong("a number") from error

    def texts(self) -> tuple[str, ...]:
        return tuple(one.text() for one in self)

    def numbers(self) -> tuple[float, ...]:
        return tuple(one.number() for one in self)

    def wrong(self, expected: str) -> InvalidReport:
        """The error that names this place."""
        got = "null" if self.value is None else repr(self.value)
        got = got if len(got) <= 40 else f"{got[:40]}…"
        return InvalidReport(f"{self.place or 'report'}: expected {expected}, got {got}")
