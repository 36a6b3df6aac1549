"""Options that several commands share, declared once as fields of a frozen dataclass.

    @grouped
    def detect(inputs: ..., network: DetectorOptions, json: JsonOption = False) -> None: ...

The command line sees each field of ``DetectorOptions`` as an option of its own; the command gets
them as one record.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Annotated, Any, get_args, get_origin, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter that is a dataclass by options for its annotated fields.

    A field is an option if its type is ``Annotated``; other fields keep their defaults. An option
    that the command declares itself goes before the group's of that name.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters: dict[str, inspect.Parameter] = {}
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if not (isinstance(kind, type) and is_dataclass(kind)):
            parameters[name] = parameter.replace(annotation=kind)
            continue
        options = _options(kind)
        groups[name] = (kind, list(options))
        for option, declared in options.items():
            parameters.setdefault(option, declared)

    @wraps(command)
    def run(**given: Any) -> None:
        records = {
            name: kind(**{option: given.pop(option) for option in options})
            for name, (kind, options) in groups.items()
        }
        command(**given, **records)

    run.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in parameters.items()}
    return run


def _options(kind: type[Any]) -> dict[str, inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        one.name: inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(kind)
        if get_origin(hints[one.name]) is Annotated and get_args(hints[one.name])
    }
