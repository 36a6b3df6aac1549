"""What the commands that train have in common: what they need, their bar, their answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.progress import StageBar
from mien.cli.text import plural, shown

if TYPE_CHECKING:
    from mien.evaluation import Rate
    from mien.training.listener import Listener
    from mien.training.loop import EpochRow
    from mien.training.trained import Trained


def need_training(*more: str) -> None:
    """What training needs is there.

    Args:
        more: packages beside those that every training needs.

    Raises:
        EngineMissing: it is not; the message has the command that installs it.
    """
    from mien.networks import require_torch

    require_torch("lightning", "sklearn", "matplotlib", "onnxscript", *more)


@contextmanager
def training_listener(output: Output) -> Iterator[Listener]:
    """A bar for each stage on a terminal, and notes."""
    from mien.training.listener import Listener

    with StageBar(output) as bar:

        def epoch(row: EpochRow) -> None:
            bar.step(1)
            bar.say(
                f"epoch {row.epoch}  loss {row.train_loss:.3f} | {row.validation_loss:.3f}  "
                f"right {row.train_accuracy:.1%} | {row.validation_accuracy:.1%}"
            )

        yield Listener(output.note, bar.stage, bar.step, epoch)


def answer_lines(made: Trained) -> Iterator[str]:
    """What a person reads of a run."""
    history = made.learned.history
    counts = made.to_json()["photos"]
    yield (
        f"{plural(len(made.data.names), 'person', 'people')}, "
        f"{counts['train']:,} photos to learn from, {counts['validation']:,} to choose by, "
        f"{counts['test']:,} to be tested on"
    )
    if made.data.refused:
        yield f"not used         {plural(len(made.data.refused), 'photo')}"
    yield (
        f"trained          {made.learned.frozen.backbone.name} + {made.config.head}, epoch "
        f"{history.best_epoch} of {len(history.rows)} was the best"
    )
    if made.crossed is not None:
        yield f"{made.crossed.folds} folds          {_rate(made.crossed.report.accuracy)} right"
    for part, measured in made.measured.items():
        yield f"{part.value:16} {_rate(measured.report.accuracy)} right"
        if measured.unknown is not None and measured.named_wrong is not None:
            yield (
                f"                 with strangers in mind: {measured.named_wrong.value:.1%} named "
                f"wrong, {measured.unknown.value:.1%} called unknown"
            )
    fit = made.unknown.fit
    if fit is None:
        yield f"strangers        no threshold: {made.unknown.source}"
    else:
        yield (
            f"strangers        {_rate(fit.false_accepts)} of {fit.threshold.pairs:,} named at "
            f"{fit.threshold.similarity:.2f} similarity ({shown(made.unknown.source)})"
        )
    total = sum(made.seconds.values())
    yield f"written to {shown(str(made.config.out))} after {total:.0f} s"


def _rate(rate: Rate) -> str:
    return f"{rate.value:.1%} (95 %: {rate.low:.1%} to {rate.high:.1%})"
