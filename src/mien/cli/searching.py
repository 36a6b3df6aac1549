"""Who may be named, and what turns faces into names: for photos and for videos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli import options
from mien.cli.output import Output
from mien.cli.people import Tally, enrol, find, which_face
from mien.errors import InsufficientData, InvalidOption

if TYPE_CHECKING:
    from mien.gallery import Gallery
    from mien.matching import OwnCalibration, Policy
    from mien.pipeline import Recognizer
    from mien.records import PhotoFailure, PhotoIdentification, Threshold
    from mien.trained import TrainedModel


@dataclass(frozen=True, slots=True)
class Wanted:
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
    own = options.find_calibration(wanted.calibration, known.path, parts.detector, output)
    policy = wanted.policy(recognizer, own, parts.measured)
    if wanted.people:
        tally = Tally()
        photos = [pair for text in wanted.people for pair in find(text)]
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
    from mien.records import Threshold

    own = None if wanted.threshold is None else Threshold(wanted.threshold)
    policy = model.policy(own, DecisionRule(model.need_classes().margin, wanted.top))
    return Search(options.load_recognizer(parts, output), model, policy)
