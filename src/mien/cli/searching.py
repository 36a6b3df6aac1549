"""Who may be named, and what turns faces into names: for photos and for videos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli import options
from mien.cli.decision import DecisionOptions, find_calibration
from mien.cli.output import Output
from mien.cli.people import Tally, enrol, find, which_face
from mien.errors import InsufficientData, InvalidOption

if TYPE_CHECKING:
    from mien.gallery import Gallery
    from mien.matching import OwnCalibration, Policy
    from mien.pipeline import Recognizer
    from mien.records import EmbeddingSpace, PhotoFailure, PhotoIdentification, Threshold
    from mien.trained import TrainedModel


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who may be named, and from which similarity on."""

    gallery: str | None
    people: tuple[str, ...]
    largest: bool
    decision: DecisionOptions
    top: int
    exclude: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse before any work what cannot go together.

        Raises:
            InvalidOption: --gallery with --people.
        """
        if self.gallery is not None and self.people:
            raise InvalidOption("expected --gallery or --people, got both; leave one out")

    def by_classes(self, model: TrainedModel) -> bool:
        """Whether the trained model itself names people, and no gallery.

        Raises:
            InvalidOption: it does, and a threshold of pairs was asked for.
        """
        if model.classes is None or self.gallery is not None or self.people:
            return False
        if self.decision.fmr is not None or self.decision.calibration is not None:
            raise InvalidOption(
                "expected --min-similarity or --max-distance with a trained classifier, got --fmr "
                "or --calibration; they are for a gallery"
            )
        return True

    def policy(
        self,
        known: Gallery,
        space: EmbeddingSpace,
        own: OwnCalibration | None,
        measured: tuple[Threshold, ...],
    ) -> Policy:
        """How similarities become the names of a gallery's people."""
        from mien.gallery import search_policy
        from mien.matching import DecisionRule, margin_for

        return search_policy(
            known,
            space,
            measured,
            rule=DecisionRule(margin_for(space), self.top),
            calibration=own,
            **self.decision.asked(),
        )


@dataclass(frozen=True, slots=True)
class Search:
    """What turns photos into names."""

    recognizer: Recognizer
    people: Gallery | TrainedModel
    policy: Policy

    def answers(self, paths: list[Path]) -> Iterator[PhotoIdentification | PhotoFailure]:
        """What was decided of each photo's faces, or why it cannot be used."""
        from mien.pipeline import EncodedPhoto
        from mien.trained import identify_encoded

        for encoded in self.recognizer.encode_photos(paths):
            if isinstance(encoded, EncodedPhoto):
                yield identify_encoded(self.recognizer, self.people, encoded, self.policy)
            else:
                yield encoded


def open_known(wanted: Wanted) -> AbstractContextManager[Gallery]:
    """The gallery that was asked for, or an empty one in memory for --people."""
    from mien.gallery import Gallery

    if wanted.people:
        return Gallery.in_memory()
    return options.open_gallery(wanted.gallery, read_only=True)


def prepare(
    known: Gallery, wanted: Wanted, parts: options.NetworkOptions, output: Output
) -> Search:
    """Load the networks, and enrol who is to be known for this call alone."""
    recognizer = options.load_recognizer(parts, output)
    own = find_calibration(wanted.decision.calibration, known.path, parts.detector, output)
    policy = wanted.policy(known, recognizer.embedder.space, own, parts.measured)
    if wanted.people:
        tally = Tally()
        photos = [pair for text in wanted.people for pair in find(text, output, wanted.exclude)]
        enrol(
            recognizer,
            known,
            photos,
            choice=which_face(wanted.largest),
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
    return Search(recognizer, known, policy)


def prepare_classes(
    model: TrainedModel, wanted: Wanted, parts: options.NetworkOptions, output: Output
) -> Search:
    """Load the networks; who is known and from which similarity on is in the model."""
    from mien.matching import DecisionRule

    rule = DecisionRule(model.need_classes().margin, wanted.top)
    policy = model.policy(wanted.decision.own(), rule)
    return Search(options.load_recognizer(parts, output), model, policy)
