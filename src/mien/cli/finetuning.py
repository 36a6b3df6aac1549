"""What ``mien finetune`` says: epoch by epoch, and in the end what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.progress import StageBar
from mien.cli.text import shown

if TYPE_CHECKING:
    from mien.evaluation import Rate
    from mien.training.listener import Listener
    from mien.training.metric.finetuned import Finetuned
    from mien.training.metric.held_out import Change
    from mien.training.metric.history import MetricEpoch


@contextmanager
def finetune_listener(
    output: Output,
) -> Iterator[tuple[Listener, Callable[[MetricEpoch], None]]]:
    """A bar for each stage on a terminal, notes, and a word after each epoch."""
    from mien.training.listener import Listener

    with StageBar(output) as bar:

        def told(row: MetricEpoch) -> None:
            text = f"epoch {row.epoch}  TAR at FAR 1 % {row.tar:.1%}"
            if row.train_loss is not None and row.hard is not None and row.semihard is not None:
                text += (
                    f"  loss {row.train_loss:.3f}  {row.hard:.1%} hard, "
                    f"{row.semihard:.1%} semi-hard"
                )
            bar.say(text)

        yield Listener(output.note, bar.stage, bar.step), told


def finetune_lines(made: Finetuned) -> Iterator[str]:
    """What a person reads of a run."""
    history, people = made.tuned.history, made.people()
    sides = list(people.values())
    yield (
        f"{sum(sides)} people: {sides[0]} learned from, {sides[1]} to choose the epoch by, "
        f"{sides[2]} held out"
    )
    backbone, objective = made.tuned.after.frozen.backbone, made.config.objective
    mined = f", {objective.chosen_miner}" if objective.chosen_miner else ""
    yield (
        f"learned          {backbone.name}, {objective.loss}{mined}: epoch {history.best_epoch} "
        f"of {len(history.rows) - 1} was the best"
    )
    if history.stopped:
        yield f"ended early      {history.stopped}"
    for change in made.verdict.changes:
        yield from _change_lines(change)
    for threshold in made.thresholds[-1:]:
        yield (
            f"threshold        {threshold.similarity:.3f} similarity at a false match rate of "
            f"{threshold.fmr:g}"
        )
    seconds = sum(made.seconds.values())
    for reason in made.verdict.reasons:
        yield f"worse            {reason}"
    if made.saved:
        kept = ", though it is worse (--keep-anyway)" if made.verdict.is_worse else ""
        yield f"written to {shown(str(made.config.out))} after {seconds:.0f} s{kept}"
    else:
        yield f"refused after {seconds:.0f} s: nothing was saved; --keep-anyway would save it"


def _change_lines(change: Change) -> Iterator[str]:
    gap = change.difference
    yield f"{change.title:16} {_rate(change.before)} before, {_rate(change.after)} after"
    yield (
        f"                 {100 * gap.value:+.2f} points (95 %: {100 * gap.low:+.2f} to "
        f"{100 * gap.high:+.2f}) on {change.data}"
    )


def _rate(rate: Rate) -> str:
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"
