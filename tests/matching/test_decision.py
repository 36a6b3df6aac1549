from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from mien.errors import InvalidArray, InvalidOption
from mien.matching import DecisionRule, decide, margin_for
from mien.records import EmbeddingSpace, Threshold

T = Threshold(similarity=0.42)
NAMES = ("Ada", "Bo", "Cy", "Di")


def answers(decisions):
    return [(d.outcome.value, d.name) for d in decisions]


@st.composite
def photos(draw, digits=6):
    faces, people = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    scale = 10**digits
    cell = st.integers(int(0.2 * scale), int(0.7 * scale)).map(lambda value: value / scale)
    return [[draw(cell) for _ in range(people)] for _ in range(faces)]


def test_one_face_above_the_threshold_is_known():
    (face,) = decide([[0.6, 0.1]], NAMES[:2], T)
    assert (face.outcome, face.name, face.similarity) == ("known", "Ada", 0.6)
    assert [(c.name, c.similarity) for c in face.candidates] == [("Ada", 0.6), ("Bo", 0.1)]


def test_a_similarity_at_the_threshold_is_known_and_just_below_it_is_unknown():
    assert answers(decide([[0.42]], ["Ada"], T)) == [("known", "Ada")]
    assert answers(decide([[np.nextafter(0.42, 0)]], ["Ada"], T)) == [("unknown", None)]


@pytest.mark.parametrize(
    ("second", "outcome"),
    [(0.56, "ambiguous"), (0.55, "known"), (0.54, "known")],
)
def test_two_people_less_than_the_margin_apart_are_ambiguous(second, outcome):
    (face,) = decide([[0.6, second]], NAMES[:2], T)
    assert face.outcome == outcome
    assert face.similarity == 0.6


def test_a_runner_up_below_the_threshold_makes_nothing_ambiguous():
    assert answers(decide([[0.43, 0.41]], NAMES[:2], T)) == [("known", "Ada")]


def test_one_person_is_given_to_the_better_of_two_faces():
    faces = decide([[0.6, 0.1], [0.7, 0.1]], NAMES[:2], T)
    assert answers(faces) == [("unknown", None), ("known", "Ada")]
    assert [face.taken_by for face in faces] == [1, None]
    assert faces[0].candidates[0].name == "Ada"


def test_a_face_that_lost_its_person_does_not_become_a_far_weaker_name():
    faces = decide([[0.8, 0.1], [0.7, 0.45]], NAMES[:2], T)
    assert answers(faces) == [("known", "Ada"), ("unknown", None)]


def test_the_certain_face_settles_the_close_call_of_another():
    faces = decide([[0.60, 0.58], [0.70, 0.10]], NAMES[:2], T)
    assert answers(faces) == [("known", "Bo"), ("known", "Ada")]
    assert answers(decide([[0.60, 0.58]], NAMES[:2], T)) == [("ambiguous", None)]


def test_twins_who_are_both_in_the_photo_are_both_named():
    assert answers(decide([[0.70, 0.67], [0.66, 0.70]], NAMES[:2], T)) == [
        ("known", "Ada"),
        ("known", "Bo"),
    ]


def test_two_names_of_one_person_stay_ambiguous_on_two_faces():
    faces = decide([[0.70, 0.69], [0.69, 0.69]], NAMES[:2], T)
    assert answers(faces) == [("ambiguous", None)] * 2


def test_greed_would_be_beaten():
    # Greed gives Ada to the first face (0.60), and nothing to the second.
    faces = decide([[0.60, 0.56], [0.59, 0.10]], NAMES[:2], T)
    assert answers(faces) == [("known", "Bo"), ("known", "Ada")]


def test_a_face_of_low_quality_has_no_name_and_its_row_is_not_read():
    faces = decide([[np.nan, 9.0], [0.6, 0.1]], NAMES[:2], T, usable=np.array([False, True]))
    assert answers(faces) == [("low_quality", None), ("known", "Ada")]
    assert faces[0].candidates == ()
    assert faces[0].similarity is None


