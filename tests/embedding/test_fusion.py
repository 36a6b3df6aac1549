"""Two embedders behind one: SFace and dlib's network on real faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mien.alignment import align, find_template
from mien.embedding import FUSIONS, FusedEmbedder, Fusion, load_embedder
from mien.embedding.fusion import find_fusion
from mien.errors import InvalidArray, InvalidOption, UnknownModel
from mien.matching import calibration_for, margin_for, threshold_for
from mien.models import ModelStore
from mien.pipeline import Recognizer

NAME = "sface+dlib-resnet"


@pytest.fixture(scope="module")
def fused(model_store: ModelStore) -> FusedEmbedder:
    embedder = load_embedder(NAME, model_store)
    assert isinstance(embedder, FusedEmbedder)
    return embedder


@pytest.fixture(scope="module")
def views(
    recognizer: Recognizer, fused: FusedEmbedder, picture: Callable[[str], np.ndarray]
) -> list[tuple[np.ndarray, ...]]:
    """One man twice, then another, each cut out for both networks."""
    faces = []
    for name in ("obama.jpg", "obama3.jpg", "biden.jpg"):
        (face,) = recognizer.detector.detect([picture(name)])[0]
        assert face.landmarks is not None
        templates = [find_template(*crop) for crop in fused.crops]
        faces.append(tuple(align(picture(name), face.landmarks, one) for one in templates))
    return faces


def test_the_cosine_is_the_weighted_mean_of_the_parts_cosines(
    fused: FusedEmbedder, views: list[tuple[np.ndarray, ...]]
) -> None:
    vectors, norms = fused.embed_views(views)
    cosines = [
        part.embed([view[index] for view in views])[0] for index, part in enumerate(fused.parts)
    ]
    weights = FUSIONS[NAME].weights
    expected = sum(
        weight * one @ one.T for weight, one in zip(weights, cosines, strict=True)
    ) / sum(weights)
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors.dtype == np.float32
    assert norms.tolist() == [1, 1, 1]


def test_it_knows_a_man_from_another(
    fused: FusedEmbedder, views: list[tuple[np.ndarray, ...]]
) -> None:
    same, *others = (lambda rows: (rows[0] @ rows[1], rows[0] @ rows[2], rows[1] @ rows[2]))(
        fused.embed_views(views)[0]
    )
    assert same > max(others) + 0.1


def test_its_space_changes_with_the_mirror_and_the_weights(model_store: ModelStore) -> None:
    parts = [load_embedder(name, model_store) for name in FUSIONS[NAME].parts]
    mirrored = load_embedder(NAME, model_store, mirror=True)
    spaces = {FusedEmbedder(NAME, parts, weights).space for weights in ((1, 2), (1, 3))}
    assert len(spaces | {mirrored.space}) == 3
    assert {space.dimensions for space in spaces} == {256}
    assert load_embedder(NAME, model_store).space in spaces


def test_no_face_gives_no_vector(fused: FusedEmbedder) -> None:
    vectors, norms = fused.embed_views([])
    assert (vectors.shape, norms.shape) == ((0, 256), (0,))


def test_a_crop_of_the_other_networks_size_is_refused(
    fused: FusedEmbedder, views: list[tuple[np.ndarray, ...]]
) -> None:
    with pytest.raises(InvalidArray, match="expected shape"):
        fused.embed_views([view[::-1] for view in views])


@pytest.mark.parametrize(
    ("parts", "weights"), [((), ()), (("sface",), (1.0, 2.0)), (("sface",), (0.0,))]
)
def test_weights_that_do_not_fit_are_refused(
    parts: tuple[str, ...], weights: tuple[float, ...]
) -> None:
    with pytest.raises(InvalidOption, match="fusion: expected"):
        Fusion(parts, weights)


def test_its_thresholds_and_calibration_are_measured_with_and_without_the_mirror(
    model_store: ModelStore,
) -> None:
    for mirror in (False, True):
        space = load_embedder(NAME, model_store, mirror=mirror).space
        assert threshold_for(space, 1e-4).similarity > threshold_for(space, 1e-3).similarity
        assert calibration_for(space) is not None
        assert margin_for(space) < 0.05


def test_a_fused_vector_gives_back_the_vectors_of_its_parts(
    fused: FusedEmbedder, views: list[tuple[np.ndarray, ...]]
) -> None:
    split = fused.split(fused.embed_views(views)[0])
    assert fused.spaces == tuple(part.space for part in fused.parts)
    for index, (part, vectors) in enumerate(zip(fused.parts, split, strict=True)):
        own = part.embed([view[index] for view in views])[0]
        np.testing.assert_allclose(vectors, own, atol=1e-6)
        np.testing.assert_array_equal(part.split(own)[0], own)


def test_a_plus_between_any_names_fuses_them_with_equal_weights() -> None:
    assert find_fusion("dlib-resnet+sface") == Fusion(("dlib-resnet", "sface"), (1.0, 1.0))
    assert find_fusion(NAME) == FUSIONS[NAME]
    assert find_fusion("sface") is None


def test_a_fusion_with_an_unknown_part_names_what_there_is(model_store: ModelStore) -> None:
    with pytest.raises(UnknownModel, match="got 'bogus'"):
        load_embedder("sface+bogus", model_store)
