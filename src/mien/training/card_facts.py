"""What a model card is written from: frozen records, each of one part of a training."""

from __future__ import annotations

from dataclasses import dataclass

from mien.evaluation import Rate
from mien.records import Threshold
from mien.training.metrics import ClassificationReport


@dataclass(frozen=True, slots=True)
class BackboneUsed:
    """The network that was there before.

    Attributes:
        name: with which weights, e.g. ``vgg16-hed``.
        licence: of the weights, as their card has it.
        licence_note: what the identifier does not say; may be empty.
        weights_sha256: of the published file.
        learning: which of its blocks learned, in words, e.g. ``frozen``.
    """

    name: str
    licence: str
    licence_note: str
    weights_sha256: str
    learning: str


@dataclass(frozen=True, slots=True)
class PersonPhotos:
    """How many photos of a person stood on each side."""

    name: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class DataUsed:
    """The photos.

    Attributes:
        people: of each their photos, as used.
        refused: places below the data folder, and why nothing was learned from them.
        notes: what was decided on the way, in words.
    """

    people: tuple[PersonPhotos, ...]
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartResult:
    """A classifier's answers to one part of the photos of its people.

    Attributes:
        title: e.g. ``test``, ``validation``, ``5-fold cross-validation``.
        report: as if everybody had to be named.
        named_right, named_wrong, unknown: with the threshold; None without.
    """

    title: str
    report: ClassificationReport
    named_right: Rate | None = None
    named_wrong: Rate | None = None
    unknown: Rate | None = None


@dataclass(frozen=True, slots=True)
class OpenSet:
    """How people outside the training are told.

    Attributes:
        threshold: of the similarity.
        false_accepts: share of strangers that are named.
        false_rejects: share of the validation photos that are not.
        strangers: who they were, in words.
        optimistic: they were not quite strangers to the network; real ones are named more often.
    """

    threshold: Threshold
    false_accepts: Rate
    false_rejects: Rate
    strangers: str
    optimistic: bool = False


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A rate before and after a fine-tuning.

    Attributes:
        title: e.g. ``TAR at FAR 1 %``.
        data: on whom, e.g. ``12 held-out people, 3,400 pairs``.
        before, after: the rates.
    """

    title: str
    data: str
    before: Rate
    after: Rate


@dataclass(frozen=True, slots=True)
class ModelCardFacts:
    """Everything that a card says.

    Attributes:
        name: the model's.
        kind: ``classifier`` or ``embedder``.
        made_with: the version of mien.
        backbone, data: see there.
        head: its name; None for an embedder.
        dimensions: of the embedding.
        settings: of the training, pairs of a name and a value, in order; no absolute paths.
        results: of a classifier, the most telling first; the people's recalls are the first's.
        open_set: None where it could not be measured; then ``open_set_note`` says why.
        comparison: of an embedder.
        parity: largest difference of an output between the ONNX file and the trained network.
        seconds: the whole training took.
        warnings: what the reader must see first, e.g. that it was kept though it got worse.
        pictures: pairs of a file in the model's folder and a caption.
    """

    name: str
    kind: str
    made_with: str
    backbone: BackboneUsed
    data: DataUsed
    head: str | None = None
    dimensions: int | None = None
    settings: tuple[tuple[str, str], ...] = ()
    results: tuple[PartResult, ...] = ()
    open_set: OpenSet | None = None
    open_set_note: str = ""
    comparison: tuple[BeforeAfter, ...] = ()
    parity: float | None = None
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
