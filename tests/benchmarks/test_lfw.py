"""Reading LFW's list of pairs, and taking a fair part of it."""

import os
from collections import Counter
from pathlib import Path

import pytest
from lfw import DataError, read_part


def write_list(folder, per_list):
    lines = [f"10\t{per_list}"]
    for fold in range(10):
        lines += [f"A{fold}_{rank}\t1\t2" for rank in range(per_list)]
        lines += [f"A{fold}_{rank}\t1\tB{fold}_{rank}\t3" for rank in range(per_list)]
    images = folder / "lfw" / "images"
    for fold in range(10):
        for rank in range(per_list):
            for name, numbers in ((f"A{fold}_{rank}", (1, 2)), (f"B{fold}_{rank}", (3,))):
                (images / name).mkdir(parents=True)
                for number in numbers:
                    (images / name / f"{name}_{number:04d}.jpg").touch()
    (folder / "lfw" / "pairs.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("count", [20, 60, 200])
def test_every_fold_gives_as_many_genuine_as_impostor_pairs(tmp_path, count):
    data = read_part(write_list(tmp_path, 10), count)
    assert Counter((pair.fold, pair.same) for pair in data.pairs) == {
        (fold, same): count // 20 for fold in range(1, 11) for same in (True, False)
    }


def test_a_photo_in_two_pairs_is_listed_once(tmp_path):
    data = read_part(write_list(tmp_path, 10), 200)
    assert len(set(data.photos)) == len(data.photos) == 300
    first, second = data.positions[0]
    assert data.photos[first].name == "A0_0_0001.jpg"
    assert data.photos[second].name == "A0_0_0002.jpg"
    assert [len(data.pairs), len(data.positions)] == [200, 200]


@pytest.mark.parametrize("count", [0, -20, 30, 220])
def test_a_count_that_cannot_be_shared_among_the_folds_is_refused(tmp_path, count):
    with pytest.raises(DataError, match="multiple of 20 up to 200"):
        read_part(write_list(tmp_path, 10), count)


def test_a_missing_list_names_the_variable_to_set(tmp_path):
    with pytest.raises(DataError, match="MIEN_BENCH_DATA"):
        read_part(tmp_path, 20)


def test_a_missing_photo_is_told_before_anything_is_measured(tmp_path):
    write_list(tmp_path, 10)
    (tmp_path / "lfw" / "images" / "A3_4" / "A3_4_0002.jpg").unlink()
    with pytest.raises(DataError, match="A3_4_0002"):
        read_part(tmp_path, 20)


@pytest.mark.skipif("MIEN_BENCH_DATA" not in os.environ, reason="MIEN_BENCH_DATA is not set")
def test_all_photos_of_the_published_pairs_are_there():
    data = read_part(Path(os.environ["MIEN_BENCH_DATA"]))
    assert len(data.pairs) == 6000
    assert len(data.photos) == 7701
    assert all(photo.exists() for photo in data.photos)
