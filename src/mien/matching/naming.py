"""Names for the faces of one photo, with the grounds: one record a face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mien.matching.decision import FaceDecision, decide
from mien.matching.policy import Policy
from mien.records import Encoding, Identification, Photo, PhotoIdentification

Probability = Callable[[int, FaceDecision], float | None]
"""P(same person) of the face with this index, given what was decided of it."""


def identify_faces(
    photo: Photo,
    faces: Sequence[Encoding],
    people: tuple[Sequence[str], Any],
    policy: Policy,
    probability: Probability | None = None,
) -> PhotoIdentification:
    """Decide every face of a photo together: each gets exactly one row.

    Args:
        photo: whose faces they are.
        faces: left to right.
        people: P different names, and the ``(faces, P)`` similarities of faces and people.
        policy: threshold, margin and number of candidates.
        probability: by default that of the policy's calibration.

    Raises:
        InvalidArray, InvalidOption: as ``decide``.
    """
    names, similarities = people
    usable = np.array([face.quality.usable for face in faces], dtype=np.bool_)
    made = decide(similarities, names, policy.threshold, policy.rule, usable)

    def of_policy(_: int, one: FaceDecision) -> float | None:
        return policy.probability(one.similarity)

    chance = of_policy if probability is None else probability
    rows = (
        Identification(
            index=index,
            face=face.face,
            quality=face.quality,
            outcome=one.outcome,
            operating_point=policy.threshold,
            name=one.name,
            similarity=one.similarity,
            probability=chance(index, one),
            candidates=one.candidates,
            taken_by=one.taken_by,
        )
        for index, (face, one) in enumerate(zip(faces, made, strict=True))
    )
    return PhotoIdentification(photo, tuple(rows))
