from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.alignment import ARCFACE_112, VGGFACE_224
from mien.api import Settings, build_finder
from mien.errors import InvalidOption, OutputUnwritable
from mien.images import Limits, read_image, save_image
from mien.models import ModelStore
from mien.pipeline import FaceChoice, FaceFinder, Recognizer
from mien.quality import QualityLimits
from mien.training.config import TrainConfig
from mien.training.crop_cache import CropCache
from mien.training.crops import cut_faces, read_crops
from mien.training.dataset import LabelledPhoto
from mien.training.metric.config import FinetuneConfig
from training.folders import picture, put_picture


@pytest.fixture(scope="session")
def finder(model_store: ModelStore) -> FaceFinder:
    return build_finder(store=model_store)


@pytest.fixture
def photos(sample: Callable[[str], Path], tmp_path: Path) -> list[LabelledPhoto]:
    """A portrait, a group, a picture without a face, a damaged one, and a portrait again."""
    names = ("obama.jpg", "t1.jpg", "biden.jpg")
    portrait, group, other = (Path(shutil.copy(sample(name), tmp_path)) for name in names)
    blank = put_picture(tmp_path / "blank.png", 1)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(portrait.read_bytes()[:9_000])
    paths = (portrait, group, blank, cut, other)
    return [LabelledPhoto(path, path.name, "Ada") for path in paths]


def test_each_photo_gives_the_pipeline_s_crop_of_its_largest_face_or_a_reason(
    photos, finder, recognizer: Recognizer
):
    done = []
    crops = cut_faces(photos, finder, ARCFACE_112, progress=lambda: done.append(1))
    assert [photo.place for photo in crops.photos] == ["obama.jpg", "biden.jpg"]
    assert [(one.photo.place, one.error.kind) for one in crops.refused] == [
        ("t1.jpg", "MultipleFaces"),
        ("blank.png", "NoFace"),
        ("cut.jpg", "DamagedImage"),
    ]
    assert len(done) == len(photos)
    for row, photo in zip(crops.pixels, crops.photos, strict=True):
        (views,) = recognizer.views([read_image(photo.path)])
        largest = max(views, key=lambda view: view[0].box.area)
        np.testing.assert_array_equal(row, largest[2][0])


def test_photos_have_the_finder_s_limit_of_pixels(photos, model_store):
    tight = build_finder(Settings(max_megapixels=0.5), model_store)
    crops = cut_faces(photos[:1], tight, ARCFACE_112)
    assert [one.error.kind for one in crops.refused] == ["ImageTooLarge"]
    small = Limits.of_megapixels(0.5, shrink_large=True)
    assert len(read_crops(photos[:1], 64, reading=small).pixels) == 1
    ready = read_crops(photos[:1], 64, reading=Limits.of_megapixels(0.5))
    assert [one.error.kind for one in ready.refused] == ["ImageTooLarge"]


@pytest.mark.parametrize("config", [TrainConfig, FinetuneConfig])
def test_a_training_is_refused_a_limit_out_of_range(config, tmp_path):
    with pytest.raises(InvalidOption, match="max_megapixels"):
        config(data=tmp_path, out=tmp_path / "out", max_megapixels=0)


def test_crops_have_the_template_s_side(photos, finder):
    crops = cut_faces(photos[:1], finder, VGGFACE_224)
    assert crops.pixels.shape == (1, 224, 224, 3)
    assert crops.pixels.dtype == np.uint8


def test_a_face_of_low_quality_is_refused_with_its_measure(photos, finder):
    strict = FaceFinder(finder.detector, (), limits=QualityLimits(minimum_side=9_000))
    crops = cut_faces(photos[:1], strict, ARCFACE_112)
    assert crops.pixels.shape == (0, 112, 112, 3)
    (refusal,) = crops.refused
    assert refusal.to_json()["error"]["kind"] == "LowQuality"
    assert "expected at least 9,000" in str(refusal.error)


@pytest.mark.parametrize(("share", "refused"), [(1.0, True), (0.6, False)])
def test_of_two_faces_the_larger_one_is_taken_unless_they_are_alike_in_size(
    photos, finder, tmp_path, share, refused
):
    face = read_image(photos[0].path)
    smaller = read_crops(photos[:1], round(share * min(face.shape[:2]))).pixels[0]
    beside = np.full_like(face, 128)
    beside[: len(smaller), : len(smaller)] = smaller
    save_image(np.hstack([face, beside]), tmp_path / "two.png")
    crops = cut_faces([LabelledPhoto(tmp_path / "two.png", "two.png", "A")], finder, ARCFACE_112)
    assert [one.error.kind for one in crops.refused] == ["MultipleFaces"] * refused
    assert len(crops.notes) == (not refused)  # that the largest was taken


# Kept on the disk ---------------------------------------------------------------------------


def test_the_cache_gives_the_same_crops_and_finds_nothing_anew(photos, finder, tmp_path):
    cache = CropCache.at(tmp_path / "crops", finder, ARCFACE_112)
    first = cut_faces(photos, finder, ARCFACE_112, cache=cache)
    blind = FaceFinder(Blind(), (ARCFACE_112,))  # whatever is found now comes from the cache
    again = cut_faces(photos, blind, ARCFACE_112, cache=cache)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert again.photos == first.photos
    assert again.notes == first.notes


class Blind:
    """A detector that sees nothing."""

    name = identity = "blind"

    def detect(self, images):
        return [() for _ in images]


