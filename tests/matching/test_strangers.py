from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import mien
from mien.api import build_recognizer
from mien.errors import FaceError, InvalidEmbedding, ModelInvalid
from mien.matching.strangers import (
    SHIPPED,
    StrangerSet,
    find_strangers,
    load_strangers,
    parse_strangers,
    ships,
    write_strangers,
)
from mien.models import CARDS
from mien.pipeline import FaceChoice
from mien.records import EmbeddingSpace


def space_of(model: str, preprocessing: str) -> EmbeddingSpace:
    return replace(CARDS[model].space, preprocessing=preprocessing)


spaces = pytest.mark.parametrize("key", SHIPPED, ids="-".join)


def made_up(count=7, dimensions=6) -> StrangerSet:
    vectors = np.random.default_rng(0).normal(size=(count, dimensions)).astype(np.float32)
    space = EmbeddingSpace("made-up", "0" * 64, "none-v1", dimensions)
    return StrangerSet(space, vectors, "nobody")


@spaces
def test_a_thousand_strangers_ship_as_unit_vectors_that_nobody_can_change(key):
    vectors = load_strangers(space_of(*key))
    assert vectors.shape == (1000, 128)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert not vectors.flags.writeable
    assert len(np.unique(vectors, axis=0)) == 1000


@spaces
def test_they_are_as_different_from_each_other_as_strangers_are(key):
    from mien.matching import threshold_for

    vectors = load_strangers(space_of(*key))
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    assert (pairs >= threshold_for(space_of(*key), 1e-2).similarity).mean() < 0.02
    assert (pairs >= threshold_for(space_of(*key), 1e-4).similarity).mean() < 4e-4


@spaces
def test_none_are_given_for_other_weights_or_another_preprocessing(key):
    space = space_of(*key)
    assert find_strangers(space).space == space
    assert load_strangers(replace(space, sha256="0" * 64)) is None
    assert load_strangers(replace(space, preprocessing="other-v1")) is None
    assert load_strangers(replace(space, model="other")) is None
    assert load_strangers(replace(space, dimensions=64)) is None


@spaces
def test_the_file_is_small_text_with_numbers_and_no_name(key):
    folder = resources.files("mien.matching") / "stranger_vectors"
    text = (folder / SHIPPED[key]).read_text("utf-8")
    assert len(text) < 250_000
    record = json.loads(text)
    assert set(record) == {
        *("format", "origin", "model", "model_sha256", "preprocessing", "dimensions"),
        *("count", "numbers", "sha256", "base64"),
    }
    assert {len(line) for line in record["base64"][:-1]} == {128}


def test_whoever_takes_the_files_out_has_no_strangers(tmp_path):
    package = tmp_path / "mien"
    leave_out = shutil.ignore_patterns("stranger_vectors", "__pycache__")
    shutil.copytree(Path(mien.__file__).parent, package, ignore=leave_out)
    code = (
        "from dataclasses import replace\n"
        "from mien.models import CARDS\n"
        "from mien.matching.strangers import SHIPPED, load_strangers\n"
        "for model, preprocessing in SHIPPED:\n"
        "    space = replace(CARDS[model].space, preprocessing=preprocessing)\n"
        "    assert load_strangers(space) is None\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_rounding_to_eight_bits_hardly_turns_a_vector_and_the_order_of_rows_is_lost():
    given = made_up(50, 128)
    read = parse_strangers(write_strangers(given))
    assert read.space == given.space
    assert read.origin == "nobody"
    cosines = given.vectors @ read.vectors.T / np.linalg.norm(given.vectors, axis=1)[:, None]
    assert cosines.max(axis=1).min() > 0.9998
    shuffled = StrangerSet(given.space, given.vectors[::-1], given.origin)
    assert write_strangers(shuffled) == write_strangers(given)


def test_a_vector_without_a_direction_is_not_written():
    given = made_up()
    given.vectors[3] = 0
    with pytest.raises(InvalidEmbedding):
        write_strangers(given)


def changed(text: str, **fields: object) -> str:
    return json.dumps({**json.loads(text), **fields})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: changed(text, format=2),
        lambda text: changed(text, count=8),
        lambda text: changed(text, dimensions=0),
        lambda text: changed(text, sha256="0" * 64),
        lambda text: changed(text, base64=["!" * 8]),
        lambda text: changed(text, base64=None),
        lambda text: text.replace('"origin"', '"orgin"'),
        lambda text: "[]",
        lambda text: "",
    ],
)
def test_a_damaged_file_is_refused(damage):
    with pytest.raises(ModelInvalid, match=r"expected strangers .* reinstall mien"):
        parse_strangers(damage(write_strangers(made_up())), "made-up.json")


def test_the_rule_deals_people_into_two_halves_by_their_names_hash():
    names = [f"Person_{number}" for number in range(2000)]
    for name in names[:50]:
        assert ships(name) == (int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0)
    assert 900 < sum(map(ships, names)) < 1100


def test_the_shipped_vectors_are_those_of_one_half_of_lfws_people(bench_data, model_store):
    recognizer = build_recognizer(store=model_store)
    shipped = load_strangers(recognizer.embedder.space)
    people = sorted(
        (bench_data / "lfw" / "images").iterdir(),
        key=lambda folder: hashlib.sha256(folder.name.encode()).digest(),
    )
    for wanted in (True, False):
        chosen = [folder for folder in people if ships(folder.name) == wanted][:12]
        photos = recognizer.encode_photos(min(folder.glob("*.jpg")) for folder in chosen)
        for folder, encoded in zip(chosen, photos, strict=True):
            try:
                face = recognizer.choose(encoded, FaceChoice.CENTRAL)
            except FaceError:
                continue
            nearest = float((shipped @ face.vector).max())
            assert (nearest > 0.99) == wanted, folder.name
