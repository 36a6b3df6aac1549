from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.alignment import ARCFACE_112
from mien.api import build_finder
from mien.errors import InvalidDataset
from mien.images import read_image
from mien.models import ModelStore
from mien.training.crops import Crops, cut_faces, read_crops
from mien.training.dataset import Dataset, LabelledPhoto, Part
from mien.training.duplicates import drop_duplicates, drop_same_files, find_near_duplicates
from mien.training.likeness import find_likenesses
from mien.training.whole_photos import thumbnail_of
from training.copies import COPIES, decoded, jpeg, png
from training.folders import put_picture

PORTRAITS = ("obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png")


@pytest.fixture(scope="module")
def portraits(picture: Callable[[str], np.ndarray]) -> list[np.ndarray]:
    """Two photos of one man, one of another, one of a woman."""
    return [picture(name) for name in PORTRAITS]


def photo(path: Path, name: str = "Ada", part: Part | None = None) -> LabelledPhoto:
    return LabelledPhoto(path, path.name, name, part)


def crops_of(*photos: LabelledPhoto) -> Crops:
    return read_crops(photos, 48)


# The same file ------------------------------------------------------------------------------


def test_a_file_that_one_person_has_twice_is_used_once_and_that_is_said(tmp_path):
    first = put_picture(tmp_path / "a.jpg", 1)
    second = Path(shutil.copy(first, tmp_path / "b.jpg"))
    other = put_picture(tmp_path / "c.jpg", 2)
    kept = drop_same_files(Dataset(tuple(photo(path) for path in (first, second, other))))
    assert [one.place for one in kept.photos] == ["a.jpg", "c.jpg"]
    assert kept.ignored[0].reason == "the same file as 'a.jpg'"
    assert kept.notes == ("photos there twice, byte for byte, and used once: 1",)


def test_a_file_under_two_names_is_an_error_that_names_the_files(tmp_path):
    first = put_picture(tmp_path / "a.jpg", 1)
    second = Path(shutil.copy(first, tmp_path / "b.jpg"))
    with pytest.raises(InvalidDataset, match=r"under one name, got 'a\.jpg' = 'b\.jpg'"):
        drop_same_files(Dataset((photo(first, "Ada"), photo(second, "Bo"))))


def test_a_file_on_two_sides_is_an_error_that_names_the_files(tmp_path):
    first = put_picture(tmp_path / "a.jpg", 1)
    second = Path(shutil.copy(first, tmp_path / "b.jpg"))
    photos = (photo(first, part=Part.TRAIN), photo(second, part=Part.VALIDATION))
    with pytest.raises(InvalidDataset, match=r"one side of the split, got 'a\.jpg' = 'b\.jpg'"):
        drop_same_files(Dataset(photos))


def test_files_that_cannot_be_read_are_not_taken_for_one(tmp_path):
    photos = tuple(photo(tmp_path / f"{name}.jpg") for name in "ab")
    assert drop_same_files(Dataset(photos)).photos == photos


# The same picture ---------------------------------------------------------------------------


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_is_found_and_another_photo_is_not(portraits, copy):
    pictures = [*portraits, *map(copy, portraits)]
    thumbnails = np.stack([thumbnail_of(np.ascontiguousarray(one)) for one in pictures])
    found = {(one.first, one.second) for one in find_likenesses(thumbnails, 0.7)}
    assert found == {(row, row + 4) for row in range(4)}


def test_what_is_found_is_the_same_whatever_the_order(portraits):
    pictures = [thumbnail_of(one) for one in portraits]
    pictures += [thumbnail_of(COPIES["10 % cut at each side"](one)) for one in portraits]
    forward = find_likenesses(np.stack(pictures), 0.0)
    backward = find_likenesses(np.stack(pictures[::-1]), 0.0)
    turned = {(7 - one.second, 7 - one.first): one.correlation for one in backward}
    assert {(one.first, one.second) for one in forward} == set(turned)
    for one in forward:
        assert turned[one.first, one.second] == pytest.approx(one.correlation, abs=1e-3)


def test_a_copy_is_found_though_most_of_the_picture_is_bare(portraits):
    framed = []
    for portrait in portraits:
        canvas = np.full((900, 900, 3), 255, dtype=np.uint8)
        canvas[200:700, 250:750] = np.asarray(Image.fromarray(portrait).resize((500, 500)))
        framed += [canvas, decoded(jpeg(canvas, 60))]
    found = find_likenesses(np.stack([thumbnail_of(one) for one in framed]), 0.7)
    assert {(one.first, one.second) for one in found} == {(0, 1), (2, 3), (4, 5), (6, 7)}


def test_black_borders_alone_make_no_copies(portraits):
    turned = [np.asarray(Image.fromarray(one).resize((240, 240)).rotate(8)) for one in portraits]
    assert find_likenesses(np.stack([thumbnail_of(one) for one in turned]), 0.5) == []