def test_the_cache_is_asked_by_the_bytes_not_by_the_name(photos, finder, tmp_path):
    cache = CropCache.at(tmp_path / "crops", finder, ARCFACE_112)
    before = cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    shutil.copy(photos[4].path, photos[0].path)  # another picture under the same name
    after = cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    assert (before.pixels != after.pixels).any()
    assert len(entries(cache)) == 2


def test_other_settings_have_other_entries(finder, tmp_path, model_store):
    stricter = build_finder(store=model_store)
    stricter.limits = QualityLimits(minimum_side=60)
    keys = {
        CropCache.at(tmp_path, one, template).key
        for one in (finder, stricter)
        for template in (ARCFACE_112, ARCFACE_112.resized(96), VGGFACE_224)
    }
    assert len(keys) == 6


@pytest.mark.parametrize("damage", [b"", b"PK", "half", "flip"])
def test_a_damaged_entry_is_made_anew(photos, finder, tmp_path, damage):
    cache = CropCache.at(tmp_path / "crops", finder, ARCFACE_112)
    sound = cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    (entry,) = entries(cache)
    data = entry.read_bytes()
    if damage == "half":
        damage = data[: len(data) // 2]
    elif damage == "flip":
        damage = data[:5_000] + bytes([data[5_000] ^ 1]) + data[5_001:]
    entry.write_bytes(damage)
    again = cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    np.testing.assert_array_equal(again.pixels, sound.pixels)
    assert entry.read_bytes() == data


def test_a_pickle_in_the_cache_is_never_opened(photos, finder, tmp_path):
    cache = CropCache.at(tmp_path / "crops", finder, ARCFACE_112)
    cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    (entry,) = entries(cache)
    with entry.open("wb") as file:
        np.savez(file, pixels=np.array([print], dtype=object), usable_faces=np.int64(1))
    assert cache.find(b"x") is None
    cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    with np.load(entry, allow_pickle=False) as kept:
        assert kept["pixels"].shape == (112, 112, 3)


def test_the_cache_belongs_to_its_owner_and_names_nobody(photos, finder, tmp_path):
    cache = CropCache.at(tmp_path / "crops", finder, ARCFACE_112)
    cut_faces(photos[:1], finder, ARCFACE_112, cache=cache)
    assert cache.folder.stat().st_mode & 0o077 == 0
    (entry,) = entries(cache)
    assert b"obama" not in entry.read_bytes() + entry.name.encode()


def test_a_cache_that_cannot_be_is_said(finder, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputUnwritable, match="name another folder"):
        CropCache.at(tmp_path / "file" / "crops", finder, ARCFACE_112)


def entries(cache: CropCache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


# Ready crops --------------------------------------------------------------------------------


def test_ready_crops_are_whole_pictures_of_the_side(tmp_path):
    paths = [put_picture(tmp_path / f"{seed}.png", seed) for seed in (1, 2)]
    (tmp_path / "bad.png").write_bytes(b"no picture")
    photos = [LabelledPhoto(path, path.name, "A") for path in (*paths, tmp_path / "bad.png")]
    same, smaller = (read_crops(photos, side) for side in (48, 24))
    np.testing.assert_array_equal(same.pixels[1], picture(2))
    blocks = picture(1).reshape(24, 2, 24, 2, 3).mean(axis=(1, 3))
    assert np.abs(smaller.pixels[0] - blocks).max() <= 1
    assert [one.error.kind for one in smaller.refused] == ["UnsupportedImage"]


# The face that a list of pairs means ---------------------------------------------------------


def test_the_central_face_is_taken_whatever_its_size_and_quality(photos, finder, tmp_path):
    face = read_image(photos[0].path)
    smaller = read_crops(photos[4:5], round(0.5 * min(face.shape[:2]))).pixels[0]
    canvas = np.full((face.shape[0], 3 * face.shape[1], 3), 128, dtype=np.uint8)
    canvas[:, : face.shape[1]] = face
    x, y = (canvas.shape[1] - len(smaller)) // 2, (canvas.shape[0] - len(smaller)) // 2
    canvas[y : y + len(smaller), x : x + len(smaller)] = smaller
    save_image(canvas, tmp_path / "two.png")
    photo = LabelledPhoto(tmp_path / "two.png", "two.png", "A")
    strict = FaceFinder(finder.detector, (), limits=QualityLimits(minimum_side=9_000))
    crops = cut_faces([photo], strict, ARCFACE_112, choice=FaceChoice.CENTRAL)
    (views,) = FaceFinder(finder.detector, (ARCFACE_112,)).views([canvas])
    nearest = min(views, key=lambda view: abs(view[0].box.x1 + view[0].box.x2 - canvas.shape[1]))
    assert nearest is not max(views, key=lambda view: view[0].box.area)
    np.testing.assert_array_equal(crops.pixels[0], nearest[2][0])


def test_the_central_face_needs_no_lead_over_the_others(photos, finder):
    assert cut_faces(photos[1:2], finder, ARCFACE_112).refused[0].error.kind == "MultipleFaces"
    taken = cut_faces(photos[1:3], finder, ARCFACE_112, choice=FaceChoice.CENTRAL)
    assert [photo.place for photo in taken.photos] == ["t1.jpg"]
    assert "of which the central was taken" in taken.notes[0]
    assert [one.error.kind for one in taken.refused] == ["NoFace"]


def test_a_crop_needs_one_face_to_be_meant(photos, finder):
    with pytest.raises(InvalidOption, match="expected largest or central"):
        cut_faces(photos, finder, ARCFACE_112, choice=FaceChoice.ANY)
