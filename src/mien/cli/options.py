"""The options that several commands share, and what they mean to the rooms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli.failures import choice_error
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import TypeVar

    from mien.api import Settings
    from mien.gallery import Gallery
    from mien.matching import PairVerifier
    from mien.pipeline import FaceFinder, Recognizer
    from mien.records import Threshold
    from mien.trained import TrainedModel

    Word = TypeVar("Word", bound=StrEnum)
else:
    TrainedModel = object  # the fields of the options below are looked at before it is needed

JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON object a line on standard output.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No notes and no progress bar.")]
GalleryOption = Annotated[
    str | None,
    typer.Option(
        "--gallery",
        "-g",
        metavar="PATH",
        help="The gallery's file; by default $MIEN_GALLERY, or one in the user's data folder.",
    ),
]
DetectorOption = Annotated[
    str, typer.Option(metavar="NAME", help="Finds the faces: yunet, retinaface, mtcnn or haar.")
]
EmbedderOption = Annotated[
    str, typer.Option(metavar="NAME", help="Turns faces into vectors; see `mien models list`.")
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="A trained model's folder in place of --embedder; --mirror changes nothing then.",
    ),
]
DeviceOption = Annotated[str, typer.Option(metavar="cpu|gpu", help="Where the networks run.")]
ThreadsOption = Annotated[
    int, typer.Option(metavar="N", help="Photos worked on at once; 0 is one for each core.")
]
EngineOption = Annotated[
    str | None,
    typer.Option(metavar="onnxruntime|openvino", help="By default the faster one, measured."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(metavar="fp32|bf16", help="By default the faster one with the same answers."),
]
VerifierOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Decide by what `mien verifier fit --out FILE` wrote."),
]
MinScoreOption = Annotated[
    float | None,
    typer.Option(metavar="0-1", help="Faces that the detector is less sure of are left out."),
]
MinFaceOption = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Look for faces from this side on; report no smaller."),
]
MaxMegapixelsOption = Annotated[
    float, typer.Option(metavar="N", help="Refuse larger photos; a megapixel takes 3 MB.")
]
ShrinkLargeOption = Annotated[
    bool, typer.Option("--shrink-large", help="Read larger JPEGs at 1/2, 1/4 or 1/8 instead.")
]
MirrorOption = Annotated[
    bool,
    typer.Option(
        "--mirror/--no-mirror",
        help="Average each face with its mirror image: more accurate, and slower.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Pass over files and folders of this name, such as 'old' or '*/raw'; repeatable.",
    ),
]
LargestOption = Annotated[
    bool, typer.Option("--largest", help="Of several faces in a photo, take the largest.")
]


@dataclass(frozen=True, slots=True)
class DetectorOptions:
    """How faces are found, as it was typed."""

    detector: DetectorOption = "yunet"
    device: DeviceOption = "cpu"
    threads: ThreadsOption = 0
    engine: EngineOption = None
    precision: PrecisionOption = None
    min_score: MinScoreOption = None
    min_face: MinFaceOption = None
    max_megapixels: MaxMegapixelsOption = 50
    shrink_large: ShrinkLargeOption = False

    def settings(self) -> Settings:
        """The same for the pipeline.

        Raises:
            InvalidOption: a word or number that is not allowed.
        """
        from mien.api import Settings
        from mien.checks import check_count, check_fraction
        from mien.models import Engine, Precision, RuntimeOptions

        if self.device not in ("cpu", "gpu"):
            raise choice_error("--device", "cpu or gpu", self.device)
        score = self.min_score
        return Settings(
            detector=self.detector,
            minimum_score=None if score is None else check_fraction(score, "--min-score"),
            min_face=self.min_face,
            max_megapixels=self.max_megapixels,
            shrink_large=self.shrink_large,
            runtime=RuntimeOptions(
                engine=_word(Engine, "--engine", self.engine),
                precision=_word(Precision, "--precision", self.precision),
                threads=check_count(self.threads, "--threads", 0, 1024),
                device=self.device,
            ),
        )


@dataclass(frozen=True, slots=True)
class EmbedderOptions(DetectorOptions):
    """And how they become vectors."""

    embedder: EmbedderOption = "sface"
    mirror: MirrorOption = True

    def settings(self) -> Settings:
        """The same for the pipeline; see `DetectorOptions.settings`."""
        plain = DetectorOptions.settings(self)
        return replace(plain, embedder=self.embedder, mirror=self.mirror)


@dataclass(frozen=True, slots=True)
class NetworkOptions(EmbedderOptions):
    """And whether a trained model does it.

    Attributes:
        trained: the model, once ``opened`` has verified it.
    """

    model: ModelOption = None
    trained: TrainedModel | None = None

    def opened(self, output: Output) -> NetworkOptions:
        """The same with the trained model that was asked for; see `open_model`."""
        return replace(self, trained=open_model(self.model, self.embedder, output))

    def settings(self) -> Settings:
        """The same for the pipeline; see `DetectorOptions.settings`."""
        return replace(EmbedderOptions.settings(self), model=self.trained)

    @property
    def embedder_name(self) -> str:
        """What turns faces into vectors, for reports."""
        return self.embedder if self.trained is None else self.trained.card.name

    @property
    def measured(self) -> tuple[Threshold, ...]:
        """The thresholds for pairs that come with the trained model."""
        return () if self.trained is None else self.trained.verification


def open_model(path: Path | None, embedder: str, output: Output) -> TrainedModel | None:
    """The trained model that was asked for, verified.

    Raises:
        InvalidOption: an embedder was asked for too.
        SourceNotFound, ModelInvalid, ModelHashMismatch: see `TrainedModel.open`.
    """
    if path is None:
        return None
    if embedder != "sface":
        raise InvalidOption("expected --model or --embedder, got both; leave one out")
    from mien.trained import TrainedModel

    model = TrainedModel.open(path)
    output.note(f"{model.kind} {model.name}, trained from {model.network.backbone}: {path}")
    return model


def _word(kind: type[Word], option: str, text: str | None) -> Word | None:
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        raise choice_error(option, " or ".join(kind), text) from None


def load_recognizer(parts: EmbedderOptions, output: Output) -> Recognizer:
    """The pipeline, its weights fetched at the first use with a bar and a word on their licence.

    Raises:
        ModelError: weights cannot be had or do not load.
        InvalidOption: an option outside its range.
    """
    from mien import api
    from mien.models import ModelStore

    settings = parts.settings()
    with transfers(output) as progress:
        store = ModelStore(notify=output.note, progress=progress)
        return api.build_recognizer(settings, store)


def load_finder(parts: DetectorOptions, output: Output) -> FaceFinder:
    """As `load_recognizer`, without an embedder: faces alone."""
    from mien import api
    from mien.models import ModelStore

    settings = parts.settings()
    with transfers(output) as progress:
        store = ModelStore(notify=output.note, progress=progress)
        return api.build_finder(settings, store)


@contextmanager
def open_gallery(
    path: str | None, *, create: bool = False, read_only: bool = False
) -> Iterator[Gallery]:
    """The gallery that was asked for.

    Raises:
        InvalidOption: an address; only files are galleries yet.
        GalleryError: see `Gallery.open`.
    """
    from mien.gallery import Gallery

    if path is not None and ("://" in path or not path):
        raise choice_error("--gallery", "the path of a file", path)
    where = None if path is None else Path(path).expanduser()
    with Gallery.open(where, create=create, read_only=read_only) as gallery:
        yield gallery


def find_verifier(
    file: Path, parts: NetworkOptions, context: typer.Context, output: Output
) -> tuple[PairVerifier, NetworkOptions]:
    """The verifier of a file, and the parts with its embedders, unless one was typed.

    What it was fitted to is said beside the answers.

    Raises:
        SourceNotFound, InvalidVerifier: it cannot be used.
    """
    from mien.gallery import read_verifier

    found = read_verifier(file.expanduser())
    output.note(f"verifier {found.origin}: {file}")
    if found.detector != parts.detector:
        output.note(
            f"the verifier was fitted with the detector {found.detector}, this is "
            f"{parts.detector}: its rates may not hold"
        )
    typed = was_typed(context, "embedder") or parts.trained is not None
    return found, parts if typed else replace(parts, embedder=found.embedder)


def was_typed(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line, be it with its default's value."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"
