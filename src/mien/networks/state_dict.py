"""Weights as torch saves them, read without running anything that is in the file."""

from __future__ import annotations

import io
import pickle
import struct
import warnings
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from mien.errors import ModelInvalid

# What torch's reader answers to damaged files, found by damaging some thousands.
UNREADABLE = (
    *(pickle.UnpicklingError, struct.error, RuntimeError, EOFError, LookupError),
    *(ValueError, TypeError, AttributeError, AssertionError, OverflowError),
)

Model = TypeVar("Model", bound=nn.Module)


def read_state_dict(content: bytes, name: str) -> Mapping[str, Tensor]:
    """A file of ``torch.save`` as tensors by name; only plain tensors and containers are read.

    Args:
        content: the file's bytes; their SHA-256 has been checked by the caller.
        name: of the network, for messages.

    Raises:
        ModelInvalid: the bytes are something else, or hold something else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file that is refused below, if need be
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelInvalid(
            f"{name}: expected weights of torch, got another file: {reason[0]}"
        ) from error
    if not isinstance(state, Mapping) or not all(
        isinstance(key, str) and isinstance(one, Tensor) for key, one in state.items()
    ):
        raise ModelInvalid(f"{name}: expected tensors by name, got {type(state).__name__}")
    return state


def filled(model: Model, state: Mapping[str, Tensor], name: str) -> Model:
    """The model with these very tensors; every key must match.

    Raises:
        ModelInvalid: one does not.
    """
    try:
        model.load_state_dict(state, strict=True, assign=True)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelInvalid(f"{name}: expected its own weights, got others: {error}") from error
    return model
