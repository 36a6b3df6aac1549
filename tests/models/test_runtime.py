"""The runtimes behind one interface, on real networks and real faces."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.alignment import ARCFACE_112, align
from mien.errors import EngineMissing, InvalidArray, InvalidOption, ModelInvalid
from mien.models import runtime
from mien.models.loading import graph
from mien.models.runtime import Engine, Network, Plan, Precision
from mien.models.selection import MINIMUM_COSINE
from mien.models.store import ModelStore
from mien.pipeline import Recognizer

PLANS = runtime.available_plans()
OPENVINO_PLANS = [plan for plan in PLANS if plan.engine is Engine.OPENVINO]

needs_openvino = pytest.mark.skipif(not OPENVINO_PLANS, reason="OpenVINO is not installed here")


@pytest.fixture(scope="module")
def sface(model_store: ModelStore) -> bytes:
    return graph(model_store, model_store.card("sface"))


@pytest.fixture(scope="module")
def networks(sface: bytes) -> dict[Plan, Network]:
    return {plan: runtime.load_network(sface, plan) for plan in PLANS}


@pytest.fixture(scope="module")
def faces(recognizer: Recognizer, picture: Callable[[str], np.ndarray]) -> NDArray[np.float32]:
    """Aligned faces as SFace's input: ``(9, 3, 112, 112) float32`` RGB."""
    crops = []
    for name in ("t1.jpg", "obama.jpg", "biden.jpg", "astronaut.png"):
        for face, _ in recognizer.detect([picture(name)])[0]:
            assert face.landmarks is not None
            crops.append(align(picture(name), face.landmarks, ARCFACE_112))
    return np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), dtype=np.float32)


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / lengths


def test_the_reference_comes_first_and_every_machine_has_it() -> None:
    assert PLANS[0] == Plan(Engine.ONNXRUNTIME, Precision.FP32)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_every_plan_gives_the_reference_s_vectors_of_real_faces(
    networks: dict[Plan, Network], faces: NDArray[np.float32], plan: Plan
) -> None:
    assert len(faces) == 9
    reference = networks[PLANS[0]].run(faces)["fc1"]
    assert cosines(networks[plan].run(faces)["fc1"], reference).min() >= MINIMUM_COSINE


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((1, 3, 112, 111), np.float32),
        np.zeros((1, 1, 112, 112), np.float32),
        np.zeros((0, 3, 112, 112), np.float32),
        np.zeros((3, 112, 112), np.float32),
        np.zeros((1, 3, 112, 112), np.float64),
        np.zeros((1, 3, 112, 112), np.uint8),
        np.zeros((1, 112, 112, 3), np.float32).transpose(0, 3, 1, 2),
    ],
    ids=["width", "channels", "no rows", "no batch axis", "float64", "uint8", "not contiguous"],
)
def test_a_batch_that_does_not_fit_is_refused(
    networks: dict[Plan, Network], plan: Plan, batch: np.ndarray
) -> None:
    with pytest.raises(InvalidArray, match="expected"):
        networks[plan].run(batch)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_a_size_that_the_network_cannot_compute_is_refused(
    model_store: ModelStore, plan: Plan
) -> None:
    network = runtime.load_network(graph(model_store, model_store.card("yunet")), plan)
    with pytest.raises(InvalidArray, match="expected"):
        network.run(np.zeros((1, 3, 100, 50), np.float32))


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_outputs_are_the_caller_s_own(
    networks: dict[Plan, Network], faces: NDArray[np.float32], plan: Plan
) -> None:
    first = networks[plan].run(faces[:2])["fc1"]
    kept = first.copy()
    networks[plan].run(faces[2:4])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_two_threads_at_once_get_their_own_answers(
    networks: dict[Plan, Network], faces: NDArray[np.float32], plan: Plan
) -> None:
    network = networks[plan]
    alone = [network.run(faces[row : row + 1])["fc1"] for row in range(4)]
    with ThreadPoolExecutor(2) as pool:
        rows = [row % 4 for row in range(16)]
        answers = pool.map(lambda row: network.run(faces[row : row + 1])["fc1"], rows)
        for row, answer in zip(rows, answers, strict=True):
            assert cosines(answer, alone[row]).min() > 0.99999


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("data", [b"", b"garbage" * 1000], ids=["empty", "garbage"])
def test_bytes_that_are_no_network_are_an_invalid_model(plan: Plan, data: bytes) -> None:
    with pytest.raises(ModelInvalid):
        runtime.load_network(data, plan)


def test_what_a_runtime_cannot_do_is_an_invalid_option(sface: bytes) -> None:
    with pytest.raises(InvalidOption, match="fp32"):
        runtime.load_network(sface, Plan(Engine.ONNXRUNTIME, Precision.BF16))
    with pytest.raises(InvalidOption, match="tpu"):
        runtime.load_network(sface, Plan(device="tpu"))


@needs_openvino
def test_openvino_on_a_gpu_is_an_invalid_option(sface: bytes) -> None:
    with pytest.raises(InvalidOption, match="cpu"):
        runtime.load_network(sface, Plan(Engine.OPENVINO, device="gpu"))


