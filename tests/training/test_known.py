from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from mien.api import build_recognizer
from mien.errors import FaceError, InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import wilson
from mien.matching.strangers import load_strangers, ships
from mien.pipeline import FaceChoice
from mien.training.known import (
    best_similarities,
    fit_known,
    held_out_strangers,
    stranger_edge,
    without_trained,
)


def drawn(genuine=200, strangers=1000, mean=0.75, seed=0):
    rng = np.random.default_rng(seed)
    known, best = rng.normal(mean, 0.1, genuine), rng.normal(0.2, 0.07, strangers)
    return np.clip(known, -1, 1), best


def overlapping():
    return drawn(mean=0.35)


# The threshold ------------------------------------------------------------------------------


@pytest.mark.parametrize("fmr", [0.0, 0.003, 0.01, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("digits", [1, 2, 8], ids=["many ties", "some ties", "no ties"])
def test_the_edge_is_the_lowest_similarity_that_so_few_strangers_reach(fmr, digits):
    best = np.round(drawn()[1], digits)
    edge = stranger_edge(best, fmr)
    assert (best >= edge).mean() <= fmr
    lower = [value for value in np.unique(best) if value < edge]
    assert all((best >= value).mean() > fmr for value in lower[-3:])


def test_where_known_and_strangers_overlap_the_threshold_stands_at_the_edge():
    known, best = overlapping()
    fitted = fit_known(known, best, fmr=0.02)
    assert not fitted.separated
    assert fitted.threshold.similarity == stranger_edge(best, 0.02)
    assert fitted.false_accepts.value == 0.02
    assert fitted.false_rejects.value == (known < fitted.threshold.similarity).mean() > 0.3


def test_where_they_lie_apart_it_stands_between_and_off_the_edge():
    known, best = drawn()
    fitted = fit_known(known, best)
    assert fitted.separated
    edge, low = stranger_edge(best, 0.01), np.quantile(known, 0.05)
    assert edge + 0.3 * (low - edge) < fitted.threshold.similarity < low
    assert fitted.false_accepts.value <= 0.01
    assert fitted.false_rejects.value <= 0.05


@pytest.mark.parametrize("count", [2, 3, 5, 10])
def test_few_validation_photos_set_about_the_same_threshold_as_many(count):
    many = fit_known(*drawn(2000)).threshold.similarity
    few = [
        fit_known(drawn(count, seed=seed)[0], drawn(2000)[1]).threshold.similarity
        for seed in range(30)
    ]
    assert abs(np.mean(few) - many) < 0.03
    assert np.std(few) < 0.05


def test_a_mislabelled_photo_moves_nothing():
    known, best = drawn(20)
    sound = fit_known(known, best).threshold.similarity
    wrong = fit_known(np.append(known, 0.1), best).threshold.similarity
    assert abs(sound - wrong) < 0.02


def test_the_record_says_how_many_strangers_stand_behind_it_and_how_sure_the_rates_are():
    known, best = overlapping()
    fitted = fit_known(known, best, fmr=0.05, origin="people of the moon")
    assert fitted.threshold.pairs == 1000
    assert fitted.threshold.fmr == 0.05
    assert fitted.threshold.origin == "people of the moon"
    assert (fitted.threshold.fmr_low, fitted.threshold.fmr_high) == wilson(50, 1000)
    missed = int((known < fitted.threshold.similarity).sum())
    assert (fitted.false_rejects.low, fitted.false_rejects.high) == wilson(missed, 200)


def test_of_a_stranger_the_best_of_all_classes_counts():
    table = np.random.default_rng(0).uniform(-1, 1, (100, 4))
    assert best_similarities(table).tolist() == [max(row) for row in table.tolist()]
    known = drawn()[0]
    assert fit_known(known, table) == fit_known(known, table.max(axis=1))


# P(known) -----------------------------------------------------------------------------------


def test_between_two_kinds_that_lie_apart_the_probability_is_a_half_at_the_threshold():
    for count in (2, 10, 200):
        fitted = fit_known(*drawn(count))
        assert fitted.rule.probability(fitted.threshold.similarity) == pytest.approx(0.5, abs=1e-6)
        assert fitted.rule.probability(0.8) > 0.9
        assert fitted.rule.probability(0.2) < 0.1


def test_where_they_overlap_it_is_the_balanced_logistic_fit_of_scipy():
    known, best = overlapping()
    fitted = fit_known(known, best)
    scores = np.concatenate([known, best])
    high = (200 + 1) / (200 + 2)  # Platt's targets, either kind counting as the rarer one
    target = np.repeat([high, 1 - high], [200, 1000])
    weight = np.repeat([1.0, 0.2], [200, 1000])

    def loss(line):
        logits = line[0] * scores + line[1]
        return np.sum(weight * (np.logaddexp(0, logits) - target * logits))

    found = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose([fitted.rule.slope, fitted.rule.offset], found.x, rtol=1e-3)


def test_it_is_the_share_of_known_faces_among_as_many_unknown_ones():
    known, best = (kind[::2] for kind in drawn(40_000, 40_000, mean=0.35))
    fitted = fit_known(known, best)
    new = drawn(40_000, 40_000, mean=0.35, seed=1)
    for low in (0.2, 0.25, 0.3, 0.35):
        inside = [int(((kind >= low) & (kind < low + 0.02)).sum()) for kind in new]
        share = inside[0] / sum(inside)
        assert fitted.rule.probability(low + 0.01) == pytest.approx(share, abs=0.06)


# What is refused ----------------------------------------------------------------------------


def test_a_recogniser_to_which_strangers_look_more_alike_is_refused():
    known, best = drawn()
    with pytest.raises(InsufficientData):
        fit_known(best, known)


@pytest.mark.parametrize(("known", "best"), [([0.8], [0.1, 0.2]), ([0.8, 0.7], [0.1]), ([], [])])
def test_one_photo_of_a_kind_is_too_little(known, best):
    with pytest.raises(InsufficientData, match="2 photos at least"):
        fit_known(known, best)


@pytest.mark.parametrize(
    ("known", "best"),
    [
        ([0.8, float("nan")], [0.1, 0.2]),
        ([0.8, 0.7], [0.1, float("inf")]),
        ([[0.8, 0.7]], [0.1, 0.2]),
        ([0.8, 0.7], [[[0.1]]]),
        ([0.8, 0.7], np.empty((5, 0))),
        (["a", "b"], [0.1, 0.2]),
    ],
)
def test_what_is_no_similarity_is_refused(known, best):
    with pytest.raises(InvalidArray):
        fit_known(known, best)


def test_a_share_above_one_is_refused():
    with pytest.raises(InvalidOption, match="fmr"):
        fit_known(*drawn(), fmr=1.5)


# People -------------------------------------------------------------------------------------


def test_a_stranger_who_is_trained_on_is_left_out_and_nobody_else():
    known, _ = drawn()
    table = np.random.default_rng(1).normal(0.15, 0.07, (1000, 3))
    table[17, 1] = 0.7
    assert np.flatnonzero(~without_trained(known, table)).tolist() == [17]
    table[18, 1] = 0.68  # two of them: then it is the network that takes strangers for known
    assert without_trained(known, table).all()


def test_a_network_that_takes_strangers_for_known_loses_none_of_them():
    known, _ = overlapping()
    assert without_trained(known, np.random.default_rng(1).normal(0.3, 0.1, (1000, 5))).all()


def nearest_mean(features, people):
    """The heads of these tests: cosines with the mean of each person left."""

    def train_without(out):
        left = np.setdiff1d(people, out)
        centres = np.stack([features[people == one].mean(axis=0) for one in left])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        return lambda asked: asked @ centres.T

    return train_without


@pytest.mark.parametrize("folds", [2, 3, 99])
def test_held_out_people_are_asked_of_heads_that_never_saw_them(folds):
    rng = np.random.default_rng(0)
    people = rng.permutation(np.repeat(np.arange(6), 5))
    features = rng.normal(size=(30, 8)).astype(np.float32) + 3 * np.eye(8, dtype=np.float32)[people]
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    trained = []

    def watched(out):
        trained.append(set(out.tolist()))
        return nearest_mean(features, people)(out)

    best = held_out_strangers(features, people, watched, folds)
    assert len(trained) == min(folds, 6)
    assert sorted(one for out in trained for one in out) == list(range(6))
    for row in range(30):
        (out,) = (out for out in trained if people[row] in out)
        table = nearest_mean(features, people)(np.array(sorted(out)))(features[row : row + 1])
        assert best[row] == pytest.approx(float(table.max()), abs=1e-6)


def test_two_people_are_too_few_to_hold_one_out():
    with pytest.raises(InsufficientData, match="3 people"):
        held_out_strangers(np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1]), lambda out: None)


