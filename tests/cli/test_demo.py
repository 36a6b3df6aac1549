"""``mien demo``: the main job, a picture, and honesty about how the picture was made."""

from pathlib import Path

from PIL import Image


def test_the_demo_does_the_main_job_and_says_where_the_picture_is(mien, samples, folder):
    said = mien("demo")
    assert said.status == 0
    picture = folder / "demo-output" / "mien-demo.jpg"
    assert str(picture) in said.out
    assert "put\n   together" in said.out
    assert "7 faces: 1 known, 6 unknown" in said.out
    assert max(map(len, said.out.splitlines())) <= max(80, len(str(picture)) + 25)
    with Image.open(picture) as drawn:
        assert drawn.size[1] == 886
        assert drawn.size[0] > 1280
    assert mien("demo", "--out", "elsewhere").status == 0  # and once more, into another folder
    assert Path("elsewhere/mien-demo.jpg").exists()


def test_the_demo_answers_json_with_one_known_and_six_unknown(mien, samples, folder, tmp_path):
    row = mien("demo", "--json", "--quiet").row
    assert [one["status"] for one in row["enrolled"]] == ["added"] * 4
    outcomes = [face["outcome"] for face in row["identified"]["faces"]]
    assert outcomes == ["known"] + ["unknown"] * 6
    assert row["identified"]["faces"][0]["name"] == "Barack Obama"
    assert [pair["same"] for pair in row["verified"]] == [True, False]
    assert not (tmp_path / "default.gallery").exists()


def test_a_demo_whose_photos_cannot_be_had_is_status_3(mien, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    said = mien("demo", "--quiet")
    assert (said.status, said.out, said.err.count("\n")) == (3, "", 1)
    assert "mien models pull sample-portraits" in said.err
