"""A user's own embedder: a small TOML file that says what an ONNX file eats and gives.

::

    name = "mobilefacenet"
    file = "MobileFaceNet.onnx"         # relative to this file
    sha256 = "b7120c09..."              # 64 hex digits
    licence = "Apache-2.0"
    dimensions = 128
    template = "arcface-112"
    # description, licence_note, output = "..." (a name) may be given too

    [input]
    size = 112                          # of the square crop, pixels
    channels = "rgb"                    # or "bgr"
    mean = [123.675, 116.28, 103.53]    # of pixels in 0-255, in the order of the channels
    std = [58.395, 57.12, 57.375]

Every key is checked, unknown ones are refused: a misspelt ``mean`` would give vectors that look
right and are not.
"""

from __future__ import annotations

import hashlib
import json
import math
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from mien.errors import InvalidOption, SourceNotFound
from mien.models.cards import (
    ChannelOrder,
    EmbedderCard,
    NetworkInput,
    OwnFileSource,
    WeightFile,
)

Table = Mapping[str, Any]

LARGEST_CARD_BYTES = 64 * 1024
_REQUIRED = ("name", "file", "sha256", "licence", "dimensions", "template", "input")
_OPTIONAL = ("description", "licence_note", "output")
_INPUT_REQUIRED = ("size", "channels")
_INPUT_OPTIONAL = ("mean", "std")


def read_card(path: Path) -> tuple[EmbedderCard, Table]:
    """The card in a TOML file, and the table that it was made from.

    The weights must lie there; their hash is checked when they are read, not here.

    Raises:
        SourceNotFound: there is no such file, or none with the weights that it names.
        InvalidOption: the file is not such a card; the message names the key.
    """
    path = path.expanduser().absolute()
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceNotFound(f"card: expected a file, got {path}, which is none")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_CARD_BYTES + 1)
    except OSError as error:
        if isinstance(error, SourceNotFound):
            raise
        raise SourceNotFound(f"card: {path} cannot be read: {error.strerror or error}") from error
    if len(content) > LARGEST_CARD_BYTES:
        raise InvalidOption(f"{path}: expected a card of at most {LARGEST_CARD_BYTES:,} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidOption(f"{path}: expected a card in TOML, got: {error}") from error
    try:
        weights = _weights_beside(path, table)
        return card_from_table(table, weights, weights.stat().st_size), table
    except InvalidOption as error:
        raise InvalidOption(f"{path}: {error}") from error


def card_from_table(table: Table, weights: Path, size_bytes: int) -> EmbedderCard:
    """The card of a table whose weights lie at ``weights``.

    Raises:
        InvalidOption: a key is missing, unknown, or has a value outside its range.
    """
    _check_keys(table, "card", _REQUIRED, _OPTIONAL)
    eats = table["input"]
    if not isinstance(eats, Mapping):
        raise InvalidOption(f"input: expected a table [input], got {eats!r}")
    _check_keys(eats, "input", _INPUT_REQUIRED, _INPUT_OPTIONAL)
    side = _whole(eats["size"], "input.size", 16, 1024)
    channels = _one_of(eats["channels"], "input.channels", [order.value for order in ChannelOrder])
    template = _text(table["template"], "template", 64)
    network_input = NetworkInput(
        ChannelOrder(channels),
        (side, side),
        mean=_three(eats.get("mean", [0.0, 0.0, 0.0]), "input.mean"),
        std=_three(eats.get("std", [1.0, 1.0, 1.0]), "input.std", positive=True),
    )
    sha256 = _text(table["sha256"], "sha256", 64).lower()
    name = _text(table["name"], "name", 64)
    return EmbedderCard(
        name=name,
        description=_text(table.get("description", f"{name}, a model of your own"), "description"),
        licence=_text(table["licence"], "licence"),
        licence_note=_text(table.get("licence_note", ""), "licence_note", shortest=0),
        files=(WeightFile(weights.name, sha256, size_bytes, (OwnFileSource(weights),)),),
        verified=False,
        input=network_input,
        template=template,
        dimensions=_whole(table["dimensions"], "dimensions", 2, 65_536),
        preprocessing=_preprocessing(network_input, template),
        output=_text(table["output"], "output") if "output" in table else None,
    )


def _weights_beside(card: Path, table: Table) -> Path:
    name = _text(table.get("file", ""), "file", 4096)
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in name:
        raise InvalidOption(f"file: expected a path relative to the card, got {name!r}")
    path = card.parent.joinpath(*parts.parts)
    if not path.is_file():
        raise SourceNotFound(f"{card}: expected the weights at {path}, got no such file")
    return path


def _preprocessing(eats: NetworkInput, template: str) -> str:
    """A name that changes with everything before the network, so that spaces never mix."""
    facts = [eats.channels.value, eats.size_wh, eats.mean, eats.std]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]
    return f"{template}-{eats.channels.value}-{digest}"


def _check_keys(table: Table, name: str, required: Sequence[str], optional: Sequence[str]) -> None:
    unknown = [key for key in table if key not in (*required, *optional)]
    missing = [key for key in required if key not in table]
    if unknown or missing:
        got = f"unknown {', '.join(map(repr, unknown))}" if unknown else ""
        lacks = f"no {', '.join(missing)}" if missing else ""
        raise InvalidOption(
            f"{name}: expected the keys {', '.join(required)}, and perhaps "
            f"{', '.join(optional)}; got {' and '.join(filter(None, (got, lacks)))}"
        )


def _text(value: Any, name: str, longest: int = 200, shortest: int = 1) -> str:
    plain = isinstance(value, str) and shortest <= len(value) <= longest and value.isprintable()
    if not plain:
        raise InvalidOption(
            f"{name}: expected one line of {shortest} to {longest} characters, got {value!r:.80}"
        )
    return str(value)


def _whole(value: Any, name: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:  # a bool is an int too
        raise InvalidOption(f"{name}: expected a whole number, {low} to {high}, got {value!r:.80}")
    return value


def _one_of(value: Any, name: str, known: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise InvalidOption(f"{name}: expected one of {', '.join(known)}, got {value!r:.80}")
    return value


def _three(value: Any, name: str, *, positive: bool = False) -> tuple[float, float, float]:
    fits = (
        isinstance(value, Sequence)
        and len(value) == 3
        and all(type(number) in (int, float) for number in value)
        and all(math.isfinite(number) and abs(number) <= 1e6 for number in value)
        and (not positive or all(number > 0 for number in value))
    )
    if not fits:
        kind = "three numbers above 0" if positive else "three numbers"
        raise InvalidOption(f"{name}: expected {kind}, one a channel, got {value!r:.80}")
    first, second, third = (float(number) for number in value)
    return first, second, third
