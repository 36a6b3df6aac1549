"""Files whose publisher states the beginning of their SHA-256, in their name: torchvision's way.

``resnet50-11ad3fa6.pth`` has a SHA-256 that begins with 11ad3fa6. A file that comes from the
publisher's address, or from the user's own folder, and begins so is recorded with its whole hash
and its size; from there on it is a card's file like every other. Eight digits keep damage and
mistakes out; that nobody forged the file rests on HTTPS at its first use, and on its being read as
plain tensors alone.

::

    ROOT/published/NAME.json        the whole hash and the size that were found
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mien.errors import InvalidOption, ModelHashMismatch, ModelUnavailable
from mien.models.cards import ModelCard, OwnFileSource, PublisherSource, Source, Task, WeightFile
from mien.models.delivery import is_offline
from mien.models.placing import cache_unwritable, sha256_of, write_whole
from mien.models.store import ModelStore

_PREFIX_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.[A-Za-z0-9]+$")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file that is known by its address and the beginning of its SHA-256.

    Attributes:
        name: of its card; lower-case letters, digits and hyphens.
        description, licence: as on a card.
        url: the publisher's address; the file's name there ends in the hash's beginning.
        limit_bytes: nothing longer is fetched.
    """

    name: str
    description: str
    licence: str
    url: str
    limit_bytes: int

    def __post_init__(self) -> None:
        if not _PREFIX_IN_NAME.search(self.file_name):
            raise InvalidOption(
                f"url: expected a file name that ends in -HASH.EXTENSION, got {self.url!r}"
            )

    @property
    def file_name(self) -> str:
        return urlsplit(self.url).path.rpartition("/")[2]

    @property
    def sha256_prefix(self) -> str:
        """The first hex digits of its SHA-256, 8 or more."""
        return _PREFIX_IN_NAME.search(self.file_name)[1]  # type: ignore[index]  # see above

    def card(self, sha256: str, size_bytes: int, *first: Source) -> ModelCard:
        """The card, once hash and size are known.

        Raises:
            ModelHashMismatch: the hash does not begin as stated.
        """
        if not sha256.startswith(self.sha256_prefix):
            raise ModelHashMismatch(
                f"{self.name}: expected {self.file_name} with a SHA-256 that begins with "
                f"{self.sha256_prefix}, got {sha256}; fetch it anew from {self.url}"
            )
        sources = (*first, PublisherSource(self.url))
        return ModelCard(
            name=self.name,
            task=Task.BACKBONE,
            description=self.description,
            licence=self.licence,
            files=(WeightFile(self.file_name, sha256, size_bytes, sources),),
            verified=False,
        )


def published_card(store: ModelStore, file: PublishedFile) -> ModelCard:
    """The card of a published file, which is then in the cache.

    Looked for in this order: what was recorded before, the user's own file or folder
    (``weights``, ``$MIEN_MODELS``), the publisher's address.

    Raises:
        ModelUnavailable: it is nowhere to be had; the message says how to hand it over.
        ModelHashMismatch: the address delivers something else.
    """
    record = store.cache.root / "published" / f"{file.name}.json"
    known = _read(record, file)
    if known is not None:
        return known
    own = _own_file(store, file)
    if own is not None:
        return _kept(store, file, own, record)
    if is_offline():
        raise _unavailable(file, "MIEN_OFFLINE forbids to fetch it")
    try:
        # beside the cache's files, where there is room for it
        with tempfile.TemporaryDirectory(dir=store.cache.folder("published")) as workshop:
            fetched = Path(workshop) / file.file_name
            _fetch(store, file, fetched)
            return _kept(store, file, fetched, record)
    except OSError as error:
        raise cache_unwritable(store.cache.root, error) from error


def _kept(store: ModelStore, file: PublishedFile, path: Path, record: Path) -> ModelCard:
    """Take a file into the cache, and write down what it is."""
    sha256, size_bytes = sha256_of(path), path.stat().st_size
    store.pull(file.card(sha256, size_bytes, OwnFileSource(path.absolute())))
    write_whole(record, json.dumps({"sha256": sha256, "size_bytes": size_bytes}).encode())
    return file.card(sha256, size_bytes)


def _read(record: Path, file: PublishedFile) -> ModelCard | None:
    try:
        known: Any = json.loads(record.read_text("utf-8"))
        return file.card(known["sha256"], known["size_bytes"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # whatever is wrong with it, it is made again
    except ModelHashMismatch:
        return None  # of an earlier version of the same network


def _own_file(store: ModelStore, file: PublishedFile) -> Path | None:
    """The user's own file, by its name in a folder, under any name where it was named itself."""
    for place in store.own_places:
        path = place / file.file_name if place.is_dir() else place
        try:
            if not path.is_file():
                continue
            if sha256_of(path).startswith(file.sha256_prefix):
                return path
        except OSError as error:
            raise ModelUnavailable(f"{path}: cannot be read: {error.strerror or error}") from error
        store.notify(
            f"{path}: passed over, its SHA-256 does not begin with {file.sha256_prefix}, "
            f"as that of {file.file_name} does"
        )
    return None


def _fetch(store: ModelStore, file: PublishedFile, target: Path) -> None:
    from mien.models.sources.publisher import settings_for
    from mien.models.sources.transport import Download, download

    what = Download(file.url, target, file.limit_bytes, file.file_name)
    try:
        download(what, settings_for(file.url), store.progress)
    except ModelUnavailable as error:
        raise _unavailable(file, str(error).removeprefix(f"{file.url}: ")) from error


def _unavailable(file: PublishedFile, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{file.name}: expected {file.file_name}, got none: {reason}; fetch it from {file.url} "
        "on a machine that reaches it, and put it into a folder named by MIEN_MODELS"
    )
