"""Old names work with their old meaning and warn whoever wrote them; both at once are refused."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import warnings
from pathlib import Path

import pytest

from mien.capture import CollectOptions
from mien.errors import InvalidOption
from mien.evaluation import (
    IdentificationSettings,
    evaluate_liveness,
    impostor_thresholds,
    search_false_positives,
)
from mien.matching import PRESETS, policy_for
from mien.records import EmbeddingSpace, Face, Identification, Outcome, Threshold, Verification
from mien.renamed import limit_json, renamed_argument
from mien.watching import identify_video
from test_records import FACE, GOOD, PAIR

SPACE = EmbeddingSpace("sface", "0b" * 32, "arcface-112-rgb-v1+mirror", 128)
KNOWN = Identification(0, FACE, GOOD, Outcome.KNOWN, Threshold(0.36, fmr=1e-4, origin="LFW"))
LIVE = ["live", "live", "print", "print"]


def test_the_old_argument_of_a_policy_is_a_distance_in_its_metric():
    with pytest.warns(DeprecationWarning, match="max_distance=") as said:
        old = policy_for(SPACE, threshold=0.8, metric="euclidean_l2")
    assert old == policy_for(SPACE, max_distance=0.8, metric="euclidean_l2")
    assert [Path(one.filename).name for one in said] == [Path(__file__).name]  # whose line it is
    assert "threshold" not in inspect.signature(policy_for).parameters


def test_both_names_at_once_are_refused():
    with (
        pytest.warns(DeprecationWarning, match="now called"),
        pytest.raises(InvalidOption, match="got both"),
    ):
        policy_for(SPACE, threshold=0.8, max_distance=0.7)
    with pytest.raises(InvalidOption, match="min_similarity or max_distance, got both"):
        policy_for(SPACE, min_similarity=0.8, max_distance=0.7)


def test_nothing_warns_where_the_new_names_are_used():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy = policy_for(SPACE, min_similarity=0.4)
        assert (policy.min_similarity, policy.max_distance) == (0.4, 0.6)
        assert (KNOWN.min_similarity, PAIR.max_distance) == (0.36, 0.64)
        assert dataclasses.replace(PAIR, max_distance=0.7).max_distance == 0.7
        assert pickle.loads(pickle.dumps(KNOWN)).max_distance == pytest.approx(0.64)


@pytest.mark.parametrize(
    ("record", "old", "value"),
    [
        (KNOWN, "threshold", KNOWN.operating_point),
        (PAIR, "threshold", 0.64),
        (PRESETS["vggface"], "distance", 0.40),
        (IdentificationSettings(min_similarity=0.3), "threshold", 0.3),
        (CollectOptions("Ada", "0", Path("x"), min_similarity=0.2), "threshold", 0.2),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_old_field_is_read_with_a_warning(record, old, value):
    with pytest.warns(DeprecationWarning, match=f"{type(record).__name__}.{old} is now called"):
        assert getattr(record, old) == value


def test_an_old_field_is_given_with_a_warning():
    given = (True, 0.3, "cosine")
    rest = {name: getattr(PAIR, name) for name in ("similarity", "probability", "fmr", "qualities")}
    with pytest.warns(DeprecationWarning, match="max_distance="):
        made = Verification(*given, threshold=0.64, faces=(Face(FACE.box, 0.5),) * 2, **rest)
    assert made.max_distance == 0.64
    with pytest.warns(DeprecationWarning, match="now called"):
        assert CollectOptions("Ada", "0", Path("x"), threshold=0.2).min_similarity == 0.2


def test_the_old_method_of_a_policy_warns():
    with pytest.warns(DeprecationWarning, match="max_distance"):
        assert policy_for(SPACE, max_distance=0.7).distance_threshold() == 0.7


def test_old_arguments_of_evaluations_warn():
    with pytest.warns(DeprecationWarning, match="min_score="):
        report = evaluate_liveness(LIVE, [3, 2, 2, 1], threshold=2.5, replicates=40)
    assert report.threshold == 2.5
    vectors, labels = [[1, 0], [1, 0.1], [0, 1], [0.1, 1]], ["a", "a", "b", "b"]
    with pytest.warns(DeprecationWarning, match="replicates= changes nothing"):
        again = impostor_thresholds(vectors, labels, [0.5], replicates=40)
    assert again == impostor_thresholds(vectors, labels, [0.5])
    with pytest.warns(DeprecationWarning, match="min_similarity="):
        search_false_positives(vectors, labels, threshold=0.5, fmr=0.1, sizes=[1])


def test_a_generator_warns_where_it_is_called_and_not_where_it_is_read():
    @renamed_argument("threshold", "max_distance")
    def counting(max_distance=None):
        yield max_distance

    with pytest.warns(DeprecationWarning, match="now called"):
        numbers = counting(threshold=0.2)
    assert list(numbers) == [0.2]
    with pytest.warns(DeprecationWarning, match="now called"):
        identify_video("nowhere.mp4", None, threshold=0.2)


def test_json_says_a_limit_twice_and_infinity_is_null():
    assert limit_json(0.4) == {"min_similarity": 0.4, "threshold": 0.4}
    assert limit_json(float("inf"), "max_distance") == {"max_distance": None, "threshold": None}