@needs_openvino
@pytest.mark.parametrize("plan", OPENVINO_PLANS, ids=str)
def test_a_compiled_network_comes_back_as_it_went_and_in_its_precision(
    sface: bytes, networks: dict[Plan, Network], faces: NDArray[np.float32], plan: Plan
) -> None:
    blob = runtime.export_compiled(sface, plan)
    again = runtime.import_compiled(blob, plan)
    assert again.input_name == networks[plan].input_name
    assert again.input_shape == networks[plan].input_shape
    want = networks[plan].run(faces)["fc1"]
    np.testing.assert_allclose(again.run(faces)["fc1"], want, atol=1e-4)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_outputs_have_the_graph_s_names_under_every_plan(
    model_store: ModelStore, plan: Plan
) -> None:
    model = graph(model_store, model_store.card("yunet"))
    loaded = [runtime.load_network(model, plan)]
    if plan.engine is Engine.OPENVINO:
        loaded.append(runtime.import_compiled(runtime.export_compiled(model, plan), plan))
    for network in loaded:
        outputs = network.run(np.zeros((1, 3, 64, 64), np.float32))
        kinds = ("cls", "obj", "bbox", "kps")
        assert set(outputs) == {f"{kind}_{stride}" for kind in kinds for stride in (8, 16, 32)}


@needs_openvino
@pytest.mark.parametrize("blob", [b"", b"\x00" * 100, b"garbage" * 1000])
def test_a_compiled_network_that_openvino_does_not_know_is_invalid(blob: bytes) -> None:
    with pytest.raises(ModelInvalid):
        runtime.import_compiled(blob, OPENVINO_PLANS[0])


def run_in_fresh_process(program: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


DETECT_AND_EMBED = """
from pathlib import Path
from mien.api import build_recognizer
from mien.models import ModelStore
recognizer = build_recognizer(store=ModelStore(Path(sys.argv[1])))
(encoded,) = recognizer.encode_photos([sys.argv[2]])
"""


@pytest.mark.parametrize(
    "hide",
    [
        'sys.modules["openvino"] = None',
        # installed, but its libraries do not load on this machine
        """
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "openvino":
            from importlib.machinery import ModuleSpec
            return ModuleSpec(name, self)
    def create_module(self, spec):
        raise ImportError("libopenvino.so: cannot open shared object file")
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Broken())
""",
    ],
    ids=["not installed", "does not import"],
)
def test_without_openvino_onnx_runtime_does_it_all(
    model_store: ModelStore, sample: Callable[[str], Path], hide: str
) -> None:
    check = """
assert len(encoded.faces) == 1
assert encoded.faces[0].vector.shape == (128,)
print(recognizer.embedder._network.plan)
"""
    program = f"import sys\n{hide}\n{DETECT_AND_EMBED}\n{check}"
    told = run_in_fresh_process(program, model_store.cache.root, sample("astronaut.png"))
    assert told == "onnxruntime fp32 on cpu"


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_a_missing_runtime_says_how_to_install_it(name: str) -> None:
    program = """
    import sys
    sys.modules[sys.argv[1]] = None
    from mien.errors import EngineMissing
    from mien.models.runtime import Engine, Plan, load_network
    try:
        load_network(b"", Plan(Engine(sys.argv[1])))
    except EngineMissing as error:
        print(error)
    """
    assert f"pip install {name}" in run_in_fresh_process(program, name)


def test_engine_missing_is_an_import_error_too() -> None:
    assert issubclass(EngineMissing, ImportError)


@needs_openvino
def test_using_openvino_through_mien_sends_nothing(
    model_store: ModelStore, sample: Callable[[str], Path]
) -> None:
    """``import openvino`` alone would report itself to a web address; the audit hook would see."""
    watch = """
import sys
seen = []
WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
           "subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "urllib.Request",
           "http.client.connect")
sys.addaudithook(lambda event, arguments: seen.append(event) if event in WATCHED else None)
"""
    check = """
import openvino
from mien.models.runtime import Engine, Plan, load_network
from mien.models.loading import graph
store = ModelStore(Path(sys.argv[1]))
network = load_network(graph(store, store.card("sface")), Plan(Engine.OPENVINO))
import gc, numpy, threading
network.run(numpy.zeros((1, 3, 112, 112), numpy.float32))
assert "openvino" in sys.modules and openvino.__version__
assert not [name for name in sys.modules if name.startswith("openvino_telemetry")]
assert threading.active_count() == 1, threading.enumerate()
print(seen)
"""
    program = f"{watch}\n{DETECT_AND_EMBED}\n{check}"
    told = run_in_fresh_process(program, model_store.cache.root, sample("astronaut.png"))
    assert told == "[]"


@needs_openvino
def test_the_telemetry_of_others_is_not_touched() -> None:
    program = """
    import sys, types
    from mien.models import runtime
    own = sys.modules["openvino_telemetry"] = types.ModuleType("openvino_telemetry")
    runtime.cpu_has_bf16()
    print(sys.modules["openvino_telemetry"] is own)
    """
    assert run_in_fresh_process(program) == "True"
