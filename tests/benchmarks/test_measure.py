"""One peer's process, from the job to the numbers, with a peer that answers at once."""

import sys
import time
from pathlib import Path

import pytest
from lfw import PairSet
from machine import busy_seconds
from measure import PeerRunError, _Others, measure
from peers import Ready
from protocol import central_face

from mien.evaluation import Pair

RUNNERS = Path(__file__).parents[2] / "benchmarks" / "runners"
RUNNER = """
import sys
import time
sys.path.insert(0, {runners!r})
from protocol import Peer, serve

def encode(photos):
    for photo in photos:
        yield None if "none" in photo else float(photo)

serve(lambda options: Peer(encode, lambda a, b: -abs(a - b), (), options["usage"]))
"""


def ready(folder, text):
    runner = folder / "runner.py"
    runner.write_text(text, encoding="utf-8")
    return Ready("toy", Path(sys.executable), runner, {"usage": "a toy"})


def toy_data():
    photos = [Path(str(number)) for number in (1, 1.1, 5, 5.2)] + [Path("none")]
    kinds = {(0, 1): True, (0, 2): False, (2, 3): True, (1, 4): False}
    positions = [ends for _ in range(10) for ends in kinds]
    pairs = [Pair(fold, same, "", "") for fold in range(10) for same in kinds.values()]
    return PairSet(tuple(photos) * 20, tuple(pairs), tuple(positions))


def test_a_peer_is_measured_through_its_process(tmp_path):
    result = measure(ready(tmp_path, RUNNER.format(runners=str(RUNNERS))), toy_data(), 40)
    assert result.accuracy == pytest.approx(3 / 4)  # the pair with a faceless photo is an error
    assert result.tar["tar"] == 1.0
    assert (result.failures, result.photos, result.timed_photos) == (20, 100, 40)
    assert result.photos_per_second > 0
    assert 0 < result.start_up_seconds < 30
    assert 1e6 < result.peak_bytes < 30e6  # the parent's numpy is not counted
    assert result.usage == "a toy"


def test_a_peer_that_fails_says_its_last_line(tmp_path):
    with pytest.raises(PeerRunError, match="toy: RuntimeError: no such luck"):
        measure(ready(tmp_path, "raise RuntimeError('no such luck')"), toy_data(), 40)


def test_the_person_of_a_photo_is_large_and_central():
    corner, centre, speck = (0, 0, 60, 60), (100, 100, 150, 150), (124, 124, 126, 126)
    assert central_face([corner, centre, speck], 250, 250) == 1
    assert central_face([corner], 250, 250) == 0


@pytest.mark.skipif(busy_seconds() is None, reason="this system does not tell")
def test_a_busy_neighbour_is_noticed():
    others = _Others()
    end = time.monotonic() + 1.0
    while time.monotonic() < end:  # this process is not a child of its own, so it is a neighbour
        pass
    assert others.cores() > 0.5
