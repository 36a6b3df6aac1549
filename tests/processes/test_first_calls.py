"""The first calls of a process may be made by several threads at once."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.models.engines import Engine, has_engine
from processes.fresh import run, run_all

pytestmark = pytest.mark.usefixtures("model_store")
needs_openvino = pytest.mark.skipif(
    not has_engine(Engine.OPENVINO), reason="OpenVINO is not installed here"
)


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize(
    "engine", [Engine.ONNXRUNTIME, pytest.param(Engine.OPENVINO, marks=needs_openvino)]
)
def test_no_thread_waits_for_another_at_a_network_s_first_inference(
    engine: Engine, threads: int
) -> None:
    assert run("first_inference.py", engine, threads) is None


@pytest.fixture
def photos(sample: Callable[[str], Path]) -> list[Path]:
    return [sample(name) for name in ("obama.jpg", "obama2.jpg", "astronaut.png")]


def processes(photos: list[Path], seeds: range) -> list[tuple[object, ...]]:
    return [(seed, random.Random(seed).randint(2, 8), *photos) for seed in seeds]


def test_whatever_calls_threads_begin_with_all_are_answered(photos: list[Path]) -> None:
    assert run_all("first_calls.py", processes(photos, range(5)), at_once=2) == []


@pytest.mark.torture
def test_two_thousand_processes_on_a_busy_machine_are_all_answered(photos: list[Path]) -> None:
    rounds = int(os.environ.get("MIEN_ROUNDS", "20"))
    seeds = range(100, 100 + 100 * rounds)
    at_once = 2 * (os.cpu_count() or 1)  # more than there are cores, so that threads are stopped
    assert run_all("first_calls.py", processes(photos, seeds), at_once) == []
