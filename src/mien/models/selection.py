"""Which runtime and precision is the fastest here that still gives the same vectors.

The answer differs from network to network and from machine to machine (bf16 needs AMX or
AVX-512 BF16 to be worth anything), so it is measured, not assumed: once, at a network's first use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.checks import told_apart
from mien.errors import ModelInvalid
from mien.models.engines import Engine
from mien.models.runtime import Arrays, Network, Plan, Precision, load_network

MINIMUM_COSINE = 0.999
ROUNDS = 5
PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """One plan on this machine.

    Attributes:
        plan: what was measured.
        milliseconds: for one row of the batch, the fastest of up to ``ROUNDS`` runs.
        cosine: the lowest cosine of a row's output with that of the reference.
    """

    plan: Plan
    milliseconds: float
    cosine: float

    @property
    def faithful(self) -> bool:
        return self.cosine >= MINIMUM_COSINE


def measure_plans(
    model: bytes,
    plans: Sequence[Plan],
    batch: NDArray[np.float32],
    load: Callable[[bytes, Plan], Network] = load_network,
    vector: str | None = None,
) -> tuple[Measurement, ...]:
    """Run ``batch`` through the model under each plan; the first plan is the reference.

    Args:
        model: ONNX bytes whose hash has been checked.
        plans: see ``runtime.available_plans``.
        batch: ``(N, C, H, W) float32``.
        load: how a plan becomes a network.
        vector: the output that matters most; see ``agreement``.
    """
    reference: Arrays | None = None
    measured = []
    for plan in plans:
        network = load(model, plan)
        outputs = network.run(batch)
        if reference is None:
            reference = outputs
        seconds = _fastest_run(network, batch)
        cosine = _lowest_cosine(outputs, reference, vector)
        measured.append(Measurement(plan, 1000 * seconds / len(batch), cosine))
    return tuple(measured)


def agreement(
    network: Network,
    reference: Network,
    batch: NDArray[np.float32],
    vector: str | None = None,
) -> float:
    """The lowest cosine of a row of ``network``'s outputs with the same row of ``reference``'s.

    Where one output is the vector, the others (a classifier's few logits, all near zero on noise)
    are compared as a whole, and may err ten times as much.
    """
    return _lowest_cosine(network.run(batch), reference.run(batch), vector)


def fastest_faithful(measurements: Sequence[Measurement]) -> Plan:
    """The fastest plan that keeps a cosine of at least ``MINIMUM_COSINE`` with the reference.

    Raises:
        ModelInvalid: if none does.
    """
    faithful = [measurement for measurement in measurements if measurement.faithful]
    if not faithful:
        lowest = ", ".join(
            f"{one.plan}: {told_apart(one.cosine, MINIMUM_COSINE, 4)[0]}" for one in measurements
        )
        raise ModelInvalid(
            f"expected a cosine with fp32 of at least {MINIMUM_COSINE}, got {lowest}; "
            "take the engine onnxruntime"
        )
    return min(faithful, key=lambda measurement: measurement.milliseconds).plan


def noise_batch(input_shape: Sequence[int | None], rows: int = 8) -> NDArray[np.float32]:
    """A fixed batch of noise in 0-255 for an input shape; what is dynamic becomes 128."""
    sizes = [rows, *(128 if size is None else size for size in input_shape[1:])]
    return np.random.default_rng(0).uniform(0, 255, sizes).astype(np.float32)


def plan_to_json(plan: Plan) -> dict[str, object]:
    """The plan as plain values."""
    return {
        "engine": plan.engine.value,
        "precision": plan.precision.value,
        "threads": plan.threads,
        "device": plan.device,
    }


def plan_from_json(values: dict[str, object]) -> Plan:
    """The plan that ``plan_to_json`` wrote.

    Raises:
        KeyError, ValueError: if it is not one.
    """
    return Plan(
        Engine(str(values["engine"])),
        Precision(str(values["precision"])),
        int(str(values["threads"])),
        str(values["device"]),
    )


def _lowest_cosine(outputs: Arrays, reference: Arrays, vector: str | None) -> float:
    """Each output for itself: large logits would hide what is wrong with a unit vector."""
    cosines = []
    for name, right in reference.items():
        if vector in (None, name):
            cosines.append(_row_cosines(outputs[name], right).min())
        else:
            whole = _row_cosines(outputs[name].reshape(1, -1), right.reshape(1, -1))[0]
            cosines.append(1.0 - (1.0 - whole) / 10.0)
    return float(np.min(cosines))  # numpy's minimum keeps a NaN, Python's drops it


def _fastest_run(network: Network, batch: NDArray[np.float32]) -> float:
    """Seconds of the fastest of ``ROUNDS`` runs, or of as many as begin in ``PATIENCE_S``."""
    start, fastest = time.perf_counter(), np.inf
    for _ in range(ROUNDS):
        fastest = min(fastest, _seconds(network, batch))
        if time.perf_counter() - start > PATIENCE_S:
            break
    return fastest


def rows_to_measure(network: Network, row: NDArray[np.float32]) -> int:
    """How many rows of noise to compare plans with: 8, fewer down to 2 where one takes long."""
    network.run(row)
    return int(np.clip(0.4 / max(_seconds(network, row), 1e-6), 2, 8))


def _seconds(network: Network, batch: NDArray[np.float32]) -> float:
    start = time.perf_counter()
    network.run(batch)
    return time.perf_counter() - start


def _row_cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    first, second = (array.reshape(len(array), -1) for array in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) / np.maximum(lengths, 1e-12))
