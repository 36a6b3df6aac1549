"""What all pairs of a folder of people say, as plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mien.evaluation.cohort_tables import cohort_tables
from mien.evaluation.cohorts import CohortReport
from mien.evaluation.findings import Chart, Example, Findings, Number, Table, Unit
from mien.evaluation.intervals import Rate
from mien.renamed import limit_json


@dataclass(frozen=True, slots=True)
class AllPairsTar:
    """True accept rate where at most a share ``far`` of all impostor pairs is accepted.

    Attributes:
        far: as asked.
        tar: over all genuine pairs, those with a failure to acquire lost; None where not a
            single impostor pair may pass. ``supported`` if at least 30 impostor pairs pass.
        tar_acquired: at the same threshold, over the genuine pairs with two faces.
        binomial: Wilson's interval of ``tar``, as if pairs were independent: too narrow.
        measured_far: what is reached, its interval over people; None with ``tar``.
        threshold: the lowest similarity that keeps ``far``; ``inf`` where none does.
        false_accepts: impostor pairs at or above it.
        note: why there is no rate.
    """

    far: float
    tar: Rate | None
    tar_acquired: Rate | None = None
    binomial: tuple[float, float] | None = None
    measured_far: Rate | None = None
    threshold: float = math.inf
    false_accepts: int = 0
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As in ``VerificationReport``, and what is known besides."""
        tar = self.tar
        return {
            "tar": None if tar is None else tar.value,
            "low": None if tar is None else tar.low,
            "high": None if tar is None else tar.high,
            "supported": tar is not None and tar.supported,
            **limit_json(self.threshold),
            "false_accepts": self.false_accepts,
            "tar_acquired": None if self.tar_acquired is None else self.tar_acquired.to_json(),
            "binomial": None if self.binomial is None else list(self.binomial),
            "measured_far": None if self.measured_far is None else self.measured_far.to_json(),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class PersonErrors:
    """The errors that one person has part in, at the threshold for people.

    Attributes:
        name: of the person.
        photos: how many, with those that were not acquired.
        genuine_pairs, false_rejects: pairs of own photos; those not accepted, failures included.
        impostor_pairs, false_matches: pairs with others' photos; those accepted.
    """

    name: str
    photos: int
    genuine_pairs: int
    false_rejects: int
    impostor_pairs: int
    false_matches: int

    @property
    def false_reject_share(self) -> float:
        """Of the own pairs; 0 without any."""
        return self.false_rejects / self.genuine_pairs if self.genuine_pairs else 0.0

    @property
    def false_match_share(self) -> float:
        """Of the pairs with others."""
        return self.false_matches / self.impostor_pairs

    def to_json(self) -> dict[str, Any]:
        """The counts as plain values."""
        return {
            "name": self.name,
            "photos": self.photos,
            "genuine_pairs": self.genuine_pairs,
            "false_rejects": self.false_rejects,
            "impostor_pairs": self.impostor_pairs,
            "false_matches": self.false_matches,
        }


@dataclass(frozen=True, slots=True)
class AllPairsReport:
    """Every photo of a set compared with every other one.

    Attributes:
        photos, people: how many.
        genuine, impostor: pairs of photos of one person, and of two; ``pairs`` is their sum.
        eer: where false accepts and false rejects are equally frequent; the interval over people
            is the wider one of the two rates at that threshold; ``supported`` with 30 errors of
            each kind.
        tar_at_far: one entry per false accept rate, falling.
        auc: P(a genuine pair scores above an impostor pair); ``auc_error`` bounds its error.
        photos_lost: photos without a vector.
        failure_to_acquire: pairs with such a photo, ``genuine_lost`` of them genuine. They are
            never accepted.
        people_threshold, people_far: where the errors of people were counted.
        goats: the people with the largest share of false rejects, worst first.
        lambs: the people with the largest share of false matches, worst first.
        examples: the worst false matches, then the worst misses, at the threshold for people.
        charts: ROC, DET and the two histograms.
        notes: what the reader must know of these numbers.
        cohorts: rates of cohorts at one threshold; None where no labels were given.
        seconds, embedder, detector: of the run, where the caller states them.
    """

    photos: int
    people: int
    genuine: int
    impostor: int
    eer: Rate
    tar_at_far: tuple[AllPairsTar, ...]
    auc: float
    auc_error: float
    photos_lost: int
    failure_to_acquire: int
    genuine_lost: int
    people_threshold: float
    people_far: float
    goats: tuple[PersonErrors, ...]
    lambs: tuple[PersonErrors, ...]
    examples: tuple[Example, ...]
    charts: tuple[Chart, ...]
    notes: tuple[str, ...] = ()
    cohorts: CohortReport | None = None
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None

    @property
    def pairs(self) -> int:
        """All pairs of photos."""
        return self.genuine + self.impostor

    def to_json(self) -> dict[str, Any]:
        """The report with the field names of ``VerificationReport`` where both have the field."""
        return {
            "pairs": self.pairs,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "photos": self.photos,
            "people": self.people,
            "accuracy": None,
            "standard_error": None,
            "eer": self.eer.to_json(),
            "tar_at_far": {f"{row.far:.10g}": row.to_json() for row in self.tar_at_far},
            "auc": self.auc,
            "auc_error": self.auc_error,
            "photos_lost": self.photos_lost,
            "failure_to_acquire": self.failure_to_acquire,
            "genuine_lost": self.genuine_lost,
            **limit_json(self.people_threshold, "people_min_similarity", "people_threshold"),
            "people_far": self.people_far,
            "goats": [person.to_json() for person in self.goats],
            "lambs": [person.to_json() for person in self.lambs],
            "cohorts": None if self.cohorts is None else self.cohorts.to_json(),
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "notes": list(self.notes),
        }

    def findings(self) -> Findings:
        """The report as numbers, curves and tables; the pairs are too many for single answers."""
        rates = tuple(
            Number(
                f"tar_at_far_{row.far:.10g}",
                f"true accept rate at FAR {row.far:.10g}",
                row.tar,
                note=row.note,
            )
            for row in self.tar_at_far
        )
        return Findings(
            kind="verification",
            title="Verification: every photo with every other one",
            numbers=(
                Number("eer", "equal error rate", self.eer),
                *rates,
                Number("auc", "area under the ROC", self.auc, Unit.NUMBER),
                Number("pairs", "pairs", self.pairs, Unit.COUNT),
                Number("photos_lost", "photos not acquired", self.photos_lost, Unit.COUNT),
            ),
            charts=self.charts,
            tables=(
                _rates_table(self.tar_at_far),
                *self._people_tables(),
                *(() if self.cohorts is None else cohort_tables(self.cohorts)),
            ),
            notes=self.notes,
            examples=self.examples,
            result=self.to_json(),
        )

    def _people_tables(self) -> tuple[Table, Table]:
        at = f"At the threshold of FAR {self.people_far:g}; shares of a person's own pairs."
        goats = tuple(
            (one.name, one.photos, one.genuine_pairs, one.false_rejects, one.false_reject_share)
            for one in self.goats
        )
        lambs = tuple(
            (one.name, one.photos, one.impostor_pairs, one.false_matches, one.false_match_share)
            for one in self.lambs
        )
        counted = ("person", "photos", "pairs")
        return (
            Table(
                "goats",
                "People who are rejected most",
                (*counted, "false rejects", "share"),
                goats,
                at,
            ),
            Table(
                "lambs",
                "People who are falsely matched most",
                (*counted, "false matches", "share"),
                lambs,
                at,
            ),
        )


def _rates_table(rows: tuple[AllPairsTar, ...]) -> Table:
    return Table(
        key="tar_at_far",
        title="True accept rates",
        columns=(
            "false accept rate",
            "true accept rate",
            "of acquired pairs",
            "as if pairs were independent, low",
            "high",
            "FAR reached",
            "threshold",
            "false accepts",
            "note",
        ),
        rows=tuple(
            (
                row.far,
                row.tar,
                row.tar_acquired,
                *(row.binomial or (None, None)),
                row.measured_far,
                row.threshold if math.isfinite(row.threshold) else None,
                row.false_accepts,
                row.note,
            )
            for row in rows
        ),
        note="The threshold is fixed; the intervals draw people.",
    )
