"""What is fitted is what scikit-learn says, and a fold that is tested has no part in it."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from mien.errors import EngineMissing, InsufficientData
from mien.verifiers import FitOptions, check_scikit_learn, encode_pairs, fit_verifier
from mien.verifiers.fitting import COSINE_FREEDOM, fit_line
from mien.verifiers.folds import PairList
from mien.verifiers.selection import choose, fit_table
from verifiers.made_pairs import made_data, space, vectors_of_people

sklearn_linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn: extra train")


def test_the_weights_answer_as_scikit_learn_s_own_prediction_does():
    data = made_data(vectors_of_people(np.full(8, 0.5)))
    features, same = data.features(np.arange(len(data.pairs))), data.same
    line = fit_line(features, same, data.is_cosine, 0.3)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    scaled *= np.where(data.is_cosine, COSINE_FREEDOM, 0.3)
    oracle = sklearn_linear.LogisticRegression(
        C=1.0, class_weight="balanced", solver="lbfgs", tol=1e-10, max_iter=10_000
    ).fit(scaled, same)
    np.testing.assert_allclose(
        line.log_odds(features), oracle.decision_function(scaled), rtol=1e-3, atol=1e-3
    )


def test_the_kept_verifier_answers_as_the_fitted_line():
    data = made_data(vectors_of_people(np.linspace(0.1, 2, 12)), vectors_of_people(np.ones(6), 1))
    table = fit_table(data, 0)
    line = table.fit(np.ones(len(table.rows), dtype=bool), 0.3)
    report = fit_verifier(data, "yunet", FitOptions(0.05))
    verifier = replace(report.verifier, weights=line.space_weights(data), bias=line.bias)
    found = verifier.log_odds(
        [one[data.first] for one in data.vectors], [one[data.second] for one in data.vectors]
    )
    np.testing.assert_allclose(
        found, line.log_odds(data.features(np.arange(len(found)))), atol=1e-6
    )


def test_no_freedom_leaves_the_cosines_alone_and_more_of_it_moves_more():
    data = made_data(vectors_of_people(np.linspace(0.1, 2, 12)))
    features = data.features(np.arange(len(data.pairs)))
    single = [
        np.abs(fit_line(features, data.same, data.is_cosine, freedom).weights[:-1]).sum()
        for freedom in (0.0, 0.03, 0.3, 1.0)
    ]
    assert single[0] == 0.0
    assert sorted(single) == single
    (weights,) = fit_line(features, data.same, data.is_cosine, 0.0).space_weights(data)
    assert (weights.absolute, weights.chi_squared) == ((), ())


def test_the_tested_fold_has_no_part_in_weights_calibration_and_threshold():
    table = fit_table(made_data(vectors_of_people(np.full(8, 1.0))), 0)
    train = table.fold != 3
    lying = replace(
        table,
        same=np.where(train, table.same, ~table.same),
        features=np.where(train[:, None], table.features, 9.0),
    )
    told, lied = choose(table, train), choose(lying, train)
    np.testing.assert_array_equal(told.line.weights, lied.line.weights)
    assert (told.line.bias, told.threshold) == (lied.line.bias, lied.threshold)


def test_a_feature_that_never_changes_does_no_harm():
    features = np.column_stack([np.ones(40), np.linspace(0, 1, 40)])
    line = fit_line(features, np.arange(40) >= 20, np.array([False, True]), 0.3)
    assert line.weights[0] == 0.0
    assert line.weights[1] > 0


def test_labels_the_wrong_way_round_are_refused():
    data = made_data(vectors_of_people(np.full(8, 0.3)))
    pairs = tuple(replace(pair, same=not pair.same) for pair in data.pairs)
    with pytest.raises(InsufficientData, match="check the labels"):
        fit_verifier(replace(data, pairs=pairs, subjects=None), "yunet", FitOptions(0.2))


def test_photos_without_a_face_and_copies_are_left_out_and_counted():
    data = made_data(vectors_of_people(np.full(8, 0.5), people=6), people=6)
    first = data.pairs[0]
    listed = PairList(data.pairs, data.subjects)
    paths = sorted({path for pair in data.pairs for path in (pair.path1, pair.path2)})
    vectors = dict(zip(paths, np.eye(30), strict=True))

    def encode(paths):
        found = {**vectors, first.path2: vectors[first.path1]}
        found["p05/29.jpg"] = None
        return [found[path] for path in paths]

    found = encode_pairs(listed, [(space("m", 30), encode)])
    assert found.copies == 1
    assert found.lost == sum("p05/29.jpg" in (p.path1, p.path2) for p in data.pairs)
    assert len(found.pairs) == len(data.pairs) - found.lost - 1
    assert len(found.subjects) == len(found.pairs)


def test_without_scikit_learn_the_error_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(EngineMissing, match=r"pip install 'mien\[train\]'"):
        check_scikit_learn()
