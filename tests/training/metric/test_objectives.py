"""Losses and miners against loops over all triplets, on points whose distances one can see."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytest.importorskip("pytorch_metric_learning", reason="it is of the extra train, not installed")

import torch

import training.metric.slow_metrics as slow
from mien.errors import InvalidOption
from mien.training.metric.config import Objective
from mien.training.metric.objectives import ARCFACE_SCALE, BatchLoss
from mien.training.metric.pair_layer import PairLayer
from mien.training.metric.triplets import count_triplets

# Two people on a circle, among each other; for the first photo the other person's at -90 degrees
# is exactly as far as the same person's at 90: a tie.
CIRCLE = slow.on_circle(0, 90, 35, -90, 180, 50)
OWNERS = np.array([0, 0, 0, 1, 1, 1])
MARGIN = 0.2


def random_people(seed: int, photos: int = 12, people: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(photos, 5))
    classes = np.arange(photos) % people
    return points / np.linalg.norm(points, axis=1, keepdims=True), classes


def loss_of(objective: Objective, points: np.ndarray, classes: np.ndarray) -> float:
    loss = BatchLoss(objective, int(classes.max()) + 1, points.shape[1]).double()
    return value(loss(torch.from_numpy(points), torch.from_numpy(classes)))


def value(loss: torch.Tensor) -> float:
    return float(loss.detach())


sets = pytest.mark.parametrize(
    ("points", "classes"),
    [(CIRCLE, OWNERS), *(random_people(seed) for seed in range(4))],
    ids=["circle", *map(str, range(4))],
)


@sets
def test_the_triplet_loss_of_each_miner_is_facenet_s(points, classes):
    every = list(slow.triplets(classes))
    for miner, chosen in (
        ("all", every),
        ("semihard", slow.semihard(points, classes, MARGIN)),
        ("hard", slow.hardest(points, classes)),
    ):
        got = loss_of(Objective(miner=miner, margin=MARGIN), points, classes)
        assert got == pytest.approx(slow.triplet_loss(points, chosen, MARGIN), abs=1e-9), miner


@sets
def test_miners_choose_the_triplets_that_the_definitions_name(points, classes):
    given = torch.from_numpy(points), torch.from_numpy(classes)
    for miner, wanted in (
        ("semihard", slow.semihard(points, classes, MARGIN)),
        ("hard", slow.hardest(points, classes)),
    ):
        loss = BatchLoss(Objective(miner=miner, margin=MARGIN), 3, points.shape[1])
        got = zip(*(part.tolist() for part in loss.miner(*given)), strict=True)
        assert set(got) == set(wanted), miner


@sets
def test_the_contrastive_loss_is_hadsell_s(points, classes):
    got = loss_of(Objective(loss="contrastive", margin=1.0), points, classes)
    assert got == pytest.approx(slow.contrastive_loss(points, classes, 1.0), abs=1e-9)


@sets
def test_the_arcface_loss_is_equation_3(points, classes):
    loss = BatchLoss(Objective(loss="arcface"), int(classes.max()) + 1, points.shape[1]).double()
    given = torch.from_numpy(points), torch.from_numpy(classes)
    loss.initialise(*given)
    centres = loss.loss.W.detach().numpy().T
    assert np.linalg.norm(centres, axis=1) == pytest.approx(1)
    wanted = slow.arcface_loss(points, classes, centres, 0.5, ARCFACE_SCALE)
    assert value(loss(*given)) == pytest.approx(wanted, rel=1e-6)


@sets
def test_the_multi_similarity_loss_is_equation_15(points, classes):
    got = loss_of(Objective(loss="multi-similarity"), points, classes)
    assert got == pytest.approx(slow.multi_similarity_loss(points, classes), rel=1e-9)


@sets
@pytest.mark.parametrize("chi_squared", [False, True], ids=["difference", "chi-squared"])
def test_the_siamese_loss_is_deepface_s_distance_in_a_logistic_unit(points, classes, chi_squared):
    name = "siamese-chi2" if chi_squared else "siamese"
    loss = BatchLoss(Objective(loss=name), 3, points.shape[1]).double()
    layer = loss.pair_layer
    assert isinstance(layer, PairLayer)
    alpha = np.linspace(-2, 0.5, points.shape[1])
    layer.alpha.data, layer.bias.data = torch.from_numpy(alpha), torch.tensor(0.7).double()
    got = value(loss(torch.from_numpy(points), torch.from_numpy(classes)))
    wanted = slow.siamese_loss(points, classes, alpha, 0.7, chi_squared)
    assert got == pytest.approx(wanted, rel=1e-6)


@sets
def test_triplets_are_counted_as_a_loop_counts_them(points, classes):
    gaps = [
        slow.squared(points[a], points[n]) - slow.squared(points[a], points[p])
        for a, p, n in slow.triplets(classes)
    ]
    counted = count_triplets(torch.from_numpy(points), torch.from_numpy(classes), MARGIN)
    assert counted.hard == sum(gap <= 1e-12 for gap in gaps)
    assert counted.easy == sum(gap > MARGIN for gap in gaps)
    assert counted.total == len(gaps)


# Corners ------------------------------------------------------------------------------------

EVERY = [
    *(Objective(miner=miner) for miner in ("all", "semihard", "hard")),
    *(Objective(loss="contrastive", miner=miner) for miner in ("all", "semihard", "hard")),
    *(Objective(loss=loss) for loss in ("arcface", "multi-similarity", "siamese", "siamese-chi2")),
]


def named(objective: Objective) -> str:
    return f"{objective.loss} {objective.chosen_miner}"


@pytest.mark.parametrize("objective", EVERY, ids=named)
def test_a_batch_of_one_person_gives_finite_losses_and_gradients(objective):
    points = torch.from_numpy(slow.on_circle(0, 10, 50)).float().requires_grad_()
    loss = BatchLoss(objective, 1, 2)(points, torch.zeros(3, dtype=torch.int64))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(points.grad).all()


@pytest.mark.parametrize("objective", EVERY, ids=named)
def test_photos_on_one_spot_give_finite_gradients(objective):
    points = torch.from_numpy(slow.on_circle(30, 30, 30, 30)).float().requires_grad_()
    loss = BatchLoss(objective, 2, 2)(points, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(points.grad).all()


def test_without_a_semihard_triplet_nothing_is_learned():
    apart = slow.on_circle(0, 1, 180, 181)
    points = torch.from_numpy(apart).float().requires_grad_()
    loss = BatchLoss(Objective(), 2, 2)(points, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert value(loss) == 0.0
    assert float(points.grad.abs().max()) == 0.0


def test_a_tie_is_hard_and_not_semihard():
    tied = slow.on_circle(0, 60, -60)  # the other person as near as the same one
    counted = count_triplets(torch.from_numpy(tied), torch.tensor([0, 0, 1]), MARGIN)
    assert counted.hard >= 1
    chosen = BatchLoss(Objective(), 2, 2).miner(torch.from_numpy(tied), torch.tensor([0, 0, 1]))
    assert (0, 1, 2) not in set(zip(*(part.tolist() for part in chosen), strict=True))


def test_f_equal_to_zero_is_no_way_out():
    # All photos on one spot: without a margin that would cost nothing (FaceNet, equation 1).
    points = torch.from_numpy(slow.on_circle(30, 30, 30, 30))
    classes = torch.tensor([0, 0, 1, 1])
    loss = BatchLoss(Objective(miner="all", margin=MARGIN), 2, 2)
    assert value(loss(points, classes)) == pytest.approx(MARGIN)
    assert count_triplets(points, classes, MARGIN).hard == 8


@pytest.mark.parametrize("beyond", [-0.05, 0.05], ids=["inside the margin", "beyond it"])
def test_the_gradient_at_the_margin_is_that_of_finite_differences(beyond):
    # The other person so far that the triplet just keeps the margin, or just does not.
    near = 2 - 2 * np.cos(np.radians(20))
    angle = np.degrees(np.arccos(1 - (near + MARGIN + beyond) / 2))
    points = slow.on_circle(0, 20, -angle)
    classes = torch.tensor([0, 0, 1])
    loss = BatchLoss(Objective(miner="all", margin=MARGIN), 2, 2).double()
    given = torch.from_numpy(points).requires_grad_()
    loss(given, classes).backward()
    step = 1e-6
    for row, column in itertools.product(range(3), range(2)):
        moved = [points.copy(), points.copy()]
        moved[0][row, column] += step
        moved[1][row, column] -= step
        high, low = (value(loss(torch.from_numpy(one), classes)) for one in moved)
        assert float(given.grad[row, column]) == pytest.approx((high - low) / (2 * step), abs=1e-6)


def test_options_that_do_not_belong_together_are_refused():
    with pytest.raises(InvalidOption, match="leave --miner out"):
        Objective(loss="arcface", miner="hard")
    with pytest.raises(InvalidOption, match="leave --margin out"):
        Objective(loss="siamese", margin=0.1)
    with pytest.raises(InvalidOption, match="margin: expected 1e-06 to 4"):
        Objective(margin=5.0)
