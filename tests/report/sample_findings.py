"""Findings and a run that use every field there is, made by hand."""

from __future__ import annotations

from mien.evaluation import (
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Rate,
    Table,
    Trials,
    Unit,
    rate_of,
)
from mien.report import ModelUsed, Run

WEAK = Rate(0.867, 0.824, 0.901, supported=False)


def sample_run(**changes) -> Run:
    fields = {
        "command": ("mien", "evaluate", "verification", "--images", "my photos", "--pairs", "a'b"),
        "data": {"pairs": 6000, "images": "my photos", "largest": True},
        "models": (ModelUsed("embedder", "sface", {"sface.onnx": "ab" * 32}, "Apache-2.0", "v1"),),
        "seconds": 21.5,
        "started": "2026-01-31T12:00:00+00:00",
        "machine": {"processor": "A quick one", "cores": 2, "mien": "0.1.0"},
    }
    return Run(**{**fields, **changes})


def sample_findings(name: str = "Ada", pairs: int = 40) -> Findings:
    """``name`` stands wherever text can come from outside."""
    band = Line(name, (0.001, 0.01, 1.0), (0.8, 0.9, 1.0), (0.7, 0.85, 0.99), (0.9, 0.95, 1.0))
    other = Line("other", (0.002, 0.5, 0.5), (0.2, 0.3, 0.9))
    return Findings(
        kind="verification",
        title=f"Verification of {name}",
        numbers=(
            Number("accuracy", "accuracy", rate_of(5969, 6000, 31)),
            Number("tar", "TAR at FAR 1e-3", WEAK, note=name),
            Number("change", "B − A", Rate(-0.0012, -0.003, 0.0005, supported=True), Unit.POINTS),
            Number("auc", "area under ROC", 0.9987, Unit.NUMBER),
            Number("pairs", "pairs", 6000, Unit.COUNT),
            Number("speed", "time", 21.5, Unit.SECONDS),
            Number("calibration", "calibration error", None, note="no calibration"),
        ),
        charts=(
            Chart("roc", f"ROC of {name}", "FAR", "TAR", (band, other), x_log=True),
            Chart("det", "DET", "FAR", "FRR", (band,), x_log=True, y_log=True, note=name),
            Chart("calibration", "Calibration", "P", "share", (other,), diagonal=True),
        ),
        tables=(
            Table("folds", "Folds", ("fold", name), ((1, 0.5), (2, None)), note="two"),
            Table("people", "People", ("name", "TAR"), ((name, WEAK), ("Bo", None))),
        ),
        notes=(f"a note on {name}",),
        trials=sample_trials(pairs),
        examples=(
            Example("false_match", ("a.jpg", "c.jpg"), 0.61, f"{name} taken for Bo"),
            Example("miss", (f"{name}.jpg",), None, "no face"),
        ),
        result={"pairs": 6000, "embedder": name, "folds": [{"fold": 1}], "accuracy": None},
    )


def sample_trials(pairs: int) -> Trials:
    half = pairs // 2
    return Trials(
        kind="pair",
        names=tuple(
            f"Someone_Longer_{at}/Someone_Longer_{at}_0001.jpg|Another_Person_{at}/0002.jpg"
            for at in range(pairs)
        ),
        same=(True,) * half + (False,) * (pairs - half),
        scores=(None, *(0.9123456789 - at / pairs for at in range(1, pairs))),
        right=tuple(at % 9 != 0 for at in range(pairs)),
        subjects=tuple(
            (f"person {at}",) if at < half else (f"person {at - half}", "somebody")
            for at in range(pairs)
        ),
    )
