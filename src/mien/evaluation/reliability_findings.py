"""What an evaluation of probabilities shows: the reliability curve, its bins, the Brier score."""

from __future__ import annotations

import math

from mien.evaluation.findings import Findings, Number, Table, Unit
from mien.evaluation.reliability import Reliability


def reliability_findings(report: Reliability) -> Findings:
    """The report as numbers, a curve and tables; single answers are too many to be kept."""
    finite = math.isfinite(report.log_loss)
    endless = "" if finite else "infinite: 0 was said of what was true"
    plain = (
        ("ece", "expected calibration error", report.ece, "bins of equal mass"),
        ("ece_by_chance", "the same by chance alone", report.ece_by_chance, "if all were right"),
        ("ece_equal_width", "the same, bins of equal width", report.ece_equal_width, ""),
        ("mce", "largest calibration error of a bin", report.mce, ""),
        ("brier", "Brier score", report.brier, "mean squared error of the probabilities"),
        ("log_loss", "log loss", report.log_loss if finite else None, endless),
    )
    return Findings(
        kind="calibration",
        title="Calibration: whether probabilities mean what they say",
        numbers=tuple(
            Number(key, label, value, Unit.NUMBER, note) for key, label, value, note in plain
        ),
        charts=(report.chart(),),
        tables=(_brier(report), _bins(report)),
        notes=report.notes,
        result=report.to_json(),
    )


def _brier(report: Reliability) -> Table:
    return Table(
        "brier",
        "The Brier score and its parts",
        ("part", "value", "means"),
        (
            ("miscalibration", report.miscalibration, "what better calibration would save"),
            ("− resolution", report.resolution, "what telling trials apart saves"),
            ("+ uncertainty", report.uncertainty, "the score of always saying the prior"),
            ("+ within bins", report.within_bins, "what the bins hide"),
            ("= Brier score", report.brier, ""),
        ),
    )


def _bins(report: Reliability) -> Table:
    return Table(
        "bins",
        "Bins of equal mass",
        ("from", "to", "mean probability", "observed", "trials"),
        tuple((one.low, one.high, one.probability, one.observed, one.count) for one in report.bins),
    )
