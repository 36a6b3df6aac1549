"""The head of an embedder: unit vectors, the published one where nothing stands between."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

import torch

from mien.errors import InvalidOption
from mien.networks.embedding_head import EmbeddingHead


def features(count: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 3.0 + torch.randn(count, *shape, generator=generator)


@pytest.mark.parametrize("shape", [(12, 3, 3), (12,)], ids=["maps", "vectors"])
@pytest.mark.parametrize("dimensions", [4, 12])
def test_the_embedding_has_the_wanted_size_and_unit_length(shape, dimensions):
    vectors = EmbeddingHead(shape, dimensions)(features(5, *shape)).detach().numpy()
    assert vectors.shape == (5, dimensions)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)


def test_a_face_network_s_own_vector_is_left_as_it_is():
    head = EmbeddingHead((12,), 12)
    given = features(5, 12)
    assert list(head.parameters()) == []
    assert torch.equal(head.hidden(given), given)


def test_without_a_size_it_is_the_pooled_features():
    given = features(5, 12, 3, 3)
    assert torch.equal(EmbeddingHead((12, 3, 3)).hidden(given), given.mean(dim=(2, 3)))


def test_it_starts_at_the_principal_axes_of_the_features():
    head = EmbeddingHead((12, 1, 1), 4)
    given = features(300, 12, 1, 1)
    head.initialise(given)
    hidden = head.hidden(given).detach().numpy()
    assert np.abs(hidden.mean(axis=0)).max() < 1e-4  # the mean is taken off
    spread = np.cov(hidden.T)
    assert np.abs(spread - np.diag(np.diag(spread))).max() < 1e-3 * spread.max()
    centred = given.flatten(1).numpy() - given.flatten(1).numpy().mean(axis=0)
    scales = np.linalg.svd(centred, compute_uv=False)[:4]
    assert np.linalg.norm(hidden, axis=0) == pytest.approx(np.sqrt(scales), rel=1e-3)


def test_no_axis_is_dead_where_photos_are_fewer_than_dimensions():
    head = EmbeddingHead((12, 1, 1), 12)
    head.initialise(features(4, 12, 1, 1))
    assert float(head.projection.weight.detach().norm(dim=1).min()) > 0
    others = head.hidden(features(50, 12, 1, 1)).detach()
    assert float(others.std(dim=0).min()) > 1e-3


def test_photos_that_are_all_the_same_leave_the_start_to_chance():
    head = EmbeddingHead((12, 1, 1), 4)
    head.initialise(torch.ones(5, 12, 1, 1))
    assert torch.isfinite(head(features(3, 12, 1, 1))).all()


def test_a_linear_layer_cannot_add_dimensions():
    with pytest.raises(InvalidOption, match="dimensions: expected"):
        EmbeddingHead((12,), 13)
