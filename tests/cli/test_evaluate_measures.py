"""``mien evaluate detection``, ``liveness``, ``video``, ``calibration``: as a user calls them."""

import json
from pathlib import Path

import pytest

from mien.evaluation import LabelledBox, LabelledPhoto, read_boxes

SCORES = "path,label,score\n" + "".join(
    f"l{n}.jpg,live,{0.5 + n / 100}\np{n}.jpg,print,{0.3 + n / 100}\n" for n in range(40)
)
SAID = "same,probability\n" + "".join(f"{n % 2},{n / 50}\n" for n in range(50))


def boxes_of(photos):
    """The list in dlib's form."""
    rows = []
    for photo in photos:
        rows.append(f"<image file='{photo.path}'>")
        for x1, y1, x2, y2 in (box.xyxy for box in photo.boxes):
            rows.append(f"<box left='{x1}' top='{y1}' width='{x2 - x1}' height='{y2 - y1}'/>")
        rows.append("</image>")
    return "<dataset><images>" + "\n".join(rows) + "</images></dataset>"


@pytest.fixture
def photos(samples, folder):
    for name in ("obama.jpg", "biden.jpg", "coffee.png"):
        (folder / name).write_bytes(samples[name].read_bytes())
    return folder


def test_faces_that_are_labelled_as_they_are_detected_are_all_found(mien, photos):
    """The default's result is that of `mien detect`, to the pixel."""
    found = mien("detect", "obama.jpg", "biden.jpg", "coffee.png", "--json").rows
    labelled = [
        LabelledPhoto(row["source"], tuple(LabelledBox(face["box"]) for face in row["faces"]))
        for row in found
    ]
    Path("boxes.xml").write_text(boxes_of(labelled))
    said = mien("evaluate", "detection", "boxes.xml", "--images", ".", "--iou", "0.99", "--json")
    row = said.row
    assert (said.status, row["photos"], row["detector"]) == (0, 3, "yunet")
    assert row["found"] == row["faces"] == sum(len(one["faces"]) for one in found)
    assert row["false_alarms"] == 0
    assert row["recall"]["value"] == row["average_precision"]["value"] == 1.0
    assert row["minimum_score"] == 0.75
    assert row["mean_iou"] > 0.99


def test_a_face_where_none_is_labelled_is_a_false_alarm_in_the_report(mien, photos):
    Path("boxes.xml").write_text(
        boxes_of(
            [
                LabelledPhoto("obama.jpg", (LabelledBox((0.0, 0.0, 5.0, 5.0)),)),
                LabelledPhoto("coffee.png", ()),
            ]
        )
    )
    call = ("evaluate", "detection", "boxes.xml", "--images", ".", "--report", "out")
    said = mien(*call, "--min-face", "20", "--shrink-large")
    assert said.status == 0
    assert "found               0 of 1" in said.out
    assert "false alarms        1" in said.out
    report = json.loads(Path("out/report.json").read_text())
    kinds = [one["kind"] for one in report["findings"]["examples"]]
    assert kinds == ["missed_face", "false_alarm"]
    assert [one["name"] for one in report["run"]["models"]] == [
        "yunet",
        "mtcnn",
        "retinaface-mnet025",
    ]
    settings = {one["settings"] for one in report["run"]["models"]}
    assert settings == {"faces from 20 pixels on, JPEGs above 50 megapixels shrunk"}


def test_a_photo_that_cannot_be_read_loses_its_faces_and_stops_nothing(mien, photos):
    Path("bad.jpg").write_bytes(b"no photo")
    face = (LabelledBox((0.0, 0.0, 5.0, 5.0)),)
    Path("boxes.xml").write_text(boxes_of([LabelledPhoto("bad.jpg", face)]))
    said = mien("evaluate", "detection", "boxes.xml", "--images", ".", "--json")
    assert (said.status, said.row["not_read"], said.row["recall"]["value"]) == (0, 1, 0.0)
    assert "not read: bad.jpg" in said.err


def test_dlibs_group_photos_give_what_the_page_of_the_detectors_says(mien, samples, bench_groups):
    boxes = bench_groups / "testing.xml"
    row = mien("evaluate", "detection", boxes, "--images", bench_groups, "--json").row
    assert (row["found"], row["faces"], row["false_alarms"]) == (25, 25, 0)
    assert len(read_boxes(boxes)) == row["photos"] == 5


@pytest.fixture
def bench_groups(people_data):
    return people_data.parent / "groups"


def test_liveness_has_the_fields_of_the_contract(mien, folder):
    Path("scores.csv").write_text(SCORES)
    row = mien("evaluate", "liveness", "scores.csv", "--min-score", "0.5", "--json").row
    assert (row["live"], row["attacks"], row["min_score"]) == (40, 40, 0.5)
    assert row["apcer_by_kind"]["print"]["accepted"] == 20
    assert (row["apcer"]["value"], row["apcer"]["kind"]) == (0.5, "print")
    assert (row["bpcer"]["value"], row["acer"]["value"]) == (0.0, 0.25)
    for name in ("apcer", "bpcer", "acer", "hter", "eer", "apnrr", "bpnrr"):
        assert {"value", "low", "high", "supported"} <= set(row[name])
    assert list(row["bpcer_at_apcer"]) == ["0.1", "0.05", "0.01"]


