"""Counts of degraded faces against loops over all pairs, and what a page shows of them."""

from __future__ import annotations

import json
from itertools import combinations, product

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding, InvalidOption
from mien.evaluation import (
    Condition,
    DegradedFace,
    TriedPhoto,
    evaluate_robustness,
    rate_over_pairs,
    robustness_findings,
)

NOISE = tuple(Condition("noise", level, f"σ {level}") for level in (10, 20, 40))
MASK = Condition("occluder", "mask", "mask")
ANY = 0.4


def unit(rng):
    vector = rng.normal(size=3)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def a_face(rng):
    return None if rng.random() < 0.2 else DegradedFace(bool(rng.random() < 0.8), unit(rng))


def a_set(seed, conditions):
    rng = np.random.default_rng(seed)
    photos = []
    for person in range(int(rng.integers(2, 7))):
        for photo in range(int(rng.integers(1, 4))):
            faces = tuple(a_face(rng) for _ in conditions) if photo < 2 else ()
            clean = unit(rng) if rng.random() < 0.8 else None
            photos.append(TriedPhoto(f"p{person}", f"p{person}/{photo}.jpg", clean, faces))
    return photos


def oracle(photos, index, least):
    """Found, usable, false matches, impostor pairs, kept and own photos, one pair at a time."""
    tried = [photo for photo in photos if photo.faces]
    usable = [
        (photo, photo.faces[index].vector)
        for photo in tried
        if photo.faces[index] is not None and photo.faces[index].usable
    ]
    clean = [(photo, photo.clean) for photo in photos if photo.clean is not None]
    pairs = [*product(usable, clean), *combinations(usable, 2)]
    impostor = [float(a @ b) for (p, a), (q, b) in pairs if p.person != q.person]
    kept = []
    for photo, vector in usable:
        own = [(one is photo, known) for one, known in clean if one.person == photo.person]
        if own:
            kept.append(float(vector @ min(own, key=lambda one: one[0])[1]) >= least)
    return (
        sum(photo.faces[index] is not None for photo in tried),
        len(usable),
        sum(one >= least for one in impostor),
        len(impostor),
        sum(kept),
        len(kept),
    )


@pytest.mark.parametrize("seed", range(100))
def test_every_count_is_that_of_a_loop_over_all_pairs(seed):
    photos = a_set(seed, NOISE)
    report = evaluate_robustness(photos, NOISE, ANY)
    for index, row in enumerate(report.rows):
        kept = 0 if row.kept is None else round(row.kept.value * row.own_photos)
        assert (
            round(row.found.value * row.photos),
            round(row.usable.value * row.photos),
            row.false_matches,
            row.impostor_pairs,
            kept,
            row.own_photos,
        ) == oracle(photos, index, ANY)
        if row.false_match_rate is not None:
            assert row.false_match_rate.value == row.false_matches / row.impostor_pairs


def test_the_interval_of_false_matches_is_the_one_over_people():
    rng = np.random.default_rng(0)
    photos = [
        TriedPhoto(f"p{n}", f"{n}.jpg", unit(rng), (DegradedFace(True, unit(rng)),))
        for n in range(30)
    ]
    (row,) = evaluate_robustness(photos, (MASK,), ANY).rows
    hits = np.zeros(30)
    faces, clean = [one.faces[0].vector for one in photos], [one.clean for one in photos]
    for a, b in combinations(range(30), 2):
        for first, second in ((faces[a], clean[b]), (faces[b], clean[a]), (faces[a], faces[b])):
            hits[[a, b]] += float(first @ second) >= ANY
    wanted = rate_over_pairs(hits, np.full(30, 3 * 29), row.false_matches)
    assert row.false_match_rate == wanted


def test_many_photos_are_counted_block_by_block_as_few_are():
    rng = np.random.default_rng(1)
    photos = [
        TriedPhoto(f"p{n % 5}", f"{n}.jpg", None, (DegradedFace(True, unit(rng)),))
        for n in range(1100)
    ]
    (row,) = evaluate_robustness(photos, (MASK,), ANY).rows
    vectors, people = np.stack([one.faces[0].vector for one in photos]), np.arange(1100) % 5
    other = np.triu(people[:, None] != people, 1)
    assert row.impostor_pairs == other.sum()
    assert row.false_matches == (other & (vectors @ vectors.T >= np.float32(ANY))).sum()
    assert row.kept is None


def test_a_degraded_photo_is_held_against_another_photo_of_its_person_where_there_is_one():
    east, north = np.eye(2, dtype=np.float32)
    seen = (DegradedFace(True, east),)
    photos = [
        TriedPhoto("Ada", "a1", east, seen),
        TriedPhoto("Ada", "a2", north),
        TriedPhoto("Bo", "b1", east, seen),
    ]
    report = evaluate_robustness(photos, (MASK,), ANY)
    assert (report.rows[0].own_photos, report.rows[0].kept.value) == (2, 0.5)
    assert (report.photos, report.references, report.with_another) == (2, 3, 1)
    assert any("1 of 2 degraded photos have no other usable photo" in one for one in report.notes)


def test_the_page_names_the_worst_row_and_draws_the_levels_that_are_numbers():
    found = robustness_findings(
        evaluate_robustness(a_set(3, (*NOISE, MASK)), (*NOISE, MASK), ANY),
        {"occluder": ("occluder mask",)},
    )
    assert [chart.key for chart in found.charts] == ["noise"]
    assert found.charts[0].lines[1].x == (10.0, 20.0, 40.0)
    assert len(found.tables[0].rows) == 4
    (worst, *_) = found.numbers
    rates = [row[4].value for row in found.tables[0].rows if row[4] is not None]
    assert worst.value.value == max(rates)
    assert found.examples[0].photos == ("occluder mask",)
    json.dumps(found.to_json(), allow_nan=False)


def test_where_no_face_is_usable_rates_are_missing_and_not_zero():
    photos = [TriedPhoto(name, name, None, (None, None, None)) for name in ("Ada", "Bo")]
    report = evaluate_robustness(photos, NOISE, ANY)
    assert [row.false_match_rate for row in report.rows] == [None] * 3
    assert report.to_json()["rows"][0]["kept"] is None
    numbers = robustness_findings(report).numbers
    assert [number.value for number in numbers[:2]] == [None, None]


@pytest.mark.parametrize(
    ("photos", "conditions", "least", "error"),
    [
        ([TriedPhoto("Ada", "a", None, (None,))], (MASK,), ANY, InsufficientData),
        ([], (MASK,), ANY, InsufficientData),
        ([TriedPhoto("Ada", "a", None, (None,))], NOISE, ANY, InvalidArray),
        ([TriedPhoto("Ada", "a", None, ())], (), ANY, InvalidArray),
        (a_set(0, NOISE), NOISE, 2.0, InvalidOption),
        (
            [TriedPhoto(name, name, np.full(3, np.nan), (None,)) for name in ("Ada", "Bo")],
            (MASK,),
            ANY,
            InvalidEmbedding,
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(photos, conditions, least, error):
    with pytest.raises(error):
        evaluate_robustness(photos, conditions, least)
