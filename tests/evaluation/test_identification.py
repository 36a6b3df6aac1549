"""Ranks, FNIR at FPIR, growth: each against counting by hand, on many small score sets."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding, InvalidOption
from mien.evaluation import (
    IdentificationSettings,
    PeoplePhotos,
    Split,
    Templates,
    evaluate_identification,
    growth,
    identification_findings,
    point_at,
    points_at_fpir,
    probe_gallery,
    probing_of_scores,
    rank_rate,
    repeat_splits,
)
from mien.evaluation.intervals import log_odds_interval
from mien.evaluation.photo_counts import by_photo_count
from mien.evaluation.resample import drawn, log_odds_variance


def small_case(seed):
    """A score matrix of 2 to 6 people and 2 to 14 probes; many ties, some rows constant."""
    rng = np.random.default_rng(seed)
    people = int(rng.integers(2, 7))
    names = [f"p{n}" for n in range(people)]
    owners = ["p0", "stranger", *rng.choice([*names, "lost", "s1", "s2"], rng.integers(0, 13))]
    scores = rng.normal(size=(len(owners), people))
    if seed % 3 == 0:
        scores = np.round(scores)  # ties
    if seed % 7 == 0:
        scores[:] = 0.5
    elif seed % 5 == 0:
        scores[rng.random(len(owners)) < 0.4] = 0.0
    acquired = rng.random(len(owners)) > 0.15
    mated = np.array([name in names or name == "lost" for name in owners])
    scores[~acquired] = np.nan
    return scores, names, owners, mated, acquired


def searches_by_hand(scores, names, owners, mated, acquired):
    """For each search: whether it is mated, the mate's rank and score, the best other score."""
    for row, owner, is_mated, seen in zip(scores.tolist(), owners, mated, acquired, strict=True):
        if not seen:
            yield bool(is_mated), None, None, None
            continue
        others = [score for score, name in zip(row, names, strict=True) if name != owner]
        own = row[names.index(owner)] if owner in names else None
        rank = None if own is None else 1 + sum(score >= own for score in others)
        yield bool(is_mated), rank, own, max(others)


@pytest.mark.parametrize("block", range(10))
def test_ranks_and_thresholds_equal_counting_by_hand(block):
    for seed in range(100 * block, 100 * block + 100):
        case = small_case(seed)
        by_hand = list(searches_by_hand(*case))
        probing = probing_of_scores(*case)
        mates = [search for search in by_hand if search[0]]
        strangers = [search for search in by_hand if not search[0]]
        for rank in (1, 2, 5):
            hits = sum(one[1] is not None and one[1] <= rank for one in mates)
            assert rank_rate(probing, rank).value == pytest.approx(hits / len(mates))
        for level in (-0.7, 0.0, 0.5, 1.0):
            point = point_at(probing, level)
            found = [one for one in strangers if one[3] is not None and one[3] >= level]
            missed = [one for one in mates if one[1] != 1 or one[2] < level]
            wrong = [one for one in missed if one[1] != 1 and one[3] is not None]
            wrong = [one for one in wrong if one[3] >= level]
            assert (point.misses, point.false_positives) == (len(missed), len(found))
            assert point.wrong_name.value == pytest.approx(len(wrong) / len(mates))


@pytest.mark.parametrize("block", range(5))
def test_fnir_at_fpir_is_the_best_that_any_threshold_reaches(block):
    for seed in range(1000 + 40 * block, 1040 + 40 * block):
        case = small_case(seed)
        by_hand = list(searches_by_hand(*case))
        probing = probing_of_scores(*case)
        mates = [search for search in by_hand if search[0]]
        tops = [search[3] for search in by_hand if not search[0]]
        levels = [np.inf, *(score for one in by_hand for score in one[2:] if score is not None)]
        fpirs = (0.0, 0.01, 0.3, 0.5, 0.9)
        points = points_at_fpir(probing, fpirs, replicates=40)
        for fpir, point in zip(fpirs, points, strict=True):
            best = min(
                sum(one[1] != 1 or one[2] < level for one in mates)
                for level in levels
                if sum(t is not None and t >= level for t in tops) <= fpir * len(tops)
            )
            assert point.misses == best
            assert point.false_positives <= fpir * point.non_mated
            assert point.fnir.low <= point.fnir.value <= point.fnir.high


