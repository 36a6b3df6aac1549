"""The precision-recall curve of found faces, the area under it, and recall at false alarms.

Source: Everingham et al., "The PASCAL visual object classes challenge" (IJCV 2010), section 4.2.
The area is the challenge's since 2010: exact, under the precision envelope, over all points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.box_matching import Matches
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, log_odds_interval
from mien.evaluation.people_rates import effective_people, rate_over_people
from mien.evaluation.resample import drawn, log_odds_variance

FALSE_ALARMS = (0, 1, 10, 100, 1000)


@dataclass(frozen=True, slots=True)
class RecallAt:
    """The greatest recall of any score with at most so many false alarms over all photos.

    ``score`` is the lowest that keeps them; None where not even the highest does.
    """

    false_alarms: int
    recall: Rate
    score: float | None

    def to_json(self) -> dict[str, Any]:
        return {**self.recall.to_json(), "score": self.score}


@dataclass(frozen=True, slots=True, eq=False)
class DetectionCurve:
    """Counts at every score that occurs, from the surest down.

    Attributes:
        scores: ``(K,) float64``, strictly falling.
        found, false_alarms: ``(K,) int64``, at or above each score.
        envelope: ``(K,) float64``, the best precision at or beyond each recall.
        ends: ``(K,)`` the last match of each score.
    """

    scores: NDArray[np.float64]
    found: NDArray[np.int64]
    false_alarms: NDArray[np.int64]
    envelope: NDArray[np.float64]
    ends: NDArray[np.int64]


def detection_curve(matches: Matches) -> DetectionCurve:
    """Equal scores are one point: no least score separates them."""
    scores = matches.scores
    ends = (
        np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
        if len(scores)
        else np.empty(0, dtype=np.int64)
    )
    found = np.cumsum(matches.face >= 0, dtype=np.int64)[ends]
    return DetectionCurve(
        scores=scores[ends],
        found=found,
        false_alarms=ends + 1 - found,
        envelope=_envelope(found, ends + 1),
        ends=ends,
    )


def per_photo(index: NDArray[np.int64], photos: int) -> NDArray[np.int64]:
    """How often each photo occurs."""
    return np.bincount(index, minlength=photos).astype(np.int64)


def _envelope(found: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
    precision = np.divide(found, seen, out=np.zeros(len(found)), where=seen > 0)
    return np.asarray(np.maximum.accumulate(precision[::-1])[::-1])


def average_precision(
    matches: Matches,
    line: DetectionCurve,
    totals: NDArray[np.int64],
    replicates: int,
    seed: int,
) -> Rate:
    """Area under the precision envelope, its interval by drawing photos.

    Its errors are the faces never found and the false alarms before the last one that is.

    Args:
        matches: of all photos.
        line: their curve.
        totals: faces of each photo; one at least in all.
        replicates, seed: of the bootstrap.
    """
    right = matches.face >= 0

    def area(times: NDArray[np.int64]) -> float:
        weights = times[matches.photo]
        found = np.cumsum(weights * right)[line.ends]
        seen = np.cumsum(weights)[line.ends]
        steps = np.diff(found, prepend=0)
        return float((steps * _envelope(found, seen)).sum() / (times @ totals))

    value = area(np.ones(len(totals), dtype=np.int64))
    draws = chain.from_iterable(drawn(len(totals), replicates, seed))
    areas = [area(times) for times in draws if times @ totals]
    faces, found = int(totals.sum()), int(right.sum())
    variance = log_odds_variance(areas, faces)
    low, high = log_odds_interval(value, variance, effective_people(totals))
    # Where all is found draws hardly differ. The area never exceeds the recall, nor do its ends.
    recall = rate_over_people(per_photo(matches.photo[right], len(totals)), totals)
    low = min(low, recall.low)
    before_the_last = int((~right[: int(np.flatnonzero(right)[-1])]).sum()) if found else 0
    errors = before_the_last + faces - found
    return Rate(value, low, high, errors >= SUPPORTING_ERRORS)


def recall_at(
    matches: Matches,
    line: DetectionCurve,
    totals: NDArray[np.int64],
) -> list[RecallAt]:
    """Recall at each number of false alarms that the curve reaches; as ``average_precision``."""
    most = int(line.false_alarms[-1]) if len(line.ends) else 0
    rows = []
    for allowed in FALSE_ALARMS:
        if allowed > most and allowed > 0:
            break
        index = int(np.searchsorted(line.false_alarms, allowed, side="right")) - 1
        kept = slice(0, int(line.ends[index]) + 1 if index >= 0 else 0)
        hits = matches.photo[kept][matches.face[kept] >= 0]
        recall = rate_over_people(per_photo(hits, len(totals)), totals)
        rows.append(RecallAt(allowed, recall, float(line.scores[index]) if index >= 0 else None))
    return rows
