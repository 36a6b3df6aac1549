"""Files of which the publisher states the beginning of the SHA-256, in their name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mien.errors import InvalidOption, ModelHashMismatch, ModelUnavailable
from mien.models.published import PublishedFile, published_card
from mien.models.store import ModelStore

WEIGHTS = bytes(range(256)) * 200
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
NAME = f"small-{SHA256[:8]}.pth"


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def store(isolated: Path, tmp_path: Path, heard: list[str]) -> ModelStore:
    return ModelStore(tmp_path / "cache", notify=heard.append)


def published(url: str, limit_bytes: int = 1 << 20) -> PublishedFile:
    return PublishedFile("torchvision-small", "a test's", "BSD-3-Clause", url, limit_bytes)


def nowhere() -> PublishedFile:
    return published(f"https://weights.invalid/{NAME}")


def test_a_file_is_fetched_once_and_then_known_by_its_whole_hash(store, web):
    file = published(web.offer(f"/{NAME}", WEIGHTS))
    card = published_card(store, file)
    assert (card.file().sha256, card.file().size_bytes) == (SHA256, len(WEIGHTS))
    assert store.bytes(card) == WEIGHTS
    web.pages.clear()
    again = ModelStore(store.cache.root)
    assert again.bytes(published_card(again, file)) == WEIGHTS
    assert len(web.asked) == 1
    assert not list(store.cache.root.rglob("tmp*"))


def test_a_file_with_another_hash_is_not_kept(store, web):
    file = published(web.offer(f"/{NAME}", WEIGHTS[:-1]))
    with pytest.raises(ModelHashMismatch, match=f"begins with {SHA256[:8]}"):
        published_card(store, file)
    assert not [path for path in store.cache.root.rglob("*") if path.is_file()]


def test_a_file_that_is_too_long_is_not_fetched_to_its_end(store, web):
    with pytest.raises(ModelUnavailable, match="at most 10,000 bytes"):
        published_card(store, published(web.offer(f"/{NAME}", WEIGHTS), limit_bytes=10_000))


def test_the_users_own_file_is_taken_under_any_name(isolated, tmp_path):
    own = tmp_path / "mine.bin"
    own.write_bytes(WEIGHTS)
    store = ModelStore(tmp_path / "cache", weights=own)
    assert store.bytes(published_card(store, nowhere())) == WEIGHTS
    own.unlink()
    later = ModelStore(tmp_path / "cache")
    assert later.bytes(published_card(later, nowhere())) == WEIGHTS


def test_a_folder_is_searched_and_a_wrong_file_passed_over_aloud(
    store, heard, tmp_path, monkeypatch
):
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    (tmp_path / NAME).write_bytes(b"something else")
    with pytest.raises(ModelUnavailable):
        published_card(store, nowhere())
    assert any("passed over" in line and NAME in line for line in heard)
    (tmp_path / NAME).write_bytes(WEIGHTS)
    assert store.bytes(published_card(store, nowhere())) == WEIGHTS


@pytest.mark.parametrize("offline", ["1", "0"])
def test_what_is_nowhere_is_answered_with_what_to_do(store, monkeypatch, offline):
    monkeypatch.setenv("MIEN_OFFLINE", offline)
    with pytest.raises(ModelUnavailable) as caught:
        published_card(store, nowhere())
    message = str(caught.value)
    for part in (NAME, f"https://weights.invalid/{NAME}", "MIEN_MODELS"):
        assert part in message


@pytest.mark.parametrize("text", ["", "[]", '{"sha256": 1}', f'{{"sha256": "{"0" * 64}"}}', "{"])
def test_a_damaged_record_is_made_again(store, web, text):
    file = published(web.offer(f"/{NAME}", WEIGHTS))
    published_card(store, file)
    (store.cache.root / "published" / "torchvision-small.json").write_text(text)
    assert store.bytes(published_card(store, file)) == WEIGHTS


def test_an_address_has_to_state_a_hash():
    for url in ("https://weights.invalid/small.pth", "https://weights.invalid/small-12ab.pth"):
        with pytest.raises(InvalidOption, match="ends in -HASH"):
            published(url)
