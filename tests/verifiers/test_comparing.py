"""What a verifier is worth beside the cosine: where the answer is known, and on LFW."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mien.api import Settings, build_recognizer
from mien.cli.measuring import central_face
from mien.errors import InvalidOption
from mien.evaluation import part_of_pairs, read_pairs
from mien.pipeline import EncodedPhoto, Recognizer
from mien.verifiers import (
    FitOptions,
    encode_pairs,
    fit_findings,
    fit_json,
    fit_verifier,
    pairs_of_list,
    score_by_verifier,
)
from verifiers.made_pairs import made_data, names_of_people, vectors_of_people

pytest.importorskip("sklearn.linear_model", reason="scikit-learn: extra train")
OPTIONS = FitOptions(target_fmr=0.05)
# Half of the dimensions tell people apart, the other half is noise: the cosine cannot know which.
UNEVEN = [0.4] * 12 + [4.0] * 12


@pytest.fixture(scope="module")
def uneven():
    return fit_verifier(made_data(vectors_of_people(UNEVEN)), "yunet", OPTIONS)


def leading(report, place=0):
    return report.differences[place].rates[0].difference


def test_where_dimensions_are_of_unequal_worth_their_weights_beat_the_cosine(uneven):
    report = uneven
    assert report.freedom > 0
    assert leading(report).low > 0.02
    (weights,) = report.verifier.weights
    told = np.abs(weights.absolute) + np.abs(weights.chi_squared)
    assert told[:12].mean() > 2 * told[12:].mean()


def test_where_all_dimensions_are_alike_it_is_no_worse_than_the_cosine():
    report = fit_verifier(made_data(vectors_of_people(np.full(24, 0.9))), "yunet", OPTIONS)
    assert leading(report).low <= 0 <= leading(report).high
    assert leading(report).value > -0.01


def test_two_spaces_are_better_than_either_alone():
    data = made_data(*(vectors_of_people(np.full(16, 1.2), seed) for seed in (0, 1)))
    report = fit_verifier(data, "yunet", OPTIONS)
    assert len(report.verifier.weights) == 2
    for place in (0, 1):
        assert leading(report, place).low > 0


def test_probabilities_on_held_out_folds_mean_what_they_say(uneven):
    report = uneven
    said = report.reliability
    assert said.ece <= max(0.02, 2 * said.ece_by_chance)
    assert report.held_out_fmr.low <= 0.05 <= report.held_out_fmr.high
    assert report.verifier.held_out.ece == said.ece


def test_too_few_people_for_the_rate_that_was_asked_for_are_said(uneven):
    vectors = vectors_of_people(np.full(3, 0.3), seed=1, people=9, photos=16)
    few = fit_verifier(made_data(vectors, people=9, photos=16), "yunet", OPTIONS)
    assert few.held_out_fmr.value > 0.09
    assert any("false match rate was 0.1 where 0.05" in note for note in few.notes)
    assert not any("false match rate" in note for note in uneven.notes)


def test_the_report_states_both_and_the_page_holds_every_answer(uneven):
    report = uneven
    row = fit_json(report)
    assert row["plain"][0]["name"] == "cosine of m0"
    assert set(row["verifier"]["tar_at_far"]) == {"0.1", "0.01", "0.001"}
    assert row["differences"][0]["rates"]["accuracy"]["difference"]["value"] == pytest.approx(
        row["verifier"]["pooled_accuracy"]["value"] - row["plain"][0]["pooled_accuracy"]["value"]
    )
    findings = fit_findings(report, row)
    assert findings.trials is not None
    assert len(findings.trials.scores) == row["pairs"]
    assert [chart.key for chart in findings.charts] == ["reliability", "roc", "det", "scores"]


def test_a_kept_verifier_scores_pairs_and_a_photo_without_a_face_has_no_score(uneven):
    vectors = vectors_of_people(UNEVEN)
    data = made_data(vectors)
    verifier = uneven.verifier
    row = {path: place for place, (_, path) in enumerate(names_of_people())}
    lost = data.pairs[0].path1

    def encode(paths):
        return [None if path == lost else vectors[row[path]] for path in paths]

    scores = score_by_verifier(data.pairs, verifier, [(data.spaces[0], encode)])
    missing = np.array([lost in (pair.path1, pair.path2) for pair in data.pairs])
    np.testing.assert_array_equal(np.isnan(scores), missing)
    whole = verifier.log_odds([data.vectors[0][data.first]], [data.vectors[0][data.second]])
    np.testing.assert_allclose(scores[~missing], whole[~missing], atol=1e-5)


@pytest.mark.parametrize("wrong", [{"target_fmr": 0.0}, {"target_fmr": 2}, {"seed": -1}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidOption):
        FitOptions(**wrong)


def lfw_data(recognizer, names, count):
    """Pairs of LFW with the vectors of the central faces, in the spaces of these parts."""
    root = os.environ.get("MIEN_BENCH_DATA")
    if not root:
        pytest.skip("MIEN_BENCH_DATA is not set")
    folder = Path(root) / "lfw"
    pairs = read_pairs(folder / "pairs.txt", "lfw", folder / "images")
    pairs = part_of_pairs(pairs, count)
    paths = list(dict.fromkeys(path for pair in pairs for path in (pair.path1, pair.path2)))
    known = {}
    photos = recognizer.encode_photos([folder / "images" / path for path in paths])
    for path, found in zip(paths, photos, strict=True):
        assert isinstance(found, EncodedPhoto)
        face = central_face(found)
        if face is not None:
            parts = recognizer.embedder.split(face.vector[None])
            known[path] = dict(zip(recognizer.embedder.spaces, parts, strict=True))
    return {
        name: encode_pairs(
            pairs_of_list(pairs),
            [
                (
                    space,
                    lambda asked, space=space: [
                        known[p][space] if p in known else None for p in asked
                    ],
                )
                for space in recognizer.embedder.spaces
                if space.model in name
            ],
        )
        for name in names
    }


def assert_at_least_as_good(report):
    for place in range(len(report.plain)):
        assert leading(report, place).high >= 0
        assert leading(report, place).value >= -0.001
    assert report.reliability.ece <= 0.02


@pytest.mark.torture
def test_on_a_part_of_lfw_it_is_at_least_as_good_as_the_cosine(recognizer: Recognizer):
    (data,) = lfw_data(recognizer, [("sface",)], 300).values()
    report = fit_verifier(data, "yunet", FitOptions(target_fmr=0.15))
    assert_at_least_as_good(report)
    assert report.fitted.report.accuracy > 0.97


@pytest.mark.torture
def test_on_all_of_lfw_it_is_as_good_as_each_cosine_and_fused_better_than_either(model_store):
    recognizer = build_recognizer(Settings(embedder="sface+dlib-resnet"), model_store)
    fused = ("sface", "dlib-resnet")
    for names, data in lfw_data(recognizer, [("sface",), ("dlib-resnet",), fused], 6000).items():
        report = fit_verifier(data, "yunet")
        assert_at_least_as_good(report)
        if names == fused:
            for one in report.differences:
                rates = {rate.key: rate.difference for rate in one.rates}
                assert rates["accuracy"].value > 0
                assert rates["tar_at_far_0.01"].low > 0
