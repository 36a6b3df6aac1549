"""Whom a trained network must call unknown: which strangers it is asked about, and what follows.

In this order: the user's own photos of strangers; the vectors that ship with mien, where the
network gives such vectors; else the people themselves, each asked about by a head that was trained
without them. Where none of it can be had there is no threshold, and the model says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData
from mien.matching import class_similarities
from mien.matching.strangers import find_strangers
from mien.models import CARDS, EmbedderCard
from mien.networks.backbone import Backbone
from mien.records import EmbeddingSpace, FloatArray
from mien.training.config import TrainConfig
from mien.training.known import KnownFit, fit_known, held_out_strangers, without_trained
from mien.training.learner import Answers, Classes, Example, Learned, Learner
from mien.training.loop import emptied

FEWEST_PEOPLE_TO_HOLD_OUT = 3


@dataclass(frozen=True, slots=True)
class Unknown:
    """How a network tells strangers.

    Attributes:
        fit: threshold and P(known); None where nothing could be measured.
        source: who the strangers were, in words; or why there were none.
        optimistic: the strangers were people whom the network itself had learned to tell apart,
            so real strangers will be named more often.
    """

    fit: KnownFit | None
    source: str
    optimistic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the threshold is set on.

    Attributes:
        train, validation: of the people whom the network knows.
        strangers: crops of others, ``(S, side, side, 3) uint8``, RGB; None where there are none.
    """

    train: Example
    validation: Example
    strangers: NDArray[np.uint8] | None = None


def find_unknown(learner: Learner, learned: Learned, evidence: Evidence, work: Path) -> Unknown:
    """Set the threshold of ``unknown``.

    Args:
        learner: that trained the network.
        learned: the network.
        evidence: photos of known people, and of strangers.
        work: folder for the checkpoints of further trainings.
    """
    validation = learner.answers(learned, evidence.validation.crops)
    genuine = own_similarities(learned, validation, evidence.validation.classes)
    wanted = learner.config.false_accepts
    if evidence.strangers is not None and len(evidence.strangers):
        asked = similarities(learned, learner.answers(learned, evidence.strangers))
        source = f"{len(asked)} photos of strangers"
        return _fitted(genuine, asked, wanted, source)
    shipped = shipped_strangers(learner.config, learner.backbone)
    if shipped is not None:
        asked = similarities(learned, learner.answers_of_features(learned, shipped[0]))
        kept = asked[without_trained(genuine, asked)]
        return _fitted(
            genuine, kept, wanted, f"{len(kept)} strangers that ship with mien: {shipped[1]}"
        )
    return _by_people_held_out(learner, learned, evidence, work)


def similarities(learned: Learned, answers: Answers, temperature: float = 1.0) -> FloatArray:
    """``(N, C)`` similarities to each person, as ``identify`` will see them."""
    centres = learned.head.centres.numpy()
    kind = learned.head.similarity
    return class_similarities(answers.embeddings, answers.logits, centres, kind, temperature)


def own_similarities(learned: Learned, answers: Answers, classes: Classes) -> FloatArray:
    """``(N,)`` the similarity of each photo to its own person."""
    return similarities(learned, answers)[np.arange(len(classes)), classes]


def shipped_strangers(config: TrainConfig, backbone: Backbone) -> tuple[FloatArray, str] | None:
    """Vectors of strangers that this backbone would give, with their origin.

    Only a face network that was left as published gives the vectors that ship.
    """
    card = CARDS.get(backbone.facts.name)
    if not isinstance(card, EmbedderCard) or backbone.frozen_blocks < len(backbone.blocks):
        return None
    space: EmbeddingSpace = card.space
    if config.mirror:
        space = replace(space, preprocessing=f"{space.preprocessing}+mirror")
    found = find_strangers(space)
    return None if found is None else (np.array(found.vectors), found.origin)


def _by_people_held_out(
    learner: Learner, learned: Learned, evidence: Evidence, work: Path
) -> Unknown:
    """Ask about each person a head that was trained without them."""
    people = np.unique(evidence.train.classes)
    if len(people) < FEWEST_PEOPLE_TO_HOLD_OUT:
        return Unknown(
            None,
            f"expected {FEWEST_PEOPLE_TO_HOLD_OUT} people to hold one out, got {len(people)}; "
            "name a folder of strangers' photos with --strangers",
        )
    if not learned.fast:
        return Unknown(
            None,
            "on the slow path every person held out would be a whole training more; "
            "name a folder of strangers' photos with --strangers",
        )
    together = _both(evidence.train, evidence.validation)
    rows = np.arange(len(together.crops))

    def train_without(out: NDArray[np.int64]) -> Callable[[FloatArray], FloatArray]:
        train = _without(evidence.train, out)
        validation = _without(evidence.validation, out)
        other = learner.learn(train, validation, len(people) - len(out), emptied(work / "held-out"))

        def ask(numbers: FloatArray) -> FloatArray:
            crops = together.crops[numbers[:, 0].astype(np.int64)]
            return similarities(other, learner.answers(other, crops))

        return ask

    numbered = rows[:, None].astype(np.float32)  # crops are looked up by their number
    asked = held_out_strangers(numbered, together.classes, train_without)
    answers = learner.answers(learned, evidence.validation.crops)
    genuine = own_similarities(learned, answers, evidence.validation.classes)
    source = f"the {len(people)} people themselves, each held out in turn"
    return replace(_fitted(genuine, asked, learner.config.false_accepts, source), optimistic=True)


def _fitted(genuine: FloatArray, asked: NDArray[Any], wanted: float, source: str) -> Unknown:
    try:
        return Unknown(fit_known(genuine, asked, wanted, source), source)
    except InsufficientData as error:
        return Unknown(None, str(error))


def _both(first: Example, second: Example) -> Example:
    return Example(
        np.concatenate([first.crops, second.crops]),
        np.concatenate([first.classes, second.classes]),
    )


def _without(example: Example, out: NDArray[np.int64]) -> Example:
    """The photos of the others, their classes numbered anew."""
    stay = ~np.isin(example.classes, out)
    _, numbered = np.unique(example.classes[stay], return_inverse=True)
    return Example(example.crops[stay], numbered.astype(np.int64))
