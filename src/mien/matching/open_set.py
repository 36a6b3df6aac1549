"""The threshold of a search: how often a stranger may be given a name in *this* gallery.

A false match rate says how often two strangers pass for one person. What the user of a gallery
means is the false positive identification rate (FPIR, ISO/IEC 19795-1): how often somebody who
is not enrolled is given a name. It grows with the people of the gallery and depends on who they
are and on their photos. So it is measured: the strangers that ship with mien are searched for in
the gallery, and the threshold stands where the wanted share of them would be given a name. Where
no strangers ship for the network, the binomial model of ``fmr_for_search`` stands in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mien.checks import check_fraction
from mien.errors import InvalidOption
from mien.matching.strangers import find_strangers
from mien.matching.thresholds import THRESHOLDS, fmr_for_search
from mien.records import EmbeddingSpace, FloatArray, Threshold

DEFAULT_FPIR = 0.01
TAIL = 0.1  # the share of strangers, the most similar ones, whose scores fall off exponentially
PART = 0.75  # of the rate that is aimed at: a thousand strangers tell it within a third
ENROLLED = 0.15  # above the pair threshold: who is so similar to somebody is that person


def check_fpir(value: float) -> float:
    """A share of strangers: more than 0, less than 1.

    Raises:
        InvalidOption: for anything else.
    """
    rate = check_fraction(value, "fpir")
    if rate in (0.0, 1.0):
        raise InvalidOption(f"fpir: expected more than 0 and less than 1, got {value!r}")
    return rate


def strangers_for(space: EmbeddingSpace) -> FloatArray | None:
    """The strangers to search for: ``(S, D) float32``; None where none ship for the network.

    Vectors without the mirror image averaged in lie close enough to those with it.
    """
    mirrored = space.preprocessing.removesuffix("+mirror") + "+mirror"
    found = find_strangers(replace(space, preprocessing=mirrored))
    return None if found is None else found.vectors


def hold_fpir(
    pair: Threshold,
    fpir: float,
    space: EmbeddingSpace,
    templates: Sequence[int],
    strangers: FloatArray | None,
    measured: Sequence[Threshold] = (),
) -> Threshold:
    """The threshold for searches of one gallery; it is never lower than the one for a pair.

    Args:
        pair: the usual threshold for one pair of photos.
        fpir: the share of strangers that may be given a name.
        space: of the gallery's vectors.
        templates: photos of each person of the gallery.
        strangers: ``(S,)``, each stranger's similarity to the most similar person; None where
            there are none to ask.
        measured: thresholds of pairs that come with a model of the user's own.

    Raises:
        InvalidOption: a rate outside (0, 1).
    """
    check_fpir(fpir)
    if not templates:
        return replace(pair, fpir=fpir)
    if strangers is None:
        rows = {one.fmr: one.similarity for one in measured if one.fmr} or {
            fmr: one.similarity
            for fmr, one in THRESHOLDS.get((space.model, space.preprocessing), {}).items()
        }
        least, origin = _by_model(rows, fpir, templates), "the binomial model"
    else:
        least = _by_strangers(strangers[strangers < pair.similarity + ENROLLED], PART * fpir)
        origin = f"{len(strangers):,} strangers searched for in this gallery"
    if least <= pair.similarity:
        return replace(pair, fpir=fpir)
    return Threshold(min(least, 1.0), fpir=fpir, origin=f"a false positive rate by {origin}")


def _by_strangers(best: FloatArray, fpir: float) -> float:
    """Where the wanted share of strangers would pass: an exponential tail above a high quantile.

    The mean excess over the quantile of ``TAIL`` says how the tail falls off (peaks over
    threshold; Coles, "An Introduction to Statistical Modeling of Extreme Values", 2001, 4.3,
    with shape 0). It scatters less than the quantile itself, which a handful of strangers decide.
    """
    if not len(best):
        return 1.0
    share = max(TAIL, min(1.0, fpir))
    start = float(np.quantile(best, 1.0 - share))
    excess = float(np.mean(best[best >= start] - start))
    return start + excess * math.log(share / fpir)


def _by_model(rows: Mapping[float, float], fpir: float, templates: Sequence[int]) -> float:
    """By the measured false match rates, interpolated on their logarithm; 1 beyond them.

    A person of many photos is one template, the photos' mean: it is more similar to everybody than
    one photo is, about as the best of ``1 + ln(photos)`` would be.
    """
    chances = sum(1.0 + math.log(count) for count in templates)
    rate = fmr_for_search(fpir, max(1, round(chances)))
    if not rows or rate < min(rows):
        return 1.0
    rates = sorted(rows)
    at = np.interp(math.log(rate), np.log(rates), [rows[one] for one in rates])
    return float(at)
