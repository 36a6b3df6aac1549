"""A trained classifier on labelled photos: its people by name, and strangers left alone.

Two questions of the same faces. Closed set: whose photo is it, of the people it knows? The first
class answers, whatever its similarity. Open set: does the answer, at the threshold, name the right
person, and does it name nobody where the person is a stranger?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import InsufficientData
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, rate_of
from mien.evaluation.people_rates import rate_over_people
from mien.matching import FaceDecision, Policy, decide
from mien.records import FloatArray
from mien.renamed import limit_json


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPhoto:
    """One labelled photo and what the classifier says of its face.

    Attributes:
        source: the photo's name.
        person: who is on it.
        label: the classifier's name of that person; None for a stranger.
        similarities: ``(C,) float32`` of its face with every class; None where no face was found.
    """

    source: str
    person: str
    label: str | None
    similarities: FloatArray | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one photo.

    Attributes:
        photo: which.
        first: the class of the highest similarity; None without a face.
        similarity: with that class.
        named: whom the answer names at the threshold; None where it names nobody, or where there
            is no threshold.
    """

    photo: ScoredPhoto
    first: str | None
    similarity: float | None
    named: str | None


@dataclass(frozen=True, slots=True)
class PersonAccuracy:
    """One of the classifier's people.

    Attributes:
        name: as the classifier has it.
        photos: of the person.
        accuracy: share whose first class is the person.
        named: share that is named so at the threshold; None without one.
    """

    name: str
    photos: int
    accuracy: Rate
    named: Rate | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "photos": self.photos,
            "accuracy": self.accuracy.to_json(),
            "named": None if self.named is None else self.named.to_json(),
        }


