"""When a face is looked for, when a track ends, and how often it is looked at closely."""

from __future__ import annotations

from dataclasses import dataclass

from mien.checks import check_count, check_fraction


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Settings of tracking; ``docs/video.md`` says where the defaults come from.

    Attributes:
        every: detect on every so many frames; 0: by ``interval_s``, and as often as the time
            allows for a live source.
        interval_s: between two detections.
        start_score: a detection begins a track from this score on.
        follow_score: a detection continues a track from this score on.
        gate: a detection belongs to a track up to this squared Mahalanobis distance; 12.8 is
            passed by 99.5 % of the true ones where the motion is as assumed (chi-square, 3
            degrees of freedom).
        reach: and up to this distance from where it was expected, in face heights.
        lost_s: a track that is not seen is continued by its motion within this time,
        revive_s: and by its embedding within this.
        looks_kept: best crops whose vectors are averaged.
        look_gap_s: between two close looks at one track.
        better: a new crop is looked at where it promises so many times what the worst kept did;
            the square of it where the answer is clear already.
    """

    every: int = 0
    interval_s: float = 0.2
    start_score: float = 0.75
    follow_score: float = 0.5
    gate: float = 12.8
    reach: float = 1.5
    lost_s: float = 0.7
    revive_s: float = 5.0
    looks_kept: int = 5
    look_gap_s: float = 0.4
    better: float = 1.25

    def __post_init__(self) -> None:
        check_count(self.every, "every", 0, 100_000)
        check_count(self.looks_kept, "looks_kept", 1, 100)
        check_fraction(self.interval_s, "interval_s", 0.0, 3600.0)
        check_fraction(self.start_score, "start_score")
        check_fraction(self.follow_score, "follow_score")
        check_fraction(self.gate, "gate", 0.1, 1e4)
        check_fraction(self.reach, "reach", 0.1, 100.0)
        check_fraction(self.lost_s, "lost_s", 0.0, 3600.0)
        check_fraction(self.revive_s, "revive_s", 0.0, 3600.0)
        check_fraction(self.look_gap_s, "look_gap_s", 0.0, 3600.0)
        check_fraction(self.better, "better", 1.0, 100.0)
