"""The threshold of a search, on the vectors of real strangers that ship with mien."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.errors import InvalidOption
from mien.gallery import Gallery, doubt_of, search_policy
from mien.matching import hold_fpir, strangers_for, threshold_for
from mien.models import CARDS, EmbedderCard
from mien.records import EmbeddingSpace, FloatArray

CARD = CARDS["sface"]
assert isinstance(CARD, EmbedderCard)
SPACE = replace(CARD.space, preprocessing=f"{CARD.preprocessing}+mirror")
PAIR = threshold_for(SPACE)


@pytest.fixture(scope="module")
def strangers() -> FloatArray:
    found = strangers_for(SPACE)
    assert found is not None
    return found


def photos_of(vector: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Vectors that lie about one as a person's photos do: 0.6 to 0.8 to each other."""
    noisy = vector + rng.normal(0, 0.055, (count, len(vector)))
    return (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)


def gallery_of(people: FloatArray, photos: int) -> Gallery:
    rng = np.random.default_rng(0)
    gallery = Gallery.in_memory()
    rows = [
        (f"P{index:03d}", vector, None)
        for index, person in enumerate(people)
        for vector in photos_of(person, photos, rng)
    ]
    gallery.add_many(rows, SPACE)
    return gallery


@pytest.mark.parametrize(("people", "photos"), [(1, 1), (5, 40), (100, 1), (300, 1), (300, 10)])
def test_at_most_one_stranger_in_a_hundred_is_named(
    strangers: FloatArray, people: int, photos: int
) -> None:
    with gallery_of(strangers[:people], photos) as gallery:
        least = search_policy(gallery, SPACE, ()).threshold
        best = gallery.reached_by(strangers[people:], SPACE)
    assert least.similarity >= PAIR.similarity
    assert least.rate == {"kind": "fpir", "value": 0.01}
    assert np.mean(best >= least.similarity) <= 0.02


def test_a_small_gallery_keeps_the_threshold_of_a_pair_and_a_large_one_needs_more(
    strangers: FloatArray,
) -> None:
    levels = []
    for people in (5, 300, 800):
        with gallery_of(strangers[:people], 1) as gallery:
            levels.append(search_policy(gallery, SPACE, ()).threshold.similarity)
    assert levels[0] == PAIR.similarity
    assert levels == sorted(levels)
    assert levels[2] > PAIR.similarity


def test_what_is_asked_for_is_taken_as_it_is(strangers: FloatArray) -> None:
    with gallery_of(strangers[:800], 1) as gallery:
        assert search_policy(gallery, SPACE, (), fmr=1e-3).threshold == threshold_for(SPACE, 1e-3)
        assert search_policy(gallery, SPACE, (), min_similarity=0.2).threshold.similarity == 0.2
        strict = search_policy(gallery, SPACE, (), fpir=1e-3).threshold.similarity
        assert strict > search_policy(gallery, SPACE, (), fpir=0.1).threshold.similarity
        with pytest.raises(InvalidOption, match="fpir or fmr"):
            search_policy(gallery, SPACE, (), fpir=0.01, fmr=1e-3)
        for rate in (0, 1, -1, float("nan")):
            with pytest.raises(InvalidOption, match="fpir"):
                search_policy(gallery, SPACE, (), fpir=rate)


def test_the_probability_of_a_name_falls_with_the_people_who_might_have_it(
    strangers: FloatArray,
) -> None:
    chances = []
    for people in (1, 10, 300):
        with gallery_of(strangers[:people], 1) as gallery:
            chances.append(search_policy(gallery, SPACE, ()).probability(0.5))
    assert chances == sorted(chances, reverse=True)


def test_without_strangers_the_binomial_model_holds_the_rate() -> None:
    other = EmbeddingSpace("other", "0" * 64, "none", 4)
    measured = [threshold_for(SPACE, fmr) for fmr in (1e-2, 1e-3, 1e-4, 1e-5)]
    few, many = (
        hold_fpir(PAIR, 0.01, other, [1] * people, None, measured) for people in (10, 1000)
    )
    assert few.similarity == PAIR.similarity
    assert many.similarity == pytest.approx(threshold_for(SPACE, 1e-5).similarity, abs=1e-3)
    assert hold_fpir(PAIR, 0.01, other, [1] * 100_000, None, measured).similarity == 1.0


def test_a_photo_that_looks_like_somebody_else_is_doubted(strangers: FloatArray) -> None:
    rng = np.random.default_rng(1)
    ada, bo = strangers[0], strangers[1]
    with Gallery.in_memory() as gallery:
        assert doubt_of(gallery, "Ada", ada, SPACE) is None
        gallery.add_many([("Ada", one, None) for one in photos_of(ada, 3, rng)], SPACE)
        gallery.add_many([("Bo", one, None) for one in photos_of(bo, 3, rng)], SPACE)
        assert doubt_of(gallery, "ada", photos_of(ada, 1, rng)[0], SPACE) is None
        doubt = doubt_of(gallery, "Bo", photos_of(ada, 1, rng)[0], SPACE)
        assert doubt is not None
        assert doubt.looks_like is not None
        assert doubt.looks_like.name == "Ada"
        assert "looks like Ada" in str(doubt)
        unlike = doubt_of(gallery, "Bo", strangers[2], SPACE)
        assert unlike is not None
        assert unlike.looks_like is None
        new = doubt_of(gallery, "Cy", photos_of(bo, 1, rng)[0], SPACE)
        assert new is not None
        assert new.looks_like is not None
