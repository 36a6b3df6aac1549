"""Views of a training photo: the same photo as it might have been taken.

A view is a function of the photo, the seed and its number: the same call gives the same pixels, on
the fast path and on the slow one, today and after a resumed run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from mien.records import ImageArray

PLAIN_VIEW = 0


def view_of(crop: ImageArray, kind: str, seed: int, number: int) -> ImageArray:
    """One view of a crop.

    Args:
        crop: ``(S, S, 3) uint8``, RGB.
        kind: ``none``, ``classic`` or ``modern``; see ``Augmentation``.
        seed: of the run.
        number: of the view; 0 is the crop itself.

    Returns:
        ``(S, S, 3) uint8``, RGB.
    """
    if kind == "none" or number == PLAIN_VIEW:
        return crop
    picture = torch.from_numpy(np.ascontiguousarray(crop.transpose(2, 0, 1)))
    with torch.random.fork_rng(devices=[]):  # torchvision draws from the global generator
        torch.manual_seed(_seed(crop, kind, seed, number))
        varied: Tensor = _TRANSFORMS[kind](crop.shape[0])(picture)
    return np.ascontiguousarray(varied.numpy().transpose(1, 2, 0))


def _seed(crop: ImageArray, kind: str, seed: int, number: int) -> int:
    digest = hashlib.sha256(f"{kind} {seed} {number} ".encode())
    digest.update(np.ascontiguousarray(crop).data)
    return int.from_bytes(digest.digest()[:7], "little")


@lru_cache
def _classic(side: int) -> v2.Compose:
    """Rotation 20 degrees, shifts of a fifth, mirror, the nearest pixel beyond the border.

    Source: Chollet, "Building powerful image classification models using very little data"
    (The Keras Blog, 2016): ``ImageDataGenerator``'s settings there.
    """
    border = side // 2  # a fifth of a shift and 20 degrees stay inside
    return v2.Compose(
        [
            v2.Pad(border, padding_mode="edge"),
            v2.RandomAffine(
                degrees=20,
                translate=(0.2 * side / (side + 2 * border),) * 2,
                interpolation=v2.InterpolationMode.BILINEAR,
            ),
            v2.CenterCrop(side),
            v2.RandomHorizontalFlip(),
        ]
    )


@lru_cache
def _modern(side: int) -> v2.Compose:
    """What photos of faces really differ in: framing, tilt, light, colour, sharpness."""
    border = side // 8
    return v2.Compose(
        [
            v2.Pad(border, padding_mode="edge"),
            v2.RandomAffine(
                degrees=8,
                translate=(0.04, 0.04),
                scale=(0.92, 1.08),
                interpolation=v2.InterpolationMode.BILINEAR,
            ),
            v2.CenterCrop(side),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.2, hue=0.02),
            v2.RandomGrayscale(0.1),
            v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.3),
        ]
    )


_TRANSFORMS: Mapping[str, Callable[[int], v2.Compose]] = MappingProxyType(
    {"classic": _classic, "modern": _modern}
)
