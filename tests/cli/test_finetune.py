"""``mien finetune``: what it answers, and the exit status where the answer is no."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

from training.metric.six_people import photos_of_six

SMALL = ("--backbone", "mobilenetv2", "--side", "64", "--views", "1", "--augment", "none")
SMALL += ("--threads", "1", "--no-pictures", "--people-per-batch", "2")
QUICK = (*SMALL, "--unfreeze", "1")


@pytest.fixture(scope="module")
def six(bench_data: Path, pull, model_store, tmp_path_factory) -> Path:
    pull("imagenet-mobilenetv2")
    return photos_of_six(bench_data, tmp_path_factory.mktemp("six"))


@pytest.fixture(autouse=True)
def without_lfw(monkeypatch) -> None:
    """Else all of its pairs would be asked."""
    monkeypatch.delenv("MIEN_BENCH_DATA", raising=False)


def test_what_got_worse_is_refused_with_status_1_and_kept_on_demand(mien, six, tmp_path):
    out = tmp_path / "worse.model"
    mad = (*QUICK, "--learning-rate", "10", "--epochs", "2", "--cache", str(tmp_path / "kept"))
    said = mien("finetune", six, "--out", out, *mad, "--json", "--quiet")
    assert said.status == 1
    assert said.row["saved"] is False
    assert said.row["worse"] is True
    assert said.row["reasons"]
    assert said.err == ""
    assert not out.exists()
    told = mien("finetune", six, "--out", out, *mad, "--keep-anyway")
    assert told.status == 0
    assert "though it is worse (--keep-anyway)" in told.out
    assert (out / "manifest.json").is_file()


def test_requests_that_cannot_be_met_are_refused_before_any_work(mien, six, tmp_path):
    for wrong, message in (
        (("--siamese", "--loss", "triplet"), "expected --siamese or --loss"),
        (("--loss", "quadruplet"), "loss: expected one of triplet"),
        (("--freeze",), "expected --freeze or --unfreeze, got both"),
        (("--unfreeze", "some"), "--unfreeze: expected a number of blocks, or all"),
        (("--held-out-people", "5"), "people in train"),
        (("--lfw", str(tmp_path)), "lfw: expected pairs.txt and images"),
    ):
        said = mien("finetune", six, "--out", tmp_path / "none.model", *QUICK, *wrong)
        assert said.status == 2, wrong
        assert message in said.err
    assert list(tmp_path.iterdir()) == []


def test_with_a_frozen_backbone_the_new_layer_alone_learns(mien, six, tmp_path):
    options = (*SMALL, "--freeze", "--epochs", "2", "--keep-anyway", "--quiet")
    said = mien("finetune", six, "--out", tmp_path / "layer.model", *options)
    assert said.status == 0
    card = (tmp_path / "layer.model" / "README.md").read_text("utf-8")
    assert "| backbone | mobilenetv2, frozen |" in card
    said = mien("finetune", six, "--out", tmp_path / "none.model", "--freeze")  # SFace, 128
    assert said.status == 2
    assert "no embedding would learn" in said.err
    assert "mien verifier fit" in said.err
