"""A trained model's folder: its manifest first, every file's SHA-256 next, and only then its words.

::

    MODEL/
      model.onnx       the network
      model.json       what is needed to use it
      ...              what was measured, and pictures of it
      manifest.json    every other file with its SHA-256 and size; written last

Nothing in such a folder is trusted: it may come from anybody. What the hashes promise is that it is
whole; that it does no harm follows from how it is read: plain JSON, and a network that refers to
no other file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from mien.errors import ModelHashMismatch, ModelInvalid, SourceNotFound
from mien.models.placing import CHUNK_BYTES, sha256_of, write_whole
from mien.models.strict_json import read_object

FORMAT = 1
MANIFEST = "manifest.json"
NETWORK = "model.onnx"
SETTINGS = "model.json"

LARGEST_MANIFEST_BYTES = 1 << 20
LARGEST_SETTINGS_BYTES = 128 << 20  # the centres of very many classes
LARGEST_FILE_BYTES = (1 << 31) - 1  # more than that no ONNX file can have
MOST_FILES = 1000
_DEEPEST = 4

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LEFT_BY_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})


class ModelKind(StrEnum):
    """What a trained model does: name the people of its training, or turn faces into vectors."""

    CLASSIFIER = "classifier"
    EMBEDDER = "embedder"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of the folder as its manifest has it."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class TrainedFolder:
    """A folder whose files are those of its manifest.

    Attributes:
        path: absolute.
        kind: what the model does.
        mien: the version that wrote it.
        sha256: of the manifest, and so of everything in the folder.
        files: by their path below the folder, with forward slashes; without the manifest.
        settings: what ``model.json`` says, still to be checked; its numbers are finite.
    """

    path: Path
    kind: ModelKind
    mien: str
    sha256: str
    files: Mapping[str, ListedFile]
    settings: Mapping[str, Any]

    @property
    def network(self) -> Path:
        """Where the ONNX file lies."""
        return self.path / NETWORK


def open_trained_folder(path: Path) -> TrainedFolder:
    """Verify a folder; no file but the manifest is parsed before its SHA-256 matched.

    Raises:
        SourceNotFound: there is no such folder, or it cannot be read.
        ModelInvalid: no manifest, one that is not sound or of a later mien, a file that is missing
            or that the manifest does not name, a ``model.json`` that is not strict JSON.
        ModelHashMismatch: a file is not the one that was written.
    """
    root = path.expanduser().absolute()
    try:
        if not root.is_dir():
            raise SourceNotFound(
                f"model: expected the folder of a trained model, got {path}, which is "
                f"{'a file' if root.exists() else 'not there'}; name the folder that `mien train "
                "--out` wrote"
            )
        content = _read_manifest(root)
        manifest = read_object(content, root / MANIFEST)
        kind, files = _checked_manifest(manifest, root)
        _refuse_strangers(root, files)
        settings = b""
        for name, file in files.items():
            settings = _verified(root, name, file) or settings
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, SourceNotFound):
            raise
        raise SourceNotFound(
            f"model: {path} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    mien = manifest.get("mien")
    return TrainedFolder(
        root,
        kind,
        mien if isinstance(mien, str) else "",
        hashlib.sha256(content).hexdigest(),
        files,
        read_object(settings, root / SETTINGS),
    )


def write_manifest(folder: Path, kind: ModelKind, mien: str) -> None:
    """Name every file that lies in ``folder`` with its hash and size: the last thing to write.

    Raises:
        ModelUnavailable: it cannot be written.
        OSError: a file cannot be read.
    """
    names = sorted(name for name in _files_in(folder) if name != MANIFEST)
    files = {
        name: {"sha256": sha256_of(folder / name), "bytes": (folder / name).stat().st_size}
        for name in names
    }
    manifest = {"format": FORMAT, "mien": mien, "kind": kind.value, "files": files}
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def _read_manifest(root: Path) -> bytes:
    place = root / MANIFEST
    try:
        regular = stat.S_ISREG(place.stat().st_mode)
    except FileNotFoundError:
        regular = False
    if not regular:
        raise ModelInvalid(
            f"{root}: expected a trained model, got a folder without {MANIFEST}: it is unfinished, "
            "or something else; train again, or copy the whole folder"
        )
    with place.open("rb") as stream:
        content = stream.read(LARGEST_MANIFEST_BYTES + 1)
    if len(content) > LARGEST_MANIFEST_BYTES:
        raise ModelInvalid(f"{place}: expected at most {LARGEST_MANIFEST_BYTES:,} bytes")
    return content


def _checked_manifest(
    manifest: Mapping[str, Any], root: Path
) -> tuple[ModelKind, dict[str, ListedFile]]:
    place = root / MANIFEST
    check_format(manifest, place)
    kind = _kind(manifest.get("kind"), place)
    listed = manifest.get("files")
    if not isinstance(listed, dict) or not 2 <= len(listed) <= MOST_FILES:
        raise ModelInvalid(f"{place}: files: expected 2 to {MOST_FILES} files by their names")
    files = {_checked_name(name, place): _listed(name, row, place) for name, row in listed.items()}
    for name in (NETWORK, SETTINGS):
        if name not in files:
            raise ModelInvalid(
                f"{place}: files: expected {name} among them, got {', '.join(files)}"
            )
    if len({name.casefold() for name in files}) != len(files):
        raise ModelInvalid(f"{place}: files: expected names that differ in more than case")
    return kind, files


def check_format(table: Mapping[str, Any], place: Path) -> None:
    """Refuse another format than this one, a later one by its name.

    Raises:
        ModelInvalid: it is another.
    """
    got = table.get("format")
    if type(got) is int and got > FORMAT:
        writer = table.get("mien")
        by = f" of mien {writer}" if isinstance(writer, str) and writer.isprintable() else ""
        raise ModelInvalid(
            f"{place}: expected format {FORMAT}, got the later format {got}{by:.40}; "
            "update mien: python -m pip install --upgrade mien"
        )
    if type(got) is not int or got != FORMAT:
        raise ModelInvalid(f"{place}: format: expected {FORMAT}, got {got!r:.80}")


def _kind(value: Any, place: Path) -> ModelKind:
    try:
        return ModelKind(value)
    except ValueError:
        known = " or ".join(ModelKind)
        raise ModelInvalid(f"{place}: kind: expected {known}, got {value!r:.80}") from None


def _checked_name(name: str, place: Path) -> str:
    """A relative path of plain names, so that nothing outside the folder is ever read."""
    parts = name.split("/")
    if len(parts) > _DEEPEST or not all(_PART.fullmatch(part) for part in parts):
        raise ModelInvalid(
            f"{place}: files: expected plain names below the folder, got {name!r:.120}"
        )
    if name == MANIFEST:
        raise ModelInvalid(f"{place}: files: expected every file but {MANIFEST} itself")
    return name


def _listed(name: str, row: Any, place: Path) -> ListedFile:
    sha256, size = (row.get("sha256"), row.get("bytes")) if isinstance(row, dict) else (None, None)
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ModelInvalid(f"{place}: {name}: sha256: expected 64 hex digits, got {sha256!r:.80}")
    largest = LARGEST_SETTINGS_BYTES if name == SETTINGS else LARGEST_FILE_BYTES
    if type(size) is not int or not 0 <= size <= largest:
        raise ModelInvalid(f"{place}: {name}: bytes: expected 0 to {largest:,}, got {size!r:.80}")
    return ListedFile(sha256, size)


def _refuse_strangers(root: Path, files: Mapping[str, ListedFile]) -> None:
    for name in _files_in(root):
        if name != MANIFEST and name not in files:
            raise ModelInvalid(
                f"{root}: expected the files of its {MANIFEST}, got also {name!r:.120}; "
                "move it away"
            )


def _files_in(root: Path) -> Iterator[str]:
    """Paths below the folder, with forward slashes; what systems leave behind is passed over."""
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and name.casefold() not in _LEFT_BY_SYSTEMS:
                yield (Path(folder) / name).relative_to(root).as_posix()


def _verified(root: Path, name: str, file: ListedFile) -> bytes:
    """Compare a file with its entry; the content of ``model.json``, of all others nothing.

    Raises:
        ModelInvalid: it is not there.
        ModelHashMismatch: it has another size or content.
    """
    path = root / name
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise ModelInvalid(
            f"{root}: expected {name}, which its {MANIFEST} names, got no such file; "
            "copy the whole folder"
        ) from error
    if not stat.S_ISREG(found.st_mode):  # a pipe would block, a device has no end
        raise ModelInvalid(f"{path}: expected a file, got something else")
    wanted = f"{file.size_bytes:,} bytes with SHA-256 {file.sha256}"
    cure = "it was changed or damaged: copy the folder again, or train again"
    if found.st_size != file.size_bytes:
        raise ModelHashMismatch(f"{path}: expected {wanted}, got {found.st_size:,} bytes; {cure}")
    content, sha256 = _hashed(path, file.size_bytes, keep=name == SETTINGS)
    if sha256 != file.sha256:
        raise ModelHashMismatch(f"{path}: expected {wanted}, got SHA-256 {sha256}; {cure}")
    return content


def _hashed(path: Path, size_bytes: int, *, keep: bool) -> tuple[bytes, str]:
    """The file's content, where it is wanted, and its SHA-256; one byte too many is hashed too."""
    digest, kept, left = hashlib.sha256(), [], size_bytes + 1
    with path.open("rb") as stream:
        while left and (chunk := stream.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
            kept += [chunk] if keep else []
    return b"".join(kept), digest.hexdigest()
