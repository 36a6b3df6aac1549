"""What ``mien evaluate verification`` says on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mien.cli.measuring import percent
from mien.cli.text import plural, shown

if TYPE_CHECKING:
    from mien.evaluation import Cohort, CohortReport, Rate, TarAtFar, VerificationReport

NEEDED = 30  # mien.evaluation.SUPPORTING_ERRORS, which a test holds it to: that room loads numpy


def verification_lines(report: VerificationReport) -> Iterator[str]:
    """The report, line by line."""
    people = "" if report.people is None else f", {report.people:,} people"
    yield (
        f"{plural(report.pairs, 'pair')}: {report.genuine:,} genuine, {report.impostor:,} "
        f"impostor{people}"
    )
    if report.accuracy is not None and report.standard_error is not None:
        yield (
            f"accuracy            {percent(report.accuracy)}, standard error "
            f"{percent(report.standard_error)} over {plural(len(report.folds), 'fold')}"
        )
    if report.pooled_accuracy is not None:
        yield f"over all pairs      {rate_text(report.pooled_accuracy, report.accuracy_by_people)}"
    yield f"best threshold      {report.threshold:.3f} {report.score}, chosen on all pairs"
    yield f"equal error rate    {rate_text(report.eer, report.eer_by_people)}"
    for row in report.tar_at_far:
        yield f"TAR at FAR {row.far:<8g} {rate_text(row.tar, row.by_people)}{_weak(row)}"
    yield f"area under ROC      {report.auc:.5f}"
    yield from _acquired(report)
    if report.cohorts is not None:
        yield from cohort_lines(report.cohorts)
    yield f"time                {report.seconds:.1f} s"
    for note in report.notes:
        yield f"note: {note}"


def rate_text(rate: Rate, by_people: Rate | None = None) -> str:
    """A rate with its intervals."""
    people = ""
    if by_people is not None:
        people = f"; by people {percent(by_people.low)} to {percent(by_people.high)}"
    return f"{percent(rate.value)} (95 %: {percent(rate.low)} to {percent(rate.high)}{people})"


def _weak(row: TarAtFar) -> str:
    if row.tar.supported:
        return ""
    return f" not supported: {plural(row.false_accepts, 'false accept')}, {NEEDED} needed"


def _acquired(report: VerificationReport) -> Iterator[str]:
    yield f"not acquired        {plural(report.failure_to_acquire, 'pair')}, counted as errors"
    if report.failure_to_acquire:
        only = report.acquired_only
        right = "" if only.accuracy is None else f"accuracy {percent(only.accuracy.value)}, "
        yield (
            f"without those       {right}equal error rate {percent(only.eer.value)}, "
            f"area under ROC {only.auc:.5f}, {plural(only.pairs, 'pair')}"
        )
        for row in only.tar_at_far:
            yield f"  TAR at FAR {row.far:<6g} {rate_text(row.tar)}{_weak(row)}"


def cohort_lines(report: CohortReport) -> Iterator[str]:
    """The cohorts' rates, and how much worse the worst fares."""
    from mien.evaluation import ratio_text

    accepts = plural(report.false_accepts, "false accept")
    weak = "" if report.supported else f"; not supported: {accepts}, {NEEDED} needed"
    yield f"cohorts             at {report.threshold:.3f}, all pairs' FAR {report.far:g}{weak}"
    for column in report.columns:
        yield (
            f"by {shown(column.name)}: left out {plural(column.cross_pairs, 'pair')} of two "
            f"cohorts and {column.unlabelled_pairs:,} without a label"
        )
        for cohort in column.cohorts:
            yield f"  {_cohort_text(cohort)}"
        for name, ratio in (("miss rate", column.miss_ratio), ("FMR", column.fmr_ratio)):
            yield f"  worst to best, {shown(ratio_text(name, ratio))}"


def _cohort_text(cohort: Cohort) -> str:
    tar = "no genuine pairs" if cohort.tar is None else f"TAR {rate_text(cohort.tar)}"
    fmr = "no impostor pairs" if cohort.fmr is None else f"FMR {rate_text(cohort.fmr)}"
    misses = plural(cohort.misses, "miss", "misses")
    matches = plural(cohort.false_matches, "false match", "false matches")
    little = f"; too little data: {misses}, {matches}, {NEEDED} of each needed"
    return f"{shown(cohort.label)}: {tar}; {fmr}{'' if cohort.enough else little}"
