"""Which plan is taken: the fastest that keeps the vectors."""

from __future__ import annotations

import numpy as np
import pytest

from mien.errors import ModelInvalid
from mien.models.runtime import Engine, Plan, Precision, available_plans
from mien.models.selection import (
    MINIMUM_COSINE,
    ROUNDS,
    Measurement,
    fastest_faithful,
    measure_plans,
    noise_batch,
    plan_from_json,
    plan_to_json,
)

FP32 = Plan()
OPENVINO = Plan(Engine.OPENVINO)
BF16 = Plan(Engine.OPENVINO, Precision.BF16)


class Turning:
    """A network whose output is its input's mean, turned by an angle away from the reference."""

    input_name = "image"
    input_shape = (None, 3, 4, 4)

    def __init__(self, plan: Plan, degrees: float) -> None:
        self.plan = plan
        self.runs = 0
        angle = np.radians(degrees)
        self._direction = np.array([np.cos(angle), np.sin(angle)], np.float32)

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        self.runs += 1
        return {"out": batch.mean(axis=(1, 2, 3))[:, None] * self._direction}


def test_the_fastest_plan_wins() -> None:
    measured = [Measurement(FP32, 9.0, 1.0), Measurement(OPENVINO, 4.0, 0.99999)]
    assert fastest_faithful(measured) == OPENVINO


def test_a_faster_plan_that_changes_the_vectors_is_not_taken() -> None:
    measured = [Measurement(FP32, 9.0, 1.0), Measurement(BF16, 1.0, MINIMUM_COSINE - 1e-6)]
    assert fastest_faithful(measured) == FP32


def test_a_plan_without_numbers_is_not_taken() -> None:
    measured = [Measurement(FP32, 9.0, 1.0), Measurement(BF16, 1.0, float("nan"))]
    assert fastest_faithful(measured) == FP32


def test_where_no_plan_keeps_the_vectors_it_is_said() -> None:
    with pytest.raises(ModelInvalid, match=r"0\.5000"):
        fastest_faithful([Measurement(BF16, 1.0, 0.5)])


def test_the_cosine_is_the_lowest_of_the_rows_against_the_first_plan() -> None:
    networks = {FP32: Turning(FP32, 0), BF16: Turning(BF16, 60)}
    batch = noise_batch((None, 3, 4, 4), rows=4)
    measured = measure_plans(b"", [FP32, BF16], batch, load=lambda _, plan: networks[plan])
    assert [one.plan for one in measured] == [FP32, BF16]
    assert measured[0].cosine == pytest.approx(1)
    assert measured[1].cosine == pytest.approx(0.5, abs=1e-6)
    assert networks[BF16].runs == 1 + ROUNDS


def test_noise_is_the_same_every_time_and_fits_the_network() -> None:
    batch = noise_batch((None, 3, None, 112), rows=2)
    assert batch.shape == (2, 3, 128, 112)
    assert batch.dtype == np.float32
    assert 0 <= batch.min() < 5 < 250 < batch.max() <= 255
    np.testing.assert_array_equal(batch, noise_batch((None, 3, None, 112), rows=2))


@pytest.mark.parametrize("plan", [*available_plans(3), Plan(device="gpu")], ids=str)
def test_a_plan_survives_json(plan: Plan) -> None:
    assert plan_from_json(plan_to_json(plan)) == plan


@pytest.mark.parametrize(
    "values",
    [{}, {**plan_to_json(FP32), "engine": "abacus"}, {**plan_to_json(FP32), "threads": "x"}],
)
def test_json_that_is_no_plan_is_refused(values: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        plan_from_json(values)


def test_each_output_is_compared_and_the_vector_strictly() -> None:
    class Two(Turning):
        def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
            right = Turning(FP32, 0).run(batch)["out"]
            return {"vector": right, "logits": 1000 * super().run(batch)["out"]}

    networks = {FP32: Two(FP32, 0), BF16: Two(BF16, 5)}
    batch = noise_batch((None, 3, 4, 4), rows=4)

    def cosine(vector: str | None) -> float:
        plans = [FP32, BF16]
        return measure_plans(b"", plans, batch, lambda _, plan: networks[plan], vector)[1].cosine

    turned = np.cos(np.radians(5))
    assert cosine(None) == pytest.approx(turned, abs=1e-6)
    assert cosine("logits") == pytest.approx(turned, abs=1e-6)
    assert cosine("vector") == pytest.approx(1 - (1 - turned) / 10, abs=1e-6)


def test_a_number_that_is_none_is_seen_in_any_output() -> None:
    class Broken(Turning):
        def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
            good = super().run(batch)["out"]
            return {"a": good, "b": good * (np.nan if self.plan is BF16 else 1), "c": good}

    networks = {FP32: Broken(FP32, 0), BF16: Broken(BF16, 0)}
    batch = noise_batch((None, 3, 4, 4), rows=2)
    measured = measure_plans(b"", [FP32, BF16], batch, lambda _, plan: networks[plan])
    assert fastest_faithful([measured[1], measured[0]]) == FP32
