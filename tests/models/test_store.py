from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.errors import (
    InvalidOption,
    ModelHashMismatch,
    ModelUnavailable,
    SourceNotFound,
    UnknownModel,
)
from mien.models.cards import ModelCard
from mien.models.store import FileState, ModelStore

from .conftest import CONTENT, Web

CardMaker = Callable[..., ModelCard]
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def card(web: Web, make_card: CardMaker) -> ModelCard:
    return make_card(web.offer("/tiny.onnx", CONTENT))


@pytest.fixture
def store(tmp_path: Path, card: ModelCard) -> ModelStore:
    return ModelStore(tmp_path / "cache", cards={card.name: card})


def rest_of(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.partial*")]


def test_the_first_use_fetches_and_the_second_does_not(store: ModelStore, web: Web) -> None:
    assert store.bytes("tiny") == CONTENT
    assert store.path("tiny").read_bytes() == CONTENT
    assert web.asked == ["/tiny.onnx"]
    assert rest_of(store.cache.root) == []


def test_after_the_first_pull_no_socket_and_no_process_is_opened(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pull("tiny")

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the network or a process was used")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(subprocess, "Popen", forbidden)
    fresh = ModelStore(store.cache.root, cards=store.cards)
    assert fresh.bytes("tiny") == CONTENT
    assert fresh.pull("tiny") == (fresh.path("tiny"),)


def test_the_licence_is_shown_before_the_first_use_and_not_again(
    store: ModelStore, tmp_path: Path
) -> None:
    heard: list[str] = []
    telling = ModelStore(tmp_path / "cache", cards=store.cards, notify=heard.append)
    telling.bytes("tiny")
    telling.bytes("tiny")
    assert heard == ["tiny: licence MIT"]


def test_a_pull_reports_how_far_it_is(store: ModelStore) -> None:
    steps: list[tuple[str, int, int | None]] = []
    store.pull("tiny", progress=lambda *step: steps.append(step))
    assert steps[-1] == ("tiny.onnx", len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("position", [0, 5000, len(CONTENT) - 1])
def test_a_cached_file_with_one_flipped_bit_is_refused_and_fetched_again(
    store: ModelStore, position: int
) -> None:
    path = store.path("tiny")
    damaged = bytearray(CONTENT)
    damaged[position] ^= 1
    path.write_bytes(damaged)
    assert [status.state for status in store.check()] == [FileState.DAMAGED]
    assert store.bytes("tiny") == CONTENT
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("kept_bytes", [0, 1, 5000, len(CONTENT) - 1])
def test_a_truncated_cached_file_is_never_handed_out(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    store.path("tiny").write_bytes(CONTENT[:kept_bytes])
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    with pytest.raises(ModelUnavailable):
        store.bytes("tiny")
    with pytest.raises(ModelUnavailable):
        store.path("tiny")


def test_a_cached_file_that_grew_is_damaged(store: ModelStore) -> None:
    path = store.path("tiny")
    path.write_bytes(CONTENT + b"\0")
    assert store.check()[0].state is FileState.DAMAGED
    assert store.bytes("tiny") == CONTENT


def test_offline_nothing_is_asked_and_the_message_says_what_to_do(
    store: ModelStore, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match=r"MIEN_OFFLINE.*mien models pull tiny"):
        store.bytes("tiny")
    assert web.asked == []


def test_check_tells_cached_missing_and_damaged_apart_and_fetches_nothing(
    store: ModelStore, web: Web
) -> None:
    assert [status.state for status in store.check()] == [FileState.MISSING]
    assert web.asked == []
    path = store.path("tiny")
    assert [status.state for status in store.check()] == [FileState.CACHED]
    path.unlink()
    path.mkdir()
    assert [status.state for status in store.check()] == [FileState.DAMAGED]


def test_a_forgotten_model_is_gone_and_can_come_back(store: ModelStore, web: Web) -> None:
    store.derived("tiny", "reversed-v1", lambda data: data[::-1])
    store.forget("tiny")
    assert store.check()[0].state is FileState.MISSING
    assert not list(store.cache.root.rglob("*.bin"))
    store.forget("tiny")
    assert store.bytes("tiny") == CONTENT
    assert len(web.asked) == 2


def test_an_unknown_name_is_refused_everywhere(store: ModelStore) -> None:
    for ask in (store.path, store.bytes, store.pull, store.forget):
        with pytest.raises(UnknownModel):
            ask("facenet")


def test_a_wrong_publisher_is_named_with_both_hashes_and_leaves_nothing(
    store: ModelStore, web: Web, card: ModelCard
) -> None:
    web.offer("/tiny.onnx", b"x" * len(CONTENT))
    with pytest.raises(ModelHashMismatch) as caught:
        store.bytes("tiny")
    assert card.file().sha256 in str(caught.value)
    assert web.url in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list((store.cache.root / "models" / "tiny").iterdir()) == []


def test_the_next_source_is_asked_when_one_delivers_something_else(
    tmp_path: Path, web: Web, make_card: CardMaker
) -> None:
    bad, good = web.offer("/bad", b"other"), web.offer("/good", CONTENT)
    heard: list[str] = []
    store = ModelStore(tmp_path / "cache", notify=heard.append)
    assert store.bytes(make_card(f"{web.url}/none", bad, good)) == CONTENT
    assert any("passed over" in line and bad in line for line in heard)


def test_a_publisher_may_not_redirect_to_a_plain_address(
    tmp_path: Path, web: Web, make_card: CardMaker
) -> None:
    web.redirects["/moved"] = "http://example.org/tiny.onnx"
    with pytest.raises(ModelUnavailable, match=r"example\.org.*https://.*nothing was sent"):
        ModelStore(tmp_path / "cache").bytes(make_card(f"{web.url}/moved"))


def test_a_publisher_that_sends_without_end_is_cut_off(
    tmp_path: Path, web: Web, make_card: CardMaker
) -> None:
    url = web.offer("/big", CONTENT + bytes(5_000_000))
    with pytest.raises(ModelUnavailable, match="at most"):
        ModelStore(tmp_path / "cache").bytes(make_card(url))


def test_the_users_own_file_serves_whatever_its_name(
    tmp_path: Path, web: Web, card: ModelCard
) -> None:
    own = tmp_path / "Gewichte ü 顔.bin"
    own.write_bytes(CONTENT)
    store = ModelStore(tmp_path / "cache", weights=own, cards={"tiny": card})
    assert store.bytes("tiny") == CONTENT
    own.unlink()
    fresh = ModelStore(tmp_path / "cache", cards={"tiny": card})
    assert fresh.bytes("tiny") == CONTENT
    assert web.asked == []


@pytest.mark.parametrize("name", ["tiny.onnx", "renamed.bin"])
def test_the_folder_of_mien_models_is_searched_by_name_and_by_hash(
    tmp_path: Path, web: Web, store: ModelStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a-other.bin").write_bytes(b"x" * len(CONTENT))
    (tmp_path / "own" / name).write_bytes(CONTENT)
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path / "own"))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    assert store.bytes("tiny") == CONTENT
    assert web.asked == []


def test_an_own_file_with_the_right_name_and_other_bytes_is_passed_over_aloud(
    tmp_path: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "tiny.onnx").write_bytes(CONTENT[:-1])
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path / "own"))
    heard: list[str] = []
    assert ModelStore(tmp_path / "cache", notify=heard.append).bytes(card) == CONTENT
    assert any("passed over" in line for line in heard)


def test_a_named_weights_file_that_fits_no_card_is_an_error_even_if_the_cache_is_full(
    tmp_path: Path, store: ModelStore
) -> None:
    store.pull("tiny")
    own = tmp_path / "other.onnx"
    own.write_bytes(b"other")
    named = ModelStore(store.cache.root, weights=own, cards=store.cards)
    for ask in (named.bytes, named.path, named.pull):
        with pytest.raises(ModelHashMismatch, match=r"other\.onnx"):
            ask("tiny")


def test_weights_that_do_not_exist_are_said_so(tmp_path: Path, store: ModelStore) -> None:
    named = ModelStore(store.cache.root, weights=tmp_path / "none", cards=store.cards)
    with pytest.raises(SourceNotFound, match="does not exist"):
        named.bytes("tiny")


def test_the_cache_is_where_mien_cache_says(
    tmp_path: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "elsewhere"))
    assert ModelStore().path(card).is_relative_to(tmp_path / "elsewhere")


def test_making_a_store_touches_no_disk(tmp_path: Path) -> None:
    ModelStore(tmp_path / "cache").check()
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_made_names_the_cure(tmp_path: Path, card: ModelCard) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelUnavailable, match="MIEN_CACHE"):
        ModelStore(tmp_path / "file" / "cache").bytes(card)


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the superuser may write everywhere",
)
def test_a_read_only_cache_with_the_file_in_it_serves(store: ModelStore) -> None:
    folder = store.path("tiny").parent
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert store.bytes("tiny") == CONTENT
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("kind", ["../x", "models", "derived", "locks", "", "A", "a/b"])
def test_a_runtimes_folder_cannot_lie_elsewhere_or_over_the_stores_own(
    store: ModelStore, kind: str
) -> None:
    with pytest.raises(InvalidOption):
        store.cache_folder(kind)


def test_a_runtime_gets_a_folder_of_its_own(store: ModelStore) -> None:
    assert store.cache_folder("openvino").is_dir()
