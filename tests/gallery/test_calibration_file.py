"""A calibration's file: whole or as it was, and found beside its gallery."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mien.errors import InvalidCalibration, OutputUnwritable, SourceNotFound
from mien.gallery import (
    Gallery,
    calibration_beside,
    own_calibration_of,
    read_calibration,
    write_calibration,
)
from mien.matching import Calibration, CalibrationData, OwnCalibration, Share
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("m", "ab" * 32, "p", 4)
DATA = CalibrationData(300, 60, 700, 44_000)
CREATED = "2026-01-02T03:04:05+00:00"
OWN = OwnCalibration(
    *(SPACE, "yunet", 0.41, 0.40, 0.43, 1e-3, Share(0.0009, 0.0, 0.002), Share(0.97, 0.95, 0.99)),
    *(DATA, Calibration(46.0, -16.0, 0.5, f"{DATA}, {CREATED}"), 0.01, 0.003, CREATED, "0.1.0"),
)
NEWER = replace(OWN, similarity=0.42)


def test_a_calibration_comes_back_and_can_be_replaced(tmp_path):
    file = tmp_path / "mine.json"
    write_calibration(file, OWN)
    assert read_calibration(file) == OWN
    write_calibration(file, NEWER)
    assert read_calibration(file) == NEWER
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "mine.json"
    write_calibration(file, OWN)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputUnwritable, match="No space left"):
        write_calibration(file, NEWER)
    assert read_calibration(file) == OWN
    assert list(tmp_path.iterdir()) == [file]


KILLED_AT_WORK = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from test_calibration_file import NEWER, write_calibration
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_calibration(sys.argv[1], NEWER)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    file = tmp_path / "mine.json"
    write_calibration(file, OWN)
    command = [sys.executable, "-c", KILLED_AT_WORK, file, Path(__file__).parent]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert read_calibration(file) == OWN


@pytest.mark.parametrize("place", ["no/folder/mine.json", "."])
def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path, place):
    with pytest.raises(OutputUnwritable):
        write_calibration(tmp_path / place, OWN)


def test_what_is_not_a_calibration_is_refused_with_its_name(tmp_path):
    (tmp_path / "large").write_bytes(b" " * 1_000_001)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "other").write_text("{}")
    os.mkfifo(tmp_path / "pipe")
    for name in ("large", "binary", "other", "pipe"):
        with pytest.raises(InvalidCalibration, match=f"{name}: expected"):
            read_calibration(tmp_path / name)
    for name in ("missing", "large/below", "n" * 300, "nul\0"):
        with pytest.raises(SourceNotFound, match="mien calibrate"):
            read_calibration(tmp_path / name)


def test_a_gallery_knows_the_calibration_beside_it(tmp_path):
    with Gallery.open(tmp_path / "team.gallery") as gallery:
        assert own_calibration_of(gallery.path) is None
        write_calibration(calibration_beside(gallery.path), OWN)
        assert own_calibration_of(gallery.path) == OWN
        gallery.add("Ada", [1, 0, 0, 0], SPACE)
        gallery.remove("Ada")
        gallery.export(tmp_path / "team.jsonl")
    assert own_calibration_of(tmp_path / "team.gallery") == OWN
    assert {path.name for path in tmp_path.iterdir()} >= {"team.gallery.calibration.json"}
    assert b"calibration" not in (tmp_path / "team.jsonl").read_bytes()
    with Gallery.in_memory() as gallery:
        assert own_calibration_of(gallery.path) is None


def test_a_damaged_calibration_beside_a_gallery_is_not_passed_over(tmp_path):
    calibration_beside(tmp_path / "team.gallery").write_text("{")
    with pytest.raises(InvalidCalibration, match=r"team\.gallery\.calibration\.json"):
        own_calibration_of(tmp_path / "team.gallery")
