"""Near-duplicates are told from new pictures."""

from __future__ import annotations

import numpy as np
import pytest

from capture.made_shots import direction, near, shot
from capture.staged import frame
from mien.capture.novelty import (
    Alike,
    closest_pair,
    differing_bits,
    fingerprint,
    most_repeated,
    repeats,
)

ALIKE = Alike.for_threshold(0.3745)  # sface's


def test_the_limits_are_in_the_scale_of_the_embedder():
    assert (ALIKE.same, ALIKE.close, ALIKE.session) == pytest.approx((0.95, 0.93, 0.8), abs=1e-3)
    dlib = Alike.for_threshold(0.929)
    assert 0.929 < dlib.session < dlib.close < dlib.same < 1.0


@pytest.mark.parametrize(
    ("cosine", "bits", "same"),
    [(0.96, 40, True), (0.94, 4, True), (0.94, 5, False), (0.92, 0, False)],
)
def test_the_embedding_and_the_pixels_decide_together(cosine, bits, same):
    assert ALIKE.is_near_duplicate(cosine, bits) is same


def test_a_fingerprint_survives_light_noise_and_shift_but_not_another_face(picture, recognizer):
    base = frame(picture("obama.jpg"))
    bright = np.clip(base.astype(np.int16) + 25, 0, 255).astype(np.uint8)
    noise = np.random.default_rng(1).normal(0, 4, base.shape)
    noisy = np.clip(base + noise, 0, 255).astype(np.uint8)
    shifted = np.roll(base, (7, 11), (0, 1))
    other = frame(picture("biden.jpg"))
    pictures = [base, bright, noisy, shifted, other]
    prints = [
        fingerprint(image, faces[0].face)
        for image, faces in zip(pictures, recognizer.encode(pictures), strict=True)
    ]
    bits = [differing_bits(prints[0], one) for one in prints[1:]]
    assert max(bits[:3]) <= 4
    assert bits[3] > 12


def test_a_face_repeats_only_what_is_there():
    ada = direction(1)
    shots = [shot(1, vector=ada), shot(2)]
    assert repeats(near(ada, 0.97), 0, shots, ALIKE)
    assert not repeats(near(ada, 0.8), 0, shots, ALIKE)
    assert not repeats(ada, 0, [], ALIKE)


def test_the_closest_pair_is_that_of_all_pairs():
    train, validation = ([shot(n) for n in range(20)], [shot(n) for n in range(20, 50)])
    slow = max((float(a.vector @ b.vector), a.file, b.file) for a in train for b in validation)
    one, other, cosine = closest_pair(train, validation)
    assert (one.file, other.file) == slow[1:]
    assert cosine == pytest.approx(slow[0], abs=1e-6)
    assert closest_pair(train, []) is None


def test_the_most_repeated_is_the_later_one_of_the_closest_two():
    shots = [*(shot(n) for n in range(10)), shot(10, vector=near(direction(4), 0.99))]
    assert most_repeated(shots).file == "000010.jpg"
