from __future__ import annotations

from pathlib import Path

from mien.training.crops import Crops, read_crops
from mien.training.dataset import Dataset, LabelledPhoto
from mien.training.duplicates import NearDuplicate
from mien.training.sessions import group_sessions
from mien.training.splits import split
from training.copies import with_exif
from training.folders import picture


def crops_taken(folder: Path, times: dict[str, str]) -> Crops:
    """Photos ``NAME-number.jpg`` that were taken then; an empty time is none."""
    photos = []
    for seed, (place, time) in enumerate(times.items()):
        path = folder / place
        path.write_bytes(with_exif(picture(seed), time or "0000:00:00 00:00:00"))
        photos.append(LabelledPhoto(path, place, place.split("-")[0]))
    return read_crops(photos, 48)


def sessions(crops: Crops) -> dict[str, int | None]:
    return {photo.place: photo.session for photo in crops.photos}


def test_photos_taken_soon_after_each_other_are_one_session(tmp_path):
    crops = crops_taken(
        tmp_path,
        {
            "Ada-1.jpg": "2019:07:14 12:00:00",
            "Ada-2.jpg": "2019:07:14 23:00:00",
            "Ada-3.jpg": "2019:07:14 17:30:00",  # less than six hours from either
            "Ada-4.jpg": "2019:07:15 12:00:00",
            "Ada-5.jpg": "",
            "Bo-1.jpg": "2019:07:14 12:00:01",
        },
    )
    assert sessions(group_sessions(crops, ())) == {
        **dict.fromkeys(["Ada-1.jpg", "Ada-2.jpg", "Ada-3.jpg"], 0),
        **dict.fromkeys(["Ada-4.jpg", "Ada-5.jpg", "Bo-1.jpg"]),
    }
    assert set(sessions(group_sessions(crops, (), times=False)).values()) == {None}


def test_near_duplicates_and_times_tie_together_across_each_other(tmp_path):
    crops = crops_taken(
        tmp_path,
        {
            "Ada-1.jpg": "2019:07:14 12:00:00",
            "Ada-2.jpg": "2019:07:14 13:00:00",
            "Ada-3.jpg": "",
            "Ada-4.jpg": "",
            "Ada-5.jpg": "",
        },
    )
    _, two, three, four, _ = crops.photos
    pairs = (NearDuplicate(two, three, 0.9), NearDuplicate(three, four, 0.9))
    grouped = group_sessions(crops, pairs)
    assert list(sessions(grouped).values()) == [0, 0, 0, 0, None]
    assert grouped.notes[-1].endswith("no split parts: 1 with 4 photos")


def test_no_session_is_on_two_sides_of_a_split(tmp_path):
    days = {
        f"{name}-{day}{shot}.jpg": f"2019:07:{day:02} 12:0{shot}:00"
        for name in ("Ada", "Bo")
        for day in range(1, 7)
        for shot in range(3)
    }
    grouped = group_sessions(crops_taken(tmp_path, days), ())
    done = split(Dataset(()).with_photos(grouped.photos))
    sides: dict[int | None, set[str | None]] = {}
    for photo in done.photos:
        sides.setdefault(photo.session, set()).add(photo.part)
    assert len(sides) == 12
    assert all(len(side) == 1 for side in sides.values())
