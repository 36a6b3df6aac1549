from __future__ import annotations

import json

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidPairs, SourceNotFound
from mien.evaluation import (
    Labels,
    Pair,
    evaluate_cohorts,
    list_has_cohorts,
    read_csv_pairs,
    read_labels,
    roc,
    wilson,
)

AGES = {
    "a": ("old", "x"),
    "b": ("old", "x"),
    "c": ("young", "x"),
    "d": ("young", ""),
    "e": ("", ""),
}
LABELS = Labels(by_person=True, columns=("age", "camera"), rows=AGES)


def population(seed=0, count=4000):
    """Pairs of five people; comparisons of c and d score higher, whatever the truth."""
    rng = np.random.default_rng(seed)
    pairs, scores = [], []
    for number in range(count):
        same = bool(rng.integers(2))
        first, other = rng.choice(list("abcde"), size=2, replace=False)
        second = first if same else other
        pairs.append(Pair(0, same, f"{first}/{number}.jpg", f"{second}/{number}b.jpg"))
        young = (first in "cd") + (second in "cd")
        scores.append(rng.normal() + 2 * same + 0.4 * young)
    return pairs, np.array(scores)


def test_the_cohorts_are_counted_at_the_threshold_of_all():
    pairs, scores = population()
    scores[::50] = np.nan
    report = evaluate_cohorts(pairs, scores, LABELS, far=0.1)
    heard = np.where(np.isnan(scores), -np.inf, scores)
    threshold = roc(heard, np.array([p.same for p in pairs])).at_far(0.1).threshold
    assert report.threshold == threshold
    for label, people in (("old", "ab"), ("young", "cd")):
        mine = [
            (p.same, s >= threshold)
            for p, s in zip(pairs, heard, strict=True)
            if p.path1[0] in people and p.path2[0] in people
        ]
        (cohort,) = (c for c in report.columns[0].cohorts if c.label == label)
        hits, genuine = mine.count((True, True)), sum(same for same, _ in mine)
        matches, impostor = mine.count((False, True)), len(mine) - genuine
        assert (cohort.genuine, cohort.impostor) == (genuine, impostor)
        assert (cohort.tar.low, cohort.tar.high) == wilson(hits, genuine)
        assert (cohort.fmr.value, cohort.fmr.low) == (
            matches / impostor,
            wilson(matches, impostor)[0],
        )


def test_pairs_of_two_cohorts_and_pairs_without_a_label_are_left_out_and_counted():
    pairs, scores = population(count=500)
    age, camera = evaluate_cohorts(pairs, scores, LABELS, far=0.1).columns
    ends = [(p.path1[0], p.path2[0]) for p in pairs]
    assert age.unlabelled_pairs == sum("e" in pair for pair in ends)
    assert age.cross_pairs == sum(AGES[a][0] != AGES[b][0] and "e" not in (a, b) for a, b in ends)
    assert camera.unlabelled_pairs == sum("e" in pair or "d" in pair for pair in ends)
    for column in (age, camera):
        inside = sum(c.genuine + c.impostor for c in column.cohorts)
        assert inside + column.cross_pairs + column.unlabelled_pairs == 500


def test_the_ratio_is_that_of_the_worst_to_the_best_and_needs_thirty_errors_of_both():
    pairs, scores = population()
    age, camera = evaluate_cohorts(pairs, scores, LABELS, far=0.1).columns
    by_label = {c.label: c for c in age.cohorts}
    ratio = age.fmr_ratio
    assert (ratio.worst, ratio.best) == ("young", "old")
    assert ratio.value == pytest.approx(by_label["young"].fmr.value / by_label["old"].fmr.value)
    assert ratio.supported == (min(c.false_matches for c in age.cohorts) >= 30)
    assert (age.miss_ratio.worst, age.miss_ratio.best) == ("old", "young")
    assert camera.fmr_ratio is None  # one cohort is nothing to compare
    few = evaluate_cohorts(*population(count=60), LABELS, far=0.1)
    assert not any(c.enough for c in few.columns[0].cohorts)
    assert not few.supported


