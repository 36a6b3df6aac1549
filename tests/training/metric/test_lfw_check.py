"""LFW's pairs without the people who were learned from, judged by its own protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.errors import InvalidPairs, SourceNotFound
from mien.evaluation import evaluate_verification, read_lfw_pairs
from mien.training.metric.guard import judge
from mien.training.metric.lfw_check import LfwPairs, check_lfw, lfw_pairs
from training.metric.test_guard import BETTER, compared


@pytest.fixture(scope="module")
def lfw(bench_data: Path) -> Path:
    return bench_data / "lfw"


def random_vectors(asked: LfwPairs, noise: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Around a direction of each person's own, the same whatever the noise."""
    found = {}
    for photo in asked.photos:
        key = [seed, *photo.name.encode()]
        centre = np.random.default_rng(key).normal(size=32)
        own = np.random.default_rng([*key, *photo.place.encode()]).normal(size=32)
        vector = centre + noise * own
        found[photo.place] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return found


def people(asked: LfwPairs) -> set[str]:
    return {photo.name for photo in asked.photos}


def test_all_pairs_are_asked_where_nobody_was_learned_from(lfw):
    asked = lfw_pairs(lfw, ())
    assert asked.pairs == read_lfw_pairs(lfw / "pairs.txt")
    assert asked.left_out == 0


def test_whoever_was_learned_from_is_in_no_pair_however_the_name_is_written(lfw):
    learned = {"George_W_Bush", "tony blair"}
    asked = lfw_pairs(lfw, learned)
    assert people(lfw_pairs(lfw, ())) - people(asked) >= {"George_W_Bush", "Tony_Blair"}
    assert asked.left_out == 6000 - len(asked.pairs)


def test_a_part_has_as_many_of_each_fold_and_kind(lfw):
    asked = lfw_pairs(lfw, {"George_W_Bush"}, 1000)
    counts = {}
    for pair in asked.pairs:
        counts[pair.fold, pair.same] = counts.get((pair.fold, pair.same), 0) + 1
    assert set(counts.values()) == {50}
    assert len(counts) == 20
    assert len(lfw_pairs(lfw, (), 999_999).pairs) == 6000


def test_both_are_judged_by_the_protocol_and_paired(lfw):
    asked = lfw_pairs(lfw, (), 1000)
    before, after = random_vectors(asked, 1.0), random_vectors(asked, 0.7)
    found = check_lfw(asked, before, after)
    scores = [float(after[pair.path1] @ after[pair.path2]) for pair in asked.pairs]
    wanted = evaluate_verification(asked.pairs, np.array(scores))
    assert found.after.accuracy == pytest.approx(wanted.accuracy)
    accuracy = found.changes[0]
    assert accuracy.difference.value == pytest.approx(wanted.accuracy - found.before.accuracy)
    assert accuracy.difference.low > 0
    assert not judge(BETTER, compared(1.0, 0.9), found).is_worse


def test_a_loss_of_more_than_a_tenth_of_a_point_is_refused(lfw):
    asked = lfw_pairs(lfw, (), 1000)
    good, bad = random_vectors(asked, 0.7), random_vectors(asked, 1.0)
    verdict = judge(BETTER, compared(1.0, 0.9), check_lfw(asked, good, bad))
    (reason,) = verdict.reasons
    assert reason.startswith("LFW accuracy on 1,000 pairs of LFW fell from")


def test_a_photo_without_a_face_is_an_error_of_both(lfw):
    asked = lfw_pairs(lfw, (), 1000)
    given = random_vectors(asked, 0.7)
    lost = asked.pairs[0].path1
    fewer = {place: vector for place, vector in given.items() if place != lost}
    found = check_lfw(asked, fewer, fewer)
    assert found.after.failure_to_acquire >= 1
    assert found.changes[0].difference.value == 0.0


def test_a_folder_without_lfw_and_a_list_with_missing_photos_are_refused(tmp_path):
    with pytest.raises(SourceNotFound, match=r"pairs\.txt and images"):
        lfw_pairs(tmp_path, ())
    (tmp_path / "images").mkdir()
    (tmp_path / "pairs.txt").write_text("2\t1\nA\t1\t2\nA\t1\tB\t1\nC\t1\t2\nC\t1\tD\t1\n")
    with pytest.raises((InvalidPairs, SourceNotFound)):
        lfw_pairs(tmp_path, ())
