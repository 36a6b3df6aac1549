"""Whether a network is what its embedder's card says: the shape that goes in, the vector out."""

from __future__ import annotations

import numpy as np

from mien.errors import ModelInvalid
from mien.models.cards import EmbedderCard
from mien.models.runtime import Arrays, Network
from mien.records import FloatArray


def rows_at_once(network: Network, card: EmbedderCard) -> int | None:
    """How many crops go into one call: None for any number, 1 where the batch is fixed.

    Raises:
        ModelInvalid: the input is not ``(N, 3, H, W)`` of the card's size, or a fixed batch of
            several.
    """
    if card.input.size_wh is None:
        raise ModelInvalid(f"{card.name}: expected a card with the size of the crop, got none")
    width, height = card.input.size_wh
    got = network.input_shape
    wanted = (None, 3, height, width)
    fits = len(got) == 4 and all(
        size in (None, want) for size, want in zip(got[1:], wanted[1:], strict=True)
    )
    if not fits or got[0] not in (None, 1):
        shown = ", ".join("any" if size is None else str(size) for size in got)
        raise ModelInvalid(
            f"{card.name}: expected an input of shape (any or 1, 3, {height}, {width}), "
            f"got ({shown}); mend size in the card, or export the network anew"
        )
    return got[0]


def vectors_of(outputs: Arrays, card: EmbedderCard, rows: int) -> FloatArray:
    """The output that is the vector, as ``(rows, D) float32``.

    Raises:
        ModelInvalid: there is no such output, or it is not ``rows`` finite vectors of D.
    """
    names = ", ".join(sorted(outputs))
    if card.output is None and len(outputs) != 1:
        raise ModelInvalid(f"{card.name}: expected one output, got {names}; name one in the card")
    name = card.output if card.output is not None else next(iter(outputs))
    if name not in outputs:
        raise ModelInvalid(f"{card.name}: expected an output {name!r}, got {names}")
    raw = outputs[name]
    if raw.size != rows * card.dimensions or not np.isfinite(raw).all():
        raise ModelInvalid(
            f"{card.name}: expected {rows} finite vectors of {card.dimensions}, "
            f"got {name} of shape {raw.shape}"
        )
    return np.asarray(raw, dtype=np.float32).reshape(rows, card.dimensions)
