"""What ``mien verifier`` says on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli.measuring import percent, with_interval
from mien.cli.tables import table_lines
from mien.cli.text import plural, shown

if TYPE_CHECKING:
    from mien.evaluation import Comparison, PairedRate, Rate
    from mien.matching import PairVerifier
    from mien.verifiers import FitReport


def fit_lines(report: FitReport, place: Path, seconds: float) -> Iterator[str]:
    """The fit, line by line."""
    measured, verifier, said = report.fitted.report, report.verifier, report.reliability
    people = "" if measured.people is None else f", {measured.people:,} people"
    yield (
        f"{plural(measured.pairs, 'pair')}: {measured.genuine:,} genuine, {measured.impostor:,} "
        f"impostor{people}; {len(measured.folds)} folds, each answered by the others' weights"
    )
    yield from _systems(report)
    for plain, one in zip(report.plain, report.differences, strict=True):
        yield from _difference(plain.name, one)
    yield (
        f"probability         calibration error {percent(said.ece)} (by chance "
        f"{percent(said.ece_by_chance)}), Brier score {said.brier:.4f}"
    )
    yield (
        f"threshold           {verifier.min_log_odds:.3f} log-odds, P(same) "
        f"{verifier.probability(verifier.min_log_odds):.4f}, for a false match rate of "
        f"{verifier.target_fmr:g}"
    )
    yield f"  on held-out folds  {_small(report.held_out_fmr)}"
    single = "the cosines alone count" if report.freedom == 0 else f"freedom {report.freedom:g}"
    yield f"single dimensions   {single}"
    yield f"time                {seconds:.1f} s"
    for note in report.notes:
        yield f"note: {note}"
    yield f"written to {shown(str(place))}"


def show_lines(verifier: PairVerifier) -> Iterator[str]:
    """What a verifier's file holds, line by line."""
    for one in verifier.weights:
        single = f"and 2 × {len(one.absolute)} weights of single dimensions"
        yield (
            f"{shown(str(one.space))}: weight of the cosine {one.cosine:.3f}"
            f"{f', {single}' if one.absolute else ''}"
        )
    yield f"detector            {shown(verifier.detector)}"
    yield f"fitted              to {verifier.data}, {shown(verifier.created)}"
    yield (
        f"threshold           {verifier.min_log_odds:.3f} log-odds, for a false match rate of "
        f"{verifier.target_fmr:g}"
    )
    held = verifier.held_out
    yield f"on held-out folds   false match rate {held.fmr.value:.2g}, true match rate " + (
        f"{percent(held.tmr.value)}, calibration error {percent(held.ece)}"
    )


def _systems(report: FitReport) -> Iterator[str]:
    rows = []
    for one in (*report.plain, report.fitted):
        accuracy, error = one.report.accuracy or 0.0, one.report.standard_error or 0.0
        rates = [with_interval(row.by_people or row.tar) for row in one.report.tar_at_far[1:]]
        rows.append([one.name, f"{percent(accuracy)} ± {percent(error)}", *rates])
    fars = [f"TAR at FAR {row.far:g}" for row in report.fitted.report.tar_at_far[1:]]
    yield from table_lines(("", "accuracy ± s.e.", *fars), rows)


def _difference(name: str, comparison: Comparison) -> Iterator[str]:
    yield f"verifier − {shown(name)}, in points"
    for rate in comparison.rates:
        if rate.key in ("accuracy", "tar_at_far_0.01", "tar_at_far_0.001"):
            yield f"  {_points(rate)}"


def _points(rate: PairedRate) -> str:
    one = rate.difference
    low, high = (f"{100 * bound:+.2f}" for bound in (one.low, one.high))
    return f"{rate.label:<18}{100 * one.value:+.2f} (95 %: {low} to {high})"


def _small(rate: Rate) -> str:
    return f"{rate.value:.2g} (95 %: {rate.low:.2g} to {rate.high:.2g})"
