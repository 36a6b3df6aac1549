"""Without torch the core works, and whoever asks for training is told what to install."""

from __future__ import annotations

import sys

import pytest

from mien.cli.failures import Status, status_of
from mien.errors import EngineMissing
from mien.networks import require_torch


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # means: cannot be imported
    with pytest.raises(EngineMissing, match=r"torch.*pip install 'mien\[train\]'") as caught:
        require_torch("lightning")
    assert status_of(caught.value) is Status.MISSING


def test_what_is_there_is_imported():
    pytest.importorskip("torch", reason="torch, of the extra train, is not installed")
    require_torch()
    assert {"torch", "torchvision"} <= set(sys.modules)
