"""The whole way on real photos: bad ones among good ones, enrolment, identification, pairs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from images.bad_formats import CASES
from mien.api import policy_for
from mien.embedding import load_embedder
from mien.errors import (
    InvalidName,
    InvalidOption,
    LowQuality,
    MultipleFaces,
    NoFace,
    SourceNotFound,
    SpaceMismatch,
)
from mien.gallery import Gallery
from mien.images import find_people, find_photos, read_image
from mien.models import ModelStore
from mien.pipeline import EncodedPhoto, FaceChoice, Recognizer, digest
from mien.quality import QualityLimits
from mien.records import EnrolmentStatus, Outcome, PhotoDetection, PhotoFailure
from mien.streaming import look_at_photos, source_name

Encode = Callable[[object], EncodedPhoto]
Pictures = Callable[[str], np.ndarray]
Sample = Callable[[str], Path]
ADDED, THERE, REFUSED = EnrolmentStatus


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery.in_memory() as gallery:
        yield gallery


# Photos ---------------------------------------------------------------------------------------


def test_bad_files_among_good_photos_become_failures_and_the_order_is_kept(
    recognizer: Recognizer, sample: Sample
) -> None:
    sources: list[object] = []
    for case in CASES.values():
        sources.append(case.data)
        if case.number % 4 == 0:
            sources.append(sample("astronaut.png"))
    answers = list(recognizer.encode_photos(sources))
    assert len(answers) == len(sources)
    wanted = iter(CASES.values())
    for source, answer in zip(sources, answers, strict=True):
        if isinstance(source, bytes):
            error = next(wanted).error
            assert isinstance(answer, PhotoFailure if error else EncodedPhoto)
            if isinstance(answer, PhotoFailure):
                assert error is not None
                assert isinstance(answer.error, error)
                assert answer.source == "<bytes>"
        else:
            assert isinstance(answer, EncodedPhoto)
            assert len(answer.faces) == 1


def test_detection_and_encoding_find_the_same_faces(recognizer: Recognizer, sample: Sample) -> None:
    photos = [sample("t1.jpg"), "missing.jpg", sample("coffee.png"), sample("biden.jpg")]
    pairs = list(
        zip(recognizer.detect_photos(photos), recognizer.encode_photos(photos), strict=True)
    )
    assert [type(one) for one, _ in pairs] == [
        PhotoDetection, PhotoFailure, PhotoDetection, PhotoDetection,
    ]  # fmt: skip
    for one, other in pairs:
        if isinstance(one, PhotoFailure) or isinstance(other, PhotoFailure):
            assert isinstance(one.error, SourceNotFound)  # type: ignore[union-attr]
            continue
        assert one.photo == other.photo
        assert [face for face, _ in one.faces] == [encoding.face for encoding in other.faces]
        assert [quality for _, quality in one.faces] == [face.quality for face in other.faces]


def test_path_bytes_file_object_and_array_give_the_same_answer(
    recognizer: Recognizer, encode: Encode, sample: Sample
) -> None:
    path = sample("obama.jpg")
    data = path.read_bytes()
    wanted = encode(path)
    for source in (str(path), data, bytearray(data), io.BytesIO(data), read_image(path)):
        answer = encode(source)
        assert answer.faces[0].face == wanted.faces[0].face
        np.testing.assert_array_equal(answer.faces[0].vector, wanted.faces[0].vector)


def test_every_face_has_a_unit_vector_and_its_quality(encode: Encode, sample: Sample) -> None:
    encoded = encode(sample("t1.jpg"))
    assert len(encoded.faces) == 6
    for face in encoded.faces:
        assert np.linalg.norm(face.vector) == pytest.approx(1, abs=1e-5)
        assert face.norm > 0
        assert face.quality.measures["side"] > 90


def test_many_photos_give_what_each_gives_alone(
    recognizer: Recognizer, encode: Encode, sample: Sample
) -> None:
    names = ["t1.jpg", "astronaut.png", "obama.jpg", "coffee.png", "obama2.jpg", "biden.jpg"]
    photos = [sample(name) for name in names * 3]
    for photo, answer in zip(photos, recognizer.encode_photos(photos), strict=True):
        assert isinstance(answer, EncodedPhoto)
        alone = encode(photo)
        assert answer.photo == alone.photo
        for one, other in zip(answer.faces, alone.faces, strict=True):
            assert np.abs(np.subtract(one.face.box.xyxy, other.face.box.xyxy)).max() < 0.5
            assert float(one.vector @ other.vector) > 0.999


def test_an_error_that_is_not_the_photo_s_fault_is_not_hidden() -> None:
    def broken(source: object) -> np.ndarray:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        list(look_at_photos(["a.jpg"], broken, len, workers=2))


def test_reading_stops_when_nobody_wants_more(recognizer: Recognizer, picture: Pictures) -> None:
    taken = []

    def endless() -> Iterator[np.ndarray]:
        while True:
            taken.append(1)
            yield picture("coffee.png")

    answers = recognizer.detect_photos(endless())
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(taken) < 100


def test_the_digest_is_of_the_pixels_and_their_shape() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert digest(image) == digest(image.copy())
    assert digest(image) != digest(image.reshape(2, 8, 3))
    assert digest(image) != digest(image[::-1].copy())


def test_a_source_is_named_as_the_user_wrote_it(tmp_path: Path) -> None:
    assert source_name("a/b.jpg") == "a/b.jpg"
    assert source_name(Path("a/b.jpg")) == "a/b.jpg"
    assert source_name(b"123") == "<bytes>"
    assert source_name(np.zeros(3)) == "<ndarray>"
    with (tmp_path / "x.jpg").open("wb") as file:
        assert source_name(file) == str(tmp_path / "x.jpg")


# The one face that is meant -------------------------------------------------------------------


def test_of_several_faces_the_largest_or_the_central_may_be_meant(
    recognizer: Recognizer, encode: Encode, sample: Sample
) -> None:
    group = encode(sample("t1.jpg"))
    largest = recognizer.choose(group, FaceChoice.LARGEST)
    assert largest.face.box.area == max(face.face.box.area for face in group.faces)
    central = recognizer.choose(group, FaceChoice.CENTRAL)
    offsets = [
        math.dist(
            ((face.face.box.x1 + face.face.box.x2) / 2, (face.face.box.y1 + face.face.box.y2) / 2),
            (group.photo.width / 2, group.photo.height / 2),
        )
        for face in group.faces
    ]
    assert central is group.faces[int(np.argmin(offsets))]
    with pytest.raises(MultipleFaces, match="got 6"):
        recognizer.choose(group, FaceChoice.ONLY)


def test_a_bad_face_beside_a_good_one_does_not_count(
    recognizer: Recognizer, encode: Encode, picture: Pictures
) -> None:
    import cv2

    photo = picture("obama.jpg").copy()
    photo[20:40, 20:40] = cv2.resize(picture("astronaut.png")[40:200, 140:300], (20, 20))
    encoded = encode(photo)
    assert recognizer.choose(encoded, FaceChoice.ONLY).face.box.width > 200


@pytest.mark.parametrize("choice", [FaceChoice.ONLY, FaceChoice.LARGEST, FaceChoice.CENTRAL])
def test_no_face_and_no_usable_face_are_told_apart(
    recognizer: Recognizer, encode: Encode, picture: Pictures, choice: FaceChoice
) -> None:
    with pytest.raises(NoFace):
        recognizer.choose(encode(picture("coffee.png")), choice)
    dark = (picture("astronaut.png") * 0.05).astype(np.uint8)
    with pytest.raises(LowQuality, match="dark"):
        recognizer.choose(encode(dark), choice)


# Enrolment ------------------------------------------------------------------------------------


def test_enrolment_tells_what_became_of_every_photo_in_order(
    recognizer: Recognizer, gallery: Gallery, sample: Sample
) -> None:
    people = [
        ("Barack", sample("obama.jpg")),
        ("Nobody", sample("coffee.png")),
        ("Joe", sample("biden.jpg")),
        ("Crew", sample("t1.jpg")),
        ("Barack", sample("obama2.jpg")),
        ("Ghost", "missing.jpg"),
        ("a/b\0", sample("astronaut.png")),
    ]
    rows = list(recognizer.enroll(gallery, people))
    assert [row.name for row in rows] == [name for name, _ in people]
    assert [row.source for row in rows] == [str(photo) for _, photo in people]
    assert [row.status for row in rows] == [
        ADDED, REFUSED, ADDED, REFUSED, ADDED, REFUSED, REFUSED,
    ]  # fmt: skip
    errors = [type(row.error) for row in rows if row.error]
    assert errors == [NoFace, MultipleFaces, SourceNotFound, InvalidName]
    assert [(person.name, person.templates) for person in gallery.people()] == [
        ("Barack", 2),
        ("Joe", 1),
    ]


def test_enrolling_the_same_photo_twice_changes_nothing(
    recognizer: Recognizer, gallery: Gallery, sample: Sample, tmp_path: Path
) -> None:
    again = tmp_path / "under another name.jpg"
    again.write_bytes(sample("obama.jpg").read_bytes())
    photos = [("Barack", sample("obama.jpg")), ("Barack", again)]
    assert [row.status for row in recognizer.enroll(gallery, photos)] == [ADDED, THERE]
    assert [row.status for row in recognizer.enroll(gallery, photos)] == [THERE, THERE]
    assert gallery.person("Barack").templates == 1


def test_a_group_may_be_enrolled_by_its_largest_face(
    recognizer: Recognizer, gallery: Gallery, sample: Sample
) -> None:
    (row,) = recognizer.enroll(gallery, [("Tom", sample("t1.jpg"))], FaceChoice.LARGEST)
    assert row.status is ADDED


def test_any_face_cannot_be_enrolled(
    recognizer: Recognizer, gallery: Gallery, sample: Sample
) -> None:
    with pytest.raises(InvalidOption, match="any"):
        list(recognizer.enroll(gallery, [("Tom", sample("t1.jpg"))], FaceChoice.ANY))
    assert gallery.people() == ()


def test_a_photo_is_in_the_gallery_when_its_row_is_yielded(
    recognizer: Recognizer, gallery: Gallery, sample: Sample
) -> None:
    rows = recognizer.enroll(
        gallery, [("Barack", sample("obama.jpg")), ("Joe", sample("biden.jpg"))]
    )
    next(rows)
    assert [person.name for person in gallery.people()] == ["Barack"]
    rows.close()  # type: ignore[attr-defined]


# Identification -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def presidents(recognizer: Recognizer, sample: Sample) -> Iterator[Gallery]:
    with Gallery.in_memory() as gallery:
        people = [("Barack", sample("obama.jpg")), ("Joe", sample("biden.jpg"))]
        assert all(row.status is ADDED for row in recognizer.enroll(gallery, people))
        yield gallery


@pytest.mark.parametrize("name", ["obama2.jpg", "obama3.jpg"])
def test_an_enrolled_person_is_named_in_another_photo(
    recognizer: Recognizer, encode: Encode, presidents: Gallery, sample: Sample, name: str
) -> None:
    policy = policy_for(recognizer.embedder.space)
    (row,) = recognizer.identify(presidents, encode(sample(name)), policy).faces
    assert row.outcome is Outcome.KNOWN
    assert row.name == "Barack"
    assert row.similarity is not None
    assert row.similarity >= policy.threshold.similarity
    assert [one.name for one in row.candidates] == ["Barack", "Joe"]
    assert row.margin is not None
    assert row.margin > 0.2


def test_strangers_are_unknown_and_every_face_has_one_row(
    recognizer: Recognizer, encode: Encode, presidents: Gallery, sample: Sample
) -> None:
    policy = policy_for(recognizer.embedder.space)
    answer = recognizer.identify(presidents, encode(sample("t1.jpg")), policy)
    assert [row.index for row in answer.faces] == list(range(6))
    assert {row.outcome for row in answer.faces} == {Outcome.UNKNOWN}
    assert {row.name for row in answer.faces} == {None}
    assert [row.face.box.x1 for row in answer.faces] == sorted(
        row.face.box.x1 for row in answer.faces
    )


def test_a_bad_face_is_of_low_quality_and_never_named(
    recognizer: Recognizer, encode: Encode, presidents: Gallery, picture: Pictures
) -> None:
    dark = (picture("obama.jpg") * 0.1).astype(np.uint8)
    policy = policy_for(recognizer.embedder.space)
    (row,) = recognizer.identify(presidents, encode(dark), policy).faces
    assert row.outcome is Outcome.LOW_QUALITY
    assert row.name is None
    assert "dark" in row.quality.reasons


def test_a_photo_without_faces_and_a_gallery_without_people_are_answers_too(
    recognizer: Recognizer, encode: Encode, gallery: Gallery, presidents: Gallery, sample: Sample
) -> None:
    policy = policy_for(recognizer.embedder.space)
    assert recognizer.identify(presidents, encode(sample("coffee.png")), policy).faces == ()
    (row,) = recognizer.identify(gallery, encode(sample("obama.jpg")), policy).faces
    assert row.outcome is Outcome.UNKNOWN
    assert row.candidates == ()


def test_one_person_is_named_at_most_once_in_a_photo(
    recognizer: Recognizer, encode: Encode, presidents: Gallery, picture: Pictures
) -> None:
    half = picture("obama.jpg")[:1000, :900]
    photo = np.hstack([half, picture("obama2.jpg")[:1000, :600]])
    policy = policy_for(recognizer.embedder.space)
    rows = recognizer.identify(presidents, encode(photo), policy).faces
    assert len(rows) == 2
    assert [row.name for row in rows].count("Barack") <= 1


def test_vectors_of_another_model_are_refused(
    recognizer: Recognizer,
    encode: Encode,
    presidents: Gallery,
    model_store: ModelStore,
    sample: Sample,
) -> None:
    other = Recognizer(recognizer.detector, load_embedder("sface", model_store, mirror=False))
    policy = policy_for(recognizer.embedder.space)
    with pytest.raises(SpaceMismatch):
        other.identify(presidents, encode(sample("obama2.jpg")), policy)
    with pytest.raises(SpaceMismatch):
        list(other.enroll(presidents, [("New", sample("astronaut.png"))]))
    assert [person.name for person in presidents.people()] == ["Barack", "Joe"]


IN_THE_TEST_PHOTOS = {
    "alex_lacamoire1.jpg": ["alex_lacamoire"],
    "johnsnow_test1.jpg": ["kit_harington"],
    "kit_with_rose.jpg": ["kit_harington", "rose_leslie"],
    "obama1.jpg": ["obama"],
    "obama_and_biden.jpg": ["biden", "obama"],
}


def test_everyone_enrolled_is_named_in_every_photo_and_nobody_else_is(
    recognizer: Recognizer, gallery: Gallery, bench_data: Path
) -> None:
    people = find_people([bench_data / "people/train"])
    rows = list(recognizer.enroll(gallery, people))
    assert [row for row in rows if row.status is not ADDED] == []
    policy = policy_for(recognizer.embedder.space)
    photos = find_photos([bench_data / "people/test"])
    named = {}
    for photo, encoded in zip(photos, recognizer.encode_photos(photos), strict=True):
        assert isinstance(encoded, EncodedPhoto)
        answer = recognizer.identify(gallery, encoded, policy)
        named[photo.name] = sorted(row.name for row in answer.faces if row.name)
        assert len(answer.faces) == len(encoded.faces)
    assert named == IN_THE_TEST_PHOTOS


# Pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["cosine", "euclidean_l2"])
def test_two_photos_of_one_person_are_the_same_and_of_two_are_not(
    recognizer: Recognizer, sample: Sample, metric: str
) -> None:
    policy = policy_for(recognizer.embedder.space, metric=metric)
    same = recognizer.verify(sample("obama.jpg"), sample("obama3.jpg"), policy)
    different = recognizer.verify(sample("obama.jpg"), sample("biden.jpg"), policy)
    assert same.same
    assert not different.same
    assert same.distance <= same.max_distance < different.distance
    assert same.metric == metric


def test_distances_follow_from_the_vectors(
    recognizer: Recognizer, encode: Encode, sample: Sample
) -> None:
    one, other = (encode(sample(name)).faces[0] for name in ("obama.jpg", "obama2.jpg"))
    cosine = float(one.vector @ other.vector)
    wanted = {
        "cosine": 1 - cosine,
        "euclidean_l2": float(np.linalg.norm(one.vector - other.vector)),
        "euclidean": float(np.linalg.norm(one.vector * one.norm - other.vector * other.norm)),
    }
    for metric, distance in wanted.items():
        policy = policy_for(recognizer.embedder.space, metric=metric, max_distance=1.0)
        answer = recognizer.verify(sample("obama.jpg"), sample("obama2.jpg"), policy)
        assert answer.distance == pytest.approx(distance, rel=1e-3)
        assert answer.similarity == pytest.approx(cosine, abs=1e-4)
        assert answer.max_distance == pytest.approx(1.0)
        assert answer.same == (distance <= 1.0)


def test_a_photo_is_the_same_as_itself(recognizer: Recognizer, sample: Sample) -> None:
    policy = policy_for(recognizer.embedder.space)
    answer = recognizer.verify(sample("obama.jpg"), sample("obama.jpg"), policy)
    assert answer.same
    assert answer.distance == pytest.approx(0, abs=1e-5)


def test_any_face_of_a_group_may_match(
    recognizer: Recognizer, encode: Encode, picture: Pictures, sample: Sample
) -> None:
    policy = policy_for(recognizer.embedder.space)
    group = picture("t1.jpg")
    box = encode(group).faces[3].face.box
    alone = group[round(box.y1) - 60 : round(box.y2) + 60, round(box.x1) - 60 : round(box.x2) + 60]
    with pytest.raises(MultipleFaces):
        recognizer.verify(group, alone, policy)
    answer = recognizer.verify(group, alone, policy, FaceChoice.ANY)
    assert answer.same
    assert answer.faces[0].box.x1 == pytest.approx(box.x1, abs=1)


def test_the_limits_decide_what_is_usable(recognizer: Recognizer, sample: Sample) -> None:
    strict = Recognizer(
        recognizer.detector, recognizer.embedder, limits=QualityLimits(minimum_side=500)
    )
    with pytest.raises(LowQuality, match="expected at least 500"):
        strict.verify(
            sample("obama.jpg"), sample("obama2.jpg"), policy_for(recognizer.embedder.space)
        )
