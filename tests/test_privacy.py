"""Nothing is sent: not by mien, and not by what it loads."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

# Loads a tiny network in each runtime, tells what was asked of the network meanwhile.
WATCHED = """
import json, sys, threading
asked = []
sys.addaudithook(lambda event, _: asked.append(event) if event.startswith("socket.") else None)
import numpy as np
from onnx import TensorProto, helper
from mien.models.runtime import Engine, Plan, load_network
shape = ["N", 3, 8, 8]
graph = helper.make_graph(
    [helper.make_node("Relu", ["x"], ["y"])], "tiny",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
network = load_network(model.SerializeToString(), Plan(Engine(sys.argv[1]), threads=1))
assert network.run(np.ones((2, 3, 8, 8), np.float32))["y"].shape == (2, 3, 8, 8)
for thread in threading.enumerate():  # telemetry is sent from a thread of its own
    if thread is not threading.main_thread():
        thread.join(2)
print(json.dumps({"asked": asked, "loaded": "openvino_telemetry" in sys.modules}))
"""


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_loading_and_running_a_network_asks_nobody(engine, tmp_path):
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, engine],
        capture_output=True, text=True, check=False, env=os.environ | home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []  # where a runtime would queue its reports
    assert json.loads(done.stdout.splitlines()[-1]) == {"asked": [], "loaded": False}
