"""Pulls that are killed, interrupted, or run side by side."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from mien.errors import ModelUnavailable
from mien.models import cache as cache_room
from mien.models.cards import ModelCard
from mien.models.store import FileState, ModelStore

from .conftest import Web

CardMaker = Callable[..., ModelCard]
pytestmark = pytest.mark.usefixtures("isolated")

BIG = bytes(range(251)) * 8000
PULLER = """
import sys
from pathlib import Path
from mien.models.cards import ModelCard, PublisherSource, Task, WeightFile
from mien.models.store import ModelStore
cache, url, sha256, size = sys.argv[1:]
file = WeightFile("tiny.onnx", sha256, int(size), (PublisherSource(url),))
card = ModelCard(name="tiny", task=Task.SAMPLE, description="", licence="MIT", files=(file,))
print(len(ModelStore(Path(cache)).bytes(card)))
"""


def start_puller(cache: Path, card: ModelCard) -> subprocess.Popen[str]:
    file = card.file()
    arguments = [str(cache), str(file.sources[0]), file.sha256, str(file.size_bytes)]
    return subprocess.Popen(
        [sys.executable, "-c", PULLER, *arguments], stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def card(web: Web, make_card: CardMaker) -> ModelCard:
    return make_card(web.offer("/tiny.onnx", BIG), content=BIG)


def partials(root: Path) -> list[Path]:
    return list(root.rglob("*.partial"))


def test_a_pull_killed_in_the_middle_leaves_nothing_that_is_believed(
    tmp_path: Path, web: Web, card: ModelCard
) -> None:
    web.gate = threading.Event()
    with start_puller(tmp_path, card) as puller:
        assert web.half_sent.wait(20)
        deadline = time.monotonic() + 20
        while not partials(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        puller.kill()
    assert partials(tmp_path)  # it was really in the middle
    store = ModelStore(tmp_path, cards={"tiny": card})
    assert store.check()[0].state is FileState.MISSING
    web.gate.set()
    assert store.bytes("tiny") == BIG
    assert partials(tmp_path) == []


def test_processes_that_pull_at_once_do_no_harm_and_fetch_once(
    tmp_path: Path, web: Web, card: ModelCard
) -> None:
    web.gate = threading.Event()
    pullers = [start_puller(tmp_path, card) for _ in range(3)]
    assert web.half_sent.wait(20)
    time.sleep(0.3)  # let the others reach the lock
    web.gate.set()
    answers = [puller.communicate(timeout=30)[0].strip() for puller in pullers]
    assert answers == [str(len(BIG))] * 3
    assert web.asked == ["/tiny.onnx"]
    assert partials(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path: Path, card: ModelCard) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (99999, 99999))\n"
    file = card.file()
    arguments = [str(tmp_path), str(file.sources[0]), file.sha256, str(file.size_bytes)]
    done = subprocess.run(
        [sys.executable, "-c", limit + PULLER, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("mien.errors.ModelUnavailable: expected to write the model cache")
    assert "MIEN_CACHE" in last
    assert not [path for path in (tmp_path / "models").rglob("*") if path.is_file()]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_ctrl_c_leaves_nothing_behind(
    tmp_path: Path, card: ModelCard, interruption: type[BaseException]
) -> None:
    def interrupt(label: str, done_bytes: int, total_bytes: int | None) -> None:
        raise interruption

    store = ModelStore(tmp_path, cards={"tiny": card})
    with pytest.raises(interruption):
        store.pull("tiny", progress=interrupt)
    assert not [path for path in (tmp_path / "models").rglob("*") if path.is_file()]
    assert partials(tmp_path) == []
    assert store.bytes("tiny") == BIG


def test_a_lock_held_for_too_long_is_said_so(
    tmp_path: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_room, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(cache_room, "_PATIENCE_SECONDS", 0.1)
    heard: list[str] = []
    (tmp_path / "locks").mkdir()
    store = ModelStore(tmp_path, notify=heard.append)
    with (
        filelock.FileLock(tmp_path / "locks" / "tiny.lock"),
        pytest.raises(ModelUnavailable, match=r"within 0\.2 s.*tiny\.lock"),
    ):
        store.bytes(card)
    assert any("waiting" in line for line in heard)
