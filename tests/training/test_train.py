"""A whole run on real photos: what it leaves behind, and that it can be used."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

import mien
from mien.errors import InsufficientData, InvalidOption, OutputUnwritable
from mien.models import ModelStore
from mien.models.runtime import Plan, load_network
from mien.trained import TrainedModel
from mien.training.config import Optimisation, TrainConfig
from mien.training.dataset import Part
from mien.training.features import to_pixels
from mien.training.listener import Listener
from mien.training.run import train
from mien.training.trained import Trained
from training.learning import PEOPLE, threads_seen

QUICK = Optimisation(epochs=3)
EACH = 10


@pytest.fixture(scope="module")
def photos(bench_data: Path, model_store: ModelStore, tmp_path_factory) -> Path:
    """Ten photos of each of two people."""
    folder = tmp_path_factory.mktemp("photos")
    for name in PEOPLE:
        (folder / name).mkdir()
        for photo in sorted((bench_data / "actors" / name).iterdir())[:EACH]:
            shutil.copy(photo, folder / name)
    return folder


@pytest.fixture(scope="module")
def threads() -> set[int]:
    """How many threads torch had in the run that was ``made``."""
    return set()


@pytest.fixture(scope="module")
def made(photos: Path, threads: set[int], tmp_path_factory) -> tuple[Trained, Path]:
    out = tmp_path_factory.mktemp("made") / "two.model"
    config = TrainConfig(data=photos, out=out, optimisation=QUICK, folds=2, threads=1)
    with threads_seen() as seen:
        trained = train(config)
    threads |= seen
    return trained, out


def test_the_threads_that_are_asked_for_are_those_of_the_whole_run(made, threads):
    assert threads == {1}


def test_the_folder_holds_everything_and_its_manifest_matches(made):
    _, out = made
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    pictures = (
        "learning_curves",
        "confusion_matrix",
        "confused_pairs",
        "most_wrong",
        "embedding_scatter",
    )
    assert names == {
        *("model.onnx", "model.json", "config.json", "metrics.json", "history.csv"),
        *("README.md", "manifest.json"),
        *(f"pictures/{name}.png" for name in pictures),
    }
    assert TrainedModel.open(out).labels == PEOPLE  # it hashes every file first


def test_the_exported_network_answers_as_the_trained_one(made):
    trained, out = made
    pixels = to_pixels(trained.data.pixels[:5])
    embedding, logits = trained.learned.network(pixels)
    told = load_network((out / "model.onnx").read_bytes(), Plan()).run(pixels.numpy())
    assert np.abs(told["embedding"] - embedding.detach().numpy()).max() < 1e-4
    assert np.abs(told["logits"] - logits.detach().numpy()).max() < 1e-3
    assert trained.parity < 1e-4


def test_identify_names_the_people_of_the_training_and_nobody_else(made, sample):
    trained, out = made
    model = TrainedModel.open(out)
    held_out = [photo for photo in trained.data.photos if photo.part is Part.TEST]
    assert held_out
    for photo in held_out:
        faces = mien.identify(photo.path, model).faces
        named = {face.name for face in faces if face.name is not None}
        assert named <= {photo.name}
    strangers = mien.identify(sample("t1.jpg"), model).faces
    assert len(strangers) == 6
    assert {face.outcome for face in strangers} == {mien.Outcome.UNKNOWN}


def test_its_metrics_are_those_of_photos_that_it_did_not_learn_from(made):
    trained, out = made
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    parts = metrics["photos"]
    assert parts == {"train": 12, "validation": 4, "test": 4}
    assert metrics["test"]["count"] == 4
    assert metrics["cross_validation"]["count"] == 20
    assert metrics["strangers"]["threshold"] == trained.unknown.fit.threshold.similarity
    assert metrics["strangers"]["false_accepts"]["value"] <= 0.01
    places = {
        part: {trained.data.photos[row].place for row in trained.data.rows_of(part)}
        for part in Part
    }
    assert not places[Part.TRAIN] & (places[Part.VALIDATION] | places[Part.TEST])


def test_the_history_has_a_row_for_each_epoch(made):
    trained, out = made
    rows = list(csv.DictReader((out / "history.csv").read_text("utf-8").splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert float(rows[0]["train_loss"]) == trained.learned.history.rows[0].train_loss


def test_nothing_of_the_run_is_left_and_nothing_says_where_it_was_made(made, photos):
    _, out = made
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    for name in ("model.json", "config.json", "metrics.json", "README.md", "manifest.json"):
        text = (out / name).read_text("utf-8")
        assert str(out.parent) not in text
        assert str(photos.parent) not in text


def test_a_model_is_replaced_only_when_asked(made, photos):
    _, out = made
    config = {"data": photos, "out": out, "optimisation": QUICK, "threads": 1}
    with pytest.raises(OutputUnwritable, match="already"):
        train(TrainConfig(**config))
    before = (out / "manifest.json").read_bytes()
    train(TrainConfig(**config, overwrite=True, pictures=False, seed=1))
    assert (out / "manifest.json").read_bytes() != before
    assert not (out / "pictures").exists()


def test_too_small_a_disk_is_said_before_a_face_is_looked_for(photos, tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path)._replace(free=10 * 2**20)
    monkeypatch.setattr("mien.training.saving.shutil.disk_usage", lambda _: free)
    stages = []
    listener = Listener(stage=lambda label, total: stages.append(label))
    with pytest.raises(OutputUnwritable, match=r"10 MiB of free .+ about 3\d MiB"):
        train(TrainConfig(data=photos, out=tmp_path / "big.model"), listener=listener)
    assert stages == []


def test_a_run_that_was_broken_off_resumes_and_another_one_does_not(photos, tmp_path):
    class PowerCut(Exception):
        pass

    def cut(row) -> None:
        if row.epoch == 2:
            raise PowerCut

    out = tmp_path / "model"
    config = {"data": photos, "out": out, "optimisation": QUICK, "threads": 1, "pictures": False}
    with pytest.raises(PowerCut):
        train(TrainConfig(**config), listener=Listener(epoch=cut))
    assert not out.exists()
    with pytest.raises(InvalidOption, match="seed"):
        train(TrainConfig(**config, resume=True, seed=7))
    seen = []
    made = train(TrainConfig(**config, resume=True), listener=Listener(epoch=seen.append))
    assert [row.epoch for row in seen] == [2, 3]  # the first was not run again
    assert [row.epoch for row in made.learned.history.rows] == [1, 2, 3]
    with pytest.raises(InvalidOption, match="leave --resume out"):
        train(TrainConfig(**config, resume=True, overwrite=True))


def test_bad_data_are_refused_before_any_weights_are_asked_for(tmp_path, photos):
    class NoStore:
        def __getattr__(self, name: str) -> None:
            raise RuntimeError("weights were asked for")

    alone = tmp_path / "alone"
    shutil.copytree(photos / PEOPLE[0], alone / "Ada")
    config = TrainConfig(data=alone, out=tmp_path / "out")
    with pytest.raises(InsufficientData, match="two people"):
        train(config, NoStore())
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["alone"]
