"""What every detector keeps, on real photos and on pictures without a face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mien.detection import (
    DETECTORS,
    Detector,
    HaarSettings,
    MtcnnSettings,
    YuNetSettings,
    load_detector,
)
from mien.errors import InvalidArray, InvalidOption, UnknownModel
from mien.models import ModelStore
from mien.records import Face
from oracles import box_overlap

Pictures = Callable[[str], np.ndarray]

# Where a detector finds another number than there are faces; docs/detectors.md has the words.
KNOWN_MISTAKES = {
    ("mtcnn", "obama.jpg"): 2,  # a fold of the suit
    ("haar", "t1.jpg"): 4,  # two heads are turned
}


@pytest.fixture(scope="module", params=list(DETECTORS))
def detector(
    request: pytest.FixtureRequest, model_store: ModelStore, pull: Callable[[str], None]
) -> Detector:
    for card in DETECTORS[request.param].cards:
        pull(card)
    return load_detector(request.param, model_store)


def near(one: Face, other: Face, pixels: float) -> bool:
    boxes = np.abs(np.subtract(one.box.xyxy, other.box.xyxy)).max()
    if one.landmarks is None or other.landmarks is None:
        return bool(one.landmarks is other.landmarks and boxes <= pixels)
    points = np.abs(one.landmarks.points - other.landmarks.points).max()
    return bool(max(boxes, points) <= pixels)


def same(ones: tuple[Face, ...], others: tuple[Face, ...], pixels: float = 0.5) -> bool:
    return len(ones) == len(others) and all(
        near(one, other, pixels) for one, other in zip(ones, others, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("obama.jpg", 1),
        ("obama3.jpg", 1),
        ("biden.jpg", 1),
        ("astronaut.png", 1),
        ("t1.jpg", 6),
        ("coffee.png", 0),
        ("chelsea.png", 0),
    ],
)
def test_every_face_of_a_sample_photo_is_found_and_nothing_else(
    detector: Detector, picture: Pictures, name: str, count: int
) -> None:
    (faces,) = detector.detect([picture(name)])
    assert len(faces) == KNOWN_MISTAKES.get((detector.name, name), count)


def test_faces_come_left_to_right_with_scores_and_five_points(
    detector: Detector, picture: Pictures
) -> None:
    (faces,) = detector.detect([picture("t1.jpg")])
    assert [face.box.x1 for face in faces] == sorted(face.box.x1 for face in faces)
    for face in faces:
        assert 0 < face.score <= 1
        if detector.name == "haar" and face.landmarks is None:
            continue  # YuNet does not agree that there is a face
        assert face.landmarks is not None
        (right_eye, left_eye, nose, right_mouth, left_mouth) = face.landmarks.points
        assert right_eye[0] < left_eye[0]
        assert right_mouth[0] < left_mouth[0]
        assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_boxes_are_clipped_to_the_picture(detector: Detector, picture: Pictures) -> None:
    photo = picture("astronaut.png")[80:180, 190:400]
    (faces,) = detector.detect([photo])
    assert faces or detector.name == "haar"  # which needs a whole face
    for face in faces:
        assert 0 <= face.box.x1 < face.box.x2 <= photo.shape[1]
        assert 0 <= face.box.y1 < face.box.y2 <= photo.shape[0]


@pytest.mark.parametrize("shape", [(480, 640), (1, 1), (1, 5000), (5000, 1), (64, 1024), (33, 31)])
@pytest.mark.parametrize("kind", ["black", "white", "noise", "coarse noise"])
def test_a_picture_of_nothing_has_no_face(
    detector: Detector, shape: tuple[int, int], kind: str
) -> None:
    rng = np.random.default_rng(0)
    photo = np.zeros((*shape, 3), np.uint8)
    if kind == "white":
        photo[:] = 255
    if kind == "noise":
        photo[:] = rng.integers(0, 256, photo.shape)
    if kind == "coarse noise":
        coarse = rng.integers(0, 256, (shape[0] // 12 + 1, shape[1] // 12 + 1, 3), dtype=np.uint8)
        photo[:] = coarse.repeat(12, axis=0).repeat(12, axis=1)[: shape[0], : shape[1]]
    assert detector.detect([photo]) == [()]


def test_no_pictures_give_no_answers(detector: Detector) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_a_face_in_a_panorama_of_16_to_1_is_found(
    detector: Detector, picture: Pictures, place: float
) -> None:
    face = picture("astronaut.png")[30:230, 120:320]
    panorama = np.full((200, 3200, 3), 90, np.uint8)
    left = int(place * 3000)
    panorama[:, left : left + 200] = face
    (faces,) = detector.detect([panorama])
    assert len(faces) == 1
    assert left < (faces[0].box.x1 + faces[0].box.x2) / 2 < left + 200


@pytest.mark.parametrize("enlarged", [1, 4, 12])
def test_a_face_that_fills_the_frame_is_found(
    detector: Detector, picture: Pictures, enlarged: int
) -> None:
    face = picture("astronaut.png")[63:176, 178:268]
    photo = face.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    (faces,) = detector.detect([photo])
    if detector.name == "haar":
        assert not faces  # it needs a whole face with a border
        return
    assert len(faces) == 1
    assert faces[0].box.area > 0.6 * photo.shape[0] * photo.shape[1]


def test_a_batch_gives_what_each_picture_gives_alone(detector: Detector, picture: Pictures) -> None:
    photos = [
        picture(name)
        for name in ("t1.jpg", "obama.jpg", "coffee.png", "astronaut.png", "biden.jpg")
    ]
    photos += [np.zeros((1, 1, 3), np.uint8), photos[3][:, ::-1]]
    together = detector.detect(photos)
    for photo, faces in zip(photos, together, strict=True):
        assert same(faces, detector.detect([photo])[0])


@pytest.mark.parametrize("change", ["negative strides", "Fortran order", "read-only", "slices"])
def test_the_layout_in_memory_makes_no_difference(
    detector: Detector, picture: Pictures, change: str
) -> None:
    photo = picture("astronaut.png").copy()
    given = {
        "negative strides": photo[:, ::-1].copy()[:, ::-1],
        "Fortran order": np.asfortranarray(photo),
        "read-only": photo.copy(),
        "slices": np.concatenate([photo, photo], axis=2)[..., :3],
    }[change]
    given.setflags(write=change != "read-only")
    assert detector.detect([given]) == detector.detect([photo])


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 3), np.float32),
        np.zeros((9, 9, 3), object),
        [[0, 0, 0]],
        None,
    ],
    ids=["no pixels", "grey", "four channels", "float", "object", "list", "nothing"],
)
def test_what_is_no_picture_is_an_invalid_array(detector: Detector, photo: object) -> None:
    with pytest.raises(InvalidArray, match="expected"):
        detector.detect([np.zeros((9, 9, 3), np.uint8), photo])  # type: ignore[list-item]


@pytest.mark.parametrize("shrunk", [1, 2, 3])
def test_a_shrunken_photo_gives_the_same_faces(
    detector: Detector, picture: Pictures, shrunk: int
) -> None:
    photo = picture("t1.jpg")
    rows, columns = (side // shrunk * shrunk for side in photo.shape[:2])
    blocks = photo[:rows, :columns].reshape(rows // shrunk, shrunk, columns // shrunk, shrunk, 3)
    small = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    want, got = detector.detect([photo, small])
    if detector.name == "haar" and shrunk == 3:
        assert len(got) == 1  # five of the faces are too small for its window
        return
    assert len(got) == len(want)
    for one, other in zip(want, got, strict=True):
        enlarged = [value * shrunk for value in other.box.xyxy]
        assert box_overlap(one.box.xyxy, enlarged) > 0.75


def test_an_unknown_detector_is_an_unknown_model(model_store: ModelStore) -> None:
    with pytest.raises(UnknownModel, match="yunet"):
        load_detector("face-o-matic", model_store)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_what_a_turned_face_gives_is_as_documented(
    detector: Detector, picture: Pictures, turns: int
) -> None:
    upright = picture("astronaut.png")
    (faces,) = detector.detect([np.rot90(upright, turns)])
    if detector.name == "haar":
        assert len(faces) <= 1  # upright faces alone, in a photo turned by quarters
    else:
        (face,) = faces
        assert face.landmarks is not None
        across, down = face.landmarks.points[1] - face.landmarks.points[0]
        off = (np.degrees(np.arctan2(down, across)) + 90 * turns + 180) % 360 - 180
        assert abs(off) < 30


def test_the_settings_of_another_detector_are_refused(model_store: ModelStore) -> None:
    with pytest.raises(InvalidOption, match="expected YuNetSettings for yunet, got MtcnnSettings"):
        load_detector("yunet", model_store, settings=MtcnnSettings())


def test_settings_and_a_score_are_not_given_together(model_store: ModelStore) -> None:
    with pytest.raises(InvalidOption, match="got both"):
        load_detector("yunet", model_store, settings=YuNetSettings(), minimum_score=0.8)


def test_a_minimum_score_alone_keeps_the_other_defaults(
    model_store: ModelStore, picture: Pictures
) -> None:
    few = load_detector("haar", model_store, minimum_score=0.7).detect([picture("t1.jpg")])[0]
    all_of_them = load_detector("haar", model_store).detect([picture("t1.jpg")])[0]
    assert [face for face in all_of_them if face.score >= 0.7] == list(few)
    assert len(few) < len(all_of_them)


def test_every_kind_of_settings_has_a_minimum_score_and_says_no_to_nonsense() -> None:
    for kind in DETECTORS.values():
        assert 0 < kind.settings().minimum_score < 1
        with pytest.raises(InvalidOption, match="minimum_score"):
            kind.settings(minimum_score=1.5)


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        (MtcnnSettings, {"factor": 1.0}),
        (MtcnnSettings, {"factor": float("nan")}),
        (MtcnnSettings, {"minimum_face": 1}),
        (HaarSettings, {"scale": 1.0}),
        (HaarSettings, {"scale": float("nan")}),
        (HaarSettings, {"neighbours": 0}),
    ],
)
def test_a_setting_that_would_never_end_or_find_all_is_refused(
    settings: type, values: dict[str, float]
) -> None:
    with pytest.raises(InvalidOption, match=next(iter(values))):
        settings(**values)
