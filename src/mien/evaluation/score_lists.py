"""CSV files of scores that some system gave: of liveness, and of probabilities."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidLabels
from mien.evaluation.listings import read_columns
from mien.evaluation.liveness_counts import LIVE
from mien.evaluation.pairs import BOOLEANS

_KIND = re.compile(r"[a-z][a-z0-9 _./+-]{0,39}")
# Other words for live: taken for kinds of attacks they would turn the answer round.
_NOT_A_KIND = frozenset(
    (
        *("real", "genuine", "bonafide", "bona fide", "bona_fide", "bona-fide", "alive"),
        *("true", "false", "yes", "no", "not_live", "nan", "none", "null", "unknown"),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class LivenessScores:
    """One row for each presentation.

    Attributes:
        paths: what was shown.
        labels: ``live`` or a kind of attack.
        scores: ``(N,) float64``, higher is more live; NaN where there was no answer.
    """

    paths: tuple[str, ...]
    labels: tuple[str, ...]
    scores: NDArray[np.float64]


def read_liveness_scores(path: str | Path) -> LivenessScores:
    """Read a CSV with the columns ``path,label,score``; an empty score is no answer.

    A label is ``live`` or a kind of attack such as ``print`` or ``replay``, in any case.

    Raises:
        SourceNotFound: no such file.
        InvalidLabels: anything wrong inside, with its line.
    """
    source = Path(path)
    rows = []
    for line, (name, label, score) in read_columns(source, ("path", "label", "score"), ("score",)):
        where = f"{source}, line {line}"
        kind = label.lower()
        if not _KIND.fullmatch(kind) or kind in _NOT_A_KIND:
            raise InvalidLabels(
                f"{where}: expected the label live or a kind of attack such as print or replay, "
                f"got {label[:40]!r}"
            )
        rows.append((name, kind, _number(score, where) if score else math.nan))
    for wanted, there in (
        ("live faces", any(kind == LIVE for _, kind, _ in rows)),
        ("attacks", any(kind != LIVE for _, kind, _ in rows)),
    ):
        if not there:
            raise InvalidLabels(f"{source}: expected live faces and attacks, got no {wanted}")
    names, kinds, scores = zip(*rows, strict=True)
    return LivenessScores(names, kinds, np.array(scores, dtype=np.float64))


def read_probabilities(path: str | Path) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read a CSV with the columns ``same,probability``.

    ``same`` is one of 1, 0, true, false, yes, no, same, different, in any case.

    Returns:
        ``(N,)`` probabilities in [0, 1] and ``(N,) bool``, whether they were of the same person.

    Raises:
        SourceNotFound: no such file.
        InvalidLabels: anything wrong inside, with its line; rows of one kind only.
    """
    source = Path(path)
    truths, said = [], []
    for line, (word, score) in read_columns(source, ("same", "probability"), ("probability",)):
        where = f"{source}, line {line}"
        same = BOOLEANS.get(word.lower())
        if same is None:
            raise InvalidLabels(f"{where}: expected same to be true or false, got {word[:40]!r}")
        probability = _number(score, where)
        if not 0.0 <= probability <= 1.0:
            raise InvalidLabels(f"{where}: expected a probability from 0 to 1, got {score[:40]!r}")
        truths.append(same)
        said.append(probability)
    if len(set(truths)) < 2:
        got = "the same person" if truths[0] else "different people"
        raise InvalidLabels(f"{source}: expected both kinds of rows, got only {got}")
    return np.array(said, dtype=np.float64), np.array(truths, dtype=np.bool_)


def _number(word: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidLabels(f"{where}: expected a number, got {word[:40]!r}")
    return value
