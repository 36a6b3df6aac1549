"""The similarity transform (rotation, scale, shift) between two point sets, by least squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.records import FloatArray

Matrix = NDArray[np.float64]


def similarity_transform(source: FloatArray, target: FloatArray) -> Matrix:
    """The transform that takes ``source`` nearest to ``target``, in closed form.

    With points as complex numbers a similarity is ``z -> a z + b``, so ``a`` is a ratio of two
    sums over the centred points. Equals Umeyama, "Least-squares estimation of transformation
    parameters between two point patterns", PAMI 1991, without reflections.

    Args:
        source: ``(P, 2)``, pixels, x then y.
        target: ``(P, 2)``, in the same order.

    Returns:
        ``(2, 3) float64``: ``[x', y'] = M [x, y, 1]``. Points that all coincide have no direction
        and no scale: they give the shift alone.
    """
    z = source[:, 0].astype(np.float64) + 1j * source[:, 1]
    w = target[:, 0].astype(np.float64) + 1j * target[:, 1]
    centred = z - z.mean()
    spread = np.vdot(centred, centred).real
    a = np.vdot(centred, w - w.mean()) / spread if spread > 0 else 1.0 + 0j
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
