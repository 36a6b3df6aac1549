from __future__ import annotations

import json

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import (
    Labels,
    Pair,
    evaluate_all_pairs,
    evaluate_cohorts,
    evaluate_folder_cohorts,
)


def group(seed=0):
    """Photos of twelve people, every other one harder; one without a face, one without a label."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(12), 4)
    hard = np.where(people % 2 == 0, 1.0, 1.5)[:, None]
    vectors = list(rng.normal(size=(12, 6))[people] + hard * rng.normal(size=(48, 6)))
    vectors[5] = None
    names = [f"p{person}" for person in people]
    photos = [f"{name}/{number}.jpg" for number, name in enumerate(names)]
    rows = {f"p{p}": ("easy" if p % 2 == 0 else "hard", "all") for p in range(11)}
    return vectors, names, photos, Labels(True, ("kind", "everybody"), rows)


def list_of(vectors, names, photos):
    """All pairs as a list, with their scores."""
    pairs, scores = [], []
    for b in range(len(names)):
        for a in range(b):
            pairs.append(Pair(0, names[a] == names[b], photos[a], photos[b]))
            if vectors[a] is None or vectors[b] is None:
                scores.append(np.nan)
            else:
                norms = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
                scores.append(float(vectors[a] @ vectors[b] / norms))
    return pairs, scores


@pytest.mark.parametrize("by_person", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_a_folders_cohorts_are_those_of_the_list_of_all_its_pairs(seed, by_person, monkeypatch):
    monkeypatch.setattr("mien.evaluation.pair_blocks.BLOCK_ROWS", 7)
    vectors, names, photos, labels = group(seed)
    if not by_person:
        of_photo = {photo: labels.of(photo) for photo in photos}
        labels = Labels(False, labels.columns, of_photo)
    ours = evaluate_folder_cohorts(vectors, names, photos, labels, far=0.2)
    theirs = evaluate_cohorts(*list_of(vectors, names, photos), labels, far=0.2)
    assert ours.columns == theirs.columns
    assert ours.false_accepts == theirs.false_accepts
    assert ours.threshold == pytest.approx(theirs.threshold, abs=1e-6)
    assert ours.columns[0].miss_ratio.worst == "hard"


def test_a_group_of_one_person_has_no_impostor_pairs():
    vectors, names, photos, _ = group()
    labels = Labels(True, ("who",), {"p0": ("alone",), "p1": ("two",), "p2": ("two",)})
    report = evaluate_folder_cohorts(vectors, names, photos, labels, far=0.2)
    alone = report.columns[0].cohorts[0]
    assert (alone.label, alone.genuine, alone.impostor, alone.fmr) == ("alone", 6, 0, None)


def test_the_threshold_is_that_of_all_pairs_labelled_or_not():
    vectors, names, photos, labels = group()
    report = evaluate_folder_cohorts(vectors, names, photos, labels, far=0.1)
    (row,) = evaluate_all_pairs(vectors, names, photos, [0.1]).tar_at_far
    assert (report.threshold, report.false_accepts) == (row.threshold, row.false_accepts)
    json.dumps(report.to_json(), allow_nan=False)


def test_labels_that_name_no_two_photos_are_refused():
    vectors, names, photos, labels = group()
    with pytest.raises(InsufficientData, match="person has to name"):
        evaluate_folder_cohorts(vectors, names, photos, Labels(True, ("kind",), {"x": ("a",)}))
    with pytest.raises(InvalidArray, match="photos"):
        evaluate_folder_cohorts(vectors, names, photos[1:], labels)
