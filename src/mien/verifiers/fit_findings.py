"""A fitted verifier as plain values, and in the parts that a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mien.evaluation import Findings, Number, Table, Unit
from mien.verifiers.comparing import FitReport, System

KEPT = ("accuracy", "standard_error", "pooled_accuracy", "eer", "tar_at_far", "auc", "folds")


def fit_json(report: FitReport) -> dict[str, Any]:
    """The report as plain values, without the verifier's own weights."""
    verifier, measured = report.verifier, report.fitted.report
    return {
        "photos": verifier.data.photos,
        "people": measured.people,
        "pairs": measured.pairs,
        "genuine": measured.genuine,
        "impostor": measured.impostor,
        "freedom": report.freedom,
        "fold_freedoms": list(report.fold_freedoms),
        "min_log_odds": verifier.min_log_odds,
        "threshold": {
            "log_odds": verifier.min_log_odds,
            "probability": verifier.probability(verifier.min_log_odds),
            "target_fmr": verifier.target_fmr,
            "held_out_fmr": report.held_out_fmr.to_json(),
        },
        "verifier": _system_json(report.fitted),
        "reliability": report.reliability.to_json(),
        "plain": [_system_json(one) for one in report.plain],
        "differences": [
            {"from": plain.name, **one.to_json()}
            for plain, one in zip(report.plain, report.differences, strict=True)
        ],
        "notes": list(report.notes),
    }


def fit_findings(report: FitReport, result: Mapping[str, Any]) -> Findings:
    """The report for a page; its single answers are those of the held-out folds.

    Args:
        report: what was found.
        result: what the command line prints as JSON.
    """
    fitted = report.fitted.findings
    return Findings(
        kind="verification",
        title="A verifier of pairs, each fold answered by the other folds' weights",
        numbers=_numbers(report),
        charts=(report.reliability.chart("held-out folds"), *fitted.charts),
        tables=(_side_by_side(report), _differences(report), *fitted.tables),
        notes=report.notes,
        trials=fitted.trials,
        examples=fitted.examples,
        result=result,
    )


def _numbers(report: FitReport) -> tuple[Number, ...]:
    measured, said = report.fitted.report, report.reliability
    return (
        Number(
            "accuracy",
            "accuracy of the verifier",
            measured.accuracy,
            note=f"mean over {len(measured.folds)} folds",
        ),
        Number("standard_error", "its standard error", measured.standard_error),
        *(
            Number(
                f"accuracy_from_{place}",
                f"accuracy, verifier − {plain.name}",
                one.rates[0].difference,
                Unit.POINTS,
            )
            for place, (plain, one) in enumerate(
                zip(report.plain, report.differences, strict=True), start=1
            )
        ),
        Number(
            "ece",
            "calibration error (ECE)",
            said.ece,
            note=f"held-out folds; chance alone would give {100 * said.ece_by_chance:.2f} %",
        ),
        Number("brier", "Brier score", said.brier, Unit.NUMBER, "held-out folds"),
        Number(
            "held_out_fmr",
            "false match rate",
            report.held_out_fmr,
            note=f"at the threshold that the other folds set for {report.verifier.target_fmr:g}",
        ),
        Number(
            "freedom",
            "freedom of single dimensions",
            report.freedom,
            Unit.NUMBER,
            "0: the cosines alone count",
        ),
        Number("pairs", "pairs", measured.pairs, Unit.COUNT),
        Number("people", "people", measured.people, Unit.COUNT),
    )


def _side_by_side(report: FitReport) -> Table:
    systems = (*report.plain, report.fitted)
    fars = [row.far for row in report.fitted.report.tar_at_far]
    return Table(
        "systems",
        "Side by side, on held-out folds",
        ("", "accuracy over all pairs", "EER", *(f"TAR at FAR {far:g}" for far in fars)),
        tuple(
            (
                *(one.name, one.report.pooled_accuracy, one.report.eer),
                *(row.by_people or row.tar for row in one.report.tar_at_far),
            )
            for one in systems
        ),
    )


def _differences(report: FitReport) -> Table:
    return Table(
        "differences",
        "The verifier minus the plain cosine, on the same draws",
        ("from", "rate", "cosine", "verifier", "difference", "low", "high"),
        tuple(
            (
                *(plain.name, rate.label, rate.a, rate.b),
                *(rate.difference.value, rate.difference.low, rate.difference.high),
            )
            for plain, one in zip(report.plain, report.differences, strict=True)
            for rate in one.rates
        ),
        "of the equal error rate, less is better",
    )


def _system_json(system: System) -> dict[str, Any]:
    record = system.report.to_json()
    return {"name": system.name, **{key: record[key] for key in KEPT}}