def test_an_equal_score_counts_against_us():
    mated = np.array([True, True])
    probing = probing_of_scores([[0.5, 0.5, 0.5], [0.5, 0.4, 0.5]], "abc", "aa", mated)
    assert probing.rank.tolist() == [3, 2]


def test_the_bootstrap_of_fnir_draws_people_and_sets_the_threshold_anew():
    rng = np.random.default_rng(4)
    owners = ["a", "a", "b", "c", "c", "x", "x", "y", "z", "z", "z"]
    mated = np.array([name in "abc" for name in owners])
    scores = rng.normal(size=(len(owners), 3)) * 0.1
    scores[np.arange(5), [0, 0, 1, 2, 2]] += 0.2
    probing = probing_of_scores(scores, "abc", owners, mated)
    (point,) = points_at_fpir(probing, [0.34], replicates=300, seed=9)
    found = probing.found
    people, strangers = (np.concatenate(list(drawn(3, 300, [9, side]))) for side in (0, 1))
    rates = []
    for drawn_strangers, drawn_people in zip(strangers, people, strict=True):
        times = dict(zip("xyzabc", (*drawn_strangers, *drawn_people), strict=True))
        many = [(found[i], bool(mated[i])) for i, o in enumerate(owners) for _ in range(times[o])]
        tops, own = [s for s, m in many if not m], [s for s, m in many if m]
        levels = [np.inf, *(np.nextafter(score, np.inf) for score in tops), -10.0]
        allowed = [t for t in levels if sum(s >= t for s in tops) <= 0.34 * len(tops)]
        rates.append(min(sum(not s >= t for s in own) / len(own) for t in allowed))
    people_drawn = 36 / 14  # as many equal people as strangers with 2, 1 and 3 photos
    low, high = log_odds_interval(point.fnir.value, log_odds_variance(rates, 5), people_drawn)
    given = point_at(probing, point.threshold).fnir
    assert point.fnir.low == pytest.approx(min(low, given.low))
    assert point.fnir.high == pytest.approx(max(high, given.high))


@pytest.mark.parametrize("seed", range(20))
def test_growth_is_the_mean_over_every_gallery_of_that_size(seed):
    rng = np.random.default_rng(seed)
    people, searches = 6, 5
    reaches = rng.random((searches, people)) < 0.25
    points = growth(
        reaches.sum(axis=1), [f"s{n % 3}" for n in range(searches)], people, range(1, 7)
    )
    for point in points:
        galleries = list(combinations(range(people), point.people))
        found = [reaches[:, list(chosen)].any(axis=1).mean() for chosen in galleries]
        assert point.fpir.value == pytest.approx(np.mean(found))
        assert point.model == pytest.approx(1 - (1 - reaches.mean()) ** point.people)


# From vectors -------------------------------------------------------------------------------


def photos_of(seed=0, people=12, photos=6, spread=0.6, prefix="p", dimensions=16):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, dimensions))
    owners = np.repeat(np.arange(people), photos)
    vectors = centres[owners] + spread * rng.normal(size=(len(owners), dimensions))
    return list(vectors), [f"{prefix}{owner}" for owner in owners]


def a_gallery_and_probes(seed=0, **options):
    vectors, names = photos_of(seed, **options)
    return Split(3, 0.5).of(PeoplePhotos.of(vectors, names), seed)


@pytest.mark.parametrize("templates", Templates)
def test_searches_compare_with_the_best_photo_or_with_the_mean(templates):
    gallery, probes = a_gallery_and_probes()
    probing = probe_gallery(gallery, probes, templates)
    places = gallery.by_person()
    for at, row in enumerate(probes.rows):
        scores = {}
        for name, own in places.items():
            vectors = gallery.vectors[gallery.rows[own]].astype(float)
            mean = vectors.mean(axis=0)
            if templates is Templates.MEAN:
                scores[name] = float(mean @ probes.vectors[row] / np.linalg.norm(mean))
            else:
                scores[name] = float((vectors @ probes.vectors[row]).max())
        rival = max(score for name, score in scores.items() if name != probes.people[at])
        assert probing.rival[at] == pytest.approx(rival, abs=2e-6)
        if probing.mated[at]:
            assert probing.mate[at] == pytest.approx(scores[probes.people[at]], abs=2e-6)


