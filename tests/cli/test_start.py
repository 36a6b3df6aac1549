"""What only a process of its own shows: start-up, pipes, signals, a full disk."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.gallery import Gallery
from mien.records import EmbeddingSpace

MIEN = [sys.executable, "-m", "mien.cli"]
HEAVY = "numpy cv2 openvino onnxruntime onnx PIL torch rich sqlite3"
SPACE = EmbeddingSpace("tiny", "ab" * 32, "none-v1", 8)


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*MIEN, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["identify", "--help"], ["--version"], ["gallery", "list", "--help"]]
)
def test_help_loads_nothing_heavy(arguments):
    code = f"""
import sys
from mien.cli.main import app
import typer
try:
    typer.main.get_command(app).main({arguments!r})
except SystemExit as ending:
    assert not ending.code, ending.code
found = [name for name in {HEAVY.split()!r} if name in sys.modules]
sys.exit(f"loaded: {{found}}" if found else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_help_answers_at_once():
    def seconds() -> float:
        start = time.perf_counter()
        assert run("--help").returncode == 0
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.9  # 0.1 s on a quiet machine


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    path = tmp_path / "crowd.gallery"
    vectors = np.random.default_rng(0).normal(size=(3000, 8))
    with Gallery.open(path) as gallery:
        gallery.add_many([(f"P{row}", vector, None) for row, vector in enumerate(vectors)], SPACE)
    return path


def test_a_reader_that_stops_early_gets_no_traceback(crowd):
    command = [*MIEN, "gallery", "list", "--json", "--gallery", crowd]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert json.loads(process.stdout.readline())["name"] == "P0"
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(timeout=30) == 141
    assert err == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_behind_standard_output_is_one_line(crowd):
    with Path("/dev/full").open("w") as full:
        command = [*MIEN, "gallery", "list", "--gallery", crowd]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("mien: expected to write the answers")
    assert done.stderr.count("\n") == 1


def test_closed_standard_streams_do_no_harm(crowd):
    shell = f"{' '.join(MIEN)} gallery stats --gallery {crowd} >&- 2>&-"
    assert subprocess.run(["sh", "-c", shell], timeout=60).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX signal")
def test_ctrl_c_keeps_everything_that_was_answered(samples, tmp_path):
    people = tmp_path / "people" / "Ada"
    people.mkdir(parents=True)
    with Image.open(samples["obama.jpg"]) as photo:
        small = photo.resize((455, 568))
    for number in range(300):
        small.crop((0, 0, 455 - number % 40, 568 - number // 40)).save(people / f"{number:03}.jpg")
    gallery = tmp_path / "ctrl-c.gallery"
    command = [*MIEN, "enroll", people.parent, "--gallery", gallery, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        answered = [json.loads(process.stdout.readline()) for _ in range(20)]
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    answered += [json.loads(line) for line in rest.splitlines()]
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert err.decode().strip().splitlines()[-1].startswith("mien: interrupted")
    added = sum(row["status"] == "added" for row in answered)
    assert 20 <= added < 300
    with Gallery.open(gallery, create=False) as known:
        assert added <= known.stats().templates <= added + 1  # the last one may be on its way
        assert known.check() == ()


def test_an_ascii_terminal_gets_escapes_and_no_error(tmp_path):
    with Gallery.open(tmp_path / "g") as gallery:
        gallery.add("Žofie 李", [1.0] * 8, SPACE)
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("gallery", "list", "--gallery", tmp_path / "g", env=plain)
    assert done.returncode == 0
    assert r"\u017dofie" in done.stdout
    done = run(
        "gallery", "list", "--json", "--gallery", tmp_path / "g", env=plain, encoding="utf-8"
    )
    assert json.loads(done.stdout)["name"] == "Žofie 李"
