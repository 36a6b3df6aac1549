"""A calibration as findings: what a page shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.calibrating import CalibrationReport
from mien.evaluation.extremes import Found
from mien.evaluation.findings import Chart, Example, Findings, Line, Number, Unit
from mien.evaluation.pair_counts import BINS, PairCounts

SHOWN_EVERY = 100
"""Bins that a chart takes together: one hundredth of the cosine."""


def calibration_findings(
    report: CalibrationReport, names: Sequence[str], result: Mapping[str, Any]
) -> Findings:
    """The report in the parts of a page.

    Args:
        report: what was found.
        names: N names of the photos, in the order of the vectors.
        result: what the command line prints as JSON.
    """
    return Findings(
        kind="calibration",
        title=f"Calibration for a false match rate of {report.measured.fmr:g}",
        numbers=_numbers(report),
        charts=(
            report.held_out.reliability.chart("people held out"),
            _scores(report.counts),
            _rates(report.counts),
            _curve(report),
        ),
        notes=calibration_notes(report),
        examples=(
            *_examples("false_match", report.strangers, names, "two names: one person?"),
            *_examples("miss", report.misses, names, "one name: two people?"),
        ),
        result=result,
    )


def calibration_notes(report: CalibrationReport) -> tuple[str, ...]:
    """What the reader must know of the numbers."""
    found, other = report.measured, report.held_out
    notes = [
        f"the probability presumes that {100 * report.probability.prior:g} % of the pairs are of "
        "one person",
        "the intervals of the rates on held-out people take pairs for independent: too narrow",
    ]
    worst = max(other.fmr.value, found.measured_fmr.high)
    if worst > 2 * found.fmr:
        notes.insert(
            0,
            f"on other people the false match rate may be {worst:.2g} where {found.fmr:g} was "
            f"asked: {found.people:,} people are too few or too alike; add people rather than "
            "photos",
        )
    if found.genuine_pairs < 30:
        notes.append(
            f"only {found.genuine_pairs} genuine pairs: the probability and the true match rate "
            "are rough; add photos of the same people"
        )
    return tuple(notes)


def _numbers(report: CalibrationReport) -> tuple[Number, ...]:
    found, other = report.measured, report.held_out
    interval = f"95 %: {report.similarity_low:.4f} to {report.similarity_high:.4f}, over people"
    held = "threshold from one half of the people, measured on the other"
    wide = f"{other.reliability.count:,} pairs"
    return (
        Number(
            "threshold", "threshold, cosine similarity", found.similarity, Unit.NUMBER, interval
        ),
        Number("fmr", "false match rate, same people", found.measured_fmr),
        Number("held_out_fmr", "false match rate, held-out people", other.fmr, note=held),
        Number("tmr", "true match rate, same people", found.tmr),
        Number("held_out_tmr", "true match rate, held-out people", other.tmr, note=held),
        Number("ece", "calibration error (ECE), held-out people", other.reliability.ece, note=wide),
        Number("brier", "Brier score, held-out people", other.reliability.brier, Unit.NUMBER),
        Number("people", "people", found.people, Unit.COUNT),
        Number("photos", "photos", found.photos, Unit.COUNT),
        Number("genuine_pairs", "genuine pairs", found.genuine_pairs, Unit.COUNT),
        Number("impostor_pairs", "impostor pairs", found.impostor_pairs, Unit.COUNT),
    )


def _scores(counts: PairCounts) -> Chart:
    def line(name: str, of_kind: NDArray[np.int64]) -> Line:
        grouped = of_kind.reshape(-1, SHOWN_EVERY).sum(axis=1)
        share = grouped / of_kind.sum()
        middles = counts.edges[::SHOWN_EVERY] + SHOWN_EVERY / BINS
        filled = np.flatnonzero(grouped)
        shown = slice(filled[0], filled[-1] + 1)
        return Line(name, tuple(middles[shown].tolist()), tuple(share[shown].tolist()))

    return Chart(
        "scores",
        "Similarities",
        "cosine similarity",
        "share of the pairs, per 0.01",
        (line("different people", counts.impostor), line("one person", counts.genuine)),
    )


def _rates(counts: PairCounts) -> Chart:
    """Both errors over the threshold; where a rate is 0 its line ends."""
    thresholds = counts.edges[::SHOWN_EVERY]
    false = counts.accepted_from(counts.impostor)[::SHOWN_EVERY] / counts.impostor.sum()
    missed = 1.0 - counts.accepted_from(counts.genuine)[::SHOWN_EVERY] / counts.genuine.sum()

    def line(name: str, rates: NDArray[np.float64]) -> Line:
        # All that lies before the first pair or after the last one says nothing.
        told = (rates > 0) & (rates < 1)
        return Line(name, tuple(thresholds[told].tolist()), tuple(rates[told].tolist()))

    return Chart(
        "rates",
        "Errors over the threshold",
        "threshold, cosine similarity",
        "share of the pairs",
        (line("false matches", false), line("missed", missed)),
        y_log=True,
        note="measured on the people that the threshold was set on",
    )


def _curve(report: CalibrationReport) -> Chart:
    places = np.linspace(-0.2, 1.0, 121)
    values = [report.probability.probability(place) for place in places]
    return Chart(
        "probability",
        "From similarity to probability",
        "cosine similarity",
        "P(same person)",
        (Line("fitted on all people", tuple(places.tolist()), tuple(values)),),
    )


def _examples(
    kind: str, found: Sequence[Found], names: Sequence[str], question: str
) -> tuple[Example, ...]:
    return tuple(
        Example(kind, (names[a], names[b]), score, f"similarity {score:.3f}; {question}")
        for a, b, score in found
    )
