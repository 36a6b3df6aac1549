"""Records of numbers read from JSON that anybody may have written: each field is checked.

What is refused is said by the caller's own error; a reader names the kind of its file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from mien.errors import InputError
from mien.matching.own_calibration import CalibrationData, Share
from mien.records import EmbeddingSpace

LONGEST_TEXT = 1000
LARGEST_COUNT = 10**15

Refusal = Callable[[str], InputError]
"""Makes the error from what came instead of what was expected."""


def read_record(text: str, form: str, version: int, refused: Refusal) -> Fields:
    """The object of JSON in a text, if it says that it is of this form and version.

    Raises:
        InputError: ``refused``: it is not JSON, a key stands twice, or it is something else.
    """
    try:
        record = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused(f"a text that is not JSON ({str(error)[:80]})") from error
    if not isinstance(record, dict) or record.get("format") != form:
        raise refused("something else")
    if record.get("version") != version or isinstance(record["version"], bool):
        raise refused(f"version {record.get('version')!r:.20} where {version} is known")
    return Fields(record, refused)


class Fields:
    """An object of JSON, asked field by field.

    Every question raises ``refused`` where the field is missing or of another kind.

    Attributes:
        record: the object itself.
    """

    def __init__(self, record: dict[str, Any], refused: Refusal) -> None:
        self.record = record
        self._refused = refused

    def only(self, *names: str) -> None:
        """Exactly these fields."""
        if self.record.keys() != set(names):
            odd = sorted(self.record.keys() ^ set(names))
            raise self._refused(f"a field missing or too many: {', '.join(odd)[:80]}")

    def part(self, name: str, *names: str) -> Fields:
        """An object within, of exactly these fields if any are named."""
        return self._object(self.record.get(name), name, names)

    def parts(self, name: str, most: int, *names: str) -> list[Fields]:
        """A list of up to ``most`` objects of exactly these fields."""
        values = self.record.get(name)
        if not isinstance(values, list) or len(values) > most:
            raise self._refused(f"{name} that is no list of up to {most} objects")
        return [self._object(value, name, names) for value in values]

    def text(self, name: str) -> str:
        """Of 1 to 1,000 letters."""
        value = self.record.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
            raise self._refused(f"{name} that is no text of 1 to {LONGEST_TEXT} letters")
        return value

    def time(self, name: str) -> str:
        """ISO 8601, in UTC."""
        text = self.text(name)
        try:
            known = datetime.fromisoformat(text).utcoffset() == timedelta(0)
        except ValueError:
            known = False
        if not known:
            raise self._refused(f"{name} that is no time in UTC")
        return text

    def number(self, name: str) -> float:
        """A finite number."""
        return self._number(self.record.get(name), name)

    def numbers(self, name: str, most: int) -> tuple[float, ...]:
        """Up to ``most`` finite numbers."""
        values = self.record.get(name)
        if not isinstance(values, list) or len(values) > most:
            raise self._refused(f"{name} that is no list of up to {most:,} numbers")
        return tuple(self._number(value, name) for value in values)

    def count(self, name: str) -> int:
        """A whole number above 0."""
        value = self.record.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < LARGEST_COUNT:
            raise self._refused(f"{name} that is no count above 0")
        return value

    def space(self, name: str) -> EmbeddingSpace:
        """An embedding space."""
        fields = self.part(name, "model", "sha256", "preprocessing", "dimensions")
        digest = fields.text("sha256")
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise self._refused("a sha256 that is not 64 hex digits")
        return EmbeddingSpace(
            fields.text("model"), digest, fields.text("preprocessing"), fields.count("dimensions")
        )

    def share(self, name: str) -> Share:
        """A share with its interval."""
        fields = self.part(name, "value", "low", "high")
        return Share(fields.number("value"), fields.number("low"), fields.number("high"))

    def data(self, name: str) -> CalibrationData:
        """How much something was made from."""
        counts = self.part(name, "photos", "people", "genuine_pairs", "impostor_pairs")
        return CalibrationData(
            counts.count("photos"),
            counts.count("people"),
            counts.count("genuine_pairs"),
            counts.count("impostor_pairs"),
        )

    def _object(self, value: Any, name: str, names: tuple[str, ...]) -> Fields:
        if not isinstance(value, dict):
            raise self._refused(f"{name} that is no object")
        fields = Fields(value, self._refused)
        if names:
            fields.only(*names)
        return fields

    def _number(self, value: Any, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._refused(f"{name} that is no number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._refused(f"{name} that is no finite number")
        return number


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")
