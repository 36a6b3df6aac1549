"""From a card to a running network, each step made once and kept."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mien.errors import InvalidOption, UnknownModel
from mien.models import loading, machine, runtime
from mien.models.loading import CONVERSIONS, RuntimeOptions, choose_plan, measure, open_network
from mien.models.runtime import Engine, Plan, Precision, available_plans
from mien.models.store import ModelStore

PLANS = available_plans()
ENGINES = {plan.engine for plan in PLANS}


@pytest.fixture(scope="module")
def copy(model_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store with a cache of its own for the tests of this file: they find what others derived."""
    return published_files(model_store, tmp_path_factory.mktemp("cache"))


@pytest.fixture
def untouched(model_store: ModelStore, tmp_path: Path) -> ModelStore:
    """A store with a cache of the test's own: nothing in it is derived yet."""
    return published_files(model_store, tmp_path)


def published_files(model_store: ModelStore, root: Path) -> ModelStore:
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
    card = copy.card("sface")
    before = loading._fingerprint(card, Plan())
    monkeypatch.setattr(machine, "cpu_name", lambda: "another")
    assert loading._fingerprint(card, Plan()) != before


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


def test_a_second_opening_repeats_no_step_and_gives_the_same(
    copy: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_network(copy, "sface")

    def again(*_: object) -> None:
        raise AssertionError("it was kept")

    monkeypatch.setattr(loading, "measure", again)
    monkeypatch.setattr(
        loading, "CONVERSIONS", {"sface": replace(CONVERSIONS["sface"], build=again)}
    )
    monkeypatch.setattr(runtime, "export_compiled", again)
    second = open_network(copy, "sface")
    assert first.plan == second.plan
    batch = np.full((1, 3, 112, 112), 127, np.float32)
    np.testing.assert_allclose(second.run(batch)["fc1"], first.run(batch)["fc1"], atol=1e-3)


@pytest.mark.parametrize(
    "plan", [plan for plan in PLANS if plan.engine is Engine.OPENVINO], ids=str
)
def test_a_compiled_network_that_openvino_refuses_is_compiled_anew(
    untouched: ModelStore, plan: Plan
) -> None:
    options = RuntimeOptions(plan.engine, plan.precision, threads=1)
    good = open_network(untouched, "sface", options)
    (manifest,) = derived(untouched, "openvino-*.json")
    key = manifest.stem
    for path in derived(untouched, f"{key}*"):
        path.unlink()
    untouched.derived(untouched.card("sface"), key, lambda _: b"another driver's")
    batch = np.full((1, 3, 112, 112), 127, np.float32)
    anew = open_network(untouched, "sface", options)
    np.testing.assert_allclose(anew.run(batch)["fc1"], good.run(batch)["fc1"], atol=1e-3)
