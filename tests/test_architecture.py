"""House rules that a machine can hold: who imports whom, what importing costs, what lies here."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mien

ROOT = Path(__file__).parents[1]
PACKAGE = Path(mien.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES
    if path.name != "__main__.py"  # importing it runs the command line
)
TRAINING = [name for name in MODULES if re.match(r"mien\.(networks|training)\b", name)]
CORE = [name for name in MODULES if name not in TRAINING]
LINES_IN_A_FILE = {"src": 350, "benchmarks": 350, "tests": 450}  # tests hold tables of cases
OUR_PYTHON = [
    path
    for folder in LINES_IN_A_FILE
    for path in sorted((ROOT / folder).rglob("*.py"))
    if ".venv" not in path.parts
]
HEAVY = {"numpy", "cv2", "PIL", "onnx", "onnxruntime", "openvino", "scipy", "torch", "requests"}

# Prints what an import loads, and what it does besides reading Python files. Audit events:
# https://docs.python.org/3/library/audit_events.html
WATCHED_IMPORT = """
import importlib, json, os, sys
deeds = []
SUSPECT = ("socket.", "subprocess.", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link",
           "os.symlink", "os.system", "os.posix_spawn", "shutil.", "sqlite3.", "tempfile.",
           "urllib.")
def watch(event, arguments):
    if event.startswith(SUSPECT):
        deeds.append(event)
    elif event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            deeds.append(f"write {path}")
        elif not str(path).endswith((".py", ".pyc", ".so", ".pyd")):
            deeds.append(f"read {path}")
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
loaded = sorted({name.split(".")[0] for name in sys.modules})
json.dump({"deeds": list(deeds), "loaded": loaded}, sys.stdout)
"""


def import_alone(*modules: str) -> dict[str, list[str]]:
    """What a fresh interpreter does and holds after importing ``modules``; warnings are errors."""
    command = [sys.executable, "-B", "-P", "-W", "error", "-c", WATCHED_IMPORT, *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_tool(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_files() -> list[Path]:
    listing = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: nothing says which files are the project's")
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


# Importing ----------------------------------------------------------------------------------


def test_importing_mien_loads_nothing_heavy_and_does_nothing_else():
    seen = import_alone("mien")
    assert HEAVY.isdisjoint(seen["loaded"])
    assert seen["deeds"] == []


def test_importing_the_pipeline_loads_no_torch_and_no_runtime():
    loaded = import_alone("mien", "mien.pipeline")["loaded"]
    assert {"torch", "torchvision", "scipy", "openvino", "onnxruntime"}.isdisjoint(loaded)


def test_importing_the_core_writes_nothing_asks_no_network_and_loads_no_torch():
    seen = import_alone(*CORE, "mien.networks", "mien.training")
    assert [deed for deed in seen["deeds"] if not deed.startswith("read ")] == []
    assert {"torch", "torchvision", "scipy", "openvino_telemetry"}.isdisjoint(seen["loaded"])


def test_importing_what_trains_asks_no_network():
    pytest.importorskip("torch", reason="torch, of the extra train, is not installed")
    deeds = import_alone(*TRAINING)["deeds"]
    assert [deed for deed in deeds if deed.startswith(("socket.connect", "urllib."))] == []


def test_what_a_module_says_it_offers_it_has():
    trains = importlib.util.find_spec("torch") is not None
    for module in map(importlib.import_module, MODULES if trains else CORE):
        missing = [name for name in getattr(module, "__all__", []) if not hasattr(module, name)]
        assert missing == [], module.__name__


# Tools --------------------------------------------------------------------------------------


def test_rooms_import_only_what_lies_below_them():
    pytest.importorskip("importlinter")
    run_tool(
        "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    )


def test_ruff_finds_nothing():
    pytest.importorskip("ruff")
    run_tool("-m", "ruff", "check", ".")
    run_tool("-m", "ruff", "format", "--check", ".")


def test_the_documented_rooms_are_the_layers_of_the_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (
        one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"
    )
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert "\n".join(contract["layers"]) in page
    rooms = {room.strip() for layer in contract["layers"] for room in layer.split("|")}
    present = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms == {name for name in present if not name.startswith("__")}


# House rules --------------------------------------------------------------------------------


def offences(rule) -> list[str]:
    """Places in the package where ``rule(path, node)`` holds."""
    return [
        f"{shown(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if rule(path, node)
    ]


def is_broad_and_goes_on(path: Path, node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    broad = any(
        kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds
    )
    raised_again = any(isinstance(one, ast.Raise) and one.exc is None for one in ast.walk(node))
    return broad and not raised_again


def is_print(path: Path, node: ast.AST) -> bool:
    speaks = PACKAGE / "cli" in path.parents  # to write lines is the command line's work
    name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    return name in ("print", "breakpoint") and not speaks


def takes_a_private_name(path: Path, node: ast.AST) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("mien")
        and any(re.match(r"_[a-z]", alias.name, re.IGNORECASE) for alias in node.names)
    )


def holds_a_lock_over_a_fork(path: Path, node: ast.AST) -> bool:
    """A forked child inherits the lock without the thread that would open it again."""
    if path.name == "process.py":
        return False
    if isinstance(node, ast.With):
        held = [ast.unparse(item.context_expr) for item in node.items]
        return any(name.endswith("_lock") for name in held) and held[0] != "no_fork()"
    return isinstance(node, ast.Name) and node.id == "cached_property"  # locks until Python 3.12


def test_the_library_asserts_nothing():
    assert offences(lambda _, node: isinstance(node, ast.Assert)) == []


def test_the_library_prints_nothing():
    assert offences(is_print) == []


def test_nothing_is_swallowed():
    assert offences(is_broad_and_goes_on) == []


def test_rooms_use_no_private_names_of_each_other():
    assert offences(takes_a_private_name) == []


def test_no_fork_falls_where_a_lock_is_held():
    assert not offences(holds_a_lock_over_a_fork)


def test_no_file_grows_beyond_one_idea():
    long = {
        shown(path): count
        for path in OUR_PYTHON
        if (count := len(path.read_text("utf-8").splitlines()))
        > LINES_IN_A_FILE[path.relative_to(ROOT).parts[0]]
    }
    assert long == {}


def test_no_file_or_folder_is_a_lumber_room():
    lumber = {"utils", "util", "common", "helpers", "helper", "misc", "tools"}
    named = {part for path in OUR_PYTHON for part in (*path.parent.parts, path.stem)}
    assert lumber.isdisjoint(named - set(ROOT.parts))


# What lies here -----------------------------------------------------------------------------

NOT_SOURCE = {
    *(".onnx", ".pth", ".pt", ".h5", ".npy", ".npz", ".dat", ".bin", ".pkl", ".tflite", ".xml"),
    *(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".mp4", ".gallery"),
    *(".whl", ".zip", ".gz", ".db", ".sqlite"),
}
PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")
OUR_PICTURES = {"docs/pictures/report.png"}
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + r"ME|X{3})\b")
SOMEBODY_S_FOLDER = re.compile(r"(?<![\w.~])/(?:work|root|home|Users)/\w")


def test_no_weights_no_photos_and_nothing_large_is_in_the_project():
    # Pictures of what mien draws may illustrate its pages; nobody's photo is among them.
    files = [path for path in tracked_files() if shown(path) not in OUR_PICTURES]
    assert [shown(path) for path in tracked_files() if path.stat().st_size > 1_000_000] == []
    assert [shown(path) for path in files if path.suffix.lower() in NOT_SOURCE] == []
    assert [shown(path) for path in files if path.read_bytes().startswith(PHOTO_STARTS)] == []


def test_nothing_is_left_to_do_and_no_path_is_of_one_machine():
    for path in tracked_files():
        if shown(path) in OUR_PICTURES:
            continue
        text = path.read_text("utf-8")
        assert not UNFINISHED.search(text), shown(path)
        assert not SOMEBODY_S_FOLDER.search(text), shown(path)


def test_the_versions_that_are_tested_are_plain_pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", line) for line in lines), lines
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = settings["optional-dependencies"]
    wanted = [*settings["dependencies"], *extras["test"], *extras["dev"]]
    named = {re.split(r"[<>=!~\[; ]", one)[0].lower().replace("_", "-") for one in wanted}
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert named - {"mien"} <= pinned
