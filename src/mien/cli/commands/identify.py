"""``mien identify``: who is in these photos?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.csv_file import CsvFile
from mien.cli.inputs import find_inputs, in_order
from mien.cli.output import Output
from mien.cli.people import Tally, enrol, find
from mien.cli.pictures import PictureFolder
from mien.cli.progress import PhotoBar
from mien.cli.text import plural
from mien.cli.wording import identification_lines
from mien.errors import InsufficientData, InvalidOption

if TYPE_CHECKING:
    from mien.gallery import Gallery
    from mien.matching import OwnCalibration, Policy
    from mien.pipeline import Recognizer
    from mien.records import PhotoFailure, PhotoIdentification, Threshold
    from mien.trained import TrainedModel


def identify(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Photos, folders or globs.")],
    gallery: options.GalleryOption = None,
    people: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PEOPLE", help="Enrol these in memory, for this call alone; see `mien enroll`."
        ),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pictures with names into this folder.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each face as CSV.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", help="Candidates listed for each face.")] = 5,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="SIMILARITY", help="Name nobody below this cosine similarity; replaces --fmr."
        ),
    ] = None,
    fmr: options.FmrOption = None,
    calibration: options.CalibrationOption = None,
    largest: Annotated[
        bool, typer.Option("--largest", help="With --people: of several faces, take the largest.")
    ] = False,
    detector: options.DetectorOption = "yunet",
    embedder: options.EmbedderOption = "sface",
    model: options.ModelOption = None,
    device: options.DeviceOption = "cpu",
    threads: options.ThreadsOption = 0,
    engine: options.EngineOption = None,
    precision: options.PrecisionOption = None,
    min_score: options.MinScoreOption = None,
    mirror: options.MirrorOption = True,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Say who is in photos: every face is known, unknown, ambiguous or of low quality.

    With --model, a classifier names the people it was trained on, unless a gallery is named too;
    an embedder, and a classifier with --gallery or --people, only turns faces into vectors.

    Pictures and the CSV file never replace a photo; a picture's name that is taken gets a
    number.

    \b
    Examples:
      mien identify group.jpg
      mien identify photos/ --annotate named/ --csv faces.csv
      mien identify "photos/*.jpg" --people people/ --json
      mien identify photos/ --model MODEL
    """
    output = Output(json=json, quiet=quiet)
    trained = options.open_model(model, embedder, output)
    parts = options.Parts(
        detector, embedder, device, threads, engine, precision, min_score, mirror, trained
    )
    wanted = _Wanted(gallery, tuple(people or ()), largest, threshold, fmr, calibration, top)
    wanted.check()
    names = trained if trained is not None and wanted.by_classes(trained) else None
    sources = find_inputs(inputs)
    with ExitStack() as stack:
        rows = None if csv is None else stack.enter_context(CsvFile(csv))
        pictures = None if annotate is None else PictureFolder(annotate)
        search = None
        if any(isinstance(source, Path) for source in sources):
            if names is not None:
                search = _prepare_classes(names, wanted, parts, output)
            else:
                known = stack.enter_context(_open_known(wanted))
                search = _prepare(known, wanted, parts, output)
        bar = stack.enter_context(PhotoBar(output, "identifying", len(sources)))
        worked = _tell(sources, search, _Sinks(output, rows, pictures, bar))
    if worked and pictures is not None:
        output.note(f"{plural(pictures.written, 'picture')} in {annotate}")
    output.finish(worked)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who may be named, and from which similarity on."""

    gallery: str | None
    people: tuple[str, ...]
    largest: bool
    threshold: float | None
    fmr: float | None
    calibration: Path | None
    top: int

    def check(self) -> None:
        """Refuse before any work what cannot go together.

        Raises:
            InvalidOption: --gallery with --people, or a threshold that is no cosine.
        """
        if self.gallery is not None and self.people:
            raise InvalidOption("expected --gallery or --people, got both; leave one out")
        if self.threshold is not None and not -1.0 <= self.threshold <= 1.0:
            raise InvalidOption(
                f"--threshold: expected a cosine similarity from -1 to 1, got {self.threshold}"
            )

    def by_classes(self, model: TrainedModel) -> bool:
        """Whether the trained model itself names people, and no gallery.

        Raises:
            InvalidOption: it does, and a threshold of pairs was asked for.
        """
        if model.classes is None or self.gallery is not None or self.people:
            return False
        if self.fmr is not None or self.calibration is not None:
            raise InvalidOption(
                "expected --threshold alone with a trained classifier, got --fmr or --calibration; "
                "they are for a gallery"
            )
        return True

    def policy(
        self, recognizer: Recognizer, own: OwnCalibration | None, measured: tuple[Threshold, ...]
    ) -> Policy:
        """The threshold that is printed is the one that is typed: a similarity."""
        from mien.api import policy_for
        from mien.matching import DecisionRule, margin_for

        distance = None if self.threshold is None else 1.0 - self.threshold
        space = recognizer.embedder.space
        rule = DecisionRule(margin_for(space), self.top)
        return policy_for(
            space,
            fmr=self.fmr,
            threshold=distance,
            rule=rule,
            calibration=own,
            measured=measured,
        )


@dataclass(frozen=True, slots=True)
class _Search:
    """What turns photos into names."""

    recognizer: Recognizer
    people: Gallery | TrainedModel
    policy: Policy

    def answers(self, paths: Iterator[Path]) -> Iterator[PhotoIdentification | PhotoFailure]:
        """What was decided of each photo's faces, or why it cannot be used."""
        from mien.pipeline import EncodedPhoto
        from mien.trained import identify_encoded

        for encoded in self.recognizer.encode_photos(paths):
            if isinstance(encoded, EncodedPhoto):
                yield identify_encoded(self.recognizer, self.people, encoded, self.policy)
            else:
                yield encoded


