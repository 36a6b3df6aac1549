"""A file from its publisher's own address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from mien.models.cards import LOOPBACK_HOSTS, PublisherSource, WeightFile
from mien.models.progress import ProgressReporter
from mien.models.sources.pip_settings import PipSettings, read_pip_settings
from mien.models.sources.transport import Download, download


@contextmanager
def open_publisher_file(
    source: PublisherSource, file: WeightFile, workshop: Path, progress: ProgressReporter
) -> Iterator[BinaryIO]:
    """What the publisher's address delivers, for reading; its hash is yet to be checked.

    pip's certificate bundle and proxy serve here too: who needs them for one
    address needs them for all.

    Raises:
        ModelUnavailable: the address does not answer, or sends more than the file has.
    """
    target = workshop / "published"
    target.unlink(missing_ok=True)
    # One byte more is let through, so that the hash check can say what is wrong.
    what = Download(source.url, target, file.size_bytes + 1, file.name)
    download(what, settings_for(source.url), progress)
    with target.open("rb") as stream:
        yield stream


def settings_for(url: str) -> PipSettings:
    """How to reach an address: no proxy stands between this machine and itself."""
    local = urlsplit(url).hostname in LOOPBACK_HOSTS
    return PipSettings() if local else read_pip_settings()
