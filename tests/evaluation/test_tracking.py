from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData, InvalidLabels, InvalidOption
from mien.evaluation import (
    TrackedFace,
    TrackedFrame,
    evaluate_tracks,
    read_tracks,
    tracking_findings,
)

LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)


def video(*frames):
    """Each frame is a dict from a track to a box, or to a box and a name."""
    return tuple(
        TrackedFrame(
            index / 25,
            tuple(
                TrackedFace(str(track), *(where if isinstance(where[0], tuple) else (where,)))
                for track, where in faces.items()
            ),
        )
        for index, faces in enumerate(frames)
    )


def best_sum(rows, columns, value):
    """The best total of a one-to-one assignment, by trying all."""
    wide = [*columns, *[None] * len(rows)]
    return max(
        sum(value(r, c) for r, c in zip(rows, order, strict=True) if c is not None)
        for order in set(permutations(wide, len(rows)))
    )


def brute(tracks, key, iou):
    """CLEAR MOT and IDF1 from the definitions; assignments by trying all."""
    held, last, lost, share = {}, {}, {}, {}
    found = switches = fragments = 0
    frames, hits = {}, {}
    for seen, true in zip(tracks, key, strict=True):
        other = {face.track: face.xyxy for face in seen.faces}
        here = {face.track: face.xyxy for face in true.faces}

        def good(a, b, here=here, other=other):
            overlap = oracles.box_overlap(here[a], other[b])
            return overlap if overlap >= iou else -1e9

        for a in here:
            frames[a] = frames.get(a, 0) + 1
            for b in other:
                share[a, b] = share.get((a, b), 0) + (good(a, b) > 0)
        match = {a: b for a, b in held.items() if a in here and b in other and good(a, b) > 0}
        rows = [a for a in here if a not in match]
        free = [*(b for b in other if b not in match.values()), *[None] * len(rows)]
        ways = [dict(zip(rows, order, strict=True)) for order in permutations(free, len(rows))]
        best = max(ways, key=lambda way: sum(100 + good(a, b) for a, b in way.items() if b))
        match |= {a: b for a, b in best.items() if b}
        for a in here:
            if a not in match:
                lost[a] = a in last
                continue
            found, hits[a] = found + 1, hits.get(a, 0) + 1
            switches += last.get(a, match[a]) != match[a]
            fragments += lost.get(a, False)
            last[a], lost[a] = match[a], False
        held = match
    right = best_sum(list(frames), sorted({b for _, b in share}), lambda a, b: share.get((a, b), 0))
    shares = [hits.get(a, 0) / count for a, count in frames.items()]
    return {
        "found": found,
        "switches": switches,
        "fragments": fragments,
        "id_right": right,
        "mostly_tracked": sum(s >= 0.8 for s in shares),
        "mostly_lost": sum(s < 0.2 for s in shares),
    }


def a_case(rng):
    """Few people on boxes of their own width, so that no two ways overlap equally."""
    frames = int(rng.integers(1, 8))

    def one(people, rate):
        made = []
        for index in range(frames):
            faces = []
            for track in range(people):
                if rng.random() < rate:
                    x, size = rng.random() * 12, 8 + rng.random() * 4
                    faces.append(TrackedFace(str(track), (x, 0, x + size, size)))
            made.append(TrackedFrame(index / 25, tuple(faces)))
        return tuple(made)

    key = one(3, 0.8)
    if not any(frame.faces for frame in key):
        return a_case(rng)
    return one(int(rng.integers(0, 4)), 0.8), key


def test_every_number_is_what_its_definition_gives_on_a_thousand_random_videos():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        tracks, key = a_case(rng)
        report = evaluate_tracks(tracks, key, 0.5)
        truth = brute(tracks, key, 0.5)
        assert {name: getattr(report, name) for name in truth} == truth
        faces = sum(len(frame.faces) for frame in key)
        tracked = sum(len(frame.faces) for frame in tracks)
        errors = faces + tracked - 2 * truth["found"] + truth["switches"]
        assert report.mota == pytest.approx(1 - errors / faces)
        assert report.idf1 == pytest.approx(2 * truth["id_right"] / (faces + tracked))
        assert report.idr == pytest.approx(truth["id_right"] / faces)
        assert report.idp == (pytest.approx(truth["id_right"] / tracked) if tracked else None)


def test_perfect_tracks_under_other_ids_are_perfect():
    key = video(*[{"a": LEFT, "b": RIGHT}] * 5)
    report = evaluate_tracks(video(*[{7: RIGHT, 9: LEFT}] * 5), key)
    assert (report.mota, report.idf1, report.idp, report.idr) == (1, 1, 1, 1)
    assert (report.switches, report.fragments, report.mostly_tracked) == (0, 0, 2)
    assert report.mean_iou == 1


def test_one_switch_in_the_middle_is_one_switch_and_half_the_identity():
    key = video(*[{"a": LEFT}] * 10)
    report = evaluate_tracks(video(*[{1: LEFT}] * 5, *[{2: LEFT}] * 5), key)
    assert (report.switches, report.found, report.false_alarms) == (1, 10, 0)
    assert report.mota == pytest.approx(1 - 1 / 10)
    assert report.idf1 == pytest.approx(0.5)
    (switch,) = report.changes
    assert (switch.time_s, switch.track, switch.before, switch.after) == (0.2, "a", "1", "2")
    assert tracking_findings(report).examples[0].text == "0.20 s: a was 1, is 2"


