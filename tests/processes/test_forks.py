"""A forked child gets an answer, or an error that says what to do: never silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.models.engines import Engine, has_engine
from processes.fresh import run

pytestmark = [
    pytest.mark.usefixtures("model_store"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]
needs_openvino = pytest.mark.skipif(
    not has_engine(Engine.OPENVINO), reason="OpenVINO is not installed here"
)


@pytest.fixture
def photos(sample: Callable[[str], Path]) -> list[Path]:
    return [sample(name) for name in ("obama.jpg", "obama2.jpg", "astronaut.png")]


@pytest.mark.parametrize(
    "scenario",
    [
        "first_use_in_child",
        "kept_networks",
        "own_recognizer",
        "pools",
        "data_loader",
        "servers",
        "while_threads_work",
        "while_a_thread_begins",
        "galleries",
        "learning",
    ],
)
def test_a_forked_child_is_answered(scenario: str, photos: list[Path], tmp_path: Path) -> None:
    assert run("forked.py", scenario, tmp_path, *photos) is None


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param("chosen_openvino", marks=needs_openvino),
        "answers_under_way",
        "videos",
        "kept_encodings",
    ],
)
def test_what_only_the_parent_can_use_is_refused_and_goes_on_there(
    scenario: str, photos: list[Path], tmp_path: Path
) -> None:
    assert run("forked.py", scenario, tmp_path, *photos) is None