# Real people --------------------------------------------------------------------------------


def usable(recognizer, photos):
    for encoded in recognizer.encode_photos(photos):
        try:
            yield recognizer.choose(encoded, FaceChoice.CENTRAL).vector
        except FaceError:
            continue


def test_three_actors_are_told_from_three_others_and_from_lfws_people(bench_data, model_store):
    recognizer = build_recognizer(store=model_store)
    folders = sorted((bench_data / "actors").iterdir())
    photos = [sorted(folder.glob("*.jpg"))[:24] for folder in folders]
    known = [np.stack(list(usable(recognizer, some))) for some in photos[::2]]
    centres = np.stack([vectors[:10].mean(axis=0) for vectors in known])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)

    def own(part):
        return np.concatenate([v[part] @ c for v, c in zip(known, centres, strict=True)])

    shipped = load_strangers(recognizer.embedder.space) @ centres.T
    fitted = fit_known(own(slice(10, 16)), shipped[without_trained(own(slice(10, 16)), shipped)])
    people = sorted((bench_data / "lfw" / "images").iterdir())
    others = [min(one.glob("*.jpg")) for one in people if not ships(one.name)][:80]
    others += [photo for some in photos[1::2] for photo in some[:12]]
    strangers = np.stack(list(usable(recognizer, others))) @ centres.T
    cut = fitted.threshold.similarity
    assert fitted.separated
    assert (strangers.max(axis=1) >= cut).mean() <= 0.02
    assert (own(slice(16, None)) < cut).mean() <= 0.1  # profiles count, too
