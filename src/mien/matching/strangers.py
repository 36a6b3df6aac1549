"""Faces of people whom nobody trains on, as vectors: what a new recogniser must call unknown.

For the usual embedders a set of them ships with mien: one photo each of 1,000 people of LFW
(Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild", 2007), as vectors of 8-bit
numbers without names. ``benchmarks/strangers.py`` makes the files; ``docs/unknown-people.md``
says why they are there, ``docs/privacy.md`` what is in them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np

from mien.checks import check_vectors
from mien.errors import ModelInvalid
from mien.records import EmbeddingSpace, FloatArray

FORMAT = 1
_FOLDER = "stranger_vectors"
_LARGEST = 127  # of a vector's 8-bit numbers
_BYTES_A_LINE = 96  # 128 letters

SHIPPED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("sface", "arcface-112-rgb-v1+mirror"): "sface.json",
        ("dlib-resnet", "dlib-150-rgb-v1+mirror"): "dlib-resnet.json",
    }
)
"""The file for each (model, preprocessing)."""


@dataclass(frozen=True, slots=True, eq=False)
class StrangerSet:
    """Vectors of strangers, one of each.

    Attributes:
        space: what they mean.
        vectors: ``(N, D) float32`` of unit length, read-only.
        origin: the photos that they come from, in words.
    """

    space: EmbeddingSpace
    vectors: FloatArray
    origin: str


def ships(name: str) -> bool:
    """Whether a person of LFW may be in the shipped sets; the others are strangers for tests.

    Args:
        name: as LFW writes it, e.g. ``Ada_Lovelace``.

    Returns:
        True where the SHA-256 of the name is an even number: for half of all people.
    """
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 0


def load_strangers(space: EmbeddingSpace) -> FloatArray | None:
    """The shipped strangers of an embedding space: ``(N, D) float32`` of unit length, read-only.

    None where none ship for that network, those weights and that preprocessing, or where the
    file was taken out of the installation.

    Raises:
        ModelInvalid: the installed file is damaged.
    """
    found = find_strangers(space)
    return None if found is None else found.vectors


def find_strangers(space: EmbeddingSpace) -> StrangerSet | None:
    """As ``load_strangers``, with their origin."""
    name = SHIPPED.get((space.model, space.preprocessing))
    found = None if name is None else _shipped(name)
    return found if found is not None and found.space == space else None


@lru_cache(maxsize=4)
def _shipped(name: str) -> StrangerSet | None:
    try:
        text = (resources.files("mien.matching") / _FOLDER / name).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(name, str(error)) from error
    return parse_strangers(text, name)


def write_strangers(found: StrangerSet) -> str:
    """The text of a file of strangers; its rows are sorted, so their order says nothing.

    Each vector is scaled until its largest number is 127 and rounded. Its length is 1, so the
    scale need not be kept.

    Raises:
        InvalidEmbedding: vectors that do not fit the space.
    """
    vectors = check_vectors(found.vectors, found.space.dimensions, "strangers")
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    rows = np.rint(vectors / largest * _LARGEST).astype(np.int8)
    rows = rows[np.lexsort(rows.T[::-1])]
    raw = rows.tobytes()
    record = {
        "format": FORMAT,
        "origin": found.origin,
        "model": found.space.model,
        "model_sha256": found.space.sha256,
        "preprocessing": found.space.preprocessing,
        "dimensions": found.space.dimensions,
        "count": len(rows),
        "numbers": "int8, row after row; divide each row by its length",
        "sha256": hashlib.sha256(raw).hexdigest(),
        "base64": [
            base64.b64encode(raw[start : start + _BYTES_A_LINE]).decode()
            for start in range(0, len(raw), _BYTES_A_LINE)
        ],
    }
    return json.dumps(record, indent=0) + "\n"


def parse_strangers(text: str, name: str = "strangers") -> StrangerSet:
    """Read what ``write_strangers`` wrote.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        ModelInvalid: it is damaged, of another format, or its checksum does not match.
    """
    try:
        record: Mapping[str, Any] = json.loads(text)
        if record["format"] != FORMAT:
            raise _damaged(name, f"format {record['format']!r}")
        space = EmbeddingSpace(
            str(record["model"]),
            str(record["model_sha256"]),
            str(record["preprocessing"]),
            int(record["dimensions"]),
        )
        raw = b"".join(base64.b64decode(line, validate=True) for line in record["base64"])
        if hashlib.sha256(raw).hexdigest() != record["sha256"]:
            raise _damaged(name, "another checksum")
        rows = np.frombuffer(raw, dtype=np.int8).reshape(int(record["count"]), space.dimensions)
        vectors = check_vectors(rows, space.dimensions, "strangers")
        origin = str(record["origin"])
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _damaged(name, f"{type(error).__name__}: {error}") from error
    vectors.setflags(write=False)
    return StrangerSet(space, vectors, origin)


def _damaged(name: str, what: str) -> ModelInvalid:
    return ModelInvalid(
        f"{name}: expected strangers as mien ships them, got {what}; reinstall mien"
    )
