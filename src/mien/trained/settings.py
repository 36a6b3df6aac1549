"""What ``model.json`` says, checked word by word: every number in its range, every part fitting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.alignment import find_template
from mien.errors import InvalidName, InvalidOption, ModelInvalid
from mien.matching import (
    USUAL_MARGIN,
    ClassSimilarity,
    KnownRule,
    check_temperature,
    parse_class_similarity,
)
from mien.models.trained_folder import SETTINGS, ModelKind, TrainedFolder, check_format
from mien.names import clean_name, name_key
from mien.records import FloatArray, Threshold

Table = Mapping[str, Any]

MOST_CLASSES = 100_000
_UNIT_TOLERANCE = 1e-3  # centres are written with a few digits


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What the ONNX file eats and gives.

    Attributes:
        name: of the model, as the user gave it.
        backbone, head: what it was trained from and with, in words.
        side: of the square crop, pixels.
        template: of the alignment.
        dimensions: of the embedding.
    """

    name: str
    backbone: str
    head: str | None
    side: int
    template: str
    dimensions: int


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Whom a classifier names, and how.

    Attributes:
        labels: C people's names, each once.
        centres: ``(C, D) float32``, unit length, read-only.
        similarity: what a class's similarity is made of.
        temperature: divides the logits.
        known: from the first class's similarity to P(known); None where it was not measured.
        threshold: on similarity, set on strangers; None where it could not be measured.
        margin: in similarity; people nearer to each other than that are ambiguous.
    """

    labels: tuple[str, ...]
    centres: FloatArray
    similarity: ClassSimilarity
    temperature: float
    known: KnownRule | None
    threshold: Threshold | None
    margin: float


@dataclass(frozen=True, slots=True, eq=False)
class ModelSettings:
    """The whole of ``model.json``.

    Attributes:
        network: what the ONNX file eats and gives.
        classes: of a classifier; None for an embedder.
        verification: thresholds for pairs, each measured at its false match rate; may be empty.
    """

    network: NetworkFacts
    classes: Classes | None
    verification: tuple[Threshold, ...]


def read_settings(folder: TrainedFolder) -> ModelSettings:
    """The settings of a verified folder; keys that are not known are passed over.

    Raises:
        ModelInvalid: a key is missing, or has a value that does not fit; the message names it.
    """
    place, table = folder.path / SETTINGS, folder.settings
    check_format(table, place)
    try:
        if table.get("kind") != folder.kind:
            raise InvalidOption(f"kind: expected {folder.kind}, got {table.get('kind')!r:.80}")
        network = _network(table)
        classes = None
        if folder.kind is ModelKind.CLASSIFIER:
            classes = _classes(table, network.dimensions)
        rows = table.get("verification")
        measured = () if rows is None else tuple(_list(rows, "verification", 0, 100))
        thresholds = tuple(_threshold(row, "verification") for row in measured)
        return ModelSettings(network, classes, thresholds)
    except (InvalidOption, InvalidName) as error:
        raise ModelInvalid(f"{place}: {error}; train again, or get the folder anew") from error


def _network(table: Table) -> NetworkFacts:
    eats = _table(table.get("input"), "input")
    side = _whole(eats.get("side"), "input.side", 16, 1024)
    template = _text(eats.get("template"), "input.template")
    find_template(template, side)
    head = table.get("head")
    return NetworkFacts(
        name=_text(table.get("name"), "name"),
        backbone=_text(table.get("backbone"), "backbone"),
        head=None if head is None else _text(head, "head"),
        side=side,
        template=template,
        dimensions=_whole(table.get("dimensions"), "dimensions", 2, 65_536),
    )


def _classes(table: Table, dimensions: int) -> Classes:
    labels = _labels(table.get("labels"))
    known = table.get("known")
    rule = None
    if known is not None:
        pair = _table(known, "known")
        slope, offset = (_number(pair.get(key), f"known.{key}") for key in ("slope", "offset"))
        rule = KnownRule(slope, offset)
    threshold = table.get("threshold")
    return Classes(
        labels=labels,
        centres=_centres(table.get("centres"), len(labels), dimensions),
        similarity=parse_class_similarity(_text(table.get("similarity"), "similarity")),
        temperature=check_temperature(_number(table.get("temperature"), "temperature")),
        known=rule,
        threshold=None if threshold is None else _threshold(threshold, "threshold"),
        margin=_number(table.get("margin", USUAL_MARGIN), "margin", 0.0, 2.0),
    )


def _labels(value: Any) -> tuple[str, ...]:
    labels = _list(value, "labels", 1, MOST_CLASSES)
    for label in labels:
        if clean_name(label) != label:
            raise InvalidOption(
                f"labels: expected names as a gallery writes them, got {label!r:.80}"
            )
    if len({name_key(label) for label in labels}) != len(labels):
        raise InvalidOption("labels: expected each person once, got one person twice")
    return tuple(labels)


def _centres(value: Any, classes: int, dimensions: int) -> FloatArray:
    rows = _list(value, "centres", classes, classes)
    for row in rows:
        numbers = _list(row, "centres", dimensions, dimensions)
        if not all(type(number) in (int, float) for number in numbers):
            raise InvalidOption("centres: expected numbers, got something else")
    try:
        centres = np.array(rows, dtype=np.float64)
    except (OverflowError, ValueError) as error:
        raise InvalidOption(f"centres: expected numbers, got {error}") from error
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(centres, axis=1)
    if not (np.abs(lengths - 1.0) <= _UNIT_TOLERANCE).all():  # False for NaN too
        raise InvalidOption(
            f"centres: expected unit length, got {lengths.min():.7g} to {lengths.max():.7g}"
        )
    unit = np.asarray(centres / lengths[:, None], dtype=np.float32)
    unit.setflags(write=False)
    return unit


def _threshold(value: Any, name: str) -> Threshold:
    row = _table(value, name)

    def share(key: str) -> float | None:
        given = row.get(key)
        return None if given is None else _number(given, f"{name}.{key}", 0.0, 1.0)

    pairs = row.get("pairs")
    return Threshold(
        similarity=_number(row.get("similarity"), f"{name}.similarity", -1.0, 1.0),
        fmr=share("fmr"),
        fmr_low=share("fmr_low"),
        fmr_high=share("fmr_high"),
        pairs=None if pairs is None else _whole(pairs, f"{name}.pairs", 0, 1 << 53),
        origin=_text(row.get("origin"), f"{name}.origin", longest=1000),
    )


def _table(value: Any, name: str) -> Table:
    if not isinstance(value, dict):
        raise InvalidOption(f"{name}: expected an object, got {value!r:.80}")
    return value


def _list(value: Any, name: str, shortest: int, longest: int) -> list[Any]:
    if not isinstance(value, list) or not shortest <= len(value) <= longest:
        wanted = f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
        got = f"{len(value):,}" if isinstance(value, list) else f"{value!r:.80}"
        raise InvalidOption(f"{name}: expected a list of {wanted}, got {got}")
    return value


def _number(value: Any, name: str, low: float = -1e6, high: float = 1e6) -> float:
    if type(value) not in (int, float) or not low <= value <= high:  # False for NaN too
        raise InvalidOption(f"{name}: expected a number, {low:g} to {high:g}, got {value!r:.80}")
    return float(value)


def _whole(value: Any, name: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:  # a bool is an int too
        raise InvalidOption(
            f"{name}: expected a whole number, {low:,} to {high:,}, got {value!r:.80}"
        )
    return value


def _text(value: Any, name: str, longest: int = 200) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise InvalidOption(
            f"{name}: expected one line of 1 to {longest} characters, got {value!r:.80}"
        )
    return value
