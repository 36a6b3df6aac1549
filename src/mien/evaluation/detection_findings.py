"""What an evaluation of a detector shows: curves, tables, the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.evaluation.box_matching import FoundFaces, Matches, match_faces
from mien.evaluation.boxes import LabelledPhoto
from mien.evaluation.detection import DetectionReport
from mien.evaluation.findings import (
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Table,
    Trials,
    Unit,
    thinned,
)
from mien.evaluation.precision_curve import DetectionCurve, detection_curve

EXAMPLES = 12  # of each kind of mistake


def detection_findings(
    report: DetectionReport,
    photos: Sequence[LabelledPhoto],
    curve: Sequence[FoundFaces | None],
    point: Sequence[FoundFaces | None],
) -> Findings:
    """The report with its curves, tables and examples; the arguments are those that made it."""
    line = detection_curve(match_faces(photos, curve, report.iou))
    reported = match_faces(photos, point, report.iou)
    return Findings(
        kind="detection",
        title="Detection: which faces are found, and what is taken for one",
        numbers=_numbers(report),
        charts=_charts(report, line),
        tables=(_false_alarm_table(report), _size_table(report)),
        notes=report.notes,
        trials=_trials(photos, reported),
        examples=(*_missed(photos, reported), *_false_alarms(photos, point, reported)),
        result=report.to_json(),
    )


def _numbers(report: DetectionReport) -> tuple[Number, ...]:
    at = f"at a least score of {report.minimum_score:g}"
    nothing = "" if report.precision is not None else "nothing was found"
    return (
        Number("recall", "faces found", report.recall, note=at),
        Number("precision", "of what was found, faces", report.precision, note=nothing or at),
        Number("false_alarms", "false alarms", report.false_alarms, Unit.COUNT, at),
        Number(
            "false_alarms_per_photo",
            "false alarms a photo",
            report.false_alarms / report.photos,
            Unit.NUMBER,
            at,
        ),
        Number(
            "average_precision",
            "average precision",
            report.average_precision,
            note=f"over all scores from {report.lowest_score:g} on, IoU {report.iou:g}",
        ),
        Number("mean_iou", "mean overlap of the faces found", report.mean_iou, Unit.NUMBER),
    )


def _charts(report: DetectionReport, line: DetectionCurve) -> tuple[Chart, ...]:
    if not len(line.ends) or line.found[-1] == 0:
        return ()
    # Of all points of one recall the best: the area under these is the average precision.
    firsts = np.flatnonzero(np.diff(line.found, prepend=0))
    recall, precision = thinned(
        (line.found[firsts] / report.faces).tolist(), line.envelope[firsts].tolist()
    )
    lines = [Line("all scores", tuple(recall), tuple(precision))]
    if report.precision is not None:
        here = (report.recall.value,), (report.precision.value,)
        lines.append(Line(f"least score {report.minimum_score:g}", *here))
    charts = [
        Chart(
            "precision_recall",
            "Precision and recall",
            "recall: share of the faces found",
            "precision: share of the found that are faces",
            tuple(lines),
            note="the area under the curve is the average precision",
        )
    ]
    # Of all points with so many false alarms the last: it has found the most.
    lasts = np.flatnonzero(np.diff(line.false_alarms, append=line.false_alarms[-1] + 1))
    lasts = lasts[line.false_alarms[lasts] > 0]  # none has no place on a logarithmic axis
    if len(lasts):
        alarms, share = thinned(
            line.false_alarms[lasts].astype(float).tolist(),
            (line.found[lasts] / report.faces).tolist(),
        )
        charts.append(
            Chart(
                "recall_by_false_alarms",
                "Recall by false alarms",
                "false alarms in all photos",
                "recall: share of the faces found",
                (Line("all scores", tuple(alarms), tuple(share)),),
                x_log=True,
            )
        )
    return tuple(charts)


def _false_alarm_table(report: DetectionReport) -> Table:
    return Table(
        "recall_at_false_alarms",
        "Recall with at most so many false alarms in all photos",
        ("false alarms", "recall", "least score"),
        tuple((one.false_alarms, one.recall, one.score) for one in report.recall_at),
    )


def _size_table(report: DetectionReport) -> Table:
    return Table(
        "by_size",
        "Recall by the height of the labelled box",
        ("pixels", "faces", "recall"),
        tuple(
            (
                f"{one.low} and more" if one.high is None else f"{one.low} to {one.high}",
                one.faces,
                one.recall,
            )
            for one in report.by_size
        ),
        note=f"at a least score of {report.minimum_score:g}",
    )


def _trials(photos: Sequence[LabelledPhoto], reported: Matches) -> Trials:
    """Each labelled face is a question; what was found for it is its score."""
    names = [
        f"{photo.path}#{number}"
        for photo in photos
        for number, box in enumerate(photo.boxes)
        if not box.ignored
    ]
    scores: list[float | None] = [None] * len(names)
    for face, score in zip(reported.face.tolist(), reported.scores.tolist(), strict=True):
        if face >= 0:
            scores[face] = score
    return Trials(
        "face",
        tuple(names),
        (True,) * len(names),
        tuple(scores),
        tuple(score is not None for score in scores),
    )


def _missed(photos: Sequence[LabelledPhoto], reported: Matches) -> list[Example]:
    """The largest faces that were not found."""
    boxes = [(p.path, box.xyxy) for p in photos for box in p.boxes if not box.ignored]
    found = set(reported.face.tolist())
    missed = [one for face, one in enumerate(boxes) if face not in found]
    missed.sort(key=lambda one: -(one[1][2] - one[1][0]) * (one[1][3] - one[1][1]))
    return [
        Example("missed_face", (path,), None, f"not found: {_place(xyxy)}")
        for path, xyxy in missed[:EXAMPLES]
    ]


def _false_alarms(
    photos: Sequence[LabelledPhoto], point: Sequence[FoundFaces | None], reported: Matches
) -> list[Example]:
    """What was taken for a face with the highest scores."""
    examples = []
    for index in np.flatnonzero(reported.face < 0)[:EXAMPLES].tolist():
        photo, score = int(reported.photo[index]), float(reported.scores[index])
        faces = point[photo]
        place = "" if faces is None else _place(tuple(faces.boxes[reported.row[index]].tolist()))
        text = f"taken for a face with {score:.2f}: {place}"
        examples.append(Example("false_alarm", (photos[photo].path,), score, text))
    return examples


def _place(xyxy: Sequence[float]) -> str:
    x1, y1, x2, y2 = xyxy
    return f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels at ({x1:.0f}, {y1:.0f})"