def test_two_people_who_swap_their_tracks_are_two_switches():
    key = video(*[{"a": LEFT, "b": RIGHT}] * 4)
    tracks = video(*[{1: LEFT, 2: RIGHT}] * 2, *[{1: RIGHT, 2: LEFT}] * 2)
    report = evaluate_tracks(tracks, key)
    assert (report.switches, report.idf1) == (2, 0.5)


def test_a_gap_is_a_fragment_and_no_switch_if_the_same_track_comes_back():
    key = video(*[{"a": LEFT}] * 5)
    report = evaluate_tracks(video({1: LEFT}, {}, {}, {1: LEFT}, {1: LEFT}), key)
    assert (report.fragments, report.switches, report.missed) == (1, 0, 2)
    assert (report.mostly_tracked, report.mostly_lost) == (0, 0)
    assert evaluate_tracks(video({1: LEFT}, {}, {}, {}, {}), key).fragments == 0
    assert evaluate_tracks(video(*[{}] * 5), key).mostly_lost == 1


def test_who_was_matched_stays_matched_though_another_overlaps_more():
    near = (2.0, 0.0, 12.0, 10.0)
    report = evaluate_tracks(video({1: near}, {1: near, 2: LEFT}), video(*[{"a": LEFT}] * 2))
    assert (report.switches, report.false_alarms) == (0, 1)


def test_names_are_right_wrong_or_missing_and_strangers_should_have_none():
    key = video(*[{"a": (LEFT, "Ada"), "s": RIGHT}] * 4)
    tracks = video(
        {1: (LEFT, "Ada"), 2: RIGHT},
        {1: (LEFT, "Bo"), 2: (RIGHT, "Bo")},
        {1: LEFT, 2: RIGHT},
        {1: (LEFT, "Ada")},
    )
    report = evaluate_tracks(tracks, key)
    assert report.name_accuracy.value == 0.5
    assert report.strangers_named.value == pytest.approx(1 / 3)
    assert (report.people[0].named_right, report.people[0].named_wrong) == (2, 1)
    bare = evaluate_tracks(video(*[{1: LEFT}] * 4), key)
    assert (bare.name_accuracy, bare.strangers_named) == (None, None)


def test_what_cannot_be_judged_is_refused():
    some, none = video({1: LEFT}), video({})
    with pytest.raises(InsufficientData):
        evaluate_tracks(some, none)
    with pytest.raises(InvalidOption):
        evaluate_tracks(some, some, 0.0)
    with pytest.raises(InvalidLabels, match="got 1 and 2"):
        evaluate_tracks(some, video({1: LEFT}, {}))
    late = (TrackedFrame(0.5, some[0].faces),)
    with pytest.raises(InvalidLabels, match=r"frames\[0\].*0\.5 s"):
        evaluate_tracks(late, some)


FILE = {
    "frames": [
        {"time_s": 0, "faces": [{"id": 1, "box": [0, 0, 10, 10], "name": "Ada"}]},
        {"time_s": 0.04, "faces": [{"id": "b", "box": [0, 0, 9.5, 10], "name": None}]},
        {"time_s": 0.08, "faces": []},
    ]
}


def test_a_file_of_tracks_is_read(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(FILE))
    frames = read_tracks(tmp_path / "t.json")
    assert frames[0].faces == (TrackedFace("1", (0, 0, 10, 10), "Ada"),)
    assert frames[1].faces == (TrackedFace("b", (0, 0, 9.5, 10)),)
    assert [frame.time_s for frame in frames] == [0, 0.04, 0.08]


TEXT = json.dumps(FILE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1"),
        (TEXT[:60], "line 1, column"),
        ("[" * 100_000, "JSON"),
        ("[]", "'frames' as list, got NoneType"),
        ('{"frames": []}', "got none"),
        ('{"frames": [3]}', r"frames\[0\]: expected 'time_s'"),
        (TEXT.replace("0.04", "0"), r"frames\[1\]: expected a later time"),
        (TEXT.replace('"time_s": 0,', '"time_s": -1,'), r"frames\[0\]\.time_s"),
        (TEXT.replace("0.04", "NaN"), r"frames\[1\]\.time_s: expected a number"),
        (TEXT.replace("0.04", "9" * 400), r"frames\[1\]\.time_s: expected a number"),
        (TEXT.replace("0.04", "9" * 5000), "expected JSON"),
        (TEXT.replace("0.04", "true"), r"frames\[1\]: expected 'time_s'"),
        (TEXT.replace("10, 10]", "-10, 10]", 1), r"frames\[0\]\.faces\[0\]\.box: expected x1 < x2"),
        (TEXT.replace("0, 0, 9.5", "0, 9.5"), r"frames\[1\]\.faces\[0\]\.box: .*3 numbers"),
        (TEXT.replace("9.5", '"9.5"'), r"frames\[1\]\.faces\[0\]\.box: expected a number"),
        (TEXT.replace('"b"', "2.5"), r"faces\[0\]: expected 'id' as int or str, got float"),
        (TEXT.replace('"Ada"', "7"), r"faces\[0\]\.name: expected a name"),
        (TEXT.replace('"faces": []', '"faces": 0'), r"frames\[2\]: expected 'faces'"),
        (
            TEXT.replace("[]", '[{"id": 1, "box": [0,0,1,1]}, {"id": "1", "box": [0,0,1,1]}]'),
            r"frames\[2\]\.faces\[1\]: expected each id once",
        ),
    ],
)
def test_a_damaged_file_of_tracks_is_refused_with_its_place(tmp_path, text, said):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InvalidLabels, match=rf"t\.json.*{said}"):
        read_tracks(tmp_path / "t.json")
