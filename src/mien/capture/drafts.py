"""Pictures that were found and not yet chosen from: on the disk, so that a kill loses none."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from mien.capture.kept import KeptSet
from mien.capture.lines import append_line, read_lines
from mien.capture.options import CollectOptions
from mien.capture.shots import Shot, shot_from_json
from mien.errors import InvalidOption, OutputUnwritable
from mien.images import save_image
from mien.records import ImageArray

FOLDER = ".collecting"
_JOURNAL = "journal.jsonl"


class Drafts:
    """The found pictures of one person; a context manager that keeps others out meanwhile.

    Attributes:
        shots: by file.
        looked: how many pictures of the source were looked at, in interrupted rounds too.
        refused: how many were refused, by reason.
        read_to_s: up to where the source was read in an interrupted round; None for a new one.

    Raises:
        InvalidOption: somebody else is collecting the same person into the same folder.
        OutputUnwritable: the folder cannot be made.
        SpaceMismatch, InvalidManifest: what is there was found in another form or space.
    """

    def __init__(self, options: CollectOptions, kept: KeptSet) -> None:
        from filelock import FileLock

        self._out = options.out
        self._made_out = not options.out.exists()
        self._folder = options.out / FOLDER / kept.name
        self._journal = self._folder / _JOURNAL
        self._heading = kept.heading
        self._asked = _asked(options)
        self._lock = FileLock(options.out / FOLDER / f"{kept.name}.lock")
        self.shots: dict[str, Shot] = {}
        self.looked = 0
        self.refused: Counter[str] = Counter()
        self.read_to_s: float | None = None
        self._kept = kept

    def __enter__(self) -> Drafts:
        from filelock import Timeout

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise InvalidOption(
                f"expected to be the only one who collects {self._kept.name!r} into "
                f"{self._out}, got another mien at work there; wait for it"
            ) from error
        except OSError as error:
            self._tidy()
            raise OutputUnwritable(
                f"expected to write into {self._folder}, got: {error.strerror}"
            ) from error
        try:
            self._load()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tidy()
        self._lock.release()

    def _tidy(self) -> None:
        """Leave nothing of ours behind where nothing waits to be gone on with."""
        if os.path.lexists(self._journal):
            return
        with suppress(OSError):  # a system that removes no open file
            Path(self._lock.lock_file).unlink()
        made = (self._folder, self._folder.parent, *([self._out] if self._made_out else ()))
        for folder in made:
            with suppress(OSError):  # not empty
                folder.rmdir()

    def begin(self, session: str) -> None:
        """A source is read now; what was counted of another one is another matter."""
        mark = self._marks.get(session)
        self._session = session
        if mark is not None and mark.get("asked") == self._asked:
            self.looked = int(mark["looked"])
            self.refused = Counter({str(k): int(v) for k, v in mark["refused"].items()})
            self.read_to_s = float(mark["read_to_s"])

    def path(self, shot: Shot) -> Path:
        return self._folder / shot.file

    def save(self, file: str, image: ImageArray) -> tuple[Path, str]:
        """Write a picture; returns its path and SHA-256. It counts from `add` on."""
        path = save_image(image, self._folder / file)
        return path, hashlib.sha256(path.read_bytes()).hexdigest()

    def add(self, shot: Shot) -> None:
        """A saved picture is found: it survives whatever happens now."""
        self._append({"shot": shot.to_json()})
        self.shots[shot.file] = shot

    def drop(self, shot: Shot) -> None:
        """Take a found picture out again."""
        self._append({"dropped": shot.file})
        del self.shots[shot.file]
        self.path(shot).unlink(missing_ok=True)

    def mark(self, time_s: float) -> None:
        """The source was read up to here: after a kill it is read on from here."""
        self.read_to_s = time_s
        self._append(
            {
                "session": self._session,
                "asked": self._asked,
                "read_to_s": time_s,
                "looked": self.looked,
                "refused": dict(self.refused),
            }
        )

    def next_number(self) -> int:
        numbers = [int(path.stem) for path in self._folder.glob("*.jpg") if path.stem.isdecimal()]
        return max([*numbers, self._kept.next_number() - 1]) + 1

    def finish(self, *, go_on: bool) -> None:
        """Remove what was not chosen; where ``go_on``, remember how far the source was read."""
        for place in (self._journal, *self._folder.glob("*.jpg")):
            place.unlink(missing_ok=True)
        if go_on and self.read_to_s is not None:
            self.mark(self.read_to_s)

    def _append(self, row: Mapping[str, Any]) -> None:
        if not self._journal.exists():
            append_line(self._journal, self._heading.to_json())
        append_line(self._journal, row)

    def _load(self) -> None:
        """What an interrupted round found; what it had moved already goes into the manifest."""
        self._marks: dict[str, Mapping[str, Any]] = {}
        rows = read_lines(self._journal)
        if not rows:
            return
        self._heading.check(rows[0], self._journal)
        found: dict[str, Shot] = {}
        for row in rows[1:]:
            if "shot" in row:
                shot = shot_from_json(row["shot"], self._heading.space.dimensions)
                found[shot.file] = shot
            elif "dropped" in row:
                found.pop(str(row["dropped"]), None)
            elif _is_mark(row):
                self._marks[str(row["session"])] = row
        known = {shot.file for shot in self._kept.known}
        for shot in found.values():
            if shot.file in known:
                continue
            if self.path(shot).is_file():
                self.shots[shot.file] = shot
            elif (part := self._kept.place_of(shot)) is not None:
                self._kept.adopt(shot, part)


def _asked(options: CollectOptions) -> str:
    """What decides which faces are found: another wish starts the source anew."""
    wish = (
        *(str(path) for path in options.like),
        *(options.largest, options.min_similarity, options.every_s),
    )
    text = json.dumps([wish, asdict(options.form)], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_mark(row: Mapping[str, Any]) -> bool:
    return (
        isinstance(row.get("refused"), dict)
        and isinstance(row.get("looked"), int)
        and isinstance(row.get("read_to_s"), (int, float))
        and "session" in row
    )
