"""A classifier's report as numbers, tables and the worst mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mien.evaluation.classification import Answer, ClassifierReport
from mien.evaluation.findings import Cell, Example, Findings, Number, Table, Trials, Unit
from mien.evaluation.intervals import Rate

_WORST = 12
_LARGEST_TABLE = 20


def classification_findings(report: ClassifierReport) -> Findings:
    """The report for a page or a comparison."""
    return Findings(
        kind="classification",
        title="Classification: which of the people it was trained on, if any",
        numbers=tuple(_numbers(report)),
        tables=tuple(_tables(report)),
        notes=report.notes,
        trials=_trials(report),
        examples=(*_strangers_named(report), *_mistaken(report)),
        result=report.to_json(),
    )


def _numbers(report: ClassifierReport) -> Iterator[Number]:
    yield Number("accuracy", "right person first", report.accuracy)
    yield Number("balanced_accuracy", "mean of the people's accuracies", report.balanced_accuracy)
    made = report.at_threshold
    if made is not None:
        at = f"at similarity {made.threshold:.3f}"
        yield Number("named_right", f"given the right name {at}", made.named_right)
        yield Number("wrong_name", f"given another's name {at}", made.wrong_name)
        yield Number("false_rejects", f"given no name {at}", made.false_rejects)
        note = "" if made.false_accepts else "no strangers"
        yield Number("false_accepts", f"strangers named {at}", made.false_accepts, note=note)
    yield Number("photos", "photos of its people", report.photos, Unit.COUNT)
    yield Number("stranger_photos", "photos of strangers", report.stranger_photos, Unit.COUNT)


def _tables(report: ClassifierReport) -> Iterator[Table]:
    rows: list[tuple[Cell | Rate, ...]] = [
        (one.name, one.photos, one.accuracy, one.named) for one in report.people
    ]
    columns = ("person", "photos", "right person first", "named at the threshold")
    yield Table("per_person", "Each person", columns, tuple(rows))
    if report.classes <= _LARGEST_TABLE:
        yield _confusion_table(report)
    elif report.confusions:
        yield Table(
            "confusions",
            "Who is taken for whom",
            ("person", "first class", "photos"),
            report.confusions[:_LARGEST_TABLE],
        )


def _confusion_table(report: ClassifierReport) -> Table:
    """A row for each person, a column for each class that is ever the first, and for no face."""
    counts = Counter((one.photo.label, one.first) for one in report.answers)
    names = [person.name for person in report.people]
    firsts = sorted(
        {one.first for one in report.answers if one.photo.label and one.first} | set(names)
    )
    rows: tuple[tuple[Cell | Rate, ...], ...] = tuple(
        (name, *(counts[name, first] for first in firsts), counts[name, None]) for name in names
    )
    return Table(
        "confusion_table",
        "Who is taken for whom",
        ("person", *firsts, "no face"),
        rows,
        note="the first class of each photo, whatever its similarity",
    )


def _trials(report: ClassifierReport) -> Trials:
    """Right is: the right person first; of a stranger: nobody is named."""
    return Trials(
        kind="photo",
        names=tuple(one.photo.source for one in report.answers),
        same=tuple(one.photo.label is not None for one in report.answers),
        scores=tuple(one.similarity for one in report.answers),
        right=tuple(
            one.named is None if one.photo.label is None else one.first == one.photo.label
            for one in report.answers
        ),
        subjects=tuple((one.photo.person,) for one in report.answers),
    )


def _strangers_named(report: ClassifierReport) -> Iterator[Example]:
    named = [one for one in report.answers if one.photo.label is None and one.named is not None]
    for one in _surest(named):
        text = f"{one.photo.person} is a stranger; named {one.named}, {one.similarity or 0:.3f}"
        yield Example("false_accept", (one.photo.source,), one.similarity, text)


def _mistaken(report: ClassifierReport) -> Iterator[Example]:
    wrong = [one for one in report.answers if one.photo.label is not None and one.first is not None]
    for one in _surest([one for one in wrong if one.first != one.photo.label]):
        text = f"{one.photo.person} taken for {one.first}, {one.similarity or 0:.3f}"
        yield Example("confusion", (one.photo.source,), one.similarity, text)


def _surest(answers: list[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda one: -(one.similarity or 0.0))[:_WORST]