def test_photos_of_two_people_with_one_vector_are_a_tie_wherever_they_stand():
    vectors, names = photos_of(people=40, photos=1)
    gallery = PeoplePhotos.of([*vectors, vectors[0]], [*names, "twin"])
    probing = probe_gallery(gallery, PeoplePhotos.of([vectors[0]], ["p0"]))
    assert probing.rank.tolist() == [2]


def test_a_mated_probe_without_a_face_is_a_miss_and_a_non_mated_one_finds_nobody():
    gallery, probes = a_gallery_and_probes(spread=0.01)
    before, _ = evaluate_identification(gallery, probes, IdentificationSettings(min_similarity=0.9))
    assert before.ranks[1].value == 1.0
    vectors = [probes.vectors[row] for row in probes.rows]
    meant = set(gallery.people)
    lost = [at for at, name in enumerate(probes.people) if name in meant][:2]
    lost += [at for at, name in enumerate(probes.people) if name not in meant][:3]
    for at in lost:
        vectors[at] = None
    after, _ = evaluate_identification(
        gallery,
        PeoplePhotos.of(vectors, probes.people),
        IdentificationSettings(min_similarity=-1.0),
    )
    assert (after.failed_mated, after.failed_non_mated) == (2, 3)
    assert after.ranks[5].value == pytest.approx(1 - 2 / after.mated)
    assert after.at_threshold.misses == 2
    assert after.at_threshold.false_positives == after.non_mated - 3


def test_somebody_who_could_not_be_enrolled_stays_mated_and_is_missed():
    vectors, names = photos_of(people=4, photos=2, spread=0.01)
    gallery = PeoplePhotos.of([None, *vectors[2::2]], names[::2])
    report, _ = evaluate_identification(gallery, PeoplePhotos.of(vectors[1::2], names[1::2]))
    assert (report.people, report.not_enrolled, report.mated) == (3, 1, 4)
    assert report.ranks[1].value == 0.75
    assert any(note.startswith("not enrolled, no face: 1") for note in report.notes)


def test_without_strangers_there_is_no_fnir_and_a_note_says_so():
    vectors, names = photos_of(people=4)
    gallery = PeoplePhotos.of(vectors[::2], names[::2])
    report, _ = evaluate_identification(gallery, PeoplePhotos.of(vectors[1::2], names[1::2]))
    assert (report.fnir_at_fpir, report.curve, report.growth) == (None, (), ())
    assert "no non-mated search" in report.notes[0]
    assert report.ranks[5] is None  # all four are among the first five


def test_what_cannot_be_measured_is_refused():
    gallery, probes = a_gallery_and_probes()
    vectors, names = photos_of(prefix="q")
    with pytest.raises(InsufficientData, match="strangers only"):
        evaluate_identification(gallery, PeoplePhotos.of(vectors, names))
    with pytest.raises(InsufficientData, match="two people"):
        evaluate_identification(PeoplePhotos.of(vectors[:2], ["a", "a"]), probes)
    with pytest.raises(InsufficientData, match="with a face"):
        evaluate_identification(PeoplePhotos.of([None, None], ["a", "b"]), probes)
    with pytest.raises(InsufficientData):
        evaluate_identification(gallery, PeoplePhotos.of([], []))
    with pytest.raises(InvalidEmbedding):
        PeoplePhotos.of([[np.nan, 1.0]], ["a"])
    with pytest.raises(InvalidArray, match="NaN"):
        probing_of_scores([[np.nan, 0.1]], "ab", "a", np.array([True]))
    with pytest.raises(InvalidArray):
        evaluate_identification(gallery, PeoplePhotos.of([[1.0, 0.0]], gallery.people[:1]))
    with pytest.raises(InvalidOption):
        IdentificationSettings(min_similarity=2.0)


