"""A verifier learned from pairs whose answer is known, on encodings that are there already.

No photo is opened here and no network runs: vectors come in, a ``PairVerifier`` of plain numbers
comes out, with what cross-validation says of it. Fitting needs scikit-learn (the extra ``train``).
"""

from mien.verifiers.comparing import FitReport, fit_verifier
from mien.verifiers.folds import FEWEST_FOLDS, PairList, pairs_of_list, pairs_of_people
from mien.verifiers.pair_data import PairData, check_enough, encode_pairs

__all__ = [
    "FEWEST_FOLDS",
    "FitReport",
    "PairData",
    "PairList",
    "check_enough",
    "encode_pairs",
    "fit_verifier",
    "pairs_of_list",
    "pairs_of_people",
]
