"""How well presentation attacks are told from live faces, from scores.

Source: ISO/IEC 30107-3. A face is taken for live where its score is at or above the threshold.
APCER is the share of the attacks of one kind that are taken for live, BPCER the share of live
faces that are taken for attacks; both over the presentations that got a score. Those that got
none are reported apart, as the non-response rates APNRR and BPNRR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidOption
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, log_odds_interval, rate_of
from mien.evaluation.liveness_counts import (
    LIVE,
    LivenessCounts,
    check_liveness,
    drawn_counts,
    equal_error_threshold,
    liveness_counts,
)
from mien.evaluation.resample import log_odds_variance
from mien.renamed import limit_json, renamed_argument

APCERS = (0.10, 0.05, 0.01)
REPLICATES = 1000


@dataclass(frozen=True, slots=True)
class AttackKind:
    """Attacks of one kind.

    Attributes:
        kind: as it is labelled.
        presentations: how many.
        accepted: how many were taken for live.
        apcer: of those with a score; None where none has one.
        no_response: share without a score (APNRR).
    """

    kind: str
    presentations: int
    accepted: int
    apcer: Rate | None
    no_response: Rate

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "presentations": self.presentations,
            "accepted": self.accepted,
            "apcer": None if self.apcer is None else self.apcer.to_json(),
            "apnrr": self.no_response.to_json(),
        }


@dataclass(frozen=True, slots=True)
class BpcerAt:
    """BPCER at the lowest threshold at which no kind's APCER exceeds ``apcer``.

    ``threshold`` is None where only "take none for live" does it; ``accepted`` is the most attacks
    of one kind that are taken for live there, which is what supports the rate.
    """

    apcer: float
    bpcer: Rate
    threshold: float | None
    accepted: int

    def to_json(self) -> dict[str, Any]:
        return {
            **self.bpcer.to_json(),
            **limit_json(self.threshold, "min_score"),
            "accepted": self.accepted,
        }


@dataclass(frozen=True, slots=True)
class LivenessReport:
    """What scores of live faces and attacks are worth.

    Attributes:
        live, attacks: presentations.
        threshold: scores at or above it are taken for live.
        chosen_here: whether the threshold was chosen on these same scores.
        kinds: one entry for each kind of attack, by name.
        apcer: of the worst kind, whose name is ``worst``.
        bpcer: at the threshold.
        acer: mean of ``apcer`` and ``bpcer``.
        hter: mean of the APCER of all attacks together and ``bpcer``.
        eer: where the APCER of all attacks together equals BPCER.
        bpcer_at: for each APCER of the worst kind, falling.
        live_no_response: share of live faces without a score (BPNRR).
        attack_no_response: share of all attacks without one (APNRR).
        notes: what the reader must know of these numbers.
    """

    live: int
    attacks: int
    threshold: float
    chosen_here: bool
    kinds: tuple[AttackKind, ...]
    apcer: Rate
    worst: str
    bpcer: Rate
    acer: Rate
    hter: Rate
    eer: Rate
    bpcer_at: tuple[BpcerAt, ...]
    live_no_response: Rate
    attack_no_response: Rate
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate liveness --json``."""
        return {
            "live": self.live,
            "attacks": self.attacks,
            **limit_json(self.threshold, "min_score"),
            "min_score_chosen_here": self.chosen_here,
            "threshold_chosen_here": self.chosen_here,
            "apcer": {**self.apcer.to_json(), "kind": self.worst},
            "apcer_by_kind": {one.kind: one.to_json() for one in self.kinds},
            "bpcer": self.bpcer.to_json(),
            "acer": self.acer.to_json(),
            "hter": self.hter.to_json(),
            "eer": self.eer.to_json(),
            "bpcer_at_apcer": {f"{one.apcer:g}": one.to_json() for one in self.bpcer_at},
            "bpnrr": self.live_no_response.to_json(),
            "apnrr": self.attack_no_response.to_json(),
            "notes": list(self.notes),
        }


