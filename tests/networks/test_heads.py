"""Heads: their logits, their embeddings, their centres, against plain numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from mien.networks.heads import (  # noqa: E402
    HEADS,
    MARGIN_RADIANS,
    SCALE,
    ArcFaceHead,
    ClassicHead,
    CosineHead,
    LinearHead,
    even,
    pooled,
)

heads = pytest.mark.parametrize("name", HEADS)
MAP, VECTOR = (6, 3, 3), (5,)


def features_of(shape: tuple[int, ...], rows: int = 7) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).normal(size=(rows, *shape)).astype("f4"))


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@heads
@pytest.mark.parametrize("shape", [MAP, VECTOR], ids=["map", "vector"])
def test_every_head_gives_logits_unit_embeddings_and_unit_centres(name, shape):
    head = HEADS[name](shape, 3).eval()
    features, targets = features_of(shape), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    head.initialise(features, targets)
    head.place_centres(features, targets)
    embedding = head.embedding(features)
    assert head(features).shape == (7, 3)
    assert embedding.shape == (7, head.dimensions)
    assert torch.allclose(embedding.norm(dim=1), torch.ones(7), atol=1e-5)
    assert head.centres.shape == (3, head.dimensions)
    assert torch.allclose(head.centres.norm(dim=1), torch.ones(3), atol=1e-5)


@heads
def test_a_centre_is_the_direction_of_the_mean_of_its_photos(name):
    head = HEADS[name](VECTOR, 2).eval()
    features, targets = features_of(VECTOR), torch.tensor([0, 1, 1, 0, 1, 0, 0])
    head.initialise(features, targets)
    head.place_centres(features, targets)
    embedding = head.embedding(features).detach().numpy()
    wanted = unit(np.stack([embedding[targets == 0].mean(0), embedding[targets == 1].mean(0)]))
    assert np.allclose(head.centres.numpy(), wanted, atol=1e-5)


def test_the_cosine_head_names_the_class_whose_centre_is_nearest():
    head = CosineHead(VECTOR, 3).eval()
    features = features_of(VECTOR)
    cosines = unit(features.numpy()) @ unit(head.weight.detach().numpy()).T
    assert np.allclose(head(features).detach().numpy(), SCALE * cosines, atol=1e-4)


def test_the_arcface_head_adds_its_margin_to_the_true_angle_in_training_alone():
    head = ArcFaceHead(VECTOR, 3)
    features, targets = features_of(VECTOR), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    cosines = unit(features.numpy()) @ unit(head.weight.detach().numpy()).T
    wanted = cosines.copy()
    for row, target in enumerate(targets.tolist()):
        angle = math.acos(cosines[row, target])
        turned = math.cos(angle + MARGIN_RADIANS)
        beyond = cosines[row, target] - MARGIN_RADIANS * math.sin(MARGIN_RADIANS)
        wanted[row, target] = turned if angle + MARGIN_RADIANS < math.pi else beyond
    trained = head.train()(features, targets).detach().numpy()
    assert np.allclose(trained, SCALE * wanted, atol=1e-3)
    assert np.allclose(head.eval()(features, targets).detach().numpy(), SCALE * cosines, atol=1e-3)


def test_the_margin_makes_the_true_class_harder_at_every_angle():
    head = ArcFaceHead((2,), 2)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    angles = torch.linspace(0.01, math.pi - 0.01, 181)
    features = torch.stack([angles.cos(), angles.sin()], dim=1)
    targets = torch.zeros(181, dtype=torch.long)
    harder = head.train()(features, targets)[:, 0]
    assert (harder < head.eval()(features)[:, 0]).all()
    assert (harder[1:] < harder[:-1]).all()  # and it never rises again


def test_the_classic_head_flattens_and_the_linear_one_pools():
    features = features_of(MAP)
    classic, linear = ClassicHead(MAP, 2).eval(), LinearHead(MAP, 2).eval()
    assert classic.units.in_features == 6 * 3 * 3
    assert linear.classes.in_features == 6
    hidden = np.maximum(
        features.numpy().reshape(7, -1) @ classic.units.weight.detach().numpy().T
        + classic.units.bias.detach().numpy(),
        0,
    )
    assert np.allclose(classic.hidden(features).detach().numpy(), hidden, atol=1e-4)
    assert np.allclose(pooled(features).numpy(), features.numpy().mean(axis=(2, 3)), atol=1e-6)


def test_of_a_face_s_vector_only_the_direction_counts():
    features = features_of(VECTOR)
    assert torch.allclose(even(features), even(7.5 * features), atol=1e-5)
    assert torch.allclose(even(features).norm(dim=1), torch.full((7,), math.sqrt(5)), atol=1e-5)
