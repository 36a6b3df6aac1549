"""The threshold of a search: how often a stranger may be given a name in *this* gallery.

A false match rate says how often two strangers pass for one person. What a user of a gallery
means is the false positive identification rate (FPIR, ISO/IEC 19795-1): how often somebody who
is not enrolled is given a name. It grows with the people of the gallery and depends on who they
are and how many photos each has, so it is measured: the strangers that ship with mien are
searched for in the gallery, and the threshold stands where the wanted share of them would pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mien.checks import check_fraction
from mien.matching.thresholds import fmr_for_search
from mien.records import FloatArray, Threshold

DEFAULT_FPIR = 0.01
TAIL = 0.1  # of the strangers, the most similar: their scores fall off exponentially
FEWEST_STRANGERS = 100


def threshold_of_search(
    strangers: FloatArray, fpir: float, people: int, measured: Mapping[float, Threshold]
) -> Threshold:
    """The threshold that holds a false positive rate for searches of one gallery.

    Never lower than the strictest need be for one pair: see ``floor_of``.

    Args:
        strangers: ``(S,) float32``, each stranger's similarity to the most similar person of the
            gallery; too few of them, and the rate is held by the binomial model alone.
        fpir: the share of strangers that may be given a name, more than 0.
        people: in the gallery.
        measured: the space's thresholds by false match rate; may be empty with strangers.

    Raises:
        InvalidOption: a rate outside (0, 1].
    """