@renamed_argument("threshold", "min_score")
def evaluate_liveness(
    labels: Sequence[str],
    scores: Any,
    min_score: float | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> LivenessReport:
    """Judge the scores of live faces and attacks.

    Args:
        labels: N words, ``live`` or a kind of attack.
        scores: ``(N,)`` numbers, higher is more live; NaN where the system gave no answer.
        min_score: scores at or above it are live; None chooses that of the equal error rate.
        replicates, seed: of the bootstrap, which draws presentations within each kind.

    Raises:
        InvalidArray: scores that do not fit the labels, or are infinite.
        InsufficientData: no live face or no attack with a score.
        InvalidOption: a least score that is no number, a replicate count out of range.
    """
    values, names = check_liveness(labels, scores)
    counts = liveness_counts(labels, scores)
    level = equal_error_threshold(counts) if min_score is None else float(min_score)
    if not math.isfinite(level):
        raise InvalidOption(f"min_score: expected a number, got {min_score!r}")
    kinds = tuple(_kind(kind, values, names, level) for kind in sorted(set(names) - {LIVE}))
    answered = [(one.kind, one.apcer) for one in kinds if one.apcer is not None]
    worst, apcer = max(answered, key=lambda one: one[1].value)
    live = values[(names == LIVE) & ~np.isnan(values)]
    attacks = values[(names != LIVE) & ~np.isnan(values)]
    bpcer = _share(live < level)
    eer, at = _threshold_free(counts, replicates, seed)
    return LivenessReport(
        live=int((names == LIVE).sum()),
        attacks=int((names != LIVE).sum()),
        threshold=level,
        chosen_here=min_score is None,
        kinds=kinds,
        apcer=apcer,
        worst=worst,
        bpcer=bpcer,
        acer=_mean_rate(apcer, bpcer),
        hter=_mean_rate(_share(attacks >= level), bpcer),
        eer=eer,
        bpcer_at=at,
        live_no_response=_share(np.isnan(values[names == LIVE])),
        attack_no_response=_share(np.isnan(values[names != LIVE])),
        notes=_notes(min_score is None, int(np.isnan(values).sum()), len(answered)),
    )


def _kind(kind: str, values: NDArray[np.float64], names: NDArray[Any], level: float) -> AttackKind:
    scores = values[names == kind]
    answered = scores[~np.isnan(scores)]
    return AttackKind(
        kind,
        len(scores),
        int((answered >= level).sum()),
        _share(answered >= level) if len(answered) else None,
        _share(np.isnan(scores)),
    )


def _share(which: NDArray[np.bool_]) -> Rate:
    """A rate of errors, with Wilson's interval."""
    return rate_of(int(which.sum()), len(which), int(which.sum()))


def _mean_rate(a: Rate, b: Rate) -> Rate:
    """The mean of two independent rates; its interval by MOVER (Zou and Donner, 2008)."""
    value = (a.value + b.value) / 2
    low = value - math.hypot(a.value - a.low, b.value - b.low) / 2
    high = value + math.hypot(a.high - a.value, b.high - b.value) / 2
    return Rate(value, max(low, 0.0), min(high, 1.0), a.supported and b.supported)


def _threshold_free(
    counts: LivenessCounts, replicates: int, seed: int
) -> tuple[Rate, tuple[BpcerAt, ...]]:
    """EER and BPCER at fixed APCER; the bootstrap sets each threshold anew."""
    drawn = np.array(
        [
            [one.roc().eer, *(float(one.bpcer[one.place_of(apcer)]) for apcer in APCERS)]
            for one in drawn_counts(counts, replicates, seed)
        ]
    )
    curve = counts.roc()
    place = int(np.argmin(np.abs(curve.false_accepts / curve.impostor - counts.bpcer)))
    errors = int(curve.false_accepts[place]) + curve.genuine - int(curve.true_accepts[place])
    fewer = min(curve.genuine, curve.impostor)
    ends = log_odds_interval(curve.eer, log_odds_variance(drawn[:, 0], fewer), fewer)
    eer = Rate(curve.eer, *ends, errors >= SUPPORTING_ERRORS)
    rows = []
    for column, apcer in enumerate(APCERS, start=1):
        place = counts.place_of(apcer)
        accepted = int(counts.attacks[:, place].max())
        plain = rate_of(curve.genuine - int(counts.live[place]), curve.genuine, accepted)
        variance = log_odds_variance(drawn[:, column], curve.genuine)
        low, high = log_odds_interval(plain.value, variance, fewer)
        rate = Rate(plain.value, min(plain.low, low), max(plain.high, high), plain.supported)
        threshold = float(counts.thresholds[place]) if place else None
        rows.append(BpcerAt(apcer, rate, threshold, accepted))
    return eer, tuple(rows)


def _notes(chosen: bool, unanswered: int, kinds: int) -> tuple[str, ...]:
    notes = []
    if chosen:
        notes.append(
            "the threshold is that of the equal error rate on these same scores, so APCER, BPCER, "
            "ACER and HTER are too good; give the system's own least score"
        )
    if unanswered:
        notes.append(f"{unanswered} presentations have no score: they are in APNRR and BPNRR alone")
    if kinds > 1:
        notes.append("the worst of several kinds is picked by its errors: chance makes it worse")
    notes.append(
        "intervals take presentations for independent; those of one person or one device are not; "
        "attacks of other kinds may fare otherwise"
    )
    return tuple(notes)
