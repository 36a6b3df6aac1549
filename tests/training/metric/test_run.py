"""Whole runs on real photos of six people: what is refused, what is kept, and that it can be used.

With two people to learn from nobody's embedder gets better for sure; that is what the guard is for.
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

import mien
from mien.api import build_recognizer
from mien.cli.measuring import central_face
from mien.errors import InsufficientData, InvalidOption, OutputUnwritable, SourceNotFound
from mien.evaluation import evaluate_verification, score_pairs, subjects_of
from mien.gallery import read_verifier
from mien.models import ModelStore
from mien.models.runtime import Plan, load_network
from mien.trained import TrainedModel
from mien.training.backbones import load_backbone
from mien.training.dataset import Part
from mien.training.features import to_pixels
from mien.training.listener import Listener
from mien.training.metric.finetuned import Finetuned
from mien.training.metric.lfw_check import FARS, LfwPairs, lfw_pairs
from mien.training.metric.measuring import Place, measure_lfw
from mien.training.metric.run import finetune
from mien.training.metric.tuner import FACE_RATE, Tuner
from mien.training.work import Work
from training.learning import threads_seen
from training.metric.six_people import EACH, PEOPLE, photos_of_six, small_run

# A network that a step of takes no time, where it does not matter which.
SMALL = {"backbone": "mobilenetv2", "side": 64, "unfreeze": 2, "keep_anyway": True}
SMALL |= {"pictures": False}

pytestmark = pytest.mark.usefixtures("model_store")


@pytest.fixture(scope="module")
def photos(bench_data: Path, pull, tmp_path_factory) -> Path:
    pull("imagenet-mobilenetv2")
    return photos_of_six(bench_data, tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """Crops and features of the photos are made once for all runs."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def kept(photos: Path, cache: Path, tmp_path_factory) -> tuple[Finetuned, Path]:
    """A run that is kept whatever the guard says."""
    out = tmp_path_factory.mktemp("kept") / "kept.model"
    return finetune(small_run(photos, out, cache, keep_anyway=True, unfreeze=1)), out


def test_a_learning_rate_a_hundred_times_too_high_is_refused(photos, cache, tmp_path):
    out = tmp_path / "never.model"
    steps = {"learning_rate": 100 * FACE_RATE, "epochs": 2}
    with threads_seen() as threads:
        made = finetune(small_run(photos, out, cache, unfreeze=1, steps=steps))
    assert threads == {1}  # of the whole run, not of the steps alone
    assert made.verdict.is_worse
    assert not made.saved
    assert made.verdict.reasons
    assert list(tmp_path.iterdir()) == []  # neither a model nor anything of the run


def test_too_small_a_disk_is_said_before_a_face_is_looked_for(photos, cache, tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path)._replace(free=10 * 2**20)
    monkeypatch.setattr("mien.training.saving.shutil.disk_usage", lambda _: free)
    stages = []
    listener = Listener(stage=lambda label, total: stages.append(label))
    with pytest.raises(OutputUnwritable, match=r"10 MiB of free .+ about 3\d MiB"):
        finetune(small_run(photos, tmp_path / "big.model", cache), listener=listener)
    assert stages == []


def test_people_are_split_and_never_photos(kept):
    made, _ = kept
    assert made.people() == {Part.TRAIN: 2, Part.VALIDATION: 2, Part.TEST: 2}
    sides: dict[str, set[Part]] = {}
    for photo in made.data.photos:
        sides.setdefault(photo.name, set()).add(photo.part)
    assert len(sides) == PEOPLE
    assert all(len(parts) == 1 for parts in sides.values())


def test_the_embedder_before_is_the_published_one(kept, photos):
    made, _ = kept
    recognizer = build_recognizer(store=ModelStore())  # SFace, mirror images averaged
    rows = made.data.rows_of(Part.TEST)
    photos = recognizer.encode_photos([made.data.photos[int(row)].path for row in rows])
    largest = [max(one.faces, key=lambda face: face.face.box.area) for one in photos]
    # Of a face that is turned away a recogniser averages two crops, and a training takes one.
    place = next(n for n, one in enumerate(largest) if one.face.second_landmarks is None)
    assert float(largest[place].vector @ made.faces.vectors.before[place]) > 0.9999


def test_the_folder_holds_everything_and_can_be_opened(kept):
    _, out = kept
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    pictures = ("triplet_curves", "distance_histograms", "hardest_triplets")
    assert names == {
        *("model.onnx", "model.json", "config.json", "metrics.json", "history.csv"),
        *("README.md", "manifest.json"),
        *(f"pictures/{name}.png" for name in pictures),
    }
    model = TrainedModel.open(out)
    assert model.kind == "embedder"
    assert model.network.dimensions == 128
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_exported_network_gives_the_tuned_one_s_vectors(kept):
    made, out = kept
    told = load_network((out / "model.onnx").read_bytes(), Plan())
    vectors = told.run(to_pixels(made.faces.crops[:5]).numpy())["embedding"]
    assert np.abs(vectors - made.faces.vectors.after[:5]).max() < 1e-4
    assert made.exported.parity < 1e-4


