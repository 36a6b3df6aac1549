"""``mien models`` and ``mien doctor``: what is there, what is missing, how to mend it."""

import pytest

from mien.models import CARDS, ModelStore
from mien.models.catalogue import UNPINNED


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    monkeypatch.delenv("MIEN_MODELS", raising=False)
    return tmp_path / "cache"


def test_list_has_every_card(mien, empty_cache):
    rows = mien("models", "list", "--json").rows
    assert [row["name"] for row in rows] == [*CARDS, *UNPINNED]
    assert {row["cache"] for row in rows[: len(CARDS)]} == {"missing"}
    assert {row["cache"] for row in rows[len(CARDS) :]} == {"unpinned"}
    lines = mien("models", "list").out.splitlines()
    assert lines[0].split() == ["name", "task", "size", "licence", "cache"]
    assert len(lines) == len(rows) + 1
    assert not empty_cache.exists()


def test_info_has_hash_sources_and_licence(mien, empty_cache):
    row = mien("models", "info", "sface", "--json").row
    assert row["licence"] == "Apache-2.0"
    (file,) = row["files"]
    assert file["sha256"] == CARDS["sface"].file().sha256
    assert file["sources"]
    said = mien("models", "info", "sface")
    assert file["sha256"] in said.out
    assert "Apache-2.0" in said.out


def test_check_is_status_3_where_a_default_is_missing(mien, empty_cache):
    said = mien("models", "check")
    assert said.status == 3
    assert "mien models pull yunet mtcnn retinaface-mnet025 sface" in said.err
    assert said.err.count("\n") == 1


def test_pull_takes_the_users_own_file_and_check_is_content(
    mien, networks, empty_cache, monkeypatch
):
    with monkeypatch.context() as real:
        real.delenv("MIEN_CACHE")
        folder = ModelStore().path("yunet").parent
        mtcnn = ModelStore().path("mtcnn", "onet.onnx").parent
        retinaface = ModelStore().path("retinaface-mnet025")
        sface = ModelStore().path("sface")
    said = mien("models", "pull", "yunet", "--weights", folder, "--json")
    assert said.status == 0
    assert said.row["name"] == "yunet"
    assert "licence MIT" in said.err
    assert mien("models", "pull", "sface", "--weights", sface, "--quiet").err == ""
    assert mien("models", "pull", "mtcnn", "--weights", mtcnn, "--quiet").err == ""
    pull = mien("models", "pull", "retinaface-mnet025", "--weights", retinaface, "--quiet")
    assert pull.err == ""
    assert mien("models", "check").status == 0
    pulled = empty_cache / "models" / "yunet"
    (file,) = [path for path in pulled.iterdir() if path.suffix == ".onnx"]
    file.write_bytes(file.read_bytes()[:-1])
    damaged = mien("models", "check", "--json")
    assert damaged.status == 3
    assert damaged.rows[0]["state"] == "damaged"


def test_a_pull_that_cannot_be_is_status_3(mien, empty_cache, tmp_path):
    said = mien("models", "pull", "--quiet")
    assert (said.status, said.out, said.err.count("\n")) == (3, "", 1)
    (tmp_path / "other.onnx").write_bytes(b"something else")
    said = mien("models", "pull", "--quiet", "--weights", tmp_path / "other.onnx")
    assert (said.status, said.out, said.err.count("\n")) == (3, "", 1)


def test_doctor_says_what_is_missing_and_fetches_nothing(mien, empty_cache):
    said = mien("doctor", "--json")
    assert said.status == 3
    assert [one["mend"] for one in said.row["missing"]] == [
        "mien models pull yunet",
        "mien models pull mtcnn",
        "mien models pull sface",
    ]
    assert said.row["environment"]["MIEN_CACHE"] == str(empty_cache)
    assert not empty_cache.exists()
    assert "missing: the weights of sface (missing): mien models pull sface" in mien("doctor").out


def test_doctor_shows_no_value_of_a_variable_it_does_not_know(mien, empty_cache, monkeypatch):
    monkeypatch.setenv("MIEN_FUTURE_KEY", "secret")
    assert "secret" not in mien("doctor").out
    assert mien("doctor", "--json").row["environment"]["MIEN_FUTURE_KEY"] == "(set)"


def test_doctor_measures_every_plan_and_says_which_is_used(mien, networks):
    said = mien("doctor", "--json")
    assert said.status == 0
    row = said.row
    assert row["missing"] == []
    assert row["cpu"]["cores"] >= 1
    for network in row["networks"]:
        assert network["error"] is None
        (used,) = [plan for plan in network["plans"] if plan["chosen"]]
        assert used["faithful"]
        assert used["milliseconds"] > 0
    assert row["gallery"]["exists"] is False
    assert row["cache"]["free_bytes"] > 0


def test_doctor_says_whether_the_gallery_is_sound(mien, empty_cache, tmp_path):
    bad = tmp_path / "bad.gallery"
    bad.write_bytes(b"SQLite format 3\0" + bytes(5000))
    row = mien("doctor", "--fast", "--json", "-g", bad).row
    assert row["gallery"]["sound"] is False
    assert "expected" in row["gallery"]["state"]
