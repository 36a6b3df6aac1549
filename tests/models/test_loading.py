"""From a card to a running network, each step made once and kept."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from mien.errors import InvalidOption, UnknownModel
from mien.models import loading, machine
from mien.models.catalogue import SFACE
from mien.models.loading import RuntimeOptions, choose_plan, measure, open_network
from mien.models.runtime import Engine, Plan, Precision, available_plans
from mien.models.store import ModelStore

ENGINES = {plan.engine for plan in available_plans()}
needs_openvino = pytest.mark.skipif(
    Engine.OPENVINO not in ENGINES, reason="OpenVINO is not installed here"
)


@pytest.fixture(scope="module")
def copy(model_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store with the published files in a cache of its own, and nothing derived."""
    root = tmp_path_factory.mktemp("cache")
    for name in ("yunet", "sface"):
        for file in model_store.card(name).files:
            source = model_store.path(name, file.name)
            target = root / source.relative_to(model_store.cache.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return ModelStore(root)


def derived(store: ModelStore, pattern: str) -> list[Path]:
    return sorted((store.cache.root / "derived").rglob(pattern))


def test_a_plan_is_measured_once_and_remembered(
    copy: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = copy.card("sface")
    first = choose_plan(copy, card, RuntimeOptions())
    assert first in available_plans()

    def again(*_: object) -> None:
        raise AssertionError("measured twice")

    monkeypatch.setattr(loading, "measure", again)
    assert choose_plan(copy, card, RuntimeOptions()) == first


def test_the_measurement_names_every_plan_and_they_all_keep_the_vectors(
    copy: ModelStore,
) -> None:
    measured = measure(copy, copy.card("sface"))
    assert [one.plan for one in measured] == list(available_plans())
    assert all(one.faithful and one.milliseconds > 0 for one in measured)


def test_another_processor_measures_anew(copy: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before = loading._fingerprint(SFACE, Plan())
    monkeypatch.setattr(machine, "cpu_name", lambda: "another")
    assert loading._fingerprint(SFACE, Plan()) != before


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_user_s_engine_is_taken(copy: ModelStore, engine: Engine) -> None:
    plan = choose_plan(copy, copy.card("sface"), RuntimeOptions(engine, Precision.FP32, threads=1))
    assert plan == Plan(engine, Precision.FP32, threads=1)


def test_threads_reach_the_plan_of_both_networks(copy: ModelStore) -> None:
    options = RuntimeOptions(Engine.ONNXRUNTIME, threads=1)
    for name in ("yunet", "sface"):
        assert open_network(copy, name, options).plan.threads == 1


def test_a_detector_stays_with_onnx_runtime_in_fp32_unless_it_is_told_otherwise(
    copy: ModelStore,
) -> None:
    assert choose_plan(copy, copy.card("yunet"), RuntimeOptions()) == Plan()


@pytest.mark.parametrize(
    "options",
    [
        RuntimeOptions(Engine.ONNXRUNTIME, Precision.BF16),
        RuntimeOptions(Engine.OPENVINO, device="gpu"),
    ],
    ids=["bf16 with onnxruntime", "openvino on a gpu"],
)
@pytest.mark.parametrize("name", ["yunet", "sface"])
def test_what_no_plan_offers_is_an_invalid_option(
    copy: ModelStore, name: str, options: RuntimeOptions
) -> None:
    with pytest.raises(InvalidOption, match="expected"):
        open_network(copy, name, options)


@pytest.mark.parametrize("device", ["gpu", "tpu"])
def test_a_device_that_is_not_there_is_an_invalid_option(copy: ModelStore, device: str) -> None:
    import onnxruntime

    if device == "gpu" and len(onnxruntime.get_available_providers()) > 2:
        pytest.skip("this machine has a GPU build of ONNX Runtime")
    with pytest.raises(InvalidOption, match="providers here"):
        open_network(copy, "sface", RuntimeOptions(device=device))


@pytest.mark.parametrize("threads", [-1, 1.5, True, 10_000])
def test_threads_are_a_whole_number_from_0(threads: object) -> None:
    with pytest.raises(InvalidOption, match="threads"):
        RuntimeOptions(threads=threads)  # type: ignore[arg-type]


def test_an_unknown_name_is_an_unknown_model(copy: ModelStore) -> None:
    with pytest.raises(UnknownModel, match="yunet"):
        open_network(copy, "face-o-matic")


def test_a_second_opening_is_quick_and_gives_the_same(copy: ModelStore) -> None:
    first = open_network(copy, "sface")
    start = time.process_time()
    second = open_network(copy, "sface")
    seconds = time.process_time() - start
    assert first.plan == second.plan
    batch = np.full((1, 3, 112, 112), 127, np.float32)
    np.testing.assert_allclose(second.run(batch)["fc1"], first.run(batch)["fc1"], atol=1e-3)
    assert seconds < 1.0  # conversion, measurement and compilation take more than two


@needs_openvino
def test_a_compiled_network_that_openvino_refuses_is_compiled_anew(
    copy: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = RuntimeOptions(Engine.OPENVINO, Precision.FP32, threads=1)
    good = open_network(copy, "sface", options)
    card = copy.card("sface")
    (manifest,) = derived(copy, "openvino-fp32-*.json")
    key = manifest.stem
    for path in derived(copy, f"{key}*"):
        path.unlink()
    copy.derived(card, key, lambda _: b"another driver's")
    batch = np.full((1, 3, 112, 112), 127, np.float32)
    anew = open_network(copy, "sface", options)
    np.testing.assert_allclose(anew.run(batch)["fc1"], good.run(batch)["fc1"], atol=1e-3)
