"""Crops to unit vectors, with SFace on real faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mien.alignment import ARCFACE_112, align
from mien.embedding import Embedder, load_embedder
from mien.errors import InvalidArray, ModelInvalid, UnknownModel
from mien.models import ModelStore
from mien.models.cards import ChannelOrder, EmbedderCard, NetworkInput
from mien.models.catalogue import SFACE
from mien.models.runtime import Plan
from mien.pipeline import Recognizer


@pytest.fixture(scope="module")
def embedder(model_store: ModelStore) -> Embedder:
    return load_embedder("sface", model_store)


@pytest.fixture(scope="module")
def mirrored(model_store: ModelStore) -> Embedder:
    return load_embedder("sface", model_store, mirror=True)


@pytest.fixture(scope="module")
def crops(recognizer: Recognizer, picture: Callable[[str], np.ndarray]) -> np.ndarray:
    """Aligned faces, ``(9, 112, 112, 3) uint8``: six of a group, then one man twice, another."""
    faces = []
    for name in ("t1.jpg", "obama.jpg", "obama3.jpg", "biden.jpg"):
        for face in recognizer.detector.detect([picture(name)])[0]:
            assert face.landmarks is not None
            faces.append(align(picture(name), face.landmarks, ARCFACE_112))
    return np.stack(faces)


def test_vectors_have_length_one_and_the_norm_is_told_apart(
    embedder: Embedder, crops: np.ndarray
) -> None:
    vectors, norms = embedder.embed(crops)
    assert vectors.shape == (9, 128)
    assert vectors.dtype == norms.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (norms > 1).all()


def test_the_norm_is_the_length_of_what_the_network_gave(
    embedder: Embedder, crops: np.ndarray
) -> None:
    blob = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), dtype=np.float32)
    raw = embedder._network.run(blob)["fc1"]
    vectors, norms = embedder.embed(crops)
    np.testing.assert_allclose(norms, np.linalg.norm(raw, axis=1), rtol=1e-5)
    np.testing.assert_allclose(vectors * norms[:, None], raw, atol=1e-4)


def test_one_person_is_nearer_to_themself_than_to_anybody_else(
    embedder: Embedder, crops: np.ndarray
) -> None:
    vectors, _ = embedder.embed(crops)
    similarities = vectors @ vectors.T
    genuine = similarities[6, 7]
    similarities[6, 7] = similarities[7, 6] = 0
    impostors = similarities[~np.eye(9, dtype=bool)]
    assert genuine > 0.6
    assert impostors.max() < 0.42


@pytest.mark.parametrize("count", [1, 2, 33])
def test_a_batch_gives_what_each_crop_gives_alone(
    embedder: Embedder, crops: np.ndarray, count: int
) -> None:
    some = [crops[index % 9] for index in range(count)]
    together, _ = embedder.embed(some)
    assert len(together) == count
    for crop, vector in list(zip(some, together, strict=True))[:9]:
        alone, _ = embedder.embed([crop])
        assert float(alone[0] @ vector) > 0.9999


def test_no_crops_give_no_vectors(embedder: Embedder) -> None:
    vectors, norms = embedder.embed([])
    assert vectors.shape == (0, 128)
    assert norms.shape == (0,)


def test_mirroring_averages_the_raw_vectors_of_the_crop_and_its_mirror_image(
    embedder: Embedder, mirrored: Embedder, crops: np.ndarray
) -> None:
    (one, one_norms), (other, other_norms) = (
        embedder.embed(crops), embedder.embed(crops[:, :, ::-1])
    )  # fmt: skip
    mean = (one * one_norms[:, None] + other * other_norms[:, None]) / 2
    vectors, norms = mirrored.embed(crops)
    np.testing.assert_allclose(norms, np.linalg.norm(mean, axis=1), rtol=1e-4)
    np.testing.assert_allclose(vectors, mean / norms[:, None], atol=1e-4)


def test_a_mirrored_embedder_cannot_tell_left_from_right(
    mirrored: Embedder, crops: np.ndarray
) -> None:
    one, _ = mirrored.embed(crops)
    other, _ = mirrored.embed(crops[:, :, ::-1])
    assert (one * other).sum(axis=1).min() > 0.9999


def test_mirrored_vectors_live_in_a_space_of_their_own(
    embedder: Embedder, mirrored: Embedder
) -> None:
    assert embedder.space == SFACE.space
    assert mirrored.space != embedder.space
    assert mirrored.space.preprocessing == f"{embedder.space.preprocessing}+mirror"


@pytest.mark.parametrize("change", ["negative strides", "Fortran order", "read-only"])
def test_the_layout_in_memory_makes_no_difference(
    embedder: Embedder, crops: np.ndarray, change: str
) -> None:
    crop = crops[6]
    given = {
        "negative strides": crop[::-1].copy()[::-1],
        "Fortran order": np.asfortranarray(crop),
        "read-only": crop.copy(),
    }[change]
    given.setflags(write=change != "read-only")
    np.testing.assert_array_equal(embedder.embed([given])[0], embedder.embed([crop])[0])


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((112, 111, 3), np.uint8),
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((112, 112), np.uint8),
        np.zeros((112, 112, 4), np.uint8),
        np.zeros((112, 112, 3), np.float32),
        [[0]],
        None,
    ],
    ids=["narrow", "large", "grey", "four channels", "float", "list", "nothing"],
)
def test_a_crop_of_another_shape_or_kind_is_an_invalid_array(
    embedder: Embedder, crops: np.ndarray, crop: object
) -> None:
    with pytest.raises(InvalidArray, match="crop: expected"):
        embedder.embed([crops[0], crop])  # type: ignore[list-item]


def test_one_crop_without_its_list_is_an_invalid_array(
    embedder: Embedder, crops: np.ndarray
) -> None:
    with pytest.raises(InvalidArray, match="crop: expected"):
        embedder.embed(crops[0])


class Answering:
    """A network that returns what it is told, and keeps what it was given."""

    plan = Plan()
    input_name = "image"
    input_shape = (None, 3, 112, 112)

    def __init__(self, answer: np.ndarray | None = None) -> None:
        self.answer = answer
        self.batch = np.empty(0, np.float32)

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        self.batch = batch
        if self.answer is None:
            return {"out": np.ones((len(batch), 128), np.float32)}
        return {"out": self.answer}


@pytest.mark.parametrize(
    "answer",
    [
        np.ones((1, 127), np.float32),
        np.ones((2, 128), np.float32),
        np.full((1, 128), np.nan, np.float32),
        np.full((1, 128), np.inf, np.float32),
    ],
    ids=["too short", "too many", "NaN", "infinite"],
)
def test_a_network_that_gives_no_proper_vectors_is_invalid(answer: np.ndarray) -> None:
    embedder = Embedder(Answering(answer), SFACE)
    with pytest.raises(ModelInvalid, match="128"):
        embedder.embed(np.zeros((1, 112, 112, 3), np.uint8))


def test_a_vector_of_zeros_is_not_divided_by_zero() -> None:
    vectors, norms = Embedder(Answering(np.zeros((1, 128), np.float32)), SFACE).embed(
        np.zeros((1, 112, 112, 3), np.uint8)
    )
    assert np.isfinite(vectors).all()
    assert np.isfinite(norms).all()


def card(**values: object) -> EmbedderCard:
    return replace(SFACE, input=NetworkInput(size_wh=(112, 112), **values))  # type: ignore[arg-type]


def test_the_card_s_channels_mean_and_scale_reach_the_network() -> None:
    crop = np.zeros((112, 112, 3), np.uint8)
    crop[...] = (10, 20, 30)
    network = Answering()
    Embedder(network, card(channels=ChannelOrder.BGR)).embed([crop])
    assert network.batch.shape == (1, 3, 112, 112)
    assert network.batch[0, :, 5, 7].tolist() == [30, 20, 10]
    given = card(channels=ChannelOrder.RGB, mean=(127.5,) * 3, std=(127.5,) * 3)
    Embedder(network, given).embed([crop])
    wanted = (np.array([10, 20, 30]) - 127.5) / 127.5
    np.testing.assert_allclose(network.batch[0, :, 5, 7], wanted, rtol=1e-6)


def test_a_card_without_a_square_crop_is_invalid() -> None:
    oblong = replace(SFACE, input=NetworkInput(ChannelOrder.RGB, size_wh=(112, 96)))
    with pytest.raises(ModelInvalid, match="square"):
        Embedder(Answering(), oblong)


@pytest.mark.parametrize("name", ["face-o-matic", "yunet"])
def test_what_is_no_embedder_is_an_unknown_model(model_store: ModelStore, name: str) -> None:
    with pytest.raises(UnknownModel, match="sface"):
        load_embedder(name, model_store)
