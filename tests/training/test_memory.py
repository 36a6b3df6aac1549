"""Freed memory is there again at once while a run lasts, and goes back to the system after it."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from mien.training.memory import freed_memory_kept

resource = pytest.importorskip("resource", reason="no page faults are counted on Windows")

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only GNU's C library has these settings"
)

NUMBERS = 12_500_000  # 100 MB
MANY = 40  # page faults: one for each page, were each as large as 2 MB


def faults() -> int:
    """Pages that the system has to clear for a block that was just given back."""
    np.zeros(NUMBERS).fill(1.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.zeros(NUMBERS).fill(1.0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_a_block_that_was_given_back_costs_nothing_again_until_the_run_is_over():
    with freed_memory_kept():
        assert faults() < MANY
    assert faults() >= MANY


def test_after_an_error_it_goes_back_too():
    with pytest.raises(RuntimeError), freed_memory_kept():
        raise RuntimeError
    assert faults() >= MANY


def test_with_another_library_nothing_is_touched(monkeypatch):
    monkeypatch.setattr("platform.libc_ver", lambda: ("musl", "1.2"))
    with freed_memory_kept():
        assert faults() >= MANY