def test_the_old_spelling_of_the_least_score_says_its_new_name(mien, folder):
    Path("scores.csv").write_text(SCORES)
    new = mien("evaluate", "liveness", "scores.csv", "--min-score", "0.5", "--json")
    old = mien("evaluate", "liveness", "scores.csv", "--threshold", "0.5", "--json")
    assert (old.row, new.err) == (new.row, "")
    assert old.err.startswith("--threshold is now called --min-score")


def test_a_threshold_that_was_chosen_on_the_same_scores_is_said_to_be(mien, folder):
    Path("scores.csv").write_text(SCORES)
    said = mien("evaluate", "liveness", "scores.csv")
    assert said.out.startswith("40 live faces, 40 attacks\nthreshold           0.")
    assert "note: the threshold is that of the equal error rate on these same scores" in said.out


def test_calibration_says_what_the_probabilities_were_worth(mien, folder):
    Path("said.csv").write_text(SAID)
    said = mien("evaluate", "calibration", "said.csv", "--bins", "5", "--report", "out")
    assert said.status == 0
    assert said.out.startswith("50 probabilities: 25 of the same person, 25 of different people\n")
    row = mien("evaluate", "calibration", "said.csv", "--bins", "5", "--json").row
    assert [one["count"] for one in row["bins"]] == [10] * 5
    assert mien("evaluate", "calibration", "said.csv", "--prior", "0.1", "--json").row[
        "prior"
    ] == pytest.approx(0.1)
    report = json.loads(Path("out/report.json").read_text())
    assert report["findings"]["charts"][0]["diagonal"]


def test_certainty_that_is_wrong_has_no_finite_log_loss_and_json_says_null(mien, folder):
    Path("said.csv").write_text(SAID + "1,0\n")
    said = mien("evaluate", "calibration", "said.csv", "--json", "--report", "out")
    assert (said.status, said.row["log_loss"]) == (0, None)
    assert "log loss            infinite" in mien("evaluate", "calibration", "said.csv").out


def test_a_video_is_measured_by_its_key(mien, folder):
    def file(name, *tracks):
        frames = [
            {"time_s": n / 25, "faces": [{"id": track, "box": [0, 0, 9, 9], "name": "Ada"}]}
            for n, track in enumerate(tracks)
        ]
        Path(name).write_text(json.dumps({"frames": frames}))

    file("key.json", 1, 1, 1, 1)
    file("tracks.json", 5, 5, 6, 6)
    said = mien("evaluate", "video", "tracks.json", "key.json", "--report", "out")
    assert said.out.startswith("4 frames: 4 faces of 1 person, 4 tracked\n")
    row = mien("evaluate", "video", "tracks.json", "key.json", "--iou", "0.9", "--json").row
    assert (row["switches"], row["mota"], row["idf1"]) == (1, 0.75, 0.5)
    assert row["name_accuracy"]["value"] == 1.0


def test_frames_a_line_are_measured_by_a_key_that_has_some_of_them(mien, folder):
    faces = [{"id": 1, "box": [0, 0, 9, 9]}]
    frames = [json.dumps({"time_s": n / 25, "faces": faces}) for n in range(5)]
    Path("tracks.jsonl").write_text("\n".join(frames) + "\n")
    Path("key.json").write_text(f'{{"frames": [{frames[0]}, {frames[4]}]}}')
    said = mien("evaluate", "video", "tracks.jsonl", "key.json", "--json")
    assert (said.row["frames"], said.row["mota"]) == (2, 1.0)
    assert "3 frames not in the key: left out" in said.err
    Path("one.jsonl").write_text(frames[0])
    assert mien("evaluate", "video", "one.jsonl", "one.jsonl", "--json").row["frames"] == 1
    Path("broken.jsonl").write_text(frames[0] + "\n{\n")
    assert "broken.jsonl, line 2" in mien("evaluate", "video", "broken.jsonl", "key.json").err


@pytest.mark.parametrize(
    "wrong",
    [
        ["detection", "none.xml", "--images", "."],
        ["detection", "boxes.xml", "--images", "nowhere"],
        ["detection", "boxes.xml", "--images", "."],
        ["detection", "boxes.xml", "--images", ".", "--format", "voc"],
        ["detection", "boxes.xml", "--images", ".", "--iou", "0"],
        ["detection", "scores.csv", "--images", "."],
        ["liveness", "none.csv"],
        ["liveness", "said.csv"],
        ["liveness", "scores.csv", "--min-score", "nan"],
        ["calibration", "scores.csv"],
        ["calibration", "said.csv", "--bins", "0"],
        ["calibration", "said.csv", "--prior", "1"],
        ["video", "scores.csv", "said.csv"],
    ],
)
def test_what_cannot_be_used_is_one_line(mien, folder, wrong):
    Path("boxes.xml").write_text(boxes_of([LabelledPhoto("missing.jpg", ())]))
    Path("scores.csv").write_text(SCORES)
    Path("said.csv").write_text(SAID)
    said = mien("evaluate", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
