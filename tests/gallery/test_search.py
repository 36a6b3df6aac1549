from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.errors import InvalidOption
from mien.gallery import Gallery
from mien.records import EmbeddingSpace

SMALL = EmbeddingSpace("small", "0" * 64, "none", 3)
# Few distinct directions, so that ties are the rule.
few_vectors = hnp.arrays(np.float32, (3,), elements=st.sampled_from([-1.0, 0.0, 1.0, 2.0])).filter(
    np.any
)
templates = st.lists(st.tuples(st.sampled_from("ABCDEFG"), few_vectors), min_size=1, max_size=25)


def oracle(enrolled, probe) -> list[tuple[str, float]]:
    """All people by similarity and name, one product at a time."""

    def unit(vector) -> list[float]:
        wide = np.asarray(vector, dtype=np.float64)
        return [float(np.float32(x)) for x in wide / np.linalg.norm(wide)]

    photos: dict[str, set[tuple[float, ...]]] = {}
    for name, vector in enrolled:  # the same vector twice is one photo
        photos.setdefault(name, set()).add(tuple(unit(vector)))
    found = {}
    for name, own in photos.items():
        total = np.sum(list(own), axis=0)
        length = np.linalg.norm(total)
        mean = [float(np.float32(x)) for x in total / length] if length > 1e-3 else [0.0] * 3
        cosine = math.fsum(a * b for a, b in zip(mean, unit(probe), strict=True))
        found[name] = max(-1.0, min(1.0, round(cosine, 6)))
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


@settings(max_examples=150, deadline=None)
@given(templates, st.lists(few_vectors, min_size=1, max_size=4), st.integers(1, 9))
def test_search_agrees_with_brute_force_also_where_people_tie(enrolled, probes, top_k) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add_many([(name, vector, None) for name, vector in enrolled], SMALL)
        answers = gallery.search(np.array(probes), SMALL, top_k)
        for probe, answer in zip(probes, answers, strict=True):
            expected = oracle(enrolled, probe)
            of_name = dict(expected)
            similarities = [candidate.similarity for candidate in answer]
            assert similarities == sorted(similarities, reverse=True)
            for candidate in answer:
                assert candidate.similarity == pytest.approx(of_name[candidate.name], abs=2e-6)
            best = [similarity for _, similarity in expected[:top_k]]
            np.testing.assert_allclose(similarities, best, atol=2e-6)


@settings(max_examples=50, deadline=None)
@given(templates, templates, few_vectors)
def test_an_index_that_grew_is_the_index_built_at_once(first, second, probe) -> None:
    with Gallery.in_memory() as grown, Gallery.in_memory() as whole:
        for part in (first, second):
            grown.add_many([(name, vector, None) for name, vector in part], SMALL)
            grown.search(probe, SMALL)
        whole.add_many([(name, vector, None) for name, vector in first + second], SMALL)
        assert grown.search(probe, SMALL, 9) == whole.search(probe, SMALL, 9)
        names, scores = grown.scores(probe, SMALL)
        assert names == whole.scores(probe, SMALL)[0]
        np.testing.assert_allclose(scores, whole.scores(probe, SMALL)[1], atol=1e-6)


def test_the_order_does_not_depend_on_the_batch_or_on_who_came_first(vectors, space) -> None:
    rng = np.random.default_rng(3)
    names = [f"P{number:03d}" for number in range(120)]
    with Gallery.in_memory() as gallery:
        for name in rng.permutation(names):  # every second one is a twin of the one before
            gallery.add(str(name), vectors[int(name[1:]) // 2], space)
        together = gallery.search(vectors[:60], space, 7)
        assert together == [gallery.search(vector, space, 7)[0] for vector in vectors[:60]]
        for number, answer in enumerate(together):
            twins = [names[2 * number], names[2 * number + 1]]
            assert [candidate.name for candidate in answer[:2]] == twins


def test_a_person_is_as_similar_as_the_mean_of_their_templates(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space)
    gallery.add("Ada", vectors[2], space)
    gallery.add("Bo", vectors[1], space)
    gallery.add("Cy", vectors[3], space)
    gallery.add("Cy", -vectors[3], space)
    names, scores = gallery.scores(vectors[:3], space)
    assert names == ("Ada", "Bo", "Cy")
    ada = (vectors[0] + vectors[2]) / np.linalg.norm(vectors[0] + vectors[2])
    expected = np.c_[vectors[:3] @ ada, vectors[:3] @ vectors[1], np.zeros(3)]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_scores_are_float32_one_row_a_probe_and_one_column_a_person(gallery, fill, vectors, space):
    assert gallery.scores(vectors[:4], space)[1].shape == (4, 0)
    fill(gallery, 200)
    names, scores = gallery.scores(vectors, space)
    assert (scores.shape, scores.dtype) == ((200, 10), np.float32)
    assert names == tuple(sorted(names))
    means = np.stack([vectors[person::10].sum(axis=0) for person in range(10)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(scores, vectors @ means.T, atol=1e-6)
    assert scores.max() <= 1.0


def test_no_probes_get_no_answers(gallery, fill, space) -> None:
    fill(gallery, 10)
    nothing = np.empty((0, 16))
    assert gallery.search(nothing, space) == []
    assert gallery.scores(nothing, space)[1].shape == (0, 10)


def test_an_empty_gallery_knows_nobody(gallery, vectors, space) -> None:
    assert gallery.search(vectors[:2], space) == [[], []]
    assert gallery.scores(vectors[:2], space)[0] == ()


def test_more_candidates_than_people_are_all_people(gallery, fill, vectors, space) -> None:
    fill(gallery, 30)
    assert len(gallery.search(vectors[0], space, 1_000_000)[0]) == 10


@pytest.mark.parametrize("top_k", [0, -1, 1_000_001, 2.5, "5", None, True])
def test_a_number_of_candidates_that_makes_no_sense_is_refused(top_k, gallery, vectors, space):
    with pytest.raises(InvalidOption, match="top_k"):
        gallery.search(vectors[0], space, top_k)


def test_a_large_batch_is_answered_like_its_parts(vectors, space, monkeypatch) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add_many([(f"P{i}", vector, None) for i, vector in enumerate(vectors)], space)
        whole = gallery.search(vectors, space, 3)
        monkeypatch.setattr("mien.gallery.index._BLOCK", 700)
        assert gallery.search(vectors, space, 3) == whole
