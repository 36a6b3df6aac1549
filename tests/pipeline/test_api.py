"""The functions that users call."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mien import api
from mien.errors import (
    DamagedImage,
    InputError,
    InvalidOption,
    NoFace,
    SourceNotFound,
    UnknownModel,
    UnsupportedImage,
)
from mien.gallery import Gallery
from mien.models import Engine, ModelStore, RuntimeOptions
from mien.pipeline import FaceChoice, Recognizer
from mien.records import EmbeddingSpace, Outcome, PhotoFailure, PhotoIdentification

Sample = Callable[[str], Path]
pytestmark = pytest.mark.usefixtures("model_store")


@pytest.fixture
def gallery(sample: Sample) -> Iterator[Gallery]:
    with Gallery.in_memory() as gallery:
        api.enroll([("Barack", sample("obama.jpg")), f"Joe={sample('biden.jpg')}"], gallery)
        yield gallery


def test_enrolling_passes_over_what_is_excluded(sample: Sample, tmp_path: Path) -> None:
    for place in ("Joe/1.jpg", "Joe/old/2.jpg", "Joe/@eaDir/3.jpg"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(sample("biden.jpg").read_bytes())
    with Gallery.in_memory() as gallery:
        rows = api.enroll([tmp_path], gallery, exclude=["old"])
    assert [(row.name, row.source) for row in rows] == [("Joe", str(tmp_path / "Joe/1.jpg"))]


def test_enrolling_takes_folders_pairs_and_names(sample: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    (folder / "Barack").mkdir(parents=True)
    (folder / "Barack" / "1.jpg").write_bytes(sample("obama.jpg").read_bytes())
    with Gallery.in_memory() as gallery:
        rows = api.enroll(
            [
                folder,
                f"Joe={sample('biden.jpg')}",
                ("Eileen", sample("astronaut.png").read_bytes()),
            ],
            gallery,
        )
        assert [(row.name, row.status.value) for row in rows] == [
            ("Barack", "added"),
            ("Joe", "added"),
            ("Eileen", "added"),
        ]
        assert [row.status.value for row in api.enroll(folder, gallery)] == ["already there"]


def test_identifying_names_the_enrolled(gallery: Gallery, sample: Sample) -> None:
    (row,) = api.identify(sample("obama3.jpg"), gallery).faces
    assert (row.outcome, row.name) == (Outcome.KNOWN, "Barack")
    (stranger,) = api.identify(sample("astronaut.png"), gallery).faces
    assert (stranger.outcome, stranger.name) == (Outcome.UNKNOWN, None)


def test_a_stricter_threshold_names_fewer(gallery: Gallery, sample: Sample) -> None:
    (row,) = api.identify(sample("obama3.jpg"), gallery, max_distance=0.01).faces
    assert row.outcome is Outcome.UNKNOWN
    assert row.min_similarity == pytest.approx(0.99)


def test_a_limit_is_a_similarity_or_a_distance_and_the_answer_says_both(
    gallery: Gallery, sample: Sample
) -> None:
    photo = sample("obama3.jpg")
    (row,) = api.identify(photo, gallery).faces
    at = api.identify(photo, gallery, min_similarity=row.similarity).faces[0]
    assert (at.outcome, at.min_similarity) == (Outcome.KNOWN, row.similarity)
    (above,) = api.identify(photo, gallery, min_similarity=row.similarity + 1e-6).faces
    assert above.outcome is Outcome.UNKNOWN
    (near,) = api.identify(photo, gallery, max_distance=1.0 - row.similarity).faces
    assert (near.outcome, near.max_distance) == (Outcome.KNOWN, 1.0 - row.similarity)
    with pytest.raises(InvalidOption, match="got both"):
        api.identify(photo, gallery, min_similarity=0.5, max_distance=0.5)
    with pytest.warns(DeprecationWarning, match="max_distance="):
        (old,) = api.identify(photo, gallery, threshold=0.2).faces
    assert old.min_similarity == pytest.approx(0.8)


@pytest.mark.parametrize("metric", ["cosine", "euclidean_l2"])
def test_a_pair_at_its_own_similarity_or_distance_is_the_same_person(
    sample: Sample, metric: str
) -> None:
    pair = sample("obama.jpg"), sample("obama2.jpg")
    found = api.verify(*pair, metric=metric)
    for limits in ({"min_similarity": found.similarity}, {"max_distance": found.distance}):
        again = api.verify(*pair, metric=metric, **limits)
        assert again.same
        assert again.max_distance == pytest.approx(found.distance, abs=1e-9)
        assert again.min_similarity == pytest.approx(found.similarity, abs=1e-6)
    assert not api.verify(*pair, metric=metric, min_similarity=found.similarity + 1e-6).same
    with pytest.warns(DeprecationWarning, match="max_distance="):
        assert not api.verify(*pair, metric=metric, threshold=found.distance - 1e-6).same


def test_a_pair_of_raw_vectors_has_no_least_similarity(sample: Sample) -> None:
    found = api.verify(sample("obama.jpg"), sample("obama2.jpg"), metric="euclidean")
    assert (found.min_similarity, found.to_json()["min_similarity"]) == (None, None)


def test_many_photos_are_answered_in_order_and_a_bad_one_stops_nothing(
    gallery: Gallery, sample: Sample
) -> None:
    photos = [sample("obama2.jpg"), b"no photo", sample("biden.jpg")]
    answers = list(api.identify_many(photos, gallery))
    assert [type(one) for one in answers] == [
        PhotoIdentification, PhotoFailure, PhotoIdentification,
    ]  # fmt: skip
    assert isinstance(answers[1], PhotoFailure)
    assert answers[1].to_json()["error"]["kind"] == "UnsupportedImage"


def test_one_bad_photo_alone_raises_its_error(gallery: Gallery, sample: Sample) -> None:
    half = sample("obama.jpg").read_bytes()[:100_000]
    for photo, error in (
        ("missing.jpg", SourceNotFound),
        (b"no photo", UnsupportedImage),
        (half, DamagedImage),
    ):
        for call in (
            lambda photo=photo: api.identify(photo, gallery),
            lambda photo=photo: api.detect(photo),
            lambda photo=photo: api.verify(photo, sample("biden.jpg")),
        ):
            with pytest.raises(error) as caught:
                call()
            assert isinstance(caught.value, InputError)


def test_verifying_and_detecting(sample: Sample) -> None:
    assert api.verify(sample("obama.jpg"), sample("obama2.jpg")).same
    assert not api.verify(sample("obama.jpg"), sample("biden.jpg")).same
    assert api.verify(sample("t1.jpg"), sample("t1.jpg"), choice="largest").same
    found = api.detect(sample("t1.jpg"))
    assert (found.photo.width, found.photo.height, len(found.faces)) == (1280, 886, 6)
    with pytest.raises(NoFace):
        api.verify(sample("coffee.png"), sample("obama.jpg"))


def test_answers_become_the_promised_json(gallery: Gallery, sample: Sample) -> None:
    row = api.identify(sample("obama3.jpg"), gallery).to_json()
    assert set(row) == {"source", "width", "height", "faces"}
    assert {
        "index", "box", "landmarks", "detection_score", "outcome", "name", "similarity",
        "distance", "metric", "min_similarity", "threshold", "max_distance", "rate", "probability",
        "candidates", "taken_by", "quality",
    } == set(row["faces"][0])  # fmt: skip
    pair = api.verify(sample("obama.jpg"), sample("obama2.jpg")).to_json()
    assert {
        "same", "distance", "metric", "max_distance", "threshold", "similarity", "min_similarity",
        "probability", "fmr", "faces",
    } == set(pair)  # fmt: skip


def test_the_networks_are_loaded_once_and_kept_for_equal_settings() -> None:
    assert api._recognizer(None) is api._recognizer(api.Settings())
    assert api._recognizer(None) is not api._recognizer(api.Settings(minimum_score=0.8))


def test_settings_reach_the_parts(sample: Sample) -> None:
    strict = api.Settings(minimum_score=0.93)
    assert len(api.detect(sample("t1.jpg"), settings=strict).faces) < 6
    assert api._recognizer(api.Settings(mirror=True)).embedder.space.preprocessing.endswith(
        "mirror"
    )


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"detector": "face-o-matic"}, UnknownModel),
        ({"embedder": "yunet"}, UnknownModel),
        ({"minimum_score": float("nan")}, InvalidOption),
        ({"minimum_score": 0}, InvalidOption),
    ],
    ids=str,
)
def test_settings_that_mean_nothing_are_refused(
    model_store: ModelStore, values: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        api.build_recognizer(api.Settings(**values), model_store)  # type: ignore[arg-type]


def test_threads_of_the_settings_are_the_workers(model_store: ModelStore, sample: Sample) -> None:
    one = api.build_recognizer(
        api.Settings(runtime=RuntimeOptions(Engine.ONNXRUNTIME, threads=1)), model_store
    )
    assert one.workers == 1
    assert len(list(one.detect_photos([sample("astronaut.png")] * 3))) == 3


def test_a_pipeline_without_workers_is_refused(model_store: ModelStore, sample: Sample) -> None:
    parts = api.build_recognizer(None, model_store)
    none = Recognizer(parts.detector, parts.embedder, workers=0)
    with pytest.raises(InvalidOption, match="workers"):
        list(none.detect_photos([sample("astronaut.png")]))


@pytest.mark.parametrize("choice", ["biggest", "", "LARGEST", None])
def test_an_unknown_choice_is_an_invalid_option(
    gallery: Gallery, sample: Sample, choice: str
) -> None:
    with pytest.raises(InvalidOption, match="only, largest, central, any"):
        api.verify(sample("obama.jpg"), sample("obama.jpg"), choice=choice)
    with pytest.raises(InvalidOption, match="only, largest, central, any"):
        api.enroll([("Barack", sample("obama.jpg"))], gallery, choice=choice)
    assert api.parse_choice("largest") is FaceChoice.LARGEST


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "euclidean_l2"])
@pytest.mark.parametrize("threshold", [math.nan, math.inf, -1.0])
def test_a_threshold_that_means_nothing_is_an_invalid_option(
    sample: Sample, metric: str, threshold: float
) -> None:
    with pytest.raises(InvalidOption, match="expected 0 to"):
        api.verify(sample("obama.jpg"), sample("obama.jpg"), metric=metric, max_distance=threshold)


@pytest.mark.parametrize("options", [{"metric": "manhattan"}, {"fmr": 2.0}, {"fmr": math.nan}])
def test_other_options_that_mean_nothing_are_refused(
    sample: Sample, options: dict[str, object]
) -> None:
    with pytest.raises(InvalidOption):
        api.verify(sample("obama.jpg"), sample("obama.jpg"), **options)  # type: ignore[arg-type]


def test_a_space_without_a_measured_threshold_says_so() -> None:
    space = EmbeddingSpace("own", "0" * 64, "own-v1", 64)
    with pytest.raises(UnknownModel):
        api.policy_for(space)
    assert api.policy_for(space, max_distance=0.4).min_similarity == pytest.approx(0.6)


def test_an_array_is_taken_as_it_is(sample: Sample, gallery: Gallery) -> None:
    from mien.images import read_image

    array = read_image(sample("obama3.jpg"))
    (row,) = api.identify(array, gallery).faces
    assert row.name == "Barack"
    assert api.identify(np.asfortranarray(array), gallery).faces[0].name == "Barack"


def test_importing_the_pipeline_loads_no_runtime_and_no_torch() -> None:
    program = (
        "import sys, mien.api, mien.pipeline; "
        "print({'torch', 'cv2', 'onnxruntime', 'openvino', 'onnx', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
