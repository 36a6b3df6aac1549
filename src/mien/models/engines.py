"""The runtimes as libraries: imported once, silent, used by one thread first, and after a fork.

Nothing else in mien imports one. What a forked child may do differs: ONNX Runtime goes on, as our
sessions have no threads; OpenVINO waits for its threads, which are gone, even when its objects are
destroyed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import ModuleType
from typing import Any

from mien.errors import EngineMissing, ForkedProcess
from mien.process import around_fork, first_use, load_library, no_fork

_SILENCE = "ORT_DISABLE_TELEMETRY"


class Engine(StrEnum):
    """The runtimes that a plan may name."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"


_has_run: set[Engine] = set()
_openvino_was_forked = False


def has_engine(engine: Engine) -> bool:
    """Whether a runtime is installed, without importing it."""
    return importlib.util.find_spec(engine.value) is not None


def engine_imports(engine: Engine) -> bool:
    """Whether a runtime can be imported; it stays imported."""
    try:
        openvino() if engine is Engine.OPENVINO else onnxruntime()
    except EngineMissing:
        return False
    return True


def engine_version(engine: Engine) -> str | None:
    """The installed version of a runtime, without importing it."""
    from importlib import metadata

    try:
        return metadata.version(engine.value)
    except metadata.PackageNotFoundError:
        return None


def openvino_was_forked() -> bool:
    """Whether this is a forked child of a process that had loaded OpenVINO."""
    return _openvino_was_forked


def check_openvino() -> None:
    """Refuse OpenVINO where it would wait for threads that a fork has not taken along.

    Raises:
        ForkedProcess: it would.
    """
    if _openvino_was_forked:
        raise ForkedProcess(
            "engine: expected OpenVINO in the process that loaded it, got a forked child; "
            "leave the engine open or choose onnxruntime, load networks after the fork only, "
            "or start processes with spawn or forkserver"
        )


@contextmanager
def inference(engine: Engine) -> Iterator[None]:
    """Around every call of a network: the first of an engine is made alone."""
    if engine in _has_run:
        with no_fork():
            yield
        return
    with first_use():
        yield
        _has_run.add(engine)


def onnxruntime() -> ModuleType:
    """ONNX Runtime without its telemetry.

    Since 1.29 ``import onnxruntime`` alone starts a thread that reports to a web address, and a
    forked child that ends waits for that thread.

    Raises:
        EngineMissing: it is not installed, or does not import here.
    """
    with first_use():
        told = os.environ.get(_SILENCE)
        os.environ[_SILENCE] = "1"  # read once, at the import
        try:
            return _imported(Engine.ONNXRUNTIME, "")
        finally:
            if told is None:
                del os.environ[_SILENCE]
            else:
                os.environ[_SILENCE] = told


def openvino() -> ModuleType:
    """OpenVINO without its telemetry.

    ``import openvino`` alone reports the import to a web address through openvino-telemetry.
    While that package cannot be imported, OpenVINO takes its own stub, which sends nothing.

    Raises:
        EngineMissing: it is not installed, or does not import here.
        ForkedProcess: see ``check_openvino``.
    """
    check_openvino()
    with first_use():
        if (loaded := sys.modules.get("openvino")) is not None:
            return loaded
        missing = object()
        telemetry: Any = sys.modules.get("openvino_telemetry", missing)
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # not importable
        try:
            return _imported(Engine.OPENVINO, ", or choose the engine onnxruntime")
        finally:
            if telemetry is missing:
                del sys.modules["openvino_telemetry"]
            else:
                sys.modules["openvino_telemetry"] = telemetry


def _imported(engine: Engine, or_else: str) -> ModuleType:
    try:
        module: ModuleType = load_library(engine.value)
    except ImportError as error:
        name = "OpenVINO" if engine is Engine.OPENVINO else "ONNX Runtime"
        raise EngineMissing(
            f"expected {name}, got none: python -m pip install {engine.value}{or_else}"
        ) from error
    return module


def _in_child() -> None:
    global _openvino_was_forked
    _openvino_was_forked |= "openvino" in sys.modules


around_fork(in_child=_in_child)
