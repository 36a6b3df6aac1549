"""What an evaluation of tracks shows: each person of the key, and where tracks changed."""

from __future__ import annotations

from mien.evaluation.findings import Example, Findings, Number, Table, Unit
from mien.evaluation.tracking import TrackingReport

EXAMPLES = 24


def tracking_findings(report: TrackingReport) -> Findings:
    """The report as numbers, a table of people and the switches."""
    at = f"IoU {report.iou:g}"
    unnamed = "" if report.name_accuracy is not None else "no names in the tracks or in the key"
    return Findings(
        kind="video",
        title="Video: whether faces are found, followed and named",
        numbers=(
            Number("idf1", "IDF1", report.idf1, note="faces that follow one best track each"),
            Number("mota", "MOTA", report.mota, note="1 − (missed + false alarms + switches)"),
            Number("recall", "faces found", report.recall, note=at),
            Number("switches", "identity switches", report.switches, Unit.COUNT),
            Number("fragments", "fragments", report.fragments, Unit.COUNT),
            Number("false_alarms", "false alarms", report.false_alarms, Unit.COUNT),
            Number("mostly_tracked", "people mostly tracked", report.mostly_tracked, Unit.COUNT),
            Number("mostly_lost", "people mostly lost", report.mostly_lost, Unit.COUNT),
            Number("name_accuracy", "right names", report.name_accuracy, note=unnamed),
            Number("strangers_named", "strangers given a name", report.strangers_named),
            Number("idp", "IDP", report.idp),
            Number("idr", "IDR", report.idr),
            Number("mean_iou", "mean overlap of the matches", report.mean_iou, Unit.NUMBER),
        ),
        tables=(
            Table(
                "people",
                "People of the key",
                ("id", "name", "frames", "found", "switches", "fragments", "right", "wrong name"),
                tuple(
                    (
                        *(one.track, one.name, one.frames, one.found, one.switches),
                        *(one.fragments, one.named_right, one.named_wrong),
                    )
                    for one in report.people
                ),
            ),
        ),
        notes=report.notes,
        examples=tuple(
            Example(
                "switch",
                (),
                None,
                f"{one.time_s:.2f} s: {one.track} was {one.before}, is {one.after}",
            )
            for one in report.changes[:EXAMPLES]
        ),
        result=report.to_json(),
    )
