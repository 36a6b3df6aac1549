from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.errors import InvalidOption
from mien.models.cards import ModelCard
from mien.models.store import ModelStore

from .conftest import CONTENT, Web

pytestmark = pytest.mark.usefixtures("isolated")


class Reversing:
    """A conversion that counts how often it ran."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, data: bytes) -> bytes:
        self.runs += 1
        return data[::-1]


@pytest.fixture
def store(tmp_path: Path, web: Web, make_card: Callable[..., ModelCard]) -> ModelStore:
    card = make_card(web.offer("/tiny.onnx", CONTENT))
    return ModelStore(tmp_path / "cache", cards={"tiny": card})


def files(store: ModelStore, pattern: str) -> list[Path]:
    return sorted((store.cache.root / "derived").rglob(pattern))


def test_a_conversion_runs_once_and_then_never_needs_its_source(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Reversing()
    assert store.derived("tiny", "reversed-v1", build) == CONTENT[::-1]
    store.path("tiny").unlink()
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    assert store.derived("tiny", "reversed-v1", build) == CONTENT[::-1]
    assert build.runs == 1


def test_a_new_version_of_the_conversion_is_made_anew(store: ModelStore) -> None:
    build = Reversing()
    store.derived("tiny", "reversed-v1", build)
    store.derived("tiny", "reversed-v2", build)
    assert build.runs == 2


@pytest.mark.parametrize("position", [0, 5000, len(CONTENT) - 1])
def test_a_damaged_conversion_is_made_again(store: ModelStore, position: int) -> None:
    build = Reversing()
    store.derived("tiny", "reversed-v1", build)
    (data,) = files(store, "*.bin")
    damaged = bytearray(data.read_bytes())
    damaged[position] ^= 1
    data.write_bytes(damaged)
    assert store.derived("tiny", "reversed-v1", build) == CONTENT[::-1]
    assert build.runs == 2
    assert data.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        "null",
        '{"sha256": 1}',
        '{"sha256": "../../x", "source_sha256": "y"}',
        "[" * 9999,
    ],
)
def test_a_damaged_manifest_is_made_again(store: ModelStore, manifest: str) -> None:
    store.derived("tiny", "reversed-v1", Reversing())
    files(store, "*.json")[0].write_text(manifest)
    assert store.derived("tiny", "reversed-v1", Reversing()) == CONTENT[::-1]
    assert json.loads(files(store, "*.json")[0].read_text())["key"] == "reversed-v1"


def test_a_conversion_of_another_source_is_not_taken(store: ModelStore) -> None:
    store.derived("tiny", "reversed-v1", Reversing())
    (path,) = files(store, "*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "source_sha256": "0" * 64}))
    build = Reversing()
    store.derived("tiny", "reversed-v1", build)
    assert build.runs == 1


def test_a_conversion_that_fails_leaves_nothing(store: ModelStore) -> None:
    def fail(data: bytes) -> bytes:
        raise RuntimeError("no such operator")

    with pytest.raises(RuntimeError, match="operator"):
        store.derived("tiny", "failing-v1", fail)
    assert files(store, "*.*") == []


def test_old_data_and_leftovers_are_tidied_up(store: ModelStore) -> None:
    store.derived("tiny", "now-v1", lambda _: b"first")
    files(store, "*.json")[0].unlink()
    (files(store, "*.bin")[0].parent / ".x.1234.partial").write_bytes(b"rest of a killed process")
    store.derived("tiny", "now-v1", lambda _: b"second")
    assert [path.read_bytes() for path in files(store, "*.bin")] == [b"second"]
    assert files(store, ".*.partial") == []


def test_where_nothing_can_be_kept_the_conversion_still_serves(store: ModelStore) -> None:
    heard: list[str] = []
    store.pull("tiny")
    (store.cache.root / "derived").write_text("a file in the way")
    telling = ModelStore(store.cache.root, cards=store.cards, notify=heard.append)
    assert telling.derived("tiny", "reversed-v1", Reversing()) == CONTENT[::-1]
    assert "not kept" in heard[0]


@pytest.mark.parametrize("key", ["", "../x", "A", "a/b", "a.b", "-x", "a" * 65])
def test_a_key_is_a_plain_name(store: ModelStore, key: str) -> None:
    with pytest.raises(InvalidOption, match="key"):
        store.derived("tiny", key, Reversing())
