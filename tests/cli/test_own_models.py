"""``mien models add``, ``pin`` and ``forget``: models that mien cannot fetch by itself."""

import pytest

from mien.models.catalogue import UNPINNED
from models.small_embedder import onnx_file, write_card


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    monkeypatch.delenv("MIEN_MODELS", raising=False)


def states(mien):
    return {row["name"]: row["cache"] for row in mien("models", "list", "--json").rows}


def test_a_model_is_added_listed_and_forgotten(mien, tmp_path):
    card = write_card(tmp_path / "mine")
    said = mien("models", "add", card, "--json")
    assert (said.status, said.row["name"], said.row["cache"]) == (0, "small", "cached")
    assert "licence MIT" in said.err
    assert states(mien)["small"] == "cached"
    assert "licence  MIT" in mien("models", "info", "small").out
    assert mien("models", "forget", "small").out == "small  forgotten\n"
    assert "small" not in states(mien)


def test_a_wrong_card_is_status_2_with_one_line(mien, tmp_path):
    said = mien("models", "add", write_card(tmp_path, size="big"))
    assert said.status == 2
    assert "input.size: expected a whole number" in said.err
    assert said.err.count("\n") == 1


def test_a_model_without_a_published_hash_says_where_it_is_and_how_to_pin_it(mien):
    assert states(mien)["vggface-vgg16"] == "unpinned"
    said = mien("models", "info", "vggface-vgg16")
    assert said.status == 0
    assert str(UNPINNED["vggface-vgg16"].publisher) in said.out
    assert "mien models pin vggface-vgg16 vgg_face_weights.h5" in said.out
    said = mien("models", "pull", "vggface-vgg16")
    assert said.status == 3
    assert "mien models pin vggface-vgg16" in said.err


def test_a_file_of_another_network_is_not_pinned(mien, tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(onnx_file())
    said = mien("models", "pin", "vggface-vgg16", path)
    assert said.status == 3
    assert "vggface-vgg16: expected a weight file of Keras" in said.err
    assert states(mien)["vggface-vgg16"] == "unpinned"
