"""From a card to a running network: verified bytes, converted, planned, compiled; each step kept.

The first start converts, measures and compiles (about two seconds); every later one
reads the compiled network and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from mien.checks import check_count
from mien.errors import InvalidOption, ModelInvalid
from mien.models import machine, runtime
from mien.models.cards import ModelCard, Task
from mien.models.convert import block_quantised
from mien.models.runtime import Engine, Network, Plan, Precision
from mien.models.selection import (
    MINIMUM_COSINE,
    Measurement,
    agreement,
    fastest_faithful,
    measure_plans,
    noise_batch,
    plan_from_json,
    plan_to_json,
)
from mien.models.store import ModelStore

SELECTION_VERSION = "2"

# Cards whose files are block-quantised graphs, and the axes of the input that become dynamic.
BLOCK_QUANTISED: Mapping[str, Mapping[int, str]] = {
    "yunet": {0: "N", 2: "H", 3: "W"},
    "sface": {0: "N"},
}


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """What the user wants of the runtime; None leaves the choice to the measurement.

    Attributes:
        engine: ``onnxruntime`` or ``openvino``.
        precision: ``fp32`` or ``bf16``.
        threads: photos worked on at once, each on one core; 0 means as many as there are cores.
        device: ``cpu`` or ``gpu``.
    """

    engine: Engine | None = None
    precision: Precision | None = None
    threads: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_count(self.threads, "threads", 0, 1024)


def open_network(
    store: ModelStore,
    card: ModelCard | str,
    options: RuntimeOptions | None = None,
    file: str | None = None,
) -> Network:
    """A card's network, ready to run on this machine.

    Args:
        store: where the weights come from.
        card: or its name.
        options: what the user wants of the runtime.
        file: the network's file, where the card has several.

    Raises:
        ModelError: the weights cannot be had or do not load.
        InvalidOption: the options ask for what this machine cannot do.
    """
    card = store.card(card)
    plan = choose_plan(store, card, options or RuntimeOptions(), file)
    if plan.engine is Engine.OPENVINO:
        key = f"openvino-{plan.precision}-{_fingerprint(plan)}"
        blob = store.derived(card, key, lambda _: _compiled(graph(store, card, file), plan), file)
        try:
            return runtime.import_compiled(blob, plan)
        except ModelInvalid:
            pass  # the driver changed under the same version: compile for this run
    return runtime.load_network(graph(store, card, file), plan)


def _compiled(model: bytes, plan: Plan) -> bytes:
    """A compiled network that was compared with the reference before anybody keeps it.

    Raises:
        ModelInvalid: it computes something else.
    """
    blob = runtime.export_compiled(model, plan)
    reference = runtime.load_network(model, Plan(threads=plan.threads))
    batch = noise_batch(reference.input_shape, rows=2)
    cosine = agreement(runtime.import_compiled(blob, plan), reference, batch)
    if not cosine >= MINIMUM_COSINE:
        raise ModelInvalid(
            f"{plan}: expected a cosine of {MINIMUM_COSINE} with onnxruntime, got {cosine:.4f}; "
            "choose the engine onnxruntime"
        )
    return blob


def graph(store: ModelStore, card: ModelCard, file: str | None = None) -> bytes:
    """The card's network as a plain ONNX graph."""
    axes = BLOCK_QUANTISED.get(card.name)
    if axes is None:
        return store.bytes(card, file)
    key = f"folded-fp32-v{block_quantised.VERSION}"
    return store.derived(card, key, lambda model: block_quantised.fold(model, axes))


def choose_plan(
    store: ModelStore, card: ModelCard, options: RuntimeOptions, file: str | None = None
) -> Plan:
    """The user's plan, or the fastest faithful one, measured once and remembered.

    Detectors see pictures of every size, and OpenVINO compiles anew for each size (some ten
    milliseconds); for them ONNX Runtime in fp32 is the plan, and their points stay exact.

    Raises:
        InvalidOption: no plan of this machine fits the options.
    """
    if options.device != "cpu" and options.engine is Engine.OPENVINO:
        raise InvalidOption(f"device: expected cpu with openvino, got {options.device!r}")
    if options.device != "cpu" or (card.task is Task.DETECTOR and options.engine is None):
        return Plan(threads=options.threads, device=options.device)
    wanted = f"{options.engine}-{options.precision}"
    key = f"plan-{_fingerprint(Plan(threads=options.threads), wanted)}"
    kept = store.derived(card, key, lambda _: _chosen_plan(store, card, options, file), file)
    plan = plan_from_json(json.loads(kept))
    if options.engine is None and not runtime.engine_imports(plan.engine):
        return Plan(threads=options.threads)  # it was there when the plan was made
    return plan


def _chosen_plan(
    store: ModelStore, card: ModelCard, options: RuntimeOptions, file: str | None
) -> bytes:
    available = runtime.available_plans(options.threads)
    plans = [
        plan
        for plan in available
        if options.engine in (None, plan.engine) and options.precision in (None, plan.precision)
    ]
    if not plans:
        raise InvalidOption(
            f"runtime: expected one of {'; '.join(str(plan) for plan in available)}, "
            f"got {options.engine or 'any engine'} with {options.precision or 'any precision'}"
        )
    chosen = plans[0]
    if len(plans) > 1:
        chosen = fastest_faithful(measure(store, card, options.threads, plans, file))
    return json.dumps(plan_to_json(chosen)).encode()


def measure(
    store: ModelStore,
    card: ModelCard,
    threads: int = 0,
    plans: list[Plan] | None = None,
    file: str | None = None,
) -> tuple[Measurement, ...]:
    """Every plan of this machine for a card's network, the reference first."""
    model = graph(store, card, file)
    reference = Plan(threads=threads)
    others = [plan for plan in plans or runtime.available_plans(threads) if plan != reference]
    batch = noise_batch(runtime.load_network(model, reference).input_shape)
    measured = measure_plans(model, [reference, *others], batch)
    return measured if plans is None or reference in plans else measured[1:]


def _fingerprint(plan: Plan, wanted: str = "") -> str:
    """Twelve hex digits of everything that a measurement or a compiled network depends on."""
    facts = [
        SELECTION_VERSION,
        machine.cpu_name(),
        machine.cpu_features(),
        str(plan.threads or machine.core_count()),
        *(str(runtime.engine_version(engine)) for engine in Engine),
        block_quantised.VERSION,
        wanted,
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
