"""Reading a calibration from text that anybody may have written: each field is checked."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta
from typing import Any, NoReturn

from mien.errors import InputError, InvalidCalibration
from mien.matching.calibration import Calibration
from mien.matching.isotonic import IsotonicCalibration
from mien.matching.own_calibration import (
    FORMAT,
    VERSION,
    CalibrationData,
    OwnCalibration,
    Share,
)
from mien.records import EmbeddingSpace

LONGEST_TEXT = 1000
MOST_KNOTS = 20_000
LARGEST_COUNT = 10**15


def parse_calibration(text: str) -> OwnCalibration:
    """The calibration that ``OwnCalibration.to_json`` wrote.

    Raises:
        InvalidCalibration: it is not one, or a field is missing, unknown or out of range.
    """
    try:
        record = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refused(f"a text that is not JSON ({str(error)[:80]})") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise _refused("something else")
    if record.get("version") != VERSION or isinstance(record["version"], bool):
        raise _refused(f"version {record.get('version')!r:.20} where {VERSION} is known")
    try:
        return _calibration(_Fields(record))
    except InputError as error:
        if isinstance(error, InvalidCalibration):
            raise
        raise _refused(f"a number out of its range ({str(error)[:160]})") from error


def _calibration(fields: _Fields) -> OwnCalibration:
    fields.only(
        *("format", "version", "mien", "created", "space", "detector", "threshold", "fmr", "tmr"),
        *("data", "probability", "held_out"),
    )
    created = fields.time("created")
    threshold = fields.part("threshold", "similarity", "low", "high", "target_fmr")
    counts = fields.part("data", "photos", "people", "genuine_pairs", "impostor_pairs")
    data = CalibrationData(
        counts.count("photos"),
        counts.count("people"),
        counts.count("genuine_pairs"),
        counts.count("impostor_pairs"),
    )
    held_out = fields.part("held_out", "ece", "brier")
    return OwnCalibration(
        space=_space(fields.part("space", "model", "sha256", "preprocessing", "dimensions")),
        detector=fields.text("detector"),
        similarity=threshold.number("similarity"),
        similarity_low=threshold.number("low"),
        similarity_high=threshold.number("high"),
        target_fmr=threshold.number("target_fmr"),
        fmr=_share(fields.part("fmr", "value", "low", "high")),
        tmr=_share(fields.part("tmr", "value", "low", "high")),
        data=data,
        probability=_probability(fields.part("probability"), f"{data}, {created}"),
        ece=held_out.number("ece"),
        brier=held_out.number("brier"),
        created=created,
        mien=fields.text("mien"),
    )


def _space(fields: _Fields) -> EmbeddingSpace:
    digest = fields.text("sha256")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise _refused("a sha256 that is not 64 hex digits")
    return EmbeddingSpace(
        fields.text("model"), digest, fields.text("preprocessing"), fields.count("dimensions")
    )


def _share(fields: _Fields) -> Share:
    return Share(fields.number("value"), fields.number("low"), fields.number("high"))


def _probability(fields: _Fields, origin: str) -> Calibration | IsotonicCalibration:
    method = fields.text("method")
    if method == "logistic":
        fields.only("method", "prior", "slope", "intercept")
        slope, intercept = fields.number("slope"), fields.number("intercept")
        return Calibration(slope, intercept, fields.number("prior"), origin)
    if method == "isotonic":
        fields.only("method", "prior", "similarities", "probabilities")
        places, values = fields.numbers("similarities"), fields.numbers("probabilities")
        return IsotonicCalibration(places, values, fields.number("prior"), origin)
    raise _refused(f"the method {method!r:.40} where logistic and isotonic are known")


class _Fields:
    """An object of JSON, asked field by field.

    Every question raises InvalidCalibration where the field is missing or of another kind.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record

    def only(self, *names: str) -> None:
        """Exactly these fields."""
        if self._record.keys() != set(names):
            odd = sorted(self._record.keys() ^ set(names))
            raise _refused(f"a field missing or too many: {', '.join(odd)[:80]}")

    def part(self, name: str, *names: str) -> _Fields:
        value = self._record.get(name)
        if not isinstance(value, dict):
            raise _refused(f"{name} that is no object")
        fields = _Fields(value)
        if names:
            fields.only(*names)
        return fields

    def text(self, name: str) -> str:
        value = self._record.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
            raise _refused(f"{name} that is no text of 1 to {LONGEST_TEXT} letters")
        return value

    def time(self, name: str) -> str:
        text = self.text(name)
        try:
            known = datetime.fromisoformat(text).utcoffset() == timedelta(0)
        except ValueError:
            known = False
        if not known:
            raise _refused(f"{name} that is no time in UTC")
        return text

    def number(self, name: str) -> float:
        return _number(self._record.get(name), name)

    def numbers(self, name: str) -> tuple[float, ...]:
        values = self._record.get(name)
        if not isinstance(values, list) or len(values) > MOST_KNOTS:
            raise _refused(f"{name} that is no list of up to {MOST_KNOTS:,} numbers")
        return tuple(_number(value, name) for value in values)

    def count(self, name: str) -> int:
        value = self._record.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < LARGEST_COUNT:
            raise _refused(f"{name} that is no count above 0")
        return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _refused(f"{name} that is no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _refused(f"{name} that is no finite number")
    return number


def _refused(got: str) -> InvalidCalibration:
    return InvalidCalibration(
        f"expected a calibration that `mien calibrate` wrote, got {got}; run it again, or leave "
        "the calibration out"
    )


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")
