"""Is B better than A? Two evaluations of the same questions, compared question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidReport
from mien.evaluation.findings import Findings, Number, Table, Trials, Unit
from mien.evaluation.paired import draw_subjects, draw_trials, mcnemar
from mien.evaluation.paired_rates import PairedRate, System, paired_rates

SIGNIFICANT = 0.05
SHOWN_DISAGREEMENTS = 50
PLURALS = {"pair": "pairs", "search": "searches"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """On how many questions who is right; ``p`` is McNemar's, exact and two-sided."""

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float

    def to_json(self) -> dict[str, Any]:
        names = ("both", "only_a", "only_b", "neither", "p")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations of the same questions.

    Attributes:
        of: the kind of both reports.
        unit: what a question is, in the plural: ``pairs``, ``searches``.
        questions: how many were compared.
        rates: the leading one first.
        agreement: None where a report gives no verdicts.
        drawn: what the bootstrap drew: ``people``, or the questions themselves.
        replicates: how often.
        disagreements: name, truth, score of A, score of B, and who is right.
        notes: what the reader must know.
    """

    of: str
    unit: str
    questions: int
    rates: tuple[PairedRate, ...]
    agreement: Agreement | None
    drawn: str
    replicates: int
    disagreements: tuple[tuple[str, str, float | None, float | None, str], ...]
    notes: tuple[str, ...]

    @property
    def distinguishable(self) -> bool:
        """The leading rate's interval leaves 0 out, and McNemar's test, if any, agrees."""
        lead = self.rates[0].difference
        clear = lead.low > 0 or lead.high < 0
        return clear and (self.agreement is None or self.agreement.p < SIGNIFICANT)

    @property
    def conclusion(self) -> str:
        """One sentence, in points of the leading rate."""
        lead = self.rates[0]
        value, low, high = lead.difference.value, lead.difference.low, lead.difference.high
        if value == 0:
            first = f"A and B have the same {lead.label}"
        else:
            better = "B" if (value > 0) == lead.more_is_better else "A"
            if value < 0:
                value, low, high = -value, -high, -low
            first = f"{better} is better by {_points(value)} points of {lead.label}"
        verdict = "" if self.distinguishable else "not "
        interval = f"(95 %: {_points(low)} to {_points(high)})"
        return f"{first} {interval}: {verdict}distinguishable on these {self.unit}"

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "of": self.of,
            "unit": self.unit,
            "questions": self.questions,
            "rates": {rate.key: rate.to_json() for rate in self.rates},
            "right": None if self.agreement is None else self.agreement.to_json(),
            "distinguishable": self.distinguishable,
            "conclusion": self.conclusion,
            "drawn": self.drawn,
            "replicates": self.replicates,
            "notes": list(self.notes),
        }

    def findings(self) -> Findings:
        """The comparison as numbers and tables."""
        numbers = [
            Number(rate.key, f"{rate.label}, B − A", rate.difference, Unit.POINTS)
            for rate in self.rates
        ]
        tables = [
            Table(
                "rates",
                "Side by side",
                ("", "A", "B"),
                tuple((rate.label, rate.a, rate.b) for rate in self.rates),
            )
        ]
        if self.agreement is not None:
            one = self.agreement
            numbers.insert(1, Number("p", "McNemar's exact p", one.p, Unit.NUMBER))
            rows = (("A right", one.both, one.only_a), ("A wrong", one.only_b, one.neither))
            tables.append(Table("right", "Who is right", ("", "B right", "B wrong"), rows))
        if self.disagreements:
            columns = (self.unit, "truth", "score of A", "score of B", "right")
            note = f"{len(self.disagreements)} in all; these are the first"
            shown = self.disagreements[:SHOWN_DISAGREEMENTS]
            tables.append(
                Table(
                    "disagreements",
                    "Where one is right and the other wrong",
                    columns,
                    shown,
                    note if len(shown) < len(self.disagreements) else "",
                )
            )
        return Findings(
            kind="comparison",
            title=self.conclusion,
            numbers=tuple(numbers),
            tables=tuple(tables),
            notes=self.notes,
            result=self.to_json(),
        )


def compare(a: Findings, b: Findings, replicates: int = 1000, seed: int = 0) -> Comparison:
    """Compare two evaluations of the same questions.

    Verdicts (``Trials.right``) are compared where both reports give them; of searches, those for
    people who are enrolled count. The scores of pairs give the equal error rate and the true
    accept rates.

    Args:
        a, b: of one kind, with the same questions in the same order.
        replicates: draws of the bootstrap, 40 to 100,000.
        seed: of its generator.

    Raises:
        InvalidReport: other kinds or other questions, or nothing that both reports give.
        InsufficientData: too few people to draw from.
    """
    first, second = same_questions(a, b)
    counted = np.array(first.same) if first.kind == "search" else np.ones(len(first.names), bool)
    systems = System(first, counted, second), System(second, counted, first)
    if not systems[0].labels:
        which = "B" if first.right else "A"
        raise InvalidReport(
            f"{which}: expected verdicts in both reports (findings.trials.right), got none; "
            "measure it again"
        )
    subjects = first.subjects or second.subjects
    draw = draw_subjects(subjects) if subjects else draw_trials(np.array(first.same, bool))
    unit = PLURALS.get(first.kind, f"{first.kind}s")
    return Comparison(
        of=a.kind,
        unit=unit,
        questions=int(counted.sum()),
        rates=paired_rates(*systems, draw, replicates, seed),
        agreement=_agreement(first, second, counted),
        drawn="people" if subjects else unit,
        replicates=replicates,
        disagreements=_disagreements(first, second, counted),
        notes=_notes(first, second, bool(subjects), unit),
    )


def same_questions(a: Findings, b: Findings) -> tuple[Trials, Trials]:
    """The single answers of both, if they are answers to the same questions.

    Raises:
        InvalidReport: they are not; the message says where they differ.
    """
    if a.kind != b.kind:
        raise InvalidReport(f"reports: expected two of one kind, got {a.kind} and {b.kind}")
    if a.trials is None or b.trials is None:
        raise InvalidReport(
            f"{'A' if a.trials is None else 'B'}: expected single answers (findings.trials), got "
            f"none; {a.kind} reports like this one cannot be compared"
        )
    first, second = a.trials, b.trials
    if first.kind != second.kind:
        raise InvalidReport(f"trials: expected one kind, got {first.kind} and {second.kind}")
    if not first.names:
        raise InvalidReport("A: expected questions, got none")
    if first.names != second.names:
        raise InvalidReport(_other_names(first.names, second.names))
    for field in ("same", "subjects"):
        values = getattr(first, field), getattr(second, field)
        if all(values) and values[0] != values[1]:
            at = next(at for at, pair in enumerate(zip(*values, strict=True)) if len(set(pair)) > 1)
            raise InvalidReport(
                f"trials.{field}: expected the same labels in both reports, got others for "
                f"{first.names[at][:80]!r}; compare reports of one list"
            )
    return first, second


def _other_names(first: Sequence[str], second: Sequence[str]) -> str:
    parts = []
    for letter, own, others in (("A", first, set(second)), ("B", second, set(first))):
        alone = [name for name in own if name not in others]
        if alone:
            parts.append(f"{len(alone):,} only in {letter} (the first: {alone[0][:80]!r})")
    if not parts:
        places = zip(first, second, strict=False)
        at = next((at for at, (one, other) in enumerate(places) if one != other), 0)
        parts.append(f"another order or number, from question {at + 1:,} on")
    return (
        f"trials.names: expected the same questions in both reports, got {' and '.join(parts)}; "
        "measure both on one list"
    )


def _agreement(first: Trials, second: Trials, counted: NDArray[np.bool_]) -> Agreement | None:
    if not (first.right and second.right and counted.any()):
        return None
    a, b = np.array(first.right)[counted], np.array(second.right)[counted]
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return Agreement(
        both=int((a & b).sum()),
        only_a=only_a,
        only_b=only_b,
        neither=int((~a & ~b).sum()),
        p=mcnemar(only_a, only_b),
    )


def _disagreements(
    first: Trials, second: Trials, counted: NDArray[np.bool_]
) -> tuple[tuple[str, str, float | None, float | None, str], ...]:
    if not (first.right and second.right):
        return ()
    truth = ("different", "same") if first.kind == "pair" else ("no", "yes")
    return tuple(
        (
            first.names[at],
            truth[first.same[at]],
            first.scores[at],
            second.scores[at],
            "A" if first.right[at] else "B",
        )
        for at in np.flatnonzero(counted & (np.array(first.right) != np.array(second.right)))
    )


def _notes(first: Trials, second: Trials, people: bool, unit: str) -> tuple[str, ...]:
    notes = []
    if people:
        notes.append("intervals draw people, and so allow for one person being in many " + unit)
    else:
        notes.append(
            f"intervals draw {unit} as if they were independent: the reports do not say who is on "
            "them, and where people recur the true intervals are wider"
        )
    if not (first.right and second.right):
        which = [name for name, one in (("A", first), ("B", second)) if not one.right]
        notes.append(
            f"{' and '.join(which)} gave no verdicts: scores are compared, accuracy is not"
        )
    if first.kind == "pair":
        notes.append("of the equal error rate, less is better: a difference below 0 speaks for B")
    notes.append("both were measured on these photos alone: on others the better one may be worse")
    return tuple(notes)


def _points(share: float) -> str:
    text = f"{100 * share:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else "0.00"