def test_a_best_cohort_without_errors_has_no_ratio():
    pairs = [Pair(0, True, "a/1", "b/1"), Pair(0, True, "c/1", "d/1"), Pair(0, False, "a/1", "b/2")]
    report = evaluate_cohorts(pairs, [0.9, 0.1, 0.5], LABELS, far=0.1)
    ratio = report.columns[0].miss_ratio
    assert (ratio.worst, ratio.best, ratio.value) == ("young", "old", None)
    assert json.loads(json.dumps(report.to_json(), allow_nan=False))["columns"][0]["miss_ratio"]
    assert report.columns[0].cohorts[1].fmr is None  # no impostor pair of the young


def test_labels_that_meet_no_pair_are_refused():
    pairs, scores = population(count=50)
    with pytest.raises(InsufficientData, match="column path"):
        evaluate_cohorts(pairs, scores, Labels(False, ("age",), {"a/1.jpg": ("old",)}))
    with pytest.raises(InvalidArray):
        evaluate_cohorts(pairs, scores[1:], LABELS)


@pytest.fixture
def write(tmp_path):
    def write_labels(text):
        (tmp_path / "labels.csv").write_bytes(text.encode())
        return tmp_path / "labels.csv"

    return write_labels


def test_labels_are_read_by_photo_or_by_person_whatever_the_order(write):
    by_path = read_labels(write("age,path,camera\nold,a/1.jpg,\n"))
    assert by_path.columns == ("age", "camera")
    assert (by_path.of("a/1.jpg"), by_path.of("a/2.jpg")) == (("old", ""), ("", ""))
    for folder in ("a, b", "A,  B"):  # one person by the one rule for names
        assert read_labels(write('person,age\n"a, b",old')).of(f"x/{folder}/9.jpg") == ("old",)


@pytest.mark.parametrize(
    "text",
    ["person,age\r\na,1\r\n", "\ufeffperson;age\r\na;1\r\n", "sep=;\nperson;age\na;1\n",
     'person\tage\n"a"\t1'],
)  # fmt: skip
def test_labels_are_read_as_excel_writes_them(write, text):
    assert read_labels(write(text)).of("a/1.jpg") == ("1",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("name,age\na,1\n", 1),
        ("person\na\n", 1),
        ("person,path,age\na,b,1\n", 1),
        ("person,age,age\na,1,2\n", 1),
        ("person,age\na,1,2\n", 2),
        ("person,age\na,1\na,2\n", 3),
        ("person,age\na,1\nA,2\n", 3),
        ("person,age\n,1\n", 2),
        ("person,age\n\na,1\n", 2),
        ('person,age\na,"1\n', 2),
        ("person,age\n", None),
    ],
)
def test_labels_that_cannot_be_read_are_refused_with_their_line(write, text, line):
    with pytest.raises(InvalidPairs, match=f"line {line}:" if line else "expected a line for each"):
        read_labels(write(text))


def test_a_file_of_labels_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(SourceNotFound):
        read_labels(tmp_path / "none.csv")


def test_further_columns_of_a_list_are_labels_of_its_photos(tmp_path):
    source = tmp_path / "pairs.csv"
    source.write_text(
        "same,path1,path2,light,age1,age2\n"
        "1,a.jpg,b.jpg,dim,old,old\n"
        "0,a.jpg,c.jpg,dim,old,young\n"
        "0,b.jpg,d.jpg,,old,old\n"
    )
    pairs = read_csv_pairs(source)
    assert list_has_cohorts(pairs)
    light, age = evaluate_cohorts(pairs, [0.9, 0.8, 0.1], far=0.5).columns
    assert [(one.label, one.genuine, one.impostor) for one in light.cohorts] == [("dim", 1, 1)]
    assert [(one.label, one.genuine, one.impostor) for one in age.cohorts] == [("old", 1, 1)]
    assert (light.unlabelled_pairs, age.cross_pairs) == (1, 1)


def test_a_column_that_tells_pairs_apart_makes_no_cohorts():
    pairs = [Pair(0, n % 2 == 0, f"{n}", "x", (("id", f"{n}", f"{n}"),)) for n in range(202)]
    assert not list_has_cohorts(pairs)
    assert list_has_cohorts(pairs[:100])