def test_an_empty_gallery_knows_nobody_and_a_photo_without_faces_has_no_decision():
    assert answers(decide(np.zeros((2, 0)), [], T)) == [("unknown", None)] * 2
    assert decide(np.zeros((0, 2)), NAMES[:2], T) == ()


def test_candidates_are_the_most_similar_with_ties_by_name():
    (face,) = decide([[0.1, 0.3, 0.3, 0.2]], ["d", "c", "b", "a"], T, DecisionRule(top=3))
    assert [c.name for c in face.candidates] == ["b", "c", "a"]


def test_no_margin_decides_every_close_call():
    faces = decide([[0.6, 0.6]], ["b", "a"], T, DecisionRule(margin=0.0))
    assert answers(faces) == [("known", "a")]


@settings(max_examples=300, deadline=None)
@given(photos())
def test_decisions_equal_those_from_the_list_of_all_assignments(matrix):
    options = sorted((t for t, _ in oracles.assignments(matrix, 0.42, 0.05)), reverse=True)
    if len(options) > 1 and options[0] - options[1] < 1e-7:
        return  # an exact tie: which of two equal answers is tested below
    names = list(NAMES[: len(matrix[0])])
    expected = [
        (outcome, None if person is None else names[person])
        for outcome, person in oracles.decisions(matrix, 0.42, 0.05 - 1e-6)
    ]
    assert answers(decide(matrix, names, T)) == expected


@settings(max_examples=300, deadline=None)
@given(photos(digits=2), st.randoms(use_true_random=False))
def test_the_order_of_people_and_faces_changes_nothing_even_with_ties(matrix, random):
    scores, names = np.array(matrix), list(NAMES[: len(matrix[0])])
    faces = list({tuple(row): None for row in scores.tolist()})  # equal faces are served in order
    scores = np.array(faces)
    rows, columns = list(range(len(scores))), list(range(len(names)))
    random.shuffle(rows)
    random.shuffle(columns)
    shuffled = decide(scores[rows][:, columns], [names[c] for c in columns], T)
    straight = decide(scores, names, T)
    assert answers(shuffled) == [answers(straight)[row] for row in rows]
    assert [d.candidates for d in shuffled] == [straight[row].candidates for row in rows]


@settings(max_examples=200, deadline=None)
@given(photos(digits=2))
def test_no_person_is_given_twice_and_every_face_has_one_answer(matrix):
    names = NAMES[: len(matrix[0])]
    faces = decide(matrix, names, T)
    given_names = [face.name for face in faces if face.name is not None]
    assert len(set(given_names)) == len(given_names)
    assert len(faces) == len(matrix)
    for face, row in zip(faces, matrix, strict=True):
        assert (face.name is not None) == (face.outcome == "known")
        if face.outcome == "known":
            assert max(row) - 0.05 < row[names.index(face.name)] >= 0.42
        if max(row) < 0.42:
            assert face.outcome == "unknown"


@pytest.mark.parametrize(
    "bad", [[[np.nan]], [[1.1]], [[-np.inf]], [0.5], [[0.1, 0.2]], "x", [["x"]]]
)
def test_a_matrix_that_holds_no_similarities_is_refused(bad):
    with pytest.raises(InvalidArray):
        decide(bad, ["Ada"], T)


def test_a_name_twice_a_wild_threshold_and_a_wrong_mask_are_refused():
    with pytest.raises(InvalidOption):
        decide([[0.1, 0.2]], ["Ada", "Ada"], T)
    with pytest.raises(InvalidOption):
        decide([[0.1]], ["Ada"], Threshold(similarity=float("nan")))
    with pytest.raises(InvalidArray):
        decide([[0.1]], ["Ada"], T, usable=[1])
    with pytest.raises(InvalidOption):
        DecisionRule(margin=-0.1)
    with pytest.raises(InvalidOption):
        DecisionRule(top=0)


def test_a_space_whose_vectors_lie_close_together_has_a_smaller_margin() -> None:
    spaces = [EmbeddingSpace(model, "0" * 64, "v1", 128) for model in ("sface", "dlib-resnet")]
    assert [margin_for(space) for space in spaces] == [0.05, 0.014]