@dataclass(frozen=True, slots=True)
class OpenSetAnswers:
    """The answers at a threshold.

    Attributes:
        threshold: on similarity.
        named_right: share of the people's photos that get the right name.
        wrong_name: share of them that get another's.
        false_rejects: share of them that get none, a photo without a face among them.
        false_accepts: share of the strangers' faces that get a name, its interval over the
            strangers; None without strangers.
    """

    threshold: float
    named_right: Rate
    wrong_name: Rate
    false_rejects: Rate
    false_accepts: Rate | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        accepts = self.false_accepts
        return {
            **limit_json(self.threshold),
            "named_right": self.named_right.to_json(),
            "wrong_name": self.wrong_name.to_json(),
            "false_rejects": self.false_rejects.to_json(),
            "false_accepts": None if accepts is None else accepts.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ClassifierReport:
    """What a classifier is worth.

    Attributes:
        classes: how many people it knows.
        accuracy: share of its people's photos whose first class is the right one; a photo without
            a face is an error.
        balanced_accuracy: mean of the people's accuracies.
        people: by name, those with photos.
        at_threshold: None where there is no threshold.
        stranger_photos, strangers: photos of people it does not know, and how many people.
        failure_to_acquire: photos of its people without a face.
        stranger_failures: strangers' photos without a face; they are not counted anywhere else.
        confusions: ``(person, first class, photos)`` of every mistake, the most frequent first.
        answers: one for each photo, in the order of the photos.
        notes: what the reader must know.
        seconds, model, detector: of the run, where the caller states them.
    """

    classes: int
    accuracy: Rate
    balanced_accuracy: float
    people: tuple[PersonAccuracy, ...]
    at_threshold: OpenSetAnswers | None
    stranger_photos: int
    strangers: int
    failure_to_acquire: int
    stranger_failures: int
    confusions: tuple[tuple[str, str, int], ...]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]
    seconds: float | None = None
    model: str | None = None
    detector: str | None = None

    @property
    def photos(self) -> int:
        """Of the people it knows."""
        return sum(person.photos for person in self.people)

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate classification --json``."""
        return {
            "photos": self.photos,
            "people": len(self.people),
            "classes": self.classes,
            "accuracy": self.accuracy.to_json(),
            "balanced_accuracy": self.balanced_accuracy,
            "at_threshold": None if self.at_threshold is None else self.at_threshold.to_json(),
            "stranger_photos": self.stranger_photos,
            "strangers": self.strangers,
            "failure_to_acquire": self.failure_to_acquire,
            "stranger_failures": self.stranger_failures,
            "per_person": [person.to_json() for person in self.people],
            "confusions": [
                {"person": person, "named": named, "photos": photos}
                for person, named, photos in self.confusions
            ],
            "seconds": self.seconds,
            "model": self.model,
            "detector": self.detector,
            "notes": list(self.notes),
        }


def evaluate_classification(
    photos: Sequence[ScoredPhoto], labels: Sequence[str], policy: Policy | None
) -> ClassifierReport:
    """Measure a classifier's answers.

    Args:
        photos: of its people and of strangers.
        labels: the classes, in the order of the similarities.
        policy: threshold and margin; None judges the closed set alone.

    Raises:
        InsufficientData: no photo of anybody whom it knows.
        InvalidArray: similarities that are not in [-1, 1], or not one a class.
    """
    answers = tuple(_answer(photo, labels, policy) for photo in photos)
    known = [one for one in answers if one.photo.label is not None]
    others = [one for one in answers if one.photo.label is None]
    if not known:
        some = ", ".join(labels[:5]) + (", …" if len(labels) > 5 else "")
        raise InsufficientData(
            f"classification: expected photos of people whom the model knows ({some}), got "
            "none; name the folders as they were named at training"
        )
    people = tuple(_person(name, known, policy) for name in sorted(_names(known)))
    mistakes = Counter(
        (str(one.photo.label), one.first)
        for one in known
        if one.first is not None and one.first != one.photo.label
    )
    return ClassifierReport(
        classes=len(labels),
        accuracy=_share(known, lambda one: one.first == one.photo.label),
        balanced_accuracy=float(np.mean([person.accuracy.value for person in people])),
        people=people,
        at_threshold=None if policy is None else _open_set(known, others, policy),
        stranger_photos=len(others),
        strangers=len({one.photo.person for one in others}),
        failure_to_acquire=sum(one.first is None for one in known),
        stranger_failures=sum(one.first is None for one in others),
        confusions=tuple(
            (person, named, count)
            for (person, named), count in sorted(mistakes.items(), key=lambda row: (-row[1], row))
        ),
        answers=answers,
        notes=tuple(_notes(known, others, labels, policy)),
    )


def _answer(photo: ScoredPhoto, labels: Sequence[str], policy: Policy | None) -> Answer:
    if photo.similarities is None:
        return Answer(photo, None, None, None)
    first = int(np.argmax(photo.similarities))
    made: FaceDecision | None = None
    if policy is not None:
        (made,) = decide([photo.similarities], labels, policy.threshold, policy.rule)
    named = None if made is None else made.name
    return Answer(photo, labels[first], float(photo.similarities[first]), named)


def _open_set(known: list[Answer], others: list[Answer], policy: Policy) -> OpenSetAnswers:
    accepts = None
    seen = [one for one in others if one.first is not None]
    if seen:
        trials = Counter(one.photo.person for one in seen)
        hits = Counter(one.photo.person for one in seen if one.named is not None)
        accepts = rate_over_people(
            [hits[person] for person in trials], list(trials.values()), sum(hits.values())
        )
    return OpenSetAnswers(
        threshold=policy.threshold.similarity,
        named_right=_share(known, lambda one: one.named == one.photo.label),
        wrong_name=_share(
            known, lambda one: one.named not in (None, one.photo.label), errors_hit=True
        ),
        false_rejects=_share(known, lambda one: one.named is None, errors_hit=True),
        false_accepts=accepts,
    )


def _person(name: str, known: list[Answer], policy: Policy | None) -> PersonAccuracy:
    own = [one for one in known if one.photo.label == name]
    return PersonAccuracy(
        name,
        len(own),
        _share(own, lambda one: one.first == name),
        None if policy is None else _share(own, lambda one: one.named == name),
    )


def _share(
    answers: list[Answer], holds: Callable[[Answer], bool], *, errors_hit: bool = False
) -> Rate:
    """The share for which it holds, with Wilson's interval; ``errors_hit`` if that is a fault."""
    hits = sum(map(holds, answers))
    return rate_of(hits, len(answers), hits if errors_hit else len(answers) - hits)


def _names(known: list[Answer]) -> set[str]:
    return {str(one.photo.label) for one in known}


def _notes(
    known: list[Answer], others: list[Answer], labels: Sequence[str], policy: Policy | None
) -> list[str]:
    notes = []
    absent = len(labels) - len(_names(known))
    if absent:
        notes.append(f"{absent:,} of the {len(labels):,} people it knows have no photo here")
    if policy is None:
        notes.append("no threshold was measured with this model: the closed set alone is judged")
    elif not others:
        notes.append("no strangers: false accepts were not measured; name some with --strangers")
    elif len({one.photo.person for one in others}) < SUPPORTING_ERRORS:
        notes.append("few strangers: other strangers may fare otherwise")
    return notes
