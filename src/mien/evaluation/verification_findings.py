"""A verification report as numbers, curves, tables, single answers and the worst mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.cohort_tables import cohort_tables
from mien.evaluation.cross_validation import answers, verdicts
from mien.evaluation.findings import Example, Findings, Number, Table, Trials, Unit
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.pairs import Pair
from mien.evaluation.verification import VerificationReport, paired
from mien.evaluation.verification_charts import score_charts

WORST = 20


def verification_findings(
    report: VerificationReport,
    pairs: Sequence[Pair],
    similarities: Any,
    subjects: Sequence[tuple[str, str]] | None = None,
) -> Findings:
    """The report in the shape of every evaluation.

    Args:
        report, pairs, similarities: as given to and by
            :func:`mien.evaluation.verification.evaluate_verification`.
        subjects: the two people of each pair, if known.

    Raises:
        InvalidArray: similarities that do not fit the pairs.
    """
    scores, same = paired(pairs, similarities)
    if report.folds:
        fold_of = np.array([pair.fold for pair in pairs])
        right = verdicts(report.folds, fold_of, scores, same)
    else:
        right = answers(scores, same, report.threshold)
    return Findings(
        kind="verification",
        title="Verification: the same person or not",
        numbers=_numbers(report),
        charts=score_charts(scores, same, report.score),
        tables=_tables(report),
        notes=report.notes,
        trials=Trials(
            kind="pair",
            names=tuple(f"{pair.path1}|{pair.path2}" for pair in pairs),
            same=tuple(pair.same for pair in pairs),
            scores=tuple(None if math.isnan(one) else one for one in scores.tolist()),
            right=tuple(right.tolist()) if report.folds else (),
            subjects=() if subjects is None else tuple(subjects),
        ),
        examples=_examples(pairs, scores, same, right, report.score),
        result=report.to_json(),
    )


def _numbers(report: VerificationReport) -> tuple[Number, ...]:
    folds = f"mean over {len(report.folds)} folds" if report.folds else "no folds in the list"
    lost = "counted as errors; see the table of what was acquired"
    return (
        Number("accuracy", "accuracy", report.accuracy, note=folds),
        Number("standard_error", "its standard error", report.standard_error),
        Number(
            "pooled_accuracy",
            "accuracy over all pairs",
            report.pooled_accuracy,
            note="Wilson's interval",
        ),
        Number("eer", "equal error rate", report.eer, note="Wilson's interval"),
        *(
            Number(
                f"tar_at_far_{row.far:.10g}",
                f"TAR at FAR {row.far:g}",
                row.tar,
                note=_support(row.tar, row.false_accepts),
            )
            for row in report.tar_at_far
        ),
        Number("auc", "area under the ROC curve", report.auc, Unit.NUMBER),
        Number(
            "threshold",
            "best threshold",
            report.threshold,
            Unit.NUMBER,
            f"{report.score}, chosen on all pairs",
        ),
        Number(
            "failure_to_acquire", "pairs not acquired", report.failure_to_acquire, Unit.COUNT, lost
        ),
        Number("pairs", "pairs", report.pairs, Unit.COUNT),
        Number("people", "people", report.people, Unit.COUNT),
        Number("seconds", "time", report.seconds, Unit.SECONDS),
    )


def _support(rate: Rate, errors: int) -> str:
    if rate.supported:
        return ""
    return f"not supported: {errors} false accepts, {SUPPORTING_ERRORS} are needed"


def _tables(report: VerificationReport) -> tuple[Table, ...]:
    cohorts = () if report.cohorts is None else cohort_tables(report.cohorts)
    return (_tar_table(report), _acquired_table(report), *_fold_tables(report), *cohorts)


def _tar_table(report: VerificationReport) -> Table:
    acquired = {row.far: row.tar for row in report.acquired_only.tar_at_far}
    return Table(
        "tar_at_far",
        "True accept rate at false accept rates",
        (
            *("FAR", "TAR (Wilson)", "TAR (by people)", "TAR, acquired only"),
            *("threshold", "false accepts", "remark"),
        ),
        tuple(
            (
                f"{row.far:g}",
                row.tar,
                row.by_people,
                acquired[row.far],
                _finite(row.threshold),
                row.false_accepts,
                _support(row.tar, row.false_accepts),
            )
            for row in report.tar_at_far
        ),
        "the threshold is the lowest that accepts at most this share of the impostor pairs",
    )


def _acquired_table(report: VerificationReport) -> Table:
    only = report.acquired_only
    return Table(
        "acquired",
        "All pairs, and those acquired",
        ("", "pairs", "genuine", "impostor", "accuracy over all pairs", "EER", "AUC"),
        (
            (
                *("all pairs counted", report.pairs, report.genuine, report.impostor),
                *(report.pooled_accuracy, report.eer, report.auc),
            ),
            (
                *("acquired only", only.pairs, only.genuine, only.impostor),
                *(only.accuracy, only.eer, only.auc),
            ),
        ),
        "a pair is acquired if both photos have a usable face; whoever declines every hard photo "
        "does well in the second line",
    )


def _fold_tables(report: VerificationReport) -> tuple[Table, ...]:
    rows = tuple((f.fold, f.accuracy, f.threshold, f.pairs, f.errors) for f in report.folds)
    columns = ("fold", "accuracy", "threshold of the others", "pairs", "errors")
    return (Table("folds", "Folds", columns, rows),) if rows else ()


def _examples(
    pairs: Sequence[Pair],
    scores: NDArray[np.float64],
    same: NDArray[np.bool_],
    right: NDArray[np.bool_],
    score: str,
) -> tuple[Example, ...]:
    what = score.removeprefix("cosine ")
    acquired = ~np.isnan(scores)
    wrong = acquired & ~right
    matches = sorted(np.flatnonzero(wrong & ~same).tolist(), key=lambda row: -scores[row])
    misses = sorted(np.flatnonzero(wrong & same).tolist(), key=lambda row: scores[row])
    lost = np.flatnonzero(~acquired).tolist()
    texts = {
        "false_match": (matches, f"two people taken for one, {what} {{:.3f}}"),
        "miss": (misses, f"one person taken for two, {what} {{:.3f}}"),
        "not_acquired": (lost, "no usable face on one photo or both"),
    }
    return tuple(
        Example(
            kind,
            (pairs[row].path1, pairs[row].path2),
            float(scores[row]) if acquired[row] else None,
            text.format(scores[row]),
        )
        for kind, (rows, text) in texts.items()
        for row in rows[:WORST]
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
