"""``mien verify``: yes is 0, no is 1, and a photo that does not hold one face is named."""

import pytest


def test_two_photos_of_one_person_are_the_same(mien, samples):
    said = mien("verify", samples["obama.jpg"], samples["obama2.jpg"], "--json")
    assert said.status == 0
    row = said.row
    assert list(row) == [
        *("same", "distance", "metric", "max_distance", "threshold"),
        *("similarity", "min_similarity", "probability", "fmr", "faces"),
    ]
    assert row["same"] is True
    assert row["metric"] == "cosine"
    assert row["distance"] == pytest.approx(1 - row["similarity"], abs=1e-3)
    assert row["distance"] < row["max_distance"]
    assert row["fmr"] == 1e-4
    assert len(row["faces"]) == 2


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "euclidean_l2"])
def test_photos_of_two_people_are_different_by_every_metric(mien, samples, metric):
    said = mien("verify", samples["obama.jpg"], samples["biden.jpg"], "--metric", metric)
    assert said.status == 1
    assert said.out.startswith(f"different  {metric} distance ")
    assert said.err == ""
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    assert mien("verify", *pair, "--metric", metric).out.startswith("same person")


def test_the_greatest_distance_is_in_the_numbers_that_are_printed(mien, samples):
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    distance = mien("verify", *pair, "--json").row["distance"]
    assert mien("verify", *pair, "--max-distance", distance + 1e-3).status == 0
    assert mien("verify", *pair, "--max-distance", distance - 1e-3).status == 1


def test_the_least_similarity_is_in_the_numbers_that_are_printed_too(mien, samples):
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    row = mien("verify", *pair, "--json").row
    limit = row["similarity"]
    assert mien("verify", *pair, "--min-similarity", limit - 1e-3).status == 0
    said = mien("verify", *pair, "--min-similarity", limit + 1e-3, "--json")
    assert (said.status, said.row["min_similarity"]) == (1, pytest.approx(limit + 1e-3))
    assert said.row["max_distance"] == pytest.approx(1 - limit - 1e-3, abs=1e-4)


def test_the_old_spelling_is_a_distance_and_says_its_new_name_once(mien, samples):
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    old = mien("verify", *pair, "--threshold", 0.9, "--metric", "euclidean_l2", "--json")
    new = mien("verify", *pair, "--max-distance", 0.9, "--metric", "euclidean_l2", "--json")
    assert old.row == new.row
    assert new.err == ""
    assert old.err.count("\n") == 1
    assert "--threshold is now called --max-distance" in old.err
    assert mien("verify", *pair, "--threshold", 0.9, "--quiet").err == ""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--min-similarity", "0.4", "--max-distance", "0.6"], "--min-similarity or --max-dist"),
        (["--threshold", "0.4", "--max-distance", "0.6"], "leave --threshold out"),
        (["--min-similarity", "0.4", "--metric", "euclidean"], "pass --max-distance"),
        (["--min-similarity", "1.2"], "--min-similarity: expected -1 to 1, got 1.2"),
        (["--max-distance", "2.5"], "--max-distance: expected 0 to 2, got 2.5"),
        (["--preset", "vggface", "--min-similarity", "0.4"], "expected --preset alone"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_limits_that_cannot_be_are_one_line_before_any_work(mien, folder, wrong, told):
    said = mien("verify", "nowhere.jpg", "nowhere.jpg", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert told in said.err


def test_a_group_is_refused_by_name_unless_a_face_is_chosen(mien, samples):
    pair = samples["biden.jpg"], samples["t1.jpg"]
    said = mien("verify", *pair)
    assert (said.status, said.out) == (2, "")
    assert "t1.jpg: expected one face, got 6" in said.err
    assert "--largest" in said.err
    assert mien("verify", *pair, "--largest").status == 1
    assert mien("verify", samples["t1.jpg"], samples["t1.jpg"], "--any").status == 0


@pytest.mark.parametrize("option", [[], ["--largest"], ["--any"]])
def test_a_photo_without_a_face_is_named(mien, samples, option):
    said = mien("verify", samples["biden.jpg"], samples["coffee.png"], *option, "--json")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "coffee.png: expected a face, found none" in said.err


def test_a_folder_counts_as_its_one_photo(mien, samples, folder):
    (folder / "one").mkdir()
    (folder / "one" / "a.jpg").write_bytes(samples["biden.jpg"].read_bytes())
    assert mien("verify", "one", samples["biden.jpg"]).status == 0
    (folder / "one" / "b.jpg").write_bytes(samples["biden.jpg"].read_bytes())
    said = mien("verify", "one", samples["biden.jpg"])
    assert said.status == 2
    assert "expected one photo, got 2" in said.err


def test_a_preset_without_its_weights_says_how_to_bring_them(mien, samples):
    said = mien("verify", samples["obama.jpg"], samples["obama2.jpg"], "--preset", "vggface")
    assert (said.status, said.out) == (3, "")
    assert "mien models pin" in said.err


@pytest.mark.parametrize(
    "options", [["--preset", "vgg"], ["--preset", "vggface", "--metric", "euclidean"]]
)
def test_a_preset_stands_alone_and_is_one_of_two(mien, samples, options):
    said = mien("verify", samples["obama.jpg"], samples["obama2.jpg"], *options)
    assert (said.status, said.out) == (2, "")
