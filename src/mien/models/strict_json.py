"""JSON from outside: UTF-8, one object, every name once, every number finite."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from mien.errors import ModelInvalid


def read_object(content: bytes, place: Path) -> dict[str, Any]:
    """The object that a verified file of a model holds.

    Args:
        content: the file's bytes.
        place: for the message.

    Raises:
        ModelInvalid: it is not one.
    """

    def refused(text: str) -> NoReturn:
        raise ValueError(f"{text} is no number of JSON")

    def finite(text: str) -> float:
        number = float(text)
        return number if math.isfinite(number) else refused(text[:40])

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            raise ValueError("a name stands twice in one object")
        return table

    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_constant=refused,
            parse_float=finite,
            object_pairs_hook=once,
        )
    except (ValueError, RecursionError) as error:
        raise ModelInvalid(f"{place}: expected strict JSON, got: {error!s:.200}") from error
    if not isinstance(value, dict):
        raise ModelInvalid(f"{place}: expected a JSON object, got {type(value).__name__}")
    return value
