"""kill -9 at random moments: nothing acknowledged is lost, and the file stays sound."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from mien.gallery import Gallery

CHILD = Path(__file__).with_name("enrolling.py")
ROUNDS_PER_GALLERY = 10


def killed_while_enrolling(path: Path, first: int, late: bool, after_s: float) -> list[int]:
    """Start a child, kill it ``after_s`` seconds after it is about to open the gallery, or,
    ``late``, after its first acknowledgement.

    Returns the numbers that it acknowledged.
    """
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(path), str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"ready\n", child.stderr.read()
        lines = [child.stdout.readline()] if late else []
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.read().splitlines(keepends=True)
        errors = child.stderr.read()
    assert child.returncode == -signal.SIGKILL, errors
    return [int(line) for line in lines if line.endswith(b"\n")]


def stored_digests(path: Path) -> set[bytes]:
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("SELECT digest FROM template")}
    finally:
        connection.close()


def torture(folder: Path, rounds: int, seed: int) -> int:
    """So many kills; returns how many enrolments were acknowledged."""
    moments = random.Random(seed)
    total = 0
    for round_ in range(rounds):
        if round_ % ROUNDS_PER_GALLERY == 0:
            path = folder / f"{round_}.gallery"
            acknowledged: set[int] = set()
        # Half of the kills hit the making, opening and first writes, half hit what follows.
        late = bool(round_ % 2)
        after_s = moments.uniform(0, 0.1 if late else 0.02)
        acknowledged.update(killed_while_enrolling(path, 100_000 * (round_ + 1), late, after_s))
        with Gallery.open(path) as gallery:
            assert gallery.check() == (), f"round {round_}, seed {seed}"
            assert not gallery.stats().erasure_owed
        lost = {sha256(str(n).encode()).digest() for n in acknowledged} - stored_digests(path)
        assert not lost, f"round {round_}, seed {seed}: {len(lost)} acknowledged enrolments lost"
        if round_ % ROUNDS_PER_GALLERY == ROUNDS_PER_GALLERY - 1:
            total += len(acknowledged)
            path.unlink()
    return total


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_no_acknowledged_enrolment_is_lost_by_kill_9(tmp_path) -> None:
    assert torture(tmp_path, rounds=10, seed=random.randrange(1 << 30)) >= 5


@pytest.mark.torture
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_no_acknowledged_enrolment_is_lost_by_a_thousand_kill_9(tmp_path, capsys) -> None:
    seed = random.randrange(1 << 30)
    acknowledged = torture(tmp_path, 1000, seed)
    with capsys.disabled():
        sys.stdout.write(f"\n1,000 kills, seed {seed}: {acknowledged:,} acknowledged, none lost\n")
    assert acknowledged >= 500
