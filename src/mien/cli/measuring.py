"""What the commands that measure have in common: their photos' vectors, and a report at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from mien.cli.output import Output
from mien.cli.progress import PhotoBar
from mien.cli.text import plural
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.cli.options import DetectorOptions, NetworkOptions
    from mien.evaluation import Findings, PeoplePhotos, Rate
    from mien.evaluation.scoring import Encode
    from mien.matching import PairVerifier
    from mien.models import ModelCard, ModelStore
    from mien.pipeline import EncodedPhoto, Recognizer
    from mien.records import Encoding, ImageArray, PhotoFailure
    from mien.report import ModelUsed, Run

ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="DIR", help="Write a page and its JSON into this folder."),
]
ThumbnailsOption = Annotated[
    bool,
    typer.Option("--thumbnails", help="Show the worst mistakes' photos, small, in the page."),
]


def shown_from(images: Path, thumbnails: bool, report: Path | None) -> Path | None:
    """The folder whose photos the page may show; None where it is to show none.

    Raises:
        InvalidOption: thumbnails are wanted, but no page.
    """
    if thumbnails and report is None:
        raise InvalidOption("--thumbnails: expected --report DIR with it, got no folder")
    return images if thumbnails else None


CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="FILE",
        help="Keep the faces' vectors in this file and use them again; they are personal data.",
    ),
]


def encoded_photos(
    recognizer: Recognizer, paths: Sequence[Path], output: Output, cache: Path | None = None
) -> Iterator[EncodedPhoto | PhotoFailure]:
    """All faces of each photo, under a bar; from the file ``cache`` where they were kept.

    Raises:
        InvalidCache: the file is damaged, or something else.
        OutputUnwritable: it cannot be made or written.
    """
    with PhotoBar(output, "encoding", len(paths)) as bar:
        if cache is None:
            for encoded in recognizer.encode_photos(paths):
                bar.step()
                yield encoded
            return
        from mien.encodings import CachedRecognizer, EncodingCache, encoding_key
        from mien.models import ModelStore

        with EncodingCache.open(cache) as file:
            cached = CachedRecognizer(recognizer, file, encoding_key(recognizer, ModelStore()))
            for encoded in cached.encode_photos(paths):
                bar.step()
                yield encoded
        output.note(f"{cache}: held {cached.hits:,} of {plural(len(paths), 'photo')}")


def central_encodings(
    recognizer: Recognizer, paths: Sequence[Path], output: Output, cache: Path | None = None
) -> Iterator[Encoding | None]:
    """For each photo its most central face, usable or not; None where none could be acquired.

    Of all faces, because here a wrong answer must count and not be declined.

    Raises:
        InvalidCache, OutputUnwritable: as `encoded_photos`.
    """
    from mien.pipeline import EncodedPhoto

    for encoded in encoded_photos(recognizer, paths, output, cache):
        if isinstance(encoded, EncodedPhoto):
            yield central_face(encoded)
        else:
            output.note(f"not acquired: {encoded.source}: {encoded.error}")
            yield None


def central_face(encoded: EncodedPhoto) -> Encoding | None:
    """The face whose box lies nearest to the photo's middle; None where there is no face."""
    from mien.detection import distance_from_centre

    def distance(encoding: Encoding) -> float:
        return distance_from_centre(encoding.face, encoded.photo)

    return min(encoded.faces, key=distance, default=None)


def people_photos(
    recognizer: Recognizer,
    folder: Path,
    output: Output,
    cache: Path | None = None,
    *,
    named: bool = False,
    exclude: Sequence[str] | None = None,
) -> PeoplePhotos:
    """The photos of a folder of people, each with its central face's vector or none.

    Args:
        recognizer: finds and encodes the faces.
        folder: a folder for each person, or photos named after people.
        output: hears of every failure, and draws the bar.
        cache: a file of kept encodings.
        named: put the folder before the photos' names, where there are several folders.
        exclude: patterns of what is passed over.

    Raises:
        SourceNotFound: no photo there.
    """
    from mien.cli.people import find
    from mien.evaluation import PeoplePhotos

    found = find(str(folder), output, exclude)
    paths = [path for _, path in found]
    encodings = central_encodings(recognizer, paths, output, cache)
    vectors = [None if one is None else one.vector for one in encodings]
    inside = folder.is_dir() and not named
    sources = [str(path.relative_to(folder) if inside else path) for path in paths]
    return PeoplePhotos.of(vectors, [name for name, _ in found], sources)


