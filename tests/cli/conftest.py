"""The command line called as a user does, with the real networks loaded once for all tests."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import typer

from mien import api
from mien.errors import ModelUnavailable
from mien.models import ModelStore


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def row(self) -> dict[str, Any]:
        (row,) = self.rows
        return row


class _Terminal(io.TextIOWrapper):
    """Standard output as a program has it: bytes below, UTF-8 with strict errors on top."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("utf-8")


Mien = Callable[..., Said]


@pytest.fixture(scope="module")
def recognizer_for(request: pytest.FixtureRequest) -> Callable[[api.Settings], object]:
    """From settings to a recogniser, loaded once; the usual one is that of all tests."""
    build = api.build_recognizer

    @lru_cache(maxsize=2)
    def loaded(settings: api.Settings) -> object:
        return build(settings, ModelStore())

    def one(settings: api.Settings) -> object:
        usual = settings == api.Settings()
        return request.getfixturevalue("recognizer") if usual else loaded(settings)

    return one


@pytest.fixture
def mien(
    recognizer_for: Callable[[api.Settings], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Mien:
    """Calls ``mien`` in this process; the default gallery is a file of the test's own."""
    from mien.cli.main import app

    monkeypatch.setenv("MIEN_GALLERY", str(tmp_path / "default.gallery"))
    monkeypatch.setattr(api, "build_recognizer", lambda settings, _=None: recognizer_for(settings))
    command = typer.main.get_command(app)

    def call(*arguments: object) -> Said:
        out, err = _Terminal(), _Terminal()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ending:
            command.main([str(one) for one in arguments])
        return Said(int(ending.value.code or 0), out.text(), err.text())

    return call


@pytest.fixture(scope="session")
def networks() -> None:
    """The default weights; skips where they are on no index that can be reached."""
    _pulled("yunet", "mtcnn", "sface")


@pytest.fixture(scope="session")
def samples(networks: None) -> dict[str, Path]:
    """The sample photos by name."""
    paths = _pulled("sample-portraits", "sample-group", "sample-scenes")
    return {path.name: path for path in paths}


def _pulled(*names: str) -> list[Path]:
    try:
        return [path for name in names for path in ModelStore().pull(name)]
    except ModelUnavailable as error:
        pytest.skip(f"no source can be reached: {error}")


@pytest.fixture(scope="session")
def face_keys() -> list[str]:
    """What ``identify --json`` says of a face, in this order."""
    return [
        *("index", "box", "landmarks", "detection_score", "outcome", "name", "similarity"),
        *("distance", "metric", "min_similarity", "threshold", "max_distance", "rate"),
        *("probability", "candidates", "taken_by", "quality"),
    ]


@pytest.fixture(scope="session")
def people_data() -> Path:
    """Photos of a few people for enrolment and test."""
    root = os.environ.get("MIEN_BENCH_DATA")
    if not root:
        pytest.skip("MIEN_BENCH_DATA is not set")
    folder = Path(root) / "people"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the test."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place
