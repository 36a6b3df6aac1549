"""Make a gallery follow a folder: what is new there is enrolled, what is gone there is removed.

    plan = plan_sync(find_people(["people"]), gallery)  # looks at pixels, changes nothing
    for step in plan.apply(gallery, recognizer):
        print(step.action, step.name, step.source, step.status)

A photo is the same if its pixels are: file names count only where they were kept at enrolment,
to tell a photo that was replaced from one that is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from mien.errors import InputError, InvalidOption, MienError
from mien.gallery import EnrolledPhoto, Gallery
from mien.images import photo_digest, read_image
from mien.names import person_key
from mien.parallel import ordered_map
from mien.pipeline import FaceChoice, Recognizer

_Photo = tuple[str, str]  # a person's key, and a digest

UNREADABLE = "a photo of theirs cannot be read, which may be this one"
BARE = "none of their photos in the folder can be used"


class SyncAction(StrEnum):
    """What a step does to the gallery."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


class SyncStatus(StrEnum):
    """What became of a step: ``KEPT`` is a photo that was to go and stayed, ``REFUSED`` a new one
    that cannot be used; an old one that it was to replace stays."""

    PLANNED = "planned"
    DONE = "done"
    REFUSED = "refused"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class SyncStep:
    """One photo that comes, goes, or both.

    Attributes:
        action: what is to be done.
        name: whose photo it is, as the gallery spells it if it knows them.
        source: the new photo.
        removes: the old photo.
        status: what became of it.
        error: why it was refused.
        reason: why it was kept.
    """

    action: SyncAction
    name: str
    source: Path | None = None
    removes: EnrolledPhoto | None = None
    status: SyncStatus = SyncStatus.PLANNED
    error: MienError | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "source": None if self.source is None else str(self.source),
            "name": self.name,
            "action": self.action.value,
            "status": self.status.value,
            "removes": None if self.removes is None else self.removes.to_json(),
        }
        if self.error is not None:
            row["error"] = {"kind": self.error.kind, "message": str(self.error)}
        if self.reason is not None:
            row["reason"] = self.reason
        return row


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What has to be done for a gallery to follow a folder.

    Attributes:
        steps: in the order of the folder, then what is removed, by name.
        unchanged: photos of the folder that are enrolled already.
        leaving: people of the gallery of whom nothing is in the folder; ``apply`` wants to be
            told that they may go.
    """

    steps: tuple[SyncStep, ...]
    unchanged: int
    leaving: tuple[str, ...]

    def apply(
        self,
        gallery: Gallery,
        recognizer: Recognizer,
        *,
        remove_people: bool = False,
        choice: FaceChoice | int = FaceChoice.ONLY,
        keep_file_names: bool = False,
    ) -> Iterator[SyncStep]:
        """Enrol photo after photo, each durable when it is yielded; then remove, all at once.

        An old photo goes only when its successor is in, and a person who is in the folder never
        loses the last photo.

        Args:
            gallery: the one that was planned for.
            recognizer: finds and encodes the faces of what is new.
            remove_people: whether ``leaving`` may go.
            choice: which face of a photo is meant.
            keep_file_names: as ``Recognizer.enroll``.

        Raises:
            InvalidOption: people would have to go, and may not; nothing was changed.
        """
        if self.leaving and not remove_people:
            raise InvalidOption(
                f"remove_people: expected leave to remove {', '.join(self.leaving[:5])}"
                f"{' and others' if len(self.leaving) > 5 else ''}, of whom nothing is in the "
                "folder, got none; nothing was changed"
            )
        return self._apply(gallery, recognizer, choice, keep_file_names)

    def _apply(
        self,
        gallery: Gallery,
        recognizer: Recognizer,
        choice: FaceChoice | int,
        keep_file_names: bool,
    ) -> Iterator[SyncStep]:
        yield from (step for step in self.steps if step.status is not SyncStatus.PLANNED)
        planned = [step for step in self.steps if step.status is SyncStatus.PLANNED]
        going = [step for step in planned if step.source is None]
        new = [step for step in planned if step.source is not None]
        rows = recognizer.enroll(
            gallery,
            [(step.name, step.source) for step in new],
            choice,
            keep_file_names=keep_file_names,
        )
        for step, row in zip(new, rows, strict=True):
            if row.error is not None:
                yield replace(step, status=SyncStatus.REFUSED, error=row.error)
            elif step.removes is not None:
                going.append(step)
            else:
                yield replace(step, status=SyncStatus.DONE)
        yield from self._remove(gallery, going)

    def _remove(self, gallery: Gallery, steps: Sequence[SyncStep]) -> Iterator[SyncStep]:
        digests: dict[str, set[str]] = {}
        for step in steps:
            if step.removes is not None:
                digests.setdefault(step.name, set()).add(step.removes.digest)
        bare = {
            name
            for name, gone in digests.items()
            if name not in self.leaving and gallery.person(name).templates == len(gone)
        }
        gallery.remove_photos({name: gone for name, gone in digests.items() if name not in bare})
        for step in steps:
            if step.name in bare:
                yield replace(step, status=SyncStatus.KEPT, reason=BARE)
            else:
                yield replace(step, status=SyncStatus.DONE)


def plan_sync(
    photos: Iterable[tuple[str, Path]],
    gallery: Gallery,
    *,
    workers: int = 2,
    told: Callable[[], None] = lambda: None,
) -> SyncPlan:
    """Compare the photos of a folder with a gallery; nothing is changed.

    Args:
        photos: pairs of a name and a photo, all that the gallery is to hold, as
            ``mien.images.find_people`` gives them.
        gallery: what is to follow.
        workers: threads that read photos.
        told: called after each photo.
    """
    pairs = list(photos)
    names = {person_key(person.name): person.name for person in gallery.people()}
    enrolled = {
        (key, photo.digest): photo for key, name in names.items() for photo in gallery.photos(name)
    }
    here: set[_Photo] = set()
    steps: list[SyncStep] = []
    answers = ordered_map(_digest, [photo for _, photo in pairs], workers)
    for (name, source), digest in zip(pairs, answers, strict=True):
        told()
        step = SyncStep(SyncAction.ADD, names.get(person_key(name), name), source)
        if isinstance(digest, InputError):
            steps.append(replace(step, status=SyncStatus.REFUSED, error=digest))
            continue
        photo = person_key(name), digest
        if photo not in here and photo not in enrolled:
            steps.append(step)
        here.add(photo)
    people = {person_key(name) for name, _ in pairs}
    gone = {photo: old for photo, old in enrolled.items() if photo not in here}
    steps = list(_replacing(steps, gone))
    unreadable = {person_key(step.name) for step in steps if step.error is not None}
    removed = [
        SyncStep(SyncAction.REMOVE, names[key], removes=old)
        if key not in unreadable
        else SyncStep(SyncAction.REMOVE, names[key], None, old, SyncStatus.KEPT, reason=UNREADABLE)
        for (key, _), old in gone.items()
    ]
    leaving = tuple(name for key, name in names.items() if key not in people)
    return SyncPlan((*steps, *removed), len(pairs) - len(steps), leaving)


def _digest(source: Path) -> str | InputError:
    try:
        return photo_digest(read_image(source))
    except InputError as error:
        return error


def _replacing(steps: Sequence[SyncStep], gone: dict[_Photo, EnrolledPhoto]) -> Iterator[SyncStep]:
    """The steps, joined with those photos of ``gone`` that had the same file name."""
    named = {(key, old.file_name): (key, digest) for (key, digest), old in gone.items()}
    for step in steps:
        file_name = None if step.source is None else step.source.name
        photo = named.pop((person_key(step.name), file_name), None)
        if photo is None or step.error is not None:
            yield step
        else:
            yield replace(step, action=SyncAction.REPLACE, removes=gone.pop(photo))
