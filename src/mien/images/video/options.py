"""What reading a video may cost, and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from mien.checks import check_count, check_fraction
from mien.images.limits import Limits


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How a video is read; the defaults suit all kinds.

    Attributes:
        limits: for the size of a frame, as for a photo.
        queue_frames: frames read ahead. Where it is full, a file waits and a live source loses
            its oldest frame.
        open_timeout_s: how long a stream may take to begin.
        read_timeout_s: how long a stream may be silent before it counts as broken.
        reconnect_tries: attempts, one after another, to open a stream or a camera that broke.
        reconnect_wait_s: before the first of them; doubled for each further one, up to 30 s.
        reconnect_s: for how long after a break to attempt it, in place of a number of tries; who
            sets it takes the source for one that does not end by itself.
        damaged_in_a_row: packets that do not decode before a film counts as ended.
        exclude: patterns of what is passed over in a folder of photos; see `FolderWalk`.
        sequence_rate: frames per second of a sequence of photos, which has no times of its own.
    """

    limits: Limits = field(default_factory=Limits)
    queue_frames: int = 8
    open_timeout_s: float = 5.0
    read_timeout_s: float = 10.0
    reconnect_tries: int = 3
    reconnect_wait_s: float = 0.5
    reconnect_s: float | None = None
    damaged_in_a_row: int = 200
    sequence_rate: float = 25.0
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_count(self.queue_frames, "queue_frames", 1, 1024)
        check_count(self.reconnect_tries, "reconnect_tries", 0, 1000)
        check_count(self.damaged_in_a_row, "damaged_in_a_row", 1, 1_000_000)
        check_fraction(self.open_timeout_s, "open_timeout_s", 0.01, 3600.0)
        check_fraction(self.read_timeout_s, "read_timeout_s", 0.01, 3600.0)
        check_fraction(self.reconnect_wait_s, "reconnect_wait_s", 0.0, 3600.0)
        if self.reconnect_s is not None:
            check_fraction(self.reconnect_s, "reconnect_s", 0.0, 7 * 86_400.0)
        check_fraction(self.sequence_rate, "sequence_rate", 1e-3, 1e4)
