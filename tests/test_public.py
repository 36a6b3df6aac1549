"""What ``import mien`` offers, and what it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mien

HEAVY = "numpy cv2 openvino onnxruntime onnx PIL torch torchvision rich typer sqlite3 pooch"


def test_the_public_names_are_few_and_sorted():
    assert len(mien.__all__) <= 25
    assert list(mien.__all__) == sorted(mien.__all__)
    assert dir(mien) == sorted(mien.__all__)


@pytest.mark.parametrize("name", mien.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(mien, name)
    assert isinstance(value, str) or value.__doc__


def test_what_a_type_checker_sees_is_what_there_is():
    tree = ast.parse(Path(mien.__file__).read_text("utf-8"))
    seen = {
        (alias.name, node.module.removeprefix("mien."))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("mien.")
        for alias in node.names
    }
    assert seen == set(mien._HOMES.items())
    assert {name for name, _ in seen} == set(mien.__all__) - {"__version__"}


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = mien.nonsense


@pytest.mark.parametrize("code", ["import mien", "import mien; mien.MienError; dir(mien)"])
def test_importing_mien_loads_nothing_heavy_and_touches_no_disk(code, tmp_path):
    program = (
        f"{code}\nimport sys\nsys.exit(str([n for n in {HEAVY.split()!r} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.stderr.strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_the_pipeline_loads_no_torch():
    program = "import mien.pipeline, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