@pytest.mark.parametrize("level", [0, 255])
def test_pictures_without_any_structure_are_not_alike(level):
    flat = np.full((3, 96, 96), level, dtype=np.uint8)
    assert find_likenesses(flat, 0.0) == []
    assert find_likenesses(flat[:0], 0.0) == []


def test_one_photo_in_two_framings_is_found_by_its_face(
    sample: Callable[[str], Path], tmp_path: Path, model_store: ModelStore
):
    whole = read_image(sample("astronaut.png"))
    near = whole[20:280, 100:340]  # a third of the whole, its middle elsewhere
    (tmp_path / "near.png").write_bytes(png(near))
    photos = [photo(sample("astronaut.png")), photo(tmp_path / "near.png")]
    crops = cut_faces(photos, build_finder(store=model_store), ARCFACE_112)
    assert find_likenesses(crops.thumbnails, 0.5) == []
    (pair,) = find_near_duplicates(crops)
    assert pair.correlation > 0.9


def test_the_same_pixels_in_another_file_are_used_once(portraits, tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(portraits[0]))
    (tmp_path / "b.png").write_bytes(png(read_image(tmp_path / "a.jpg")))
    crops = crops_of(photo(tmp_path / "a.jpg"), photo(tmp_path / "b.png"))
    kept = drop_duplicates(crops, find_near_duplicates(crops))
    assert [one.place for one in kept.photos] == ["a.jpg"]
    assert kept.notes == ("photos there twice, pixel for pixel, and used once: 1",)


def test_a_copy_under_two_names_is_an_error_that_names_the_files(portraits, tmp_path):
    (tmp_path / "a.png").write_bytes(png(portraits[0]))
    (tmp_path / "b.jpg").write_bytes(jpeg(COPIES["half the size"](portraits[0])))
    crops = crops_of(photo(tmp_path / "a.png", "Ada"), photo(tmp_path / "b.jpg", "Bo"))
    with pytest.raises(InvalidDataset, match=r"under one name, got 'a\.png' = 'b\.jpg'"):
        drop_duplicates(crops, find_near_duplicates(crops))


def test_of_very_many_photos_only_those_of_one_person_are_compared(
    portraits, tmp_path, monkeypatch
):
    monkeypatch.setattr("mien.training.duplicates.MOST_COMPARED", 3)
    copy = jpeg(COPIES["half the size"](portraits[0]))
    for name, data in {"a.png": png(portraits[0]), "b.jpg": copy, "c.jpg": copy[:-2]}.items():
        (tmp_path / name).write_bytes(data + b"\xff\xd9" * (name == "c.jpg"))
    (tmp_path / "d.jpg").write_bytes(jpeg(COPIES["in grey"](portraits[0])))
    names = {"a.png": "Ada", "b.jpg": "Ada", "c.jpg": "Bo", "d.jpg": "Bo"}
    crops = crops_of(*(photo(tmp_path / place, name) for place, name in names.items()))
    found = {(one.first.place, one.second.place) for one in find_near_duplicates(crops)}
    assert found == {("a.png", "b.jpg"), ("b.jpg", "c.jpg"), ("c.jpg", "d.jpg")}


def test_a_copy_on_two_sides_leaves_train_and_the_other_side_stays(portraits, tmp_path):
    for name, image in {"a.jpg": portraits[0], "b.jpg": decoded(jpeg(portraits[0], 60))}.items():
        (tmp_path / name).write_bytes(jpeg(image))
    (tmp_path / "c.jpg").write_bytes(jpeg(portraits[3]))
    parts = {"a.jpg": Part.VALIDATION, "b.jpg": Part.TRAIN, "c.jpg": Part.TRAIN}
    crops = crops_of(*(photo(tmp_path / name, part=part) for name, part in parts.items()))
    kept = drop_duplicates(crops, find_near_duplicates(crops))
    assert [one.place for one in kept.photos] == ["a.jpg", "c.jpg"]
    assert len(kept.pixels) == len(kept.thumbnails) == len(kept.digests) == 2
    assert "left out: 'b.jpg'" in kept.notes[0]


def test_the_very_same_pixels_on_two_sides_are_an_error(portraits, tmp_path):
    for name in ("a.png", "b.bmp"):
        (tmp_path / name).write_bytes(png(portraits[0]))
    photos = [photo(tmp_path / "a.png", part=Part.TRAIN), photo(tmp_path / "b.bmp", part=Part.TEST)]
    crops = crops_of(*photos)
    with pytest.raises(InvalidDataset, match="one side of the split"):
        drop_duplicates(crops, find_near_duplicates(crops))


def test_the_copies_in_a_real_folder_are_found_and_nothing_else(bench_data, model_store):
    photos = [
        LabelledPhoto(path, f"{name}/{path.name}", name)
        for name in ("salman_khan", "akshay_kumar")
        for path in sorted((bench_data / "actors" / name).glob("*.jpg"))
    ]
    crops = cut_faces(photos, build_finder(store=model_store), ARCFACE_112)
    pairs = find_near_duplicates(crops)
    assert all(one.first.name == one.second.name for one in pairs)
    assert len(pairs) == 18  # looked at one by one: each is one photo twice
