"""Files of torch, which may hold programs, are read as tensors and nothing else."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from mien.errors import ModelInvalid  # noqa: E402
from mien.networks.state_dict import read_state_dict  # noqa: E402


class Program:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


def saved(content: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def test_tensors_are_read_as_they_were_saved():
    state = read_state_dict(saved({"a": torch.arange(3), "b": torch.ones(2, 2)}), "small")
    assert state["a"].tolist() == [0, 1, 2]
    assert list(state) == ["a", "b"]


@pytest.mark.parametrize("write", [saved, pickle.dumps], ids=["torch.save", "pickle"])
def test_a_program_in_the_file_does_not_run(write, tmp_path):
    trace = tmp_path / "was-here"
    with pytest.raises(ModelInvalid, match="small: expected weights of torch"):
        read_state_dict(write({"a": Program(trace)}), "small")
    assert not trace.exists()


WHOLE = saved({"a": torch.ones(100)})
OTHERS = {
    "nothing": b"",
    "text": b"<html>not found</html>",
    "half a file": WHOLE[: len(WHOLE) // 2],
    "a list": saved([torch.ones(1)]),
    "numbers": saved({"a": 1}),
    "names that are none": saved({1: torch.ones(1)}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_file_is_refused(name):
    with pytest.raises(ModelInvalid, match="small: expected"):
        read_state_dict(OTHERS[name], "small")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_damaged_file_is_refused_or_read_as_tensors(zipped):
    stream = io.BytesIO()
    state = {"a": torch.ones(8, 8), "b": torch.arange(5)}
    torch.save(state, stream, _use_new_zipfile_serialization=zipped)
    whole = stream.getvalue()
    rng = np.random.default_rng(6)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(min(len(whole), 700))] = rng.integers(256)
        try:
            read_state_dict(bytes(damaged), "small")
        except ModelInvalid:
            refused += 1
    assert refused > 100
