"""From a film, a stream or photos to a set of one person, with the real networks."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from capture.staged import frame, side_by_side
from images.films import serve
from mien.api import Settings, build_recognizer
from mien.capture import CollectOptions, Collector, Form, collect
from mien.capture.kept import MANIFEST
from mien.errors import (
    InvalidManifest,
    InvalidName,
    InvalidOption,
    MultipleFaces,
    NoFace,
    OutputUnwritable,
    SourceNotFound,
)
from mien.images import read_image, save_image


def photos(folder: Path, part: str = "*", name: str = "obama") -> list[Path]:
    return sorted((folder / "data").glob(f"{part}/{name}/*.jpg"))


def manifest(folder: Path, part: str, name: str = "obama") -> list[dict]:
    path = folder / "data" / part / name / MANIFEST
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "data").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def encode_all(recognizer, paths):
    return [
        [face for face in faces if face.quality.usable]
        for faces in recognizer.encode([read_image(path) for path in paths])
    ]


# What is kept -------------------------------------------------------------------------------


def test_a_film_becomes_a_split_set_of_crops_with_one_usable_face_each(
    obama, film, gathered, tmp_path, recognizer, encode, sample
):
    collected = gathered(film(obama))
    assert collected.held == len(photos(tmp_path)) >= 15
    assert collected.train > collected.validation >= 2
    faces = encode_all(recognizer, photos(tmp_path))
    assert [len(usable) for usable in faces] == [1] * len(faces)
    reference = encode(sample("obama.jpg")).faces[0].vector
    assert min(float(usable[0].vector @ reference) for usable in faces) > 0.5


def test_the_manifest_says_where_each_picture_comes_from(obama, film, gathered, tmp_path):
    collected = gathered(film(obama))
    heading, *lines = manifest(tmp_path, "train")
    assert heading["name"] == "obama"
    assert [line["file"] for line in lines] == [path.name for path in photos(tmp_path, "train")]
    for line, path in zip(lines, photos(tmp_path, "train"), strict=True):
        assert line["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert line["source"] == "film.mp4"
        assert line["time_s"] == pytest.approx(0.5 * line["index"])
    validation = [line["time_s"] for line in manifest(tmp_path, "validation")[1:]]
    nearest = min(abs(line["time_s"] - time_s) for line in lines for time_s in validation)
    assert collected.gap_s == pytest.approx(nearest)
    assert nearest > 1.0


def test_the_same_picture_again_and_again_is_kept_once(obama, film, gathered):
    collected = gathered(film([obama[0]] * 20))
    assert (collected.train, collected.validation) == (1, 0)
    assert collected.refused == {"near_duplicate": 19}


def test_no_more_are_kept_than_wanted_and_all_poses_stay(obama, film, gathered):
    every, few = gathered(film(obama)), gathered(film(obama), "few", count=6)
    assert (few.train, few.validation) == (5, 1)
    assert few.refused["not_needed"] > 5
    assert set(few.missing) == set(every.missing)


def test_what_cannot_be_used_is_counted_by_its_reason(obama, film, gathered):
    dark = (obama[0] // 20).astype(np.uint8)
    empty = np.full_like(obama[0], 90)
    tiny = np.full_like(obama[0], 90)
    tiny[:72, :96] = obama[0][::5, ::5]
    refused = gathered(film([dark, empty, tiny, obama[0], obama[8]])).refused
    assert refused == {"dark": 1, "no_face": 1, "small": 1}


@pytest.mark.parametrize("form", [Form(grey=True), Form(grey=True, side=96)])
def test_the_classic_form_is_grey_squares(obama, film, gathered, tmp_path, form):
    gathered(film(obama[:8]), form=form)
    for path in photos(tmp_path):
        pixels = read_image(path)
        assert pixels.shape == (form.side or 200,) * 2 + (3,)
        assert np.abs(pixels[..., 0].astype(int) - pixels[..., 2]).max() <= 1


def test_whole_frames_are_kept_where_one_face_is_in_them(obama, biden, film, gathered, tmp_path):
    both = side_by_side(obama[0], biden[0])
    collected = gathered(film([*obama[:8], both]), form=Form(frames=True))
    assert {read_image(path).shape for path in photos(tmp_path)} == {(360, 480, 3)}
    assert collected.refused["several_faces"] == 1


@pytest.mark.parametrize("form", [Form(), Form(side=64), Form(frames=True)])
def test_faces_smaller_than_wanted_are_passed_over_and_kept_ones_may_be_made_small(
    obama, biden, film, tmp_path, model_store, form
):
    """In the crop of 64 pixels the face itself is smaller than the smallest that is wanted."""
    frames = [shown.copy() for shown in obama[:4]]
    for one in frames:
        one[:90, :120] = biden[0][::4, ::4]
    frames.append(np.full_like(obama[0], 90))
    frames[-1][:180, :240] = obama[0][::2, ::2]
    recognizer = build_recognizer(Settings(min_face=50), model_store)
    wanted = CollectOptions("obama", film(frames), tmp_path / "data", form=form)
    collected = collect(wanted, recognizer)
    assert collected.held == 4
    assert collected.refused == {"no_face": 1}


# Whose face ---------------------------------------------------------------------------------


def test_a_reference_photo_says_who_is_meant(
    obama, biden, film, gathered, tmp_path, recognizer, encode, sample
):
    both = [side_by_side(one, other) for one, other in zip(obama[:7], biden, strict=True)]
    gathered(film([*biden, *both, *obama[7:]]), like=(sample("obama.jpg"),))
    reference = encode(sample("biden.jpg")).faces[0].vector
    for usable in encode_all(recognizer, photos(tmp_path)):
        assert len(usable) == 1
        assert float(usable[0].vector @ reference) < 0.35


def test_the_few_pictures_of_somebody_else_are_left_out(obama, biden, film, gathered):
    collected = gathered(film([*biden[:2], *obama]))
    assert collected.refused["somebody_else"] == 2


def test_two_people_in_equal_parts_are_refused_and_nothing_is_left(
    obama, biden, film, gathered, tmp_path
):
    with pytest.raises(MultipleFaces, match="--like PHOTO"):
        gathered(film([*biden, *obama[:7]]))
    assert everything(tmp_path) == {}


def test_a_second_film_must_show_the_person_of_the_first(obama, biden, film, gathered):
    gathered(film(obama[:8]))
    collected = gathered(film([*biden, *obama[8:]], "second.mp4"))
    assert collected.refused["somebody_else"] == len(biden)
    assert collected.added >= 5


def test_several_faces_are_refused_or_the_largest_is_taken(obama, biden, picture, film, gathered):
    small = [frame(np.pad(picture("biden.jpg"), ((900, 0), (0, 0), (0, 0))))] * 7
    both = [side_by_side(one, other) for one, other in zip(obama[:7], small, strict=True)]
    with pytest.raises(NoFace, match="several faces, and nothing says which is meant"):
        gathered(film(both))
    assert gathered(film(both), largest=True).held >= 4


def test_a_reference_with_two_faces_is_refused(obama, biden, film, gathered, tmp_path):
    path = save_image(side_by_side(obama[0], biden[0]), tmp_path / "both.png")
    with pytest.raises(MultipleFaces, match=r"--like: .*both.png: expected one face, got 2"):
        gathered(film(obama[:3]), like=(path,))


# Again, and in parts ------------------------------------------------------------------------


def test_the_same_source_again_adds_nothing_under_another_name_too(obama, film, gathered, tmp_path):
    source = film(obama)
    gathered(source)
    before = everything(tmp_path)
    assert gathered(source).added == 0
    assert gathered(source.rename(tmp_path / "other.mp4")).added == 0
    assert everything(tmp_path) == before


def test_a_set_that_is_full_is_left_alone_and_a_larger_count_fills_it(obama, film, gathered):
    source = film(obama)
    assert gathered(source, count=5).added == 5
    again = gathered(source, count=5)
    assert (again.added, again.looked) == (0, 0)
    assert gathered(source, count=10).added > 0


def test_a_deleted_picture_does_not_come_back(obama, film, gathered, tmp_path):
    source = film(obama)
    gathered(source)
    photos(tmp_path, "train")[3].unlink()
    assert gathered(source).added == 0


def test_another_spelling_of_the_name_is_the_same_set(obama, film, gathered, tmp_path):
    gathered(film(obama))
    assert gathered(film(obama), "  OBAMA ").added == 0
    assert [path.name for path in (tmp_path / "data" / "train").iterdir()] == ["obama"]


def test_an_interrupt_makes_the_set_and_the_next_call_goes_on(obama, film, recognizer, tmp_path):
    source, data = film(obama), tmp_path / "data"
    looked = []

    def stop(progress):
        looked.append(progress)
        if progress.found == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(CollectOptions("obama", source, data), recognizer, stop)
    first = photos(tmp_path)
    assert 5 <= len(first) <= 8
    again = []
    collect(CollectOptions("obama", source, data), recognizer, again.append)
    assert again[0].time_s >= looked[-1].time_s - 1.0  # not from the beginning
    assert set(first) < set(photos(tmp_path))
    assert not (data / ".collecting").exists()


class Killed(BaseException):
    """Nobody catches it: as near to a kill as one process comes."""


@pytest.mark.parametrize("where", ["drafts", "kept"])
def test_a_death_at_any_line_that_is_written_loses_and_doubles_nothing(
    obama, film, recognizer, tmp_path, monkeypatch, where
):
    module = importlib.import_module(f"mien.capture.{where}")
    source, write = film(obama[:3]), module.append_line
    whole = collect(CollectOptions("obama", source, tmp_path / "whole"), recognizer)
    for death in range(12):
        wanted, lines = CollectOptions("obama", source, tmp_path / str(death)), iter(range(99))

        def dying(path, row, lines=lines, death=death):
            if next(lines) == death:
                raise Killed
            write(path, row)

        monkeypatch.setattr(module, "append_line", dying)
        try:
            collect(wanted, recognizer)
        except Killed:
            monkeypatch.setattr(module, "append_line", write)
            again = collect(wanted, recognizer)
            assert (again.train, again.validation) == (whole.train, whole.validation)
            pictures = list((tmp_path / str(death)).glob("[tv]*/obama/*.jpg"))
            assert len(pictures) == whole.held
        else:
            break
    assert death >= whole.held


def test_one_collector_at_a_time(obama, film, recognizer, tmp_path):
    wanted = CollectOptions("obama", film(obama[:3]), tmp_path / "data")
    with (
        Collector(wanted, recognizer),
        pytest.raises(InvalidOption, match="another mien"),
        Collector(wanted, recognizer),
    ):
        pass


def test_another_form_does_not_mix_with_the_first(obama, film, gathered):
    gathered(film(obama[:8]))
    with pytest.raises(InvalidOption, match="keep --frames, --grey and --size as they were"):
        gathered(film(obama), form=Form(grey=True))


def test_a_damaged_manifest_is_named_and_nothing_is_written(obama, film, gathered, tmp_path):
    gathered(film(obama[:8]))
    path = tmp_path / "data" / "train" / "obama" / MANIFEST
    path.write_text(path.read_text("utf-8").replace("vector", "victor"), "utf-8")
    before = everything(tmp_path)
    with pytest.raises(InvalidManifest, match=r"collected.jsonl: line 2"):
        gathered(film(obama))
    assert everything(tmp_path) == before


# Other sources ------------------------------------------------------------------------------


def test_a_stream_is_read_until_the_set_is_full(obama, gathered, tmp_path):
    import simplejpeg

    turns = [[simplejpeg.encode_jpeg(one, quality=95) for one in obama for _ in range(3)] * 20]
    with serve(turns=turns, pause_s=0.05) as server:
        address = server.address.replace("//", "//me:secret@")
        collected = gathered(f"{address}/stream", count=6, gap_s=0.1)
    assert collected.held == 6
    assert collected.looked < 3 * len(obama) * 20
    assert "secret" not in (tmp_path / "data" / "train" / "obama" / MANIFEST).read_text("utf-8")


def test_photos_in_a_folder_become_a_set(sample, tmp_path, gathered):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg"):
        (folder / name).write_bytes(sample(name).read_bytes())
    (folder / "again.jpg").write_bytes(sample("obama.jpg").read_bytes())
    (folder / "cut.jpg").write_bytes(sample("obama.jpg").read_bytes()[:5000])
    collected = gathered(folder)
    assert (collected.train, collected.validation, collected.gap_s) == (2, 1, None)
    assert collected.refused == {"near_duplicate": 1, "unreadable": 1}
    assert gathered(folder).added == 0


def test_a_cut_film_gives_what_is_there_and_says_so(obama, film, gathered, tmp_path):
    whole = film(obama, "whole.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    collected = gathered(tmp_path / "cut.mkv")
    assert collected.held >= 5
    assert collected.notes


# What is refused ----------------------------------------------------------------------------


def test_a_source_without_a_face_says_what_was_there(film, gathered, tmp_path):
    with pytest.raises(NoFace, match=r"film.mp4: .*none of 4: 4 × no face"):
        gathered(film([np.full((360, 480, 3), 90, np.uint8)] * 4))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden", "C:x", "-o", "a\x00b"])
def test_a_name_is_one_that_a_person_can_have(name, gathered, tmp_path):
    with pytest.raises(InvalidName):
        gathered(tmp_path / "nothing.mp4", name)


def test_a_place_that_cannot_be_written_is_an_error_of_ours(obama, film, gathered, tmp_path):
    source = film(obama[:3])
    with pytest.raises(OutputUnwritable, match="File name too long"):
        gathered(source, "漢" * 150)
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").write_text("a file", "utf-8")
    with pytest.raises(SourceNotFound, match="Not a directory"):
        gathered(source)


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0},
        {"share": 0.6},
        {"gap_s": -1.0},
        {"min_similarity": 2.0},
        {"every_s": float("nan")},
        {"limit_s": -1.0},
        {"form": Form(side=8)},
        {"form": Form(frames=True, grey=True)},
        {"largest": True, "like": (Path("a.jpg"),)},
    ],
)
def test_options_that_make_no_sense_are_refused_before_any_work(options, gathered, tmp_path):
    with pytest.raises(InvalidOption):
        gathered(tmp_path / "nothing.mp4", **options)


@pytest.mark.parametrize("source", ["nothing.mp4", "77", "", "nothing*.jpg"])
def test_a_source_that_is_not_there_is_not_found(source, gathered, tmp_path):
    with pytest.raises(SourceNotFound):
        gathered(source)
    assert not (tmp_path / "data").exists()
