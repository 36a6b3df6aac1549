"""Numbers as people read them, and intervals as small bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mien.evaluation import Number, Rate, Unit

MISSING = "not measured"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval on a scale that says where it begins and ends; positions are 0 to 100.

    Attributes:
        start, end: the scale, in words.
        low, high, value: positions on it.
        zero: where no difference lies; None for rates.
    """

    start: str
    end: str
    low: float
    high: float
    value: float
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in words.

    Attributes:
        text: the number with its unit; ``not measured`` where it is None.
        interval: the 95 % interval in words; empty where there is none.
        bar: the interval to be drawn.
        weak: whether too few errors stand behind it.
    """

    text: str
    interval: str = ""
    bar: Bar | None = None
    weak: bool = False


def figure(number: Number) -> Figure:
    """A number of the summary in words."""
    if number.value is None:
        return Figure(MISSING)
    if isinstance(number.value, Rate):
        return _rate(number.value, number.unit)
    return Figure(_single(number.value, number.unit))


def column_figures(cells: Sequence[Any]) -> list[Figure]:
    """A table's column in words: numbers to the same decimals, text as it is.

    A bare number is no share and gets no percent sign.
    """
    floats = [f"{cell:.4g}" for cell in cells if isinstance(cell, float)]
    plain = all("e" not in text for text in floats)
    digits = max((len(text.partition(".")[2]) for text in floats), default=0)
    return [_cell(cell, digits if plain else None) for cell in cells]


def _cell(cell: Any, digits: int | None) -> Figure:
    if cell is None:
        return Figure("–")
    if isinstance(cell, str):
        return Figure(cell)
    if isinstance(cell, Rate):
        return _rate(cell, Unit.PERCENT)
    if isinstance(cell, int) or digits is None:
        return Figure(_single(cell, Unit.COUNT if isinstance(cell, int) else Unit.NUMBER))
    return Figure(_minus(f"{cell:,.{digits}f}"))


def _rate(rate: Rate, unit: Unit) -> Figure:
    weak = not rate.supported
    if unit not in (Unit.PERCENT, Unit.POINTS):
        parts = [_single(one, unit) for one in (rate.value, rate.low, rate.high)]
        return Figure(parts[0], f"{parts[1]} to {parts[2]}", weak=weak)
    signed = unit is Unit.POINTS
    digits = _decimals(rate.high - rate.low, rate.value)
    value, low, high = (
        _hundredths(one, digits, signed=signed) for one in (rate.value, rate.low, rate.high)
    )
    bar = _difference_bar(rate) if signed else _share_bar(rate)
    text = f"{value} points" if signed else f"{value}{SPACE}%"
    return Figure(text, f"{low} to {high}", bar, weak)


def _single(value: float, unit: Unit) -> str:
    if unit is Unit.COUNT and float(value).is_integer():
        return _minus(f"{int(value):,}")
    if unit is Unit.PERCENT:
        edge = min(abs(value), abs(1 - value)) or 1.0
        return f"{_hundredths(value, _decimals(edge, value))}{SPACE}%"
    if unit is Unit.POINTS:
        return f"{_hundredths(value, _decimals(abs(value) or 1.0, value), signed=True)} points"
    if unit is Unit.SECONDS:
        return f"{value:,.1f}{SPACE}s" if value < 1000 else f"{value:,.0f}{SPACE}s"
    return _minus(f"{value:.4g}")


def _decimals(width: float, value: float) -> int:
    """So many that two digits of the width show; two where there is no width."""
    if width <= 0:
        return 0 if value in (0.0, 1.0) else 2
    return min(6, max(1, 1 - math.floor(math.log10(100 * width))))


def _hundredths(value: float, digits: int, *, signed: bool = False) -> str:
    text = f"{100 * value:{'+' if signed else ''}.{digits}f}"
    if not float(text):  # no sign before a zero
        text = text.lstrip("+-")
    return _minus(text)


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _share_bar(rate: Rate) -> Bar | None:
    """On the smallest scale from 0 or up to 1 that holds the interval, 0.01 % to 50 % wide."""
    for power in (1e-4, 1e-3, 1e-2, 1e-1, 0.5):
        if rate.low >= 0 and rate.high <= power:
            return _bar(rate, 0.0, power)
        if 1 - power <= rate.low and rate.high <= 1:
            return _bar(rate, 1 - power, 1.0)
    if rate.low < 0 or rate.high > 1:
        return None
    return _bar(rate, 0.0, 1.0)


def _difference_bar(rate: Rate) -> Bar:
    """On the smallest scale that holds the interval, with no difference in the middle."""
    widest = max(abs(rate.low), abs(rate.high), abs(rate.value))
    power = next((one for one in (1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0) if widest <= one), widest)
    drawn = _bar(rate, -power, power)
    start, end = (f"{sign}{100 * power:g}" for sign in (MINUS, "+"))
    return Bar(start, end, drawn.low, drawn.high, drawn.value, zero=50.0)


def _bar(rate: Rate, start: float, end: float) -> Bar:
    def at(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - start) / (end - start))), 2)

    first, last = (f"{round(100 * one, 6):g}{SPACE}%" for one in (start, end))
    return Bar(first, last, low=at(rate.low), high=at(rate.high), value=at(rate.value))
