"""Large photos and small faces on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import typer

from mien.cli.main import app
from mien.images import read_image


def _commands(command: Any, name: str = "mien") -> Iterator[tuple[str, Any]]:
    for part, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{name} {part}")
    yield name, command


def test_every_command_that_finds_faces_takes_the_limit_of_pixels():
    detecting = {
        name: {parameter.name for parameter in command.params}
        for name, command in _commands(typer.main.get_command(app))
        if "detector" in {parameter.name for parameter in command.params}
        and name != "mien models bench"  # its photos are LFW's
    }
    assert len(detecting) >= 12
    for name, options in detecting.items():
        assert "max_megapixels" in options, name
        learns = name in ("mien train", "mien finetune")
        assert learns or {"min_face", "shrink_large"} <= options, name


def test_a_photo_that_is_too_large_is_told_the_option_that_helps(mien, samples):
    photo = samples["obama3.jpg"]
    said = mien("detect", photo, "--max-megapixels", "2")
    assert said.status == 2
    assert "pass --max-megapixels=4" in said.err
    assert mien("detect", photo, "--max-megapixels=4", "--json").row["width"] == 1434
    kept = mien("detect", photo, "--max-megapixels", "2", "--json").row
    assert kept["error"]["kind"] == "ImageTooLarge"


@pytest.mark.parametrize(
    "typed", [("--max-megapixels", "0"), ("--max-megapixels", "1e9"), ("--min-face", "2")]
)
def test_a_number_out_of_range_is_refused_by_its_option(mien, samples, typed):
    said = mien("detect", samples["obama3.jpg"], *typed)
    assert said.status == 2
    assert said.err.startswith(f"mien: {typed[0]}: expected")


def test_a_shrunk_photo_is_drawn_into_where_its_face_is(mien, samples, tmp_path):
    photo, gallery = samples["obama3.jpg"], tmp_path / "one.gallery"
    mien("enroll", f"Obama={samples['obama.jpg']}", "-g", gallery)
    row = mien(
        *("identify", photo, "-g", gallery, "--annotate", tmp_path / "out", "--json"),
        *("--max-megapixels", "1", "--shrink-large"),
    ).row
    assert (row["width"], row["height"], row["shrunk"]) == (1434, 2333, 2)
    (face,) = row["faces"]
    assert face["name"] == "Obama"
    drawn = read_image(row["annotated"]).astype(int)
    assert drawn.shape == (1167, 717, 3)
    framed = (np.abs(drawn - (52, 211, 153)) < 40).all(axis=2)  # the green of a known face
    rows, columns = (np.flatnonzero(framed.sum(axis=axis) > 60) for axis in (1, 0))
    frame = (columns[0], rows[0], columns[-1], rows[-1])
    assert np.abs(np.subtract(frame, np.divide(face["box"], 2))).max() < 6


def test_faces_smaller_than_asked_for_are_left_out(mien, samples):
    photo = samples["t1.jpg"]
    sides = [
        min(face["box"][2] - face["box"][0], face["box"][3] - face["box"][1])
        for face in mien("detect", photo, "--json").row["faces"]
    ]
    least = round(sorted(sides)[2])
    left = mien("detect", photo, "--json", "--min-face", least).row["faces"]
    assert len(left) == sum(side >= least for side in sides)


def test_faces_of_a_film_smaller_than_asked_for_are_not_followed(mien, samples, folder):
    from images.films import make_film
    from watching.moving import backdrop, portrait, put

    face = portrait(read_image(samples["obama2.jpg"]))
    frames = [put(backdrop(), face, 20 + 2 * n, 40) for n in range(30)]
    make_film(folder / "clip.mp4", frames)
    (folder / "people" / "Obama").mkdir(parents=True)
    (folder / "people" / "Obama" / "a.jpg").write_bytes(samples["obama.jpg"].read_bytes())
    call = ("identify", "clip.mp4", "--people", "people", "--json", "--min-face")
    assert mien(*call, "20").row["name"] == "Obama"
    assert mien(*call, "250").out == ""
    refused = mien(*call, "20", "--max-megapixels", "0.1")
    assert "max_megapixels" in json.loads(refused.out)["error"]["message"]
