"""From a card to a running network: verified bytes, converted, planned, compiled; each step kept.

The first start converts, measures and compiles (about two seconds); every later one
reads the compiled network and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, told_apart
from mien.errors import InvalidOption, ModelInvalid
from mien.models import engines, machine, runtime
from mien.models.cards import EmbedderCard, ModelCard, Task
from mien.models.convert import block_quantised, dlib_resnet, keras_h5
from mien.models.convert.keras_h5_resnet50 import ResNet50
from mien.models.convert.keras_h5_vgg16 import Vgg16
from mien.models.engines import Engine
from mien.models.runtime import Arrays, Network, Plan, Precision
from mien.models.selection import (
    MINIMUM_COSINE,
    Measurement,
    agreement,
    fastest_faithful,
    measure_plans,
    noise_batch,
    plan_from_json,
    plan_to_json,
    rows_to_measure,
)
from mien.models.self_contained import refuse_other_files
from mien.models.store import ModelStore
from mien.process import Origin, first_use

SELECTION_VERSION = "2"

# Cards whose files are block-quantised graphs, and the axes of the input that become dynamic.
BLOCK_QUANTISED: Mapping[str, Mapping[int, str]] = {
    "yunet": {0: "N", 2: "H", 3: "W"},
    "sface": {0: "N"},
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """From a card's verified file to a plain ONNX graph.

    Attributes:
        key: name and version; a new version is made anew, and measured and compiled anew.
        build: from the file's bytes to the graph's.
    """

    key: str
    build: Callable[[bytes], bytes]


def _folding(axes: Mapping[int, str]) -> Conversion:
    return Conversion(
        f"folded-fp32-v{block_quantised.VERSION}", lambda model: block_quantised.fold(model, axes)
    )


def _importing(network: Vgg16 | ResNet50) -> Conversion:
    return Conversion(f"keras-fp32-v{keras_h5.VERSION}", network.convert)


# By card; the files of all others are plain ONNX graphs already.
CONVERSIONS: Mapping[str, Conversion] = {
    **{name: _folding(axes) for name, axes in BLOCK_QUANTISED.items()},
    "dlib-resnet": Conversion(f"dlib-fp32-v{dlib_resnet.VERSION}", dlib_resnet.to_onnx),
    "vggface-vgg16": _importing(Vgg16("vggface-vgg16")),
    "vggface2-resnet50": _importing(ResNet50("vggface2-resnet50")),
    "vggface2-senet50": _importing(ResNet50("vggface2-senet50", epsilon=1e-4, squeeze=16)),
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
    """A card's network, ready to run on this machine, in forked children too.

    Args:
        store: where the weights come from.
        card: or its name.
        options: what the user wants of the runtime.
        file: the network's file, where the card has several.

    Raises:
        ModelError: the weights cannot be had or do not load.
        InvalidOption: the options ask for what this machine cannot do.
        ForkedProcess: they ask for OpenVINO in a forked child of a process that had loaded it.
    """
    card, wanted = store.card(card), options or RuntimeOptions()
    network = _open(store, card, wanted, file)
    if network.plan.engine is not Engine.OPENVINO:
        return network
    return _OpenedAgain(network, lambda: _open(store, card, wanted, file))


class _OpenedAgain:
    """A network on OpenVINO, which a forked child opens again, with what works there."""

    def __init__(self, network: Network, open_again: Callable[[], Network]) -> None:
        self.input_name, self.input_shape = network.input_name, network.input_shape
        self.output_shapes = network.output_shapes
        self._open_again = open_again
        self._take(network)

    def run(self, batch: NDArray[np.float32]) -> Arrays:
        if not self._origin.is_here:
            with first_use():
                if not self._origin.is_here:
                    self._take(self._open_again())
        return self._network.run(batch)

    def _take(self, network: Network) -> None:
        self.plan, self._network, self._origin = network.plan, network, Origin()


def _open(store: ModelStore, card: ModelCard, options: RuntimeOptions, file: str | None) -> Network:
    plan = choose_plan(store, card, options, file)
    if plan.engine is Engine.OPENVINO:
        key = f"openvino-{plan.precision}-{_fingerprint(card, plan)}"
        blob = store.derived(card, key, lambda _: _compiled(store, card, plan, file), file)
        try:
            return runtime.import_compiled(blob, plan)
        except ModelInvalid:
            pass  # the driver changed under the same version: compile for this run
    return runtime.load_network(graph(store, card, file), plan)


def _compiled(store: ModelStore, card: ModelCard, plan: Plan, file: str | None) -> bytes:
    """A compiled network that was compared with the reference before anybody keeps it.

    Raises:
        ModelInvalid: it computes something else.
    """
    model = graph(store, card, file)
    blob = runtime.export_compiled(model, plan)
    reference = runtime.load_network(model, Plan(threads=plan.threads))
    batch = _noise_for(card, reference.input_shape, rows=2)
    compiled = runtime.import_compiled(blob, plan)
    cosine = agreement(compiled, reference, batch, _vector_of(card))
    if not cosine >= MINIMUM_COSINE:
        raise ModelInvalid(
            f"{plan}: expected a cosine of {MINIMUM_COSINE} with onnxruntime, got "
            f"{told_apart(cosine, MINIMUM_COSINE, 4)[0]}; "
            "choose the engine onnxruntime"
        )
    return blob


def graph(store: ModelStore, card: ModelCard, file: str | None = None) -> bytes:
    """The card's network as a plain ONNX graph that refers to no other file.

    Raises:
        ModelError: the weights cannot be had, or are no such network.
    """
    conversion = CONVERSIONS.get(card.name)
    if conversion is None:
        model = store.bytes(card, file)
        refuse_other_files(model)
        return model
    return store.derived(card, conversion.key, conversion.build)


def choose_plan(
    store: ModelStore, card: ModelCard, options: RuntimeOptions, file: str | None = None
) -> Plan:
    """The user's plan, or the fastest faithful one, measured once and remembered.

    Detectors see pictures of every size, and OpenVINO compiles anew for each size (some ten
    milliseconds); for them ONNX Runtime in fp32 is the plan, and their points stay exact.

    Raises:
        InvalidOption: no plan of this machine fits the options.
        ForkedProcess: they ask for OpenVINO in a forked child of a process that had loaded it.
    """
    if options.device != "cpu" and options.engine is Engine.OPENVINO:
        raise InvalidOption(f"device: expected cpu with openvino, got {options.device!r}")
    if options.device != "cpu" or (card.task is Task.DETECTOR and options.engine is None):
        return Plan(threads=options.threads, device=options.device)
    if engines.openvino_was_forked():  # no choice, and nothing for later processes to remember
        if options.engine is Engine.OPENVINO or options.precision is Precision.BF16:
            engines.check_openvino()
        return Plan(threads=options.threads)
    wanted = f"{options.engine}-{options.precision}"
    key = f"plan-{_fingerprint(card, Plan(threads=options.threads), wanted)}"
    kept = store.derived(card, key, lambda _: _chosen_plan(store, card, options, file), file)
    plan = plan_from_json(json.loads(kept))
    if options.engine is None and not engines.engine_imports(plan.engine):
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
    network = runtime.load_network(model, reference)
    rows = rows_to_measure(network, _noise_for(card, network.input_shape, rows=1))
    batch = _noise_for(card, network.input_shape, rows)
    measured = measure_plans(model, [reference, *others], batch, vector=_vector_of(card))
    return measured if plans is None or reference in plans else measured[1:]


def _vector_of(card: ModelCard) -> str | None:
    return card.output if isinstance(card, EmbedderCard) else None


def _noise_for(
    card: ModelCard, shape: tuple[int | None, ...], rows: int = 8
) -> NDArray[np.float32]:
    """Noise that fits a network: as many rows as a fixed batch has, the card's size of crop."""
    if isinstance(card, EmbedderCard) and card.input.size_wh is not None:
        width, height = card.input.size_wh
        shape = (*shape[:2], height, width)
    return noise_batch(shape, rows=shape[0] or rows)


def _fingerprint(card: ModelCard, plan: Plan, wanted: str = "") -> str:
    """Twelve hex digits of everything that a measurement or a compiled network depends on."""
    conversion = CONVERSIONS.get(card.name)
    facts = [
        SELECTION_VERSION,
        machine.cpu_name(),
        machine.cpu_features(),
        str(plan.threads or machine.core_count()),
        *(str(engines.engine_version(engine)) for engine in Engine),
        conversion.key if conversion else "",
        wanted,
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
