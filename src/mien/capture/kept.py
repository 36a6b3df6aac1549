"""What a person's set holds: pictures in two folders, and a manifest beside them in each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.capture.lines import append_line, read_lines
from mien.capture.options import Form
from mien.capture.shots import FILE_NAME, Part, Shot, shot_from_json
from mien.errors import (
    InvalidManifest,
    InvalidName,
    InvalidOption,
    OutputUnwritable,
    SourceNotFound,
    SpaceMismatch,
)
from mien.names import name_key
from mien.records import EmbeddingSpace, FloatArray

MANIFEST = "collected.jsonl"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of every file of ours: what its lines mean."""

    name: str
    form: Form
    space: EmbeddingSpace

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "form": asdict(self.form),
            "space": asdict(self.space),
        }

    def check(self, row: Mapping[str, Any], path: Path) -> None:
        """Refuse a file that was written of another person, in another form or space.

        Raises:
            InvalidManifest: not a heading, or of a later format.
            SpaceMismatch: vectors of another embedder.
            InvalidOption: pictures of another form.
        """
        if row.get("format") != FORMAT or not isinstance(row.get("space"), dict):
            raise InvalidManifest(
                f"{path}: expected a manifest of format {FORMAT}, got {str(row)[:60]!r}; collect "
                "into another folder, or remove the file: its photos then count as your own"
            )
        if row["space"] != asdict(self.space):
            raise SpaceMismatch(
                f"{path}: expected vectors of {self.space}, got {row['space'].get('model')!r}; "
                "collect with the same --embedder (and --mirror) as before, or into another folder"
            )
        if row.get("form") != asdict(self.form):
            raise InvalidOption(
                f"{path}: expected the form of the pictures that are there ({row.get('form')}), "
                f"got {asdict(self.form)}; keep --frames, --grey and --size as they were, or "
                "collect into another folder"
            )


class KeptSet:
    """The pictures of one person below a data folder.

    Attributes:
        name: the person's, in the spelling of a folder that is there.
        shots: by part, what the manifests name and whose file is there.
        deleted: what the manifests name and somebody took away; it does not come back.
    """

    def __init__(self, out: Path, name: str, form: Form, space: EmbeddingSpace) -> None:
        self.name = _spelling(out, name)
        self.heading = Heading(self.name, form, space)
        self._folders = {part: out / part.value / self.name for part in Part}
        self.shots: dict[Part, list[Shot]] = {part: [] for part in Part}
        self.deleted: list[Shot] = []
        for part, folder in self._folders.items():
            for shot in read_shots(folder / MANIFEST, self.heading):
                there = os.path.lexists(folder / shot.file)
                (self.shots[part] if there else self.deleted).append(shot)

    @property
    def count(self) -> int:
        return sum(len(shots) for shots in self.shots.values())

    @property
    def known(self) -> list[Shot]:
        """Everything that must not come again."""
        return [*self.shots[Part.TRAIN], *self.shots[Part.VALIDATION], *self.deleted]

    @property
    def vectors(self) -> FloatArray:
        """Of all pictures that are there, ``(N, D) float32``."""
        rows = [shot.vector for part in Part for shot in self.shots[part]]
        dimensions = self.heading.space.dimensions
        return np.array(rows, dtype=np.float32).reshape(len(rows), dimensions)

    def next_number(self) -> int:
        """One more than any number that a file has or had here."""
        numbers = [int(shot.file.removesuffix(".jpg")) for shot in self.known]
        for folder in self._folders.values():
            if folder.is_dir():
                numbers += [int(p.stem) for p in folder.iterdir() if FILE_NAME.fullmatch(p.name)]
        return max(numbers, default=0) + 1

    def add(self, shot: Shot, draft: Path, part: Part) -> None:
        """Move a draft to its place, then say so in the manifest: from then on it is kept.

        Raises:
            OutputUnwritable: no permission, or the disk is full.
        """
        folder = self._folders[part]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.replace(folder / shot.file)
        except OSError as error:
            raise OutputUnwritable(
                f"expected to write {folder / shot.file}, got: {error.strerror}"
            ) from error
        self.adopt(shot, part)

    def adopt(self, shot: Shot, part: Part) -> None:
        """Say in the manifest that a file in its place is kept."""
        manifest = self._folders[part] / MANIFEST
        if not read_lines(manifest):
            append_line(manifest, self.heading.to_json())
        append_line(manifest, shot.to_json())
        self.shots[part].append(shot)

    def place_of(self, shot: Shot) -> Part | None:
        """Where a file of that name and content lies: moved, but not yet in the manifest."""
        for part, folder in self._folders.items():
            path = folder / shot.file
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == shot.sha256:
                return part
        return None


def read_shots(path: Path, heading: Heading) -> list[Shot]:
    """The shots of a manifest.

    Raises:
        InvalidManifest: a line that is not what it should be.
        SpaceMismatch, InvalidOption: see `Heading.check`.
    """
    rows = read_lines(path)
    if not rows:
        return []
    heading.check(rows[0], path)
    shots: dict[str, Shot] = {}
    for number, row in enumerate(rows[1:], 2):
        try:
            shot = shot_from_json(row, heading.space.dimensions)
        except InvalidManifest as error:
            raise InvalidManifest(
                f"{path}: line {number}: {error}; mend the line, or remove the file: the photos "
                "beside it stay, but count as your own"
            ) from error
        shots[shot.file] = shot
    return list(shots.values())


def _spelling(out: Path, name: str) -> str:
    """The name as a folder that is there spells it, else as it was given."""
    key = name_key(name)
    for part in Part:
        try:
            entries = sorted(entry.name for entry in (out / part.value).iterdir())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceNotFound(
                f"expected to read {out / part.value}, got: {error.strerror}"
            ) from error
        for entry in entries:
            if _key(entry) == key:
                return entry
    return name


def _key(entry: str) -> str | None:
    try:
        return name_key(entry)
    except InvalidName:
        return None  # somebody else's file: nobody's name
