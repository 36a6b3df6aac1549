"""Errors as one line and an exit status; a traceback is for mistakes of mien alone."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from enum import IntEnum

import typer

from mien.cli.text import shown
from mien.errors import InvalidOption, MienError, ModelError, UnknownModel

# Parameters of the library in its errors; not parts of a path.
_PARAMETER = re.compile(
    r"(?<![\w./\\-])(?:min_similarity|max_distance|min_score|min_face|max_megapixels)(?![\w./\\-])"
    r"|^fmr(?=:)"
)

# Typer carries its own copy of click, or needs click, depending on its version.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


class Status(IntEnum):
    """What the command line answers to the shell."""

    DONE = 0
    NO = 1
    UNUSABLE = 2
    MISSING = 3
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it
    CUT_OFF = 141  # 128 + SIGPIPE: whoever read the answers has gone


def status_of(error: MienError) -> Status:
    """3 where a model or a dependency is missing, 2 where the request or an input is wrong."""
    missing = isinstance(error, ModelError) and not isinstance(error, UnknownModel)
    return Status.MISSING if missing else Status.UNUSABLE


def line_of(error: MienError, source: str = "") -> str:
    """An error as one line; the source is named where the message does not do it.

    The library names its parameters; on the command line they are options.
    """
    message = shown(" ".join(str(error).split()))
    message = _PARAMETER.sub(lambda found: flag(found[0]), message)
    place = shown(source)
    named = not place or place in message or ascii(source)[1:-1] in message
    return f"mien: {message}" if named else f"mien: {place}: {message}"


def usage_line(error: Exception) -> str:
    """What is wrong with the way the command was called, as one line with where to look."""
    formatted = getattr(error, "format_message", error.__str__)()
    message = shown(" ".join(str(formatted).split())).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mien"
    return f"mien: {message[:1].lower()}{message[1:]}; see `{path} --help`"


def report(error: BaseException) -> int | None:
    """Say on standard error what happened; None if the error is not one that is expected."""
    if isinstance(error, MienError):
        _print(line_of(error))
        return status_of(error)
    if isinstance(error, UsageError):
        _print(usage_line(error))
        return Status.UNUSABLE
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return Status.CUT_OFF
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        _print("mien: interrupted; what was answered until now is kept")
        return Status.INTERRUPTED
    return None


def flag(parameter: str) -> str:
    """The option of a parameter: ``min_similarity`` is ``--min-similarity``."""
    return f"--{parameter.replace('_', '-')}"


def choice_error(option: str, expected: str, got: str) -> InvalidOption:
    """The error for an option with a few allowed words."""
    return InvalidOption(f"{option}: expected {expected}, got {got!r}")


def _print(line: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # standard error may be closed or gone
        print(line, file=sys.stderr, flush=True)  # noqa: T201 (the command line speaks here)


def _silence_stdout() -> None:
    """Python flushes at its end, and would complain about the same broken pipe once more."""
    with suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
