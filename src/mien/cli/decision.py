"""Where two faces are one person: the options that say so, and the calibration that is used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import typer

from mien.cli.failures import flag
from mien.cli.output import Output
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.matching import Asked, OwnCalibration
    from mien.records import EmbeddingSpace, Threshold

MinSimilarityOption = Annotated[
    float | None,
    typer.Option(metavar="-1..1", help="Faces of at least this cosine similarity are one person."),
]
MaxDistanceOption = Annotated[
    float | None,
    typer.Option(
        metavar="DISTANCE", help="Or: faces at most this cosine distance apart are one person."
    ),
]
MaxDistanceInMetricOption = Annotated[
    float | None,
    typer.Option(
        metavar="DISTANCE", help="Or: faces at most this far apart, in --metric, are one person."
    ),
]
FmrOption = Annotated[
    float | None,
    typer.Option(
        metavar="RATE",
        help="Take the threshold measured at this false match rate: 1e-3, 1e-4, 1e-5 or 1e-6. "
        "[default: a calibration's threshold, else 1e-4]",
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Use what `mien calibrate --out FILE` wrote."),
]
OldThresholdOption = Annotated[float | None, typer.Option("--threshold", hidden=True)]


@dataclass(frozen=True, slots=True)
class SimilarityOptions:
    """From which similarity on two faces are one person, as it was typed."""

    min_similarity: MinSimilarityOption = None
    threshold: OldThresholdOption = None

    renamed: ClassVar[str] = "min_similarity"
    """What ``--threshold`` meant before it got a name that says so."""

    def said(self, output: Output, metric: str = "cosine") -> Self:
        """The same with what was typed in the old spelling under its new name, and a word on it.

        Raises:
            InvalidOption: what cannot go together, or a number out of its range.
        """
        new = self.renamed
        value = renamed_option(output, new, getattr(self, new), self.threshold)
        told = replace(self, threshold=None, **{new: value})
        told.own(metric)
        return told

    def own(self, metric: str = "cosine") -> Threshold | None:
        """The same as a threshold; None where nothing was typed.

        Raises:
            InvalidOption: see `mien.matching.own_threshold`.
        """
        from mien.matching import own_threshold

        return own_threshold(self.min_similarity, None, metric)


@dataclass(frozen=True, slots=True)
class DecisionOptions(SimilarityOptions):
    """What decides in a search, as it was typed; the first that is there goes before the rest."""

    max_distance: MaxDistanceOption = None
    fmr: FmrOption = None
    calibration: CalibrationOption = None

    def own(self, metric: str = "cosine") -> Threshold | None:
        """As `SimilarityOptions.own`, from either of the two."""
        from mien.matching import own_threshold

        return own_threshold(self.min_similarity, self.max_distance, metric)

    def asked(self) -> Asked:
        """The same for `mien.matching.policy_for`."""
        return {
            "fmr": self.fmr,
            "min_similarity": self.min_similarity,
            "max_distance": self.max_distance,
        }


@dataclass(frozen=True, slots=True)
class PairOptions(DecisionOptions):
    """The same for a pair, where the old spelling meant a distance."""

    max_distance: MaxDistanceInMetricOption = None

    renamed: ClassVar[str] = "max_distance"


def renamed_option(
    output: Output, new: str, value: float | None, old: float | None
) -> float | None:
    """The value of an option that was once spelled ``--threshold``, with a word on it.

    Raises:
        InvalidOption: both spellings were typed.
    """
    if old is None:
        return value
    if value is not None:
        raise InvalidOption(f"expected {flag(new)}, got --threshold too; leave --threshold out")
    output.note(f"--threshold is now called {flag(new)}; the old name goes with the next version")
    return old


def find_calibration(
    chosen: Path | None, gallery: Path | None, detector: str, output: Output
) -> OwnCalibration | None:
    """The calibration that was named, else the gallery's own; None where there is neither.

    Which one it is, and a detector that is not its own, is said beside the answers.

    Raises:
        SourceNotFound, InvalidCalibration: it cannot be used.
    """
    from mien.gallery import calibration_beside, own_calibration_of, read_calibration

    if chosen is not None:
        found, place = read_calibration(chosen.expanduser()), chosen
    elif gallery is not None and (own := own_calibration_of(gallery)) is not None:
        found, place = own, calibration_beside(gallery)
    else:
        return None
    output.note(
        f"calibrated for a false match rate of {found.target_fmr:g} on {found.data}: {place}"
    )
    if found.detector != detector:
        output.note(
            f"the calibration was made with the detector {found.detector}, this is {detector}: "
            "its rates may not hold; run `mien calibrate` again"
        )
    return found


def usual_calibration(
    space: EmbeddingSpace, detector: str, output: Output
) -> OwnCalibration | None:
    """The usual gallery's calibration, where there is one; another model's is left out with a note.

    Raises:
        InvalidCalibration: there is something else in its place.
    """
    from mien.errors import SpaceMismatch
    from mien.gallery import calibration_beside, default_path, own_calibration_of

    found = own_calibration_of(default_path())
    if found is None:
        return None
    try:
        found.check_fits(space)
    except SpaceMismatch as error:
        output.note(f"{calibration_beside(default_path())} is not used: {error}")
        return None
    return find_calibration(None, default_path(), detector, output)