def test_every_row_of_photos_judges_the_same_searches():
    gallery, probes = a_gallery_and_probes(people=20, photos=8)
    rows = by_photo_count(gallery, probes)
    assert [(row.photos, row.templates.value) for row in rows] == [
        (1, "max"),
        (2, "max"),
        (2, "mean"),
        (3, "max"),
        (3, "mean"),
    ]
    assert {(row.people, row.fnir.mated, row.fnir.non_mated) for row in rows} == {(10, 50, 80)}
    whole = rank_rate(probe_gallery(gallery, probes, Templates.MAX), 1)
    assert rows[3].rank_1 == whole


def test_a_split_keeps_a_photo_to_search_with_and_strangers_out():
    people = ["a"] * 1 + ["b"] * 2 + ["c"] * 9 + ["d"] * 4
    photos = PeoplePhotos.of(np.eye(16), people, [f"{n}.jpg" for n in range(16)])
    for seed in range(20):
        gallery, probes = Split(3, 0.25).of(photos, seed)
        assert not set(gallery.sources) & set(probes.sources)
        assert set(gallery.sources) | set(probes.sources) == set(photos.sources)
        assert len(set(people) - set(gallery.people)) == 1
        enrolled = {name: len(own) for name, own in gallery.by_person().items()}
        assert all(count == {"a": 1, "b": 1, "c": 3, "d": 3}[n] for n, count in enrolled.items())
    with pytest.raises(InsufficientData, match="share of strangers"):
        Split(3, 0.9).of(photos, 0)


def test_the_first_of_the_repeated_splits_is_the_one_reported():
    vectors, names = photos_of(spread=1.5)
    photos = PeoplePhotos.of(vectors, names)
    first, second = repeat_splits(photos, Split(3, 0.5), (4, 5), Templates.MAX, (0.01,))
    report, _ = evaluate_identification(*Split(3, 0.5).of(photos, 4))
    assert first.rank_1 == report.ranks[1]
    assert first.fnir_at_fpir[0.01].misses == report.fnir_at_fpir[0.01].misses
    assert second.fnir_at_fpir[0.01].misses != first.fnir_at_fpir[0.01].misses


def test_the_report_is_strict_json_and_its_page_holds_the_mistakes():
    gallery, probes = a_gallery_and_probes(spread=1.5, people=40)
    report, probing = evaluate_identification(
        gallery, probes, IdentificationSettings(min_similarity=0.5)
    )
    row = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert set(row["fnir_at_fpir"]) == {"0.01", "0.003"}
    assert row["fnir_at_fpir"]["0.01"]["non_mated"] == row["non_mated"] == 120
    assert set(row["rank_1"]) == {"value", "low", "high", "supported"}
    found = identification_findings(report, probing, gallery, probes)
    json.dumps(found.to_json(), allow_nan=False)
    assert {chart.key for chart in found.charts} == {"cmc", "fnir_fpir", "growth"}
    for chart in found.charts:
        for line in chart.lines:
            assert all(a < b for a, b in zip(line.x, line.x[1:], strict=False))
            assert not chart.x_log or line.x[0] > 0
    assert len(found.trials.names) == len(probes)
    right = [
        right for right, same in zip(found.trials.right, found.trials.same, strict=True) if same
    ]
    assert np.mean(right) == report.ranks[1].value
    worst = next(one for one in found.examples if one.kind == "false_positive")
    assert worst.score == probing.rival[~probing.mated].max()
    assert worst.photos[1] in gallery.sources
    miss = next(one for one in found.examples if one.kind == "miss")
    assert probing.rank[probes.sources.index(miss.photos[0])] > 1


def test_a_copy_among_the_probes_is_said():
    gallery, probes = a_gallery_and_probes()
    both = PeoplePhotos.of(
        [*(probes.vectors[row] for row in probes.rows), gallery.vectors[gallery.rows[0]]],
        [*probes.people, gallery.people[0]],
    )
    report, _ = evaluate_identification(gallery, both)
    assert any(
        note.startswith("copies of gallery photos among the probes: 1") for note in report.notes
    )
