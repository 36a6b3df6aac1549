from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from mien.errors import InvalidOption, UnknownModel
from mien.models.cards import (
    ArchiveKind,
    BackboneCard,
    ChannelOrder,
    DetectorCard,
    EmbedderCard,
    ModelCard,
    PackageSource,
    PublisherSource,
    Task,
    WeightFile,
)
from mien.models.catalogue import CARDS, SFACE, YUNET, find_card

SHA = "0" * 64


def test_every_card_stands_under_its_own_name_with_a_licence_and_a_source() -> None:
    for name, card in CARDS.items():
        assert card.name == name
        assert card.licence
        assert card.description
        assert all(file.sources for file in card.files)


def test_the_default_networks_can_come_from_a_package_index_alone() -> None:
    for card in (YUNET, SFACE):
        assert isinstance(card.file().sources[0], PackageSource)
        assert card.verified


def test_tasks_and_classes_of_cards_agree() -> None:
    for card in CARDS.values():
        assert isinstance(card, DetectorCard) == (card.task is Task.DETECTOR)
        assert isinstance(card, EmbedderCard) == (card.task is Task.EMBEDDER)
        assert isinstance(card, BackboneCard) == (card.task is Task.BACKBONE)


def test_sface_says_what_the_embedding_room_needs() -> None:
    assert SFACE.input.channels is ChannelOrder.RGB
    assert SFACE.input.size_wh == (112, 112)
    assert (SFACE.input.mean, SFACE.input.std) == ((0, 0, 0), (1, 1, 1))
    assert SFACE.space.dimensions == SFACE.dimensions == 128
    assert SFACE.space.sha256 == SFACE.file().sha256


def test_an_unknown_card_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"yunet, .*sface.*got 'facenet'"):
        find_card("facenet")


def test_a_card_with_several_files_needs_the_name_of_one() -> None:
    with pytest.raises(UnknownModel, match=r"obama\.jpg"):
        CARDS["sample-portraits"].file()
    assert CARDS["sample-portraits"].file("biden.jpg").size_bytes == 353_723


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\x", "/abs", "a/b", "", ".", "..", ".hidden", "a\0b", "x" * 200],
)
def test_a_file_name_that_could_leave_the_cache_is_refused(name: str) -> None:
    with pytest.raises(InvalidOption, match="file name"):
        WeightFile(name, SHA, 1, ())


@pytest.mark.parametrize("sha256", ["", "0" * 63, "G" * 64, "A" * 64, "0" * 64 + "\n"])
def test_a_hash_is_64_lower_case_hex_digits(sha256: str) -> None:
    with pytest.raises(InvalidOption, match="sha256"):
        WeightFile("a.onnx", sha256, 1, ())


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a", "ftp://example.org/a", "file:///etc/passwd", "a.onnx", "https://"],
)
def test_a_publisher_is_asked_over_https_only(url: str) -> None:
    with pytest.raises(InvalidOption, match="https"):
        PublisherSource(url)


@pytest.mark.parametrize(
    "fields",
    [
        {"distribution": "--index-url=https://x"},
        {"distribution": "a @ https://x"},
        {"version": "1.0 --pre"},
        {"version": "-1"},
        {"archive": ArchiveKind.SDIST},
    ],
)
def test_a_package_source_cannot_smuggle_options_or_unpinned_source_archives(
    fields: dict[str, Any],
) -> None:
    with pytest.raises(InvalidOption):
        PackageSource(**{"distribution": "a", "version": "1", "member": "m", **fields})


def test_two_files_of_a_card_cannot_share_a_name() -> None:
    files = (WeightFile("a.onnx", SHA, 1, ()), WeightFile("A.onnx", SHA, 1, ()))
    with pytest.raises(InvalidOption, match="different names"):
        ModelCard(name="x", task=Task.SAMPLE, description="", licence="MIT", files=files)


def test_reading_cards_and_making_a_store_loads_nothing_that_fetches_or_runs() -> None:
    code = (
        "import sys; from mien.models.store import ModelStore; ModelStore(); "
        "heavy = {'requests', 'pooch', 'cv2', 'onnx', 'onnxruntime', 'openvino', 'filelock'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
