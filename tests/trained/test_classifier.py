"""A trained classifier names its people and leaves strangers alone; its vectors are SFace's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mien
from mien.api import build_recognizer
from mien.errors import InvalidOption, ModelInvalid, SpaceMismatch, UnknownModel
from mien.gallery import Gallery
from mien.models import ModelStore
from mien.models.trained_folder import ModelKind
from mien.pipeline import Recognizer
from mien.records import Outcome, Threshold
from mien.trained import TrainedModel, identify_encoded, load_trained, name_by_classes
from trained import sface_folder

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def classifier(classifier_folder: Path) -> TrainedModel:
    return TrainedModel.open(classifier_folder)


@pytest.fixture(scope="module")
def embedder(embedder_folder: Path) -> TrainedModel:
    return TrainedModel.open(embedder_folder)


@pytest.fixture(scope="module")
def naming(classifier: TrainedModel, model_store: ModelStore) -> Recognizer:
    return build_recognizer(mien.Settings(model=classifier), model_store)


def test_a_photo_that_it_never_saw_gets_its_person(classifier, sample):
    answer = mien.identify(sample("obama3.jpg"), classifier)
    (face,) = answer.faces
    assert (face.outcome, face.name) == (Outcome.KNOWN, "Ada")
    assert [one.name for one in face.candidates] == ["Ada", "Bo"]
    assert face.probability > 0.9
    assert face.min_similarity == 0.4


def test_strangers_are_unknown_though_the_softmax_is_sure(classifier, naming, sample):
    answer = mien.identify(sample("t1.jpg"), classifier)
    assert [face.outcome for face in answer.faces] == [Outcome.UNKNOWN] * 6
    assert all(face.probability < 0.5 for face in answer.faces)


def test_a_threshold_of_ones_own_and_no_margin_name_whoever_is_nearest(classifier, sample):
    rule = mien.DecisionRule(margin=0.0, top=1)
    answer = mien.identify(sample("t1.jpg"), classifier, max_distance=2.0, rule=rule)
    named = [face.name for face in answer.faces if face.outcome is Outcome.KNOWN]
    assert sorted(named) == ["Ada", "Bo"]  # each person once, the other four are left
    assert {len(face.candidates) for face in answer.faces} == {1}


def test_its_vectors_are_those_of_sface_with_the_mirror_averaged_once(
    naming, recognizer, encode, sample
):
    (ours,) = naming.encode_photos([sample("t1.jpg")])
    usual = encode(sample("t1.jpg"))
    assert len(ours.faces) == 6
    for mine, theirs in zip(ours.faces, usual.faces, strict=True):
        assert mine.vector @ theirs.vector > 0.999  # bf16 plans differ in the third digit
        np.testing.assert_allclose(mine.norm, 1.0, atol=0.01)


def test_the_mirror_setting_changes_nothing(classifier, model_store):
    plain = build_recognizer(mien.Settings(model=classifier, mirror=False), model_store)
    mirrored = build_recognizer(mien.Settings(model=classifier), model_store)
    crop = RNG.integers(0, 256, (112, 112, 3), dtype=np.uint8)
    first, second = (one.embedder.embed([crop])[0] for one in (plain, mirrored))
    np.testing.assert_array_equal(first, second)
    assert plain.embedder.space == mirrored.embedder.space


def test_its_probability_is_that_of_the_contract(classifier, naming, sample):
    (encoded,) = naming.encode_photos([sample("obama3.jpg")])
    (face,) = name_by_classes(classifier, encoded, classifier.policy()).faces
    (z,) = [one.logits for one in encoded.faces]
    share = math.exp(z[0]) / (math.exp(z[0]) + math.exp(z[1]))
    known = 1 / (1 + math.exp(-(20.0 * face.similarity - 8.0)))
    assert face.probability == pytest.approx(known * share, rel=1e-5)


def test_a_softmax_head_gives_the_cosine_of_its_first_class_and_keeps_its_order(
    classifier, naming, sample
):
    classes = replace(classifier.classes, similarity="relative", known=None, temperature=2.0)
    model = replace(classifier, classes=classes)
    (encoded,) = naming.encode_photos([sample("obama3.jpg")])
    (face,) = name_by_classes(model, encoded, model.policy()).faces
    one, (first, second) = encoded.faces[0], face.candidates
    assert first.similarity == pytest.approx(float(one.vector @ classes.centres[0]), abs=1e-6)
    ratio = math.exp((one.logits[1] - one.logits[0]) / 2.0)
    assert second.similarity == pytest.approx(first.similarity * ratio, abs=1e-6)
    assert face.probability is None


def test_a_face_of_low_quality_is_not_named(classifier, picture):
    dark = (picture("obama3.jpg") // 40).astype(np.uint8)
    outcomes = {face.outcome for face in mien.identify(dark, classifier).faces}
    assert outcomes <= {Outcome.LOW_QUALITY}


def test_a_photo_without_a_face_has_no_row_and_a_bad_one_its_error(classifier, sample, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    first, second = mien.identify_many([sample("coffee.png"), bad], classifier)
    assert first.faces == ()
    assert second.error.kind == "UnsupportedImage"


def test_its_vectors_fill_a_gallery_that_then_decides(classifier, naming, sample):
    settings = mien.Settings(model=classifier)
    with Gallery.in_memory() as gallery:
        (row,) = mien.enroll([("Cy", sample("biden.jpg"))], gallery, settings=settings)
        assert row.status == "added"
        with pytest.raises(UnknownModel, match="min_similarity"):
            mien.identify(sample("biden.jpg"), gallery, settings=settings)
        answer = mien.identify(sample("biden.jpg"), gallery, max_distance=0.6, settings=settings)
        assert answer.faces[0].name == "Cy"
        with pytest.raises(SpaceMismatch):  # SFace itself is another space
            mien.identify(sample("biden.jpg"), gallery)


def test_an_embedder_verifies_at_the_threshold_that_was_measured_with_it(embedder, sample):
    settings = mien.Settings(model=embedder)
    strict = mien.verify(sample("obama.jpg"), sample("obama2.jpg"), settings=settings)
    assert (strict.same, strict.fmr) == (True, 1e-3)
    assert strict.max_distance == pytest.approx(1 - 0.37)
    loose = mien.verify(sample("obama.jpg"), sample("biden.jpg"), fmr=1e-2, settings=settings)
    assert (loose.same, loose.fmr) == (False, 1e-2)
    with pytest.raises(InvalidOption, match=r"0\.01"):
        mien.verify(sample("obama.jpg"), sample("biden.jpg"), fmr=1e-5, settings=settings)


def test_an_embedder_names_nobody_by_itself(embedder, sample):
    with pytest.raises(InvalidOption, match="enrol people"):
        mien.identify(sample("biden.jpg"), embedder)


def test_a_rate_or_a_calibration_of_pairs_is_not_taken_by_a_classifier(classifier, sample):
    with pytest.raises(InvalidOption, match="min_similarity or max_distance"):
        mien.identify(sample("biden.jpg"), classifier, fmr=1e-3)


def test_without_a_measured_threshold_the_user_brings_one(classifier):
    bare = replace(classifier, classes=replace(classifier.classes, threshold=None))
    with pytest.raises(InvalidOption, match="pass min_similarity"):
        bare.policy()
    assert bare.policy(Threshold(0.5)).threshold.similarity == 0.5


def test_another_network_s_encodings_are_not_taken(classifier, recognizer, encode, sample):
    with pytest.raises(SpaceMismatch, match="logits"):
        identify_encoded(recognizer, classifier, encode(sample("biden.jpg")), classifier.policy())


# What its network must be -------------------------------------------------------------------


@pytest.fixture
def written(tmp_path, classifier) -> Callable[..., TrainedModel]:
    """From changes of ``model.json`` and a network to the opened model."""
    centres = dict(zip(classifier.labels, classifier.classes.centres, strict=True))

    def write(network: bytes, **changes: object) -> TrainedModel:
        table = sface_folder.settings(ModelKind.CLASSIFIER, **sface_folder.classes(centres))
        return TrainedModel.open(sface_folder.write(tmp_path / "m", network, {**table, **changes}))

    return write


def test_a_network_without_logits_is_no_classifier(written, model_store):
    with pytest.raises(ModelInvalid, match="output logits"):
        load_trained(written(sface_folder.network(model_store)), model_store)


def test_a_network_of_other_classes_is_refused(written, model_store):
    three = sface_folder.network(model_store, RNG.normal(size=(3, 128)))
    with pytest.raises(ModelInvalid, match=r"\(N, 2\)"):
        load_trained(written(three), model_store)


def test_a_network_of_another_size_is_refused(written, model_store):
    two = sface_folder.network(model_store, RNG.normal(size=(2, 128)))
    changed = written(two, input={"side": 96, "template": "arcface-112"})
    with pytest.raises(ModelInvalid, match="96"):
        load_trained(changed, model_store)


def test_the_network_is_read_where_it_lies_and_only_what_is_compiled_is_kept(
    classifier, naming, model_store
):
    cache = model_store.cache
    assert not cache.file(classifier.card, classifier.card.file()).exists()
    kept = {
        path.name.partition("-")[0]
        for path in cache.derived_folder(classifier.card, classifier.card.file()).iterdir()
    }
    assert "plan" in kept


def test_a_network_that_changed_after_it_was_opened_is_not_loaded(written, tmp_path):
    model = written(b"anything")
    (tmp_path / "m" / "model.onnx").write_bytes(b"anythinG")
    store = ModelStore(tmp_path / "cache")
    with pytest.raises(mien.MienError, match="changed since") as caught:
        load_trained(model, store)
    assert caught.value.kind == "ModelHashMismatch"
    assert (tmp_path / "m" / "model.onnx").read_bytes() == b"anythinG"


def test_models_are_equal_if_all_their_files_are(classifier, classifier_folder, embedder, tmp_path):
    again = TrainedModel.open(sface_folder.copy(classifier_folder, tmp_path / "copy"))
    assert again == classifier
    assert hash(again) == hash(classifier)
    assert classifier != embedder
