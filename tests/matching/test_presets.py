from __future__ import annotations

import numpy as np
import pytest

from mien.errors import InvalidOption
from mien.matching import PRESETS, DecisionRule, Metric, find_preset
from mien.models.catalogue import UNPINNED


def test_the_presets_are_the_classics() -> None:
    facts = {p.name: (p.embedder, p.metric, p.max_distance) for p in PRESETS.values()}
    assert facts == {
        "vggface": ("vggface-vgg16", Metric.COSINE, 0.40),
        "vggface2": ("vggface2-resnet50", Metric.COSINE, 0.50),
    }
    assert all(name == preset.name for name, preset in PRESETS.items())


def test_every_preset_names_an_embedder_that_there_is() -> None:
    assert {preset.embedder for preset in PRESETS.values()} <= set(UNPINNED)


@pytest.mark.parametrize("name", PRESETS)
def test_a_pair_at_the_distance_is_the_same_person_and_beyond_it_is_not(name: str) -> None:
    preset = find_preset(name)
    policy = preset.policy()
    assert policy.max_distance == preset.max_distance
    assert policy.threshold.similarity == pytest.approx(1 - preset.max_distance)
    assert "not measured here" in policy.threshold.origin
    assert policy.threshold.fmr is None


def test_a_preset_claims_no_probability_and_keeps_the_callers_rule() -> None:
    policy = find_preset("vggface2").policy(DecisionRule(margin=0.1, top=2))
    assert policy.probability(0.9) is None
    assert policy.rule.top == 2


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidOption, match=r"expected one of vggface, vggface2, got 'facenet'"):
        find_preset("facenet")


def test_distance_and_similarity_are_two_words_for_one_decision() -> None:
    preset = find_preset("vggface")
    similarities = np.linspace(-1, 1, 2001)
    by_distance = 1 - similarities <= preset.max_distance + 1e-12
    assert (by_distance == (similarities >= preset.threshold.similarity - 1e-12)).all()
