"""P people, K photos of each, and the same again after a break."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("pytorch_metric_learning", reason="it is of the extra train, not installed")

from pytorch_metric_learning.utils import common_functions

from mien.training.metric.batches import PeopleOrder
from mien.training.rows import FeatureRows

# Photos of six people, from 1 to 30 of each.
CLASSES = np.repeat(np.arange(6), [1, 3, 4, 8, 20, 30])
VIEWS = 2


def order(seed: int = 0, people: int = 4, photos: int = 4) -> PeopleOrder:
    rows = FeatureRows(np.zeros((VIEWS * len(CLASSES), 3), dtype=np.float32), CLASSES)
    return PeopleOrder(rows, CLASSES, people, photos, seed)


def batches(given: PeopleOrder) -> list[list[int]]:
    rows = list(given)
    return [rows[at : at + given.batch_size] for at in range(0, len(rows), given.batch_size)]


def test_each_batch_holds_k_photos_of_each_of_p_people():
    drawn = batches(order())
    assert len(drawn) == 5  # as many photos as there are, 66, in batches of 16
    for batch in drawn:
        counted = Counter(CLASSES[row // VIEWS] for row in batch)
        assert sorted(counted.values()) == [4, 4, 4, 4]


def test_who_has_enough_photos_is_drawn_without_repetition():
    for batch in batches(order()):
        for person in (2, 3, 4, 5):
            photos = [row // VIEWS for row in batch if CLASSES[row // VIEWS] == person]
            assert len(set(photos)) == len(photos)


def test_p_is_at_most_the_number_of_people():
    assert order(people=99).batch_size == 6 * 4


def test_every_view_is_drawn_sooner_or_later():
    given, seen = order(), set()
    for epoch in range(40):
        given.set_epoch(epoch)
        seen.update(given)
    assert seen == set(range(VIEWS * len(CLASSES)))


def test_an_epoch_s_batches_depend_on_its_number_and_the_seed_alone():
    one, other = order(seed=7), order(seed=7)
    one.set_epoch(0)
    list(one)
    one.set_epoch(3)
    other.set_epoch(3)
    assert list(one) == list(other)
    assert list(one) != list(order(seed=8))
    other.set_epoch(4)
    assert list(one) != list(other)


def test_the_library_s_own_random_numbers_are_left_alone():
    before = common_functions.NUMPY_RANDOM
    state = np.random.get_state()[1].copy()
    list(order())
    assert common_functions.NUMPY_RANDOM is before
    assert np.array_equal(np.random.get_state()[1], state)