@dataclass(frozen=True, slots=True)
class _Sinks:
    """Where answers go."""

    output: Output
    rows: CsvFile | None
    pictures: PictureFolder | None
    bar: PhotoBar


def _open_known(wanted: _Wanted) -> AbstractContextManager[Gallery]:
    from mien.gallery import Gallery

    if wanted.people:
        return Gallery.in_memory()
    return options.open_gallery(wanted.gallery, read_only=True)


def _prepare(known: Gallery, wanted: _Wanted, parts: options.Parts, output: Output) -> _Search:
    """Load the networks, and enrol who is to be known for this call alone."""
    recognizer = options.load_recognizer(parts, output)
    own = options.find_calibration(wanted.calibration, known.path, parts.detector, output)
    policy = wanted.policy(recognizer, own, parts.measured)
    if wanted.people:
        tally = Tally()
        photos = [pair for text in wanted.people for pair in find(text)]
        enrol(
            recognizer,
            known,
            photos,
            largest=wanted.largest,
            output=output,
            tally=tally,
            answers=False,
        )
        if not tally.worked:
            raise InsufficientData(
                "--people: expected at least one photo with one usable face, got none; "
                "`mien enroll` says what is wrong with each"
            )
        output.note(str(tally))
    elif not known.stats().people:
        output.note(f"nobody is enrolled in {known.path}: every face will be unknown")
    return _Search(recognizer, known, policy)


def _prepare_classes(
    model: TrainedModel, wanted: _Wanted, parts: options.Parts, output: Output
) -> _Search:
    """Load the networks; who is known and from which similarity on is in the model."""
    from mien.matching import DecisionRule
    from mien.records import Threshold

    own = None if wanted.threshold is None else Threshold(wanted.threshold)
    policy = model.policy(own, DecisionRule(model.need_classes().margin, wanted.top))
    return _Search(options.load_recognizer(parts, output), model, policy)


def _tell(sources: Sequence[Path | PhotoFailure], search: _Search | None, sinks: _Sinks) -> int:
    """Say and write every answer; returns how many photos could be used."""
    from mien.records import PhotoFailure

    worked = 0
    for answer in in_order(sources, search.answers if search else lambda _: iter(())):
        sinks.bar.step()
        if isinstance(answer, PhotoFailure):
            sinks.output.failed(answer.source, answer.error, answer.to_json())
            if sinks.rows is not None:
                sinks.rows.add_failure(answer)
        elif search is not None:
            _tell_one(answer, search, sinks)
            worked += 1
    return worked


def _tell_one(identified: PhotoIdentification, search: _Search, sinks: _Sinks) -> None:
    record = identified.to_json()
    if sinks.pictures is not None:
        record["annotated"] = str(sinks.pictures.add(identified))
    if sinks.rows is not None:
        sinks.rows.add(identified)
    lines = identification_lines(identified, search.recognizer.limits, sinks.output)
    sinks.output.answer(record, lines)
