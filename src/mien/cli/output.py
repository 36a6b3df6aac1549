"""How a command speaks: answers to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import typer

from mien.cli.failures import Status, line_of, status_of
from mien.cli.text import json_line, shown
from mien.errors import MienError, OutputUnwritable

if TYPE_CHECKING:
    from mien.records import PhotoFailure


class Bar(Protocol):
    """Something drawn that has to go while a line is written."""

    def hide(self) -> None:
        """Wipe it off the screen until it is drawn again."""


class Output:
    """One command's way of speaking.

    Args:
        json: answers are JSON, one object a line, instead of lines for people.
        quiet: no notes and no progress bar; errors are said all the same.
    """

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json = json
        self.quiet = quiet
        self.bar: Bar | None = None
        self._failed: list[str] = []
        self._broke = False
        self._noted: set[str] = set()
        self._worst = Status.UNUSABLE
        if json:  # JSON is UTF-8 (RFC 8259, 8.1) whatever the terminal speaks
            _reconfigure(sys.stdout, "utf-8")

    @property
    def draws(self) -> bool:
        """Whether a progress bar may be drawn."""
        return not self.quiet and sys.stderr is not None and sys.stderr.isatty()

    def answer(self, record: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The answer: the record where JSON is wanted, else the lines; they are shown as given."""
        if self.json:
            self._write(sys.stdout, json_line(record))
        else:
            for line in lines:
                self._write(sys.stdout, line)

    def say(self, text: str) -> None:
        """What the answers come to: an answer for people, a note beside JSON."""
        if self.json:
            self.note(text)
        else:
            self._write(sys.stdout, shown(text))

    def note(self, text: str) -> None:
        """Something beside the answer; said once, and not at all if quiet is wanted."""
        if text and not self.quiet and text not in self._noted:
            self._noted.add(text)
            self._write(sys.stderr, shown(text))

    def broke(self, failure: PhotoFailure) -> None:
        """An input was answered until it broke off: the others go on, but the status is 2."""
        self.failed(failure.source, failure.error, failure.to_json())
        if self.json:
            self._write(sys.stderr, self._failed[-1])
        self._broke = True

    def failed(self, source: str, error: MienError, record: Mapping[str, Any]) -> None:
        """One input of many could not be used; the others go on."""
        line = line_of(error, source)
        if status_of(error) is Status.MISSING:
            self._worst = Status.MISSING
        self._failed.append(line)
        if self.json:
            self._write(sys.stdout, json_line(record))
        else:
            self._write(sys.stderr, line)

    def finish(self, worked: int) -> None:
        """End with status 2 if no input worked, or one broke off.

        That none worked is said on standard error with JSON, too.

        Raises:
            typer.Exit: with the status.
        """
        if not self._failed or (worked and not self._broke):
            return
        if self.json and not worked:
            count = len(self._failed)
            several = f"mien: expected a usable input, got none of {count:,}; each row says why"
            self._write(sys.stderr, self._failed[0] if count == 1 else several)
        raise typer.Exit(self._worst)

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour where a person looks at a terminal."""
        plain = self.json or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        if plain or sys.stdout is None or not sys.stdout.isatty():
            return text
        return typer.style(text, fg=colour)

    def _write(self, stream: TextIO | None, line: str) -> None:
        if stream is None:  # closed by whoever started us
            return
        if self.bar is not None and stream.isatty():
            self.bar.hide()
        try:
            stream.write(line + "\n")
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputUnwritable(
                f"expected to write the answers to {stream.name}, got: {error.strerror or error}; "
                "see to the disk's space"
            ) from error


def prepare_streams() -> None:
    """A letter that the terminal cannot show becomes an escape, and no error."""
    for stream in (sys.stdout, sys.stderr):
        _reconfigure(stream, None)


def _reconfigure(stream: Any, encoding: str | None) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding=encoding, errors="backslashreplace")
