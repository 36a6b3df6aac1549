"""A verifier's file: whole or as it was, and nothing else is read as one."""

from __future__ import annotations

import errno
import os
from dataclasses import replace

import pytest

from matching.a_verifier import a_verifier
from mien.errors import InvalidVerifier, OutputUnwritable, SourceNotFound
from mien.gallery import read_verifier, write_verifier


def test_a_verifier_comes_back_to_the_last_bit_and_can_be_replaced(tmp_path):
    file = tmp_path / "mine.json"
    for verifier in (a_verifier(), replace(a_verifier(), bias=1 / 3)):
        write_verifier(file, verifier)
        assert read_verifier(file) == verifier
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "mine.json"
    write_verifier(file, a_verifier())

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputUnwritable, match="place for the verifier"):
        write_verifier(file, replace(a_verifier(), bias=1.0))
    assert read_verifier(file) == a_verifier()
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_not_a_verifier_is_refused_with_its_name(tmp_path):
    (tmp_path / "large").write_bytes(b" " * 4_000_001)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "other").write_text("{}")
    (tmp_path / "cut").write_text("x")
    write_verifier(tmp_path / "cut", a_verifier())
    whole = (tmp_path / "cut").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    os.mkfifo(tmp_path / "pipe")
    for name in ("large", "binary", "other", "cut", "pipe"):
        with pytest.raises(InvalidVerifier, match=f"{name}: expected"):
            read_verifier(tmp_path / name)
    for name in ("missing", "large/below", "nul\0"):
        with pytest.raises(SourceNotFound, match="mien verifier fit"):
            read_verifier(tmp_path / name)
