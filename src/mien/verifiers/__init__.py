"""A verifier learned from pairs whose answer is known, on encodings that are there already.

No photo is opened here and no network runs: vectors come in, a ``PairVerifier`` of plain numbers
comes out, with what cross-validation says of it. Fitting needs scikit-learn (the extra ``train``).
"""

from mien.verifiers.comparing import FitOptions, FitReport, fit_verifier
from mien.verifiers.fit_findings import fit_findings, fit_json
from mien.verifiers.fitting import check_scikit_learn
from mien.verifiers.folds import FEWEST_FOLDS, PairList, pairs_of_list, pairs_of_people
from mien.verifiers.pair_data import PairData, check_enough, encode_pairs
from mien.verifiers.scoring import score_by_verifier

__all__ = [
    "FEWEST_FOLDS",
    "FitOptions",
    "FitReport",
    "PairData",
    "PairList",
    "check_enough",
    "check_scikit_learn",
    "encode_pairs",
    "fit_findings",
    "fit_json",
    "fit_verifier",
    "pairs_of_list",
    "pairs_of_people",
    "score_by_verifier",
]
