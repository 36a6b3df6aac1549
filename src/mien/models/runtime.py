"""One small interface over ONNX Runtime and OpenVINO: a network maps a batch to arrays.

Which runtime is faster differs from network to network and from machine to machine, so
``selection.py`` measures and remembers; here a named plan is carried out. OpenVINO's compiled form
can be exported and imported again, so that a second start skips the compilation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.errors import EngineMissing, ForkedProcess, InvalidOption, ModelInvalid
from mien.models.batches import check_batch, does_not_fit
from mien.models.engines import (
    Engine,
    check_openvino,
    has_engine,
    inference,
    onnxruntime,
    openvino,
)
from mien.models.machine import core_count
from mien.process import Origin, first_use

Arrays = dict[str, NDArray[np.float32]]
Shapes = Mapping[str, tuple[int | None, ...]]


class Precision(StrEnum):
    """The arithmetic inside the network; inputs and outputs are always fp32."""

    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a network is run.

    Attributes:
        engine: which runtime.
        precision: ``bf16`` needs a CPU with AMX or AVX-512 BF16 and OpenVINO.
        threads: calls that run at once, each on one core; 0 means as many as there are cores.
        device: ``cpu``, or ``gpu`` where the installed ONNX Runtime has a GPU provider.
    """

    engine: Engine = Engine.ONNXRUNTIME
    precision: Precision = Precision.FP32
    threads: int = 0
    device: str = "cpu"

    def __str__(self) -> str:
        return f"{self.engine} {self.precision} on {self.device}"


class Network(Protocol):
    """A loaded network."""

    plan: Plan
    input_name: str
    input_shape: tuple[int | None, ...]
    output_shapes: Shapes

    def run(self, batch: NDArray[np.float32]) -> Arrays:
        """Run ``batch``, ``(N, C, H, W) float32``, and return every output under its name.

        The outputs are the caller's own: a later call does not overwrite them.

        Raises:
            InvalidArray: if the batch does not fit the network's input.
            ForkedProcess: this is a forked child, in which the runtime cannot go on.
        """
        ...


@first_use()
def load_network(model: bytes, plan: Plan) -> Network:
    """Load an ONNX model whose hash has been checked.

    Raises:
        EngineMissing: the plan's runtime is not installed.
        ForkedProcess: OpenVINO in a forked child of a process that had loaded it.
        InvalidOption: the plan asks for what this machine or runtime cannot do.
        ModelInvalid: the bytes are not a network with one image input.
    """
    if plan.engine is Engine.OPENVINO:
        return _OpenVinoNetwork(_compile_openvino(model, plan), plan)
    return _OnnxRuntimeNetwork(model, plan)


@first_use()
def export_compiled(model: bytes, plan: Plan) -> bytes:
    """OpenVINO's compiled form of a model, for ``import_compiled`` on the same machine."""
    exported = _compile_openvino(model, plan).export_model()
    return bytes(exported.getvalue() if hasattr(exported, "getvalue") else exported)


@first_use()
def import_compiled(blob: bytes, plan: Plan) -> Network:
    """Load what ``export_compiled`` wrote with the same plan, version and CPU.

    Raises:
        ModelInvalid: if OpenVINO does not accept it; compile anew then.
    """
    core = openvino().Core()
    try:
        compiled = core.import_model(blob, "CPU", _openvino_settings(plan))
    except RuntimeError as error:
        raise ModelInvalid("OpenVINO does not accept this compiled network") from error
    return _OpenVinoNetwork(compiled, plan)


def available_plans(threads: int = 0, device: str = "cpu") -> tuple[Plan, ...]:
    """Every plan that this machine can carry out, the reference (ONNX Runtime, fp32) first."""
    plans = [Plan(Engine.ONNXRUNTIME, Precision.FP32, threads, device)]
    if device != "cpu" or not has_engine(Engine.OPENVINO):
        return tuple(plans)
    try:
        bf16 = cpu_has_bf16()
    except (EngineMissing, ForkedProcess):
        return tuple(plans)  # installed, but it does not import on this machine, or was forked
    plans.append(Plan(Engine.OPENVINO, Precision.FP32, threads))
    if bf16:
        plans.append(Plan(Engine.OPENVINO, Precision.BF16, threads))
    return tuple(plans)


