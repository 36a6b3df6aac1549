"""Names that have changed: the old one works for one more version, and warns.

A bare ``threshold`` meant a similarity in one place, a distance in another and log-odds in a third.
Now the name says which: ``min_similarity``, ``max_distance``, ``min_log_odds``, ``min_score``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from mien.errors import InvalidOption

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Record = TypeVar("Record")


def renamed_argument(
    old: str, new: str
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Let a function take a keyword by its old name, too, with a DeprecationWarning."""

    def decorate(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
        @wraps(function)
        def call(*given: Given.args, **named: Given.kwargs) -> Answer:
            if old in named:
                warn_renamed(f"{old}=", f"{new}=")
                if named.get(new) is not None:
                    raise InvalidOption(f"expected {new} or {old}, got both; leave {old} out")
                named[new] = named.pop(old)
            return function(*given, **named)

        return call

    return decorate


def dropped_arguments(
    *old: str,
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Let a function be given keywords that change nothing any more, with a DeprecationWarning."""

    def decorate(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
        @wraps(function)
        def call(*given: Given.args, **named: Given.kwargs) -> Answer:
            for name in set(old) & set(named):
                del named[name]
                text = f"{name}= changes nothing any more, and goes with the next version"
                warnings.warn(text, DeprecationWarning, 2)
            return function(*given, **named)

        return call

    return decorate


def renamed_field(old: str, new: str) -> Callable[[type[Record]], type[Record]]:
    """Let a record's field be read, and given, by its old name, too, with a DeprecationWarning."""

    def decorate(kind: type[Record]) -> type[Record]:
        def read(record: Any) -> Any:
            warn_renamed(f"{kind.__name__}.{old}", new)
            return getattr(record, new)

        kind.__init__ = renamed_argument(old, new)(kind.__init__)  # type: ignore[method-assign]
        setattr(kind, old, property(read, doc=f"Deprecated: ``{new}``."))
        return kind

    return decorate


def limit_json(
    value: float | None, new: str = "min_similarity", old: str = "threshold"
) -> dict[str, float | None]:
    """A limit in JSON under the name that says what it limits, and for one version under the old.

    JSON has no infinity: null is "beyond every score", nothing accepted.
    """
    number = value if value is not None and math.isfinite(value) else None
    return {new: number, old: number}


def warn_renamed(old: str, new: str) -> None:
    """Tell the caller of our caller that a name has changed."""
    text = f"{old} is now called {new}; the old name goes with the next version"
    warnings.warn(text, DeprecationWarning, 3)