def test_it_verifies_and_identifies(kept, sample):
    _, out = kept
    settings = mien.Settings(model=TrainedModel.open(out))
    one, two, other = (sample(name) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    same = mien.verify(one, two, max_distance=0.0, settings=settings).distance
    different = mien.verify(one, other, max_distance=0.0, settings=settings).distance
    assert same < different
    between = (same + different) / 2
    with mien.Gallery.in_memory() as gallery:
        mien.enroll([f"Obama={one}"], gallery, settings=settings)
        found = mien.identify(two, gallery, max_distance=between, settings=settings)
        assert [face.name for face in found.faces] == ["Obama"]


def test_thresholds_are_of_rates_with_thirty_false_matches_behind_them(kept):
    made, out = kept
    measured = TrainedModel.open(out).verification
    impostors = made.verdict.held_out.after.impostor
    assert {one.fmr for one in measured} <= {0.1}
    assert all(one.pairs == impostors and one.fmr * impostors >= 30 for one in measured)


def test_the_card_warns_of_a_model_that_was_kept_though_it_got_worse(kept):
    made, out = kept
    card = (out / "README.md").read_text("utf-8")
    assert made.verdict.is_worse == ("It is worse than the network" in card)
    for reason in made.verdict.reasons:
        assert reason.split(" ")[0] in card
    assert "TAR at FAR 1 %" in card


def test_metrics_and_history_say_what_was_measured(kept):
    made, out = kept
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    changed = metrics["held_out"]["tar_at_far_0.01"]
    assert changed["after"]["value"] - changed["before"]["value"] == pytest.approx(
        changed["difference"]["value"]
    )
    rows = list(csv.DictReader((out / "history.csv").read_text("utf-8").splitlines()))
    assert [int(row["epoch"]) for row in rows] == list(range(len(made.tuned.history.rows)))
    assert rows[0]["train_loss"] == ""
    shares = [float(rows[1][name]) for name in ("hard", "semihard", "easy")]
    assert sum(shares) == pytest.approx(1.0)


def test_a_siamese_network_leaves_a_verifier_that_verify_can_ask(photos, cache, tmp_path):
    out = tmp_path / "pairs.model"
    made = finetune(
        small_run(
            photos,
            out,
            cache,
            objective={"loss": "siamese-chi2"},
            **SMALL,
        )
    )
    model, verifier = TrainedModel.open(out), read_verifier(out / "verifier.json")
    assert verifier.spaces == (model.space,)
    first, second = made.faces.vectors.after[:2]
    pair = ([first[None]], [second[None]])
    weights = made.pairs.weights
    by_hand = weights.bias + float(
        (weights.alpha * (first - second) ** 2 / (np.abs(first) + np.abs(second))).sum()
    )
    assert float(verifier.log_odds(*pair)[0]) == pytest.approx(by_hand, rel=1e-4)
    assert verifier.held_out == made.pairs.rates


# What is refused before any work --------------------------------------------------------------


def test_five_people_are_refused_before_any_photo_is_opened(photos, tmp_path):
    few = tmp_path / "few"
    for person in sorted(photos.iterdir())[:5]:
        (few / person.name).mkdir(parents=True)
        for number in range(EACH):
            (few / person.name / f"{number}.jpg").write_text(f"{person.name} {number}: no photo")
    with pytest.raises(InsufficientData, match="at least 6 people, got 5"):
        finetune(small_run(few, tmp_path / "out", None))


def test_what_could_not_learn_or_cannot_be_measured_is_refused(photos, tmp_path):
    with pytest.raises(InvalidOption, match="no embedding would learn"):
        finetune(small_run(photos, tmp_path / "out", None, unfreeze=0))
    with pytest.raises(InvalidOption, match="dimensions: expected"):
        finetune(small_run(photos, tmp_path / "out", None, dimensions=4096))
    with pytest.raises(InvalidOption, match="side: expected 112"):
        finetune(small_run(photos, tmp_path / "out", None, side=96))
    with pytest.raises(SourceNotFound, match=r"lfw: expected pairs\.txt"):
        finetune(small_run(photos, tmp_path / "out", None, lfw=tmp_path))
    assert not (tmp_path / "out").exists()


# In each of them a second face is nearly as large: nothing could be learned from it.
RIVALS = (
    "Bruce_Paltrow/Bruce_Paltrow_0001.jpg",
    "Dominique_de_Villepin/Dominique_de_Villepin_0007.jpg",
    "Erika_Harold/Erika_Harold_0003.jpg",
)


def test_lfw_is_asked_of_the_faces_that_evaluate_verification_takes(kept, bench_data, model_store):
    made, _ = kept
    whole = lfw_pairs(bench_data / "lfw", ())
    one_of_each = {(pair.fold, pair.same): pair for pair in whole.pairs}.values()
    with_rivals = [pair for pair in whole.pairs if {pair.path1, pair.path2} & set(RIVALS)]
    assert len(with_rivals) >= len(RIVALS)
    asked = LfwPairs(whole.images, tuple(dict.fromkeys([*one_of_each, *with_rivals])), 0)
    tuner = Tuner(made.config, load_backbone("sface", model_store))
    with Work.of(made.config) as work:
        found = measure_lfw(tuner, made.tuned, asked, Place(work, model_store), Listener())
    recognizer = build_recognizer(store=model_store)
    photos = [photo.path for photo in asked.photos]
    faces = map(central_face, recognizer.encode_photos(photos))
    vectors = {photo.place: face.vector for photo, face in zip(asked.photos, faces, strict=True)}
    scores = score_pairs(asked.pairs, lambda paths: [vectors[path] for path in paths])
    expected = evaluate_verification(asked.pairs, scores, FARS, subjects_of(asked.pairs))
    assert found.before.failure_to_acquire == expected.failure_to_acquire == 0
    assert found.before.accuracy == expected.accuracy