@first_use()
def cpu_has_bf16() -> bool:
    """Whether OpenVINO says that this CPU computes bf16 natively."""
    core = openvino().Core()
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class _OnnxRuntimeNetwork:
    def __init__(self, model: bytes, plan: Plan) -> None:
        runtime = self._runtime = onnxruntime()
        if plan.precision is not Precision.FP32:
            raise InvalidOption(f"expected precision fp32 with onnxruntime, got {plan.precision}")
        providers = _providers(runtime, plan.device)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # callers run several at once
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors reach us as exceptions
        options.enable_mem_pattern = False  # a plan for each size of picture would pile up
        try:
            self._session = runtime.InferenceSession(model, options, providers=providers)
        except _onnxruntime_errors(runtime) as error:
            raise ModelInvalid(f"ONNX Runtime does not load this network: {error}") from error
        self.plan = plan
        self._origin = Origin()
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ModelInvalid(f"expected one input, got {[value.name for value in inputs]}")
        self.input_name: str = inputs[0].name
        self.input_shape = _known_sizes(inputs[0].shape)
        self.output_shapes: Shapes = {
            value.name: _known_sizes(value.shape) for value in self._session.get_outputs()
        }
        self._outputs = list(self.output_shapes)

    def run(self, batch: NDArray[np.float32]) -> Arrays:
        check_batch(batch, self.input_shape)
        if self.plan.device != "cpu":
            self._origin.check("network on a GPU", "load it after the fork, or use spawn")
        try:
            with inference(Engine.ONNXRUNTIME):
                values = self._session.run(self._outputs, {self.input_name: batch})
        except _onnxruntime_errors(self._runtime) as error:
            raise does_not_fit(batch, error) from error
        return dict(zip(self._outputs, values, strict=True))


class _OpenVinoNetwork:
    def __init__(self, compiled: Any, plan: Plan) -> None:
        if len(compiled.inputs) != 1:
            raise ModelInvalid(f"expected one input, got {compiled.inputs}")
        self._compiled = compiled
        self._idle: deque[Any] = deque()  # requests hold their own memory: they are used again
        self._origin = Origin(self)
        self.plan = plan
        self.input_name: str = compiled.inputs[0].get_any_name()
        self.input_shape = _static_sizes(compiled.inputs[0])
        self.output_shapes: Shapes = {
            _output_name(value): _static_sizes(value) for value in compiled.outputs
        }
        self._outputs = list(self.output_shapes)

    def run(self, batch: NDArray[np.float32]) -> Arrays:
        check_batch(batch, self.input_shape)
        check_openvino()
        with inference(Engine.OPENVINO):
            return self._run(batch)

    def _run(self, batch: NDArray[np.float32]) -> Arrays:
        try:
            request = self._idle.popleft()
        except IndexError:  # every request is at work in another thread
            request = self._compiled.create_infer_request()
        try:
            request.infer([batch], share_inputs=True)
        except RuntimeError as error:
            raise does_not_fit(batch, error) from error
        outputs = {
            name: request.get_output_tensor(position).data.copy()
            for position, name in enumerate(self._outputs)
        }
        self._idle.append(request)
        return outputs


def _known_sizes(shape: Sequence[Any]) -> tuple[int | None, ...]:
    """Of ONNX Runtime: what is dynamic has a name or nothing in place of a size."""
    return tuple(size if isinstance(size, int) and size > 0 else None for size in shape)


def _static_sizes(value: Any) -> tuple[int | None, ...]:
    """Of OpenVINO: an input or an output of a compiled network."""
    return tuple(None if one.is_dynamic else one.get_length() for one in value.get_partial_shape())


def _output_name(output: Any) -> str:
    """The name that the ONNX graph gives an output; OpenVINO may know it by inner names too."""
    name = str(output.get_node().get_friendly_name()).partition("/sink_port_")[0]
    return name if name in output.get_names() else str(output.get_any_name())


def _compile_openvino(model: bytes, plan: Plan) -> Any:
    core = openvino().Core()
    if plan.device != "cpu":
        raise InvalidOption(f"expected device cpu with openvino, got {plan.device!r}")
    try:
        return core.compile_model(core.read_model(model), "CPU", _openvino_settings(plan))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelInvalid(f"OpenVINO does not load this network: {reason}") from error


def _openvino_settings(plan: Plan) -> dict[str, Any]:
    threads = plan.threads or core_count()
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        # An import forgets the precision of the export: without this it takes the CPU's own, bf16.
        "INFERENCE_PRECISION_HINT": "bf16" if plan.precision is Precision.BF16 else "f32",
    }


def _providers(runtime: ModuleType, device: str) -> list[str]:
    present = runtime.get_available_providers()
    if device == "cpu":
        return ["CPUExecutionProvider"]
    wanted = [
        name
        for name in ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider")
        if name in present
    ]
    if device != "gpu" or not wanted:
        raise InvalidOption(
            f"expected device cpu, or gpu with a GPU build of ONNX Runtime, got {device!r}; "
            f"providers here: {', '.join(present)}"
        )
    return [*wanted, "CPUExecutionProvider"]


def _onnxruntime_errors(runtime: ModuleType) -> tuple[type[Exception], ...]:
    state = runtime.capi.onnxruntime_pybind11_state
    names = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NotImplemented",
        "RuntimeException",
    )
    return (*(getattr(state, name) for name in names), ValueError, RuntimeError)