def encoder(recognizer: Recognizer, folder: Path, output: Output, cache: Path | None) -> Encode:
    """Gives the central faces' vectors of paths below a folder; None for a photo without one."""

    def vectors(paths: Sequence[str]) -> Iterator[Any]:
        encodings = central_encodings(recognizer, [folder / path for path in paths], output, cache)
        return (None if one is None else one.vector for one in encodings)

    return vectors


def load_for(
    verifier: PairVerifier | None, parts: NetworkOptions, output: Output
) -> list[Recognizer]:
    """A pipeline for each of a verifier's spaces, so that each can use what was kept of it alone.

    Without a verifier, or where the embedder that was typed is not its own, the one of ``parts``.

    Raises:
        ModelError, InvalidOption: as `load_recognizer`.
    """
    from dataclasses import replace

    from mien.cli.options import load_recognizer

    names = [parts.embedder]
    if verifier is not None and parts.trained is None and parts.embedder == verifier.embedder:
        names = [space.model for space in verifier.spaces]
    return [load_recognizer(replace(parts, embedder=name), output) for name in names]


class OfAFolder(Protocol):
    """What was measured on a folder of people."""

    @property
    def photos(self) -> int: ...
    @property
    def people(self) -> int: ...
    @property
    def seconds(self) -> float | None: ...


def folder_run(
    folder: Path, measured: OfAFolder, parts: NetworkOptions, recognizer: Recognizer
) -> Run:
    """Where the numbers of a folder of people come from."""
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    return Run(
        command=typed_command(),
        data={"photos": measured.photos, "people": measured.people, "folder": str(folder)},
        models=models_used(parts, ModelStore(), recognizer),
        seconds=measured.seconds,
    )


def all_models_used(
    parts: NetworkOptions, store: ModelStore, recognizers: Sequence[Recognizer]
) -> tuple[ModelUsed, ...]:
    """The networks of several pipelines with one detector, each once."""
    found: list[ModelUsed] = []
    for recognizer in recognizers:
        found += [one for one in models_used(parts, store, recognizer) if one not in found]
    return tuple(found)


def models_used(
    parts: NetworkOptions, store: ModelStore, recognizer: Recognizer
) -> tuple[ModelUsed, ...]:
    """The networks of a run, with the hashes of their published files."""
    preprocessing = recognizer.embedder.space.preprocessing
    embedders = [
        _model_used(store, "embedder", card, preprocessing) for card in recognizer.embedder.cards
    ]
    return (*detectors_used(parts, store), *embedders)


def detectors_used(parts: DetectorOptions, store: ModelStore) -> tuple[ModelUsed, ...]:
    """The networks that find the faces, with the hashes of their published files."""
    from mien.detection import DETECTORS

    shrunk = parts.max_megapixels if parts.shrink_large else None
    given = (
        ("minimum score {:g}", parts.min_score),
        ("faces from {:g} pixels on", parts.min_face),
        ("JPEGs above {:g} megapixels shrunk", shrunk),
    )
    settings = ", ".join(words.format(value) for words, value in given if value is not None)
    cards = DETECTORS[parts.detector].cards
    return tuple(_model_used(store, "detector", name, settings) for name in cards)


def _model_used(store: ModelStore, role: str, named: ModelCard | str, settings: str) -> ModelUsed:
    from mien.report import ModelUsed

    card = store.card(named)
    return ModelUsed(
        role, card.name, {file.name: file.sha256 for file in card.files}, card.licence, settings
    )


def deliver(
    output: Output,
    findings: Findings,
    lines: Iterable[str],
    run: Run,
    report: Path | None,
    thumbnails: Path | Mapping[str, ImageArray] | None = None,
) -> None:
    """The answer to the screen, and the report to its folder if one is wanted.

    Args:
        output: how to speak.
        findings: whose ``result`` is the answer.
        lines: the answer for people.
        run: where it comes from.
        report: the report's folder; None for no report.
        thumbnails: the photos' folder if the page is to show them, or the pictures by name.

    Raises:
        OutputUnwritable: the report cannot be written.
    """
    record: dict[str, Any] = dict(findings.result)
    if report is not None:
        from mien.report import write_report

        page = write_report(report, findings, run, thumbnails)
        output.note(f"report: {page}")
    output.answer(record, lines)


def with_interval(rate: Rate) -> str:
    """A rate with its 95 % interval, and whether it is to be trusted."""
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{percent(rate.value)} (95 %: {percent(rate.low)} to {percent(rate.high)}{weak})"


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.2f} %"
