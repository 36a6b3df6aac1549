"""Cohorts as tables of a page, and their ratios in words."""

from __future__ import annotations

import math

from mien.evaluation.cohorts import Cohort, CohortColumn, CohortReport, Ratio
from mien.evaluation.findings import Cell, Table
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate


def cohort_tables(report: CohortReport) -> tuple[Table, ...]:
    """A table for each kind of label."""
    return tuple(_cohort_table(column, report) for column in report.columns)


def _cohort_table(column: CohortColumn, report: CohortReport) -> Table:
    weak = "" if report.supported else f", a guess from {report.false_accepts} false accepts"
    at = f"similarity {report.threshold:.3f}" if math.isfinite(report.threshold) else "none passes"
    return Table(
        f"cohorts_{column.name}",
        f"Cohorts by {column.name}",
        ("cohort", "genuine", "impostor", "TAR", "FMR", "misses", "false matches", "remark"),
        tuple(_cohort_row(cohort) for cohort in column.cohorts),
        f"one threshold for all, at FAR {report.far:g} ({at}{weak}); left out: "
        f"{column.cross_pairs} pairs of two cohorts, {column.unlabelled_pairs} without a label; "
        f"{ratio_text('miss rate', column.miss_ratio)}; {ratio_text('FMR', column.fmr_ratio)}",
    )


def _cohort_row(cohort: Cohort) -> tuple[Cell | Rate, ...]:
    remark = "" if cohort.enough else f"too little data: {SUPPORTING_ERRORS} errors of each needed"
    return (
        *(cohort.label, cohort.genuine, cohort.impostor, cohort.tar, cohort.fmr),
        *(cohort.misses, cohort.false_matches, remark),
    )


def ratio_text(name: str, ratio: Ratio | None) -> str:
    """The worst cohort against the best, in words."""
    if ratio is None:
        return f"{name}: fewer than two cohorts to compare"
    if ratio.value is None:
        return f"{name}: no ratio, no error in {ratio.best}"
    weak = "" if ratio.supported else ", too few errors to be sure"
    return f"{name}: {ratio.worst} {ratio.value:.2f} times {ratio.best}{weak}"
