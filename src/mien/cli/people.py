"""Enrolling what was named on the command line, into a gallery of the user's or one in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.progress import PhotoBar
from mien.cli.text import plural
from mien.errors import InputError, InvalidOption, SourceNotFound
from mien.names import numbered_twins, person_key

if TYPE_CHECKING:
    from mien.gallery import Gallery
    from mien.images import FolderWalk
    from mien.pipeline import FaceChoice, Recognizer

NamedPhotos = list[tuple[str, Path]]


@dataclass(slots=True)
class Tally:
    """What became of the photos so far; ``people`` are the keys of their names."""

    added: int = 0
    already_there: int = 0
    refused: int = 0
    people: set[str] = field(default_factory=set)

    @property
    def worked(self) -> int:
        return self.added + self.already_there

    def __str__(self) -> str:
        people = plural(len(self.people), "person", "people")
        parts = [f"enrolled {plural(self.added, 'photo')} of {people}"]
        parts += [f"{self.already_there:,} already there"] if self.already_there else []
        parts += [f"{self.refused:,} refused"] if self.refused else []
        return ", ".join(parts)


def which_face(largest: bool, face: int | None = None) -> FaceChoice | int:
    """The face of a photo that is meant.

    Raises:
        InvalidOption: both were asked for, or a number that no face has.
    """
    from mien.checks import check_count
    from mien.pipeline import FaceChoice

    if face is None:
        return FaceChoice.LARGEST if largest else FaceChoice.ONLY
    if largest:
        raise InvalidOption("expected --largest or --face, got both; leave one out")
    return check_count(face, "--face", 0)


def find_named(
    people: Iterable[str], output: Output, tally: Tally, exclude: Sequence[str] | None = None
) -> NamedPhotos:
    """Pairs of a name and a photo; what gives none is said and counted as refused."""
    from mien.images import FolderWalk

    found: NamedPhotos = []
    walk = FolderWalk(exclude or ())
    for text in people:
        try:
            found += _find(text, walk)
        except InputError as error:
            tally.refused += 1
            output.failed(text, error, _refusal(text, error))
    if found:  # else the errors say it already
        output.note(str(walk))
    for name, numbered in numbered_twins(name for name, _ in found):
        output.note(
            f"“{numbered}” and “{name}” are two people; if they are one, name the photo "
            f"{name}_2.jpg, or run `mien gallery merge` afterwards"
        )
    return found


def enrol(
    recognizer: Recognizer,
    gallery: Gallery,
    photos: NamedPhotos,
    *,
    choice: FaceChoice | int,
    output: Output,
    tally: Tally,
    answers: bool = True,
    keep_file_names: bool = False,
) -> None:
    """Enrol photo after photo; each is in the gallery before it is counted.

    Args:
        recognizer: finds and encodes the faces.
        gallery: where to remember.
        photos: pairs of a name and a photo.
        choice: which face of a photo is meant.
        output: hears of every refusal, and of every photo if ``answers``.
        tally: counts.
        answers: whether these rows are what the command was asked for.
        keep_file_names: remember what the files are called, too.
    """
    from mien.records import EnrolmentStatus

    with PhotoBar(output, "enrolling", len(photos)) as bar:
        for row in recognizer.enroll(gallery, photos, choice, keep_file_names=keep_file_names):
            bar.step()
            if row.error is not None:
                tally.refused += 1
                if answers:
                    output.failed(row.source, row.error, row.to_json())
                else:
                    output.note(f"not enrolled: {row.source}: {row.error}")
                continue
            tally.people.add(person_key(row.name))
            tally.added += row.status is EnrolmentStatus.ADDED
            tally.already_there += row.status is EnrolmentStatus.ALREADY_THERE
            if answers:
                output.answer(row.to_json(), ())


def find(
    text: str, output: Output, exclude: Sequence[str] | None = None, *, whole: bool = False
) -> NamedPhotos:
    """Pairs of a name and a photo; what was passed over in folders is noted.

    Raises:
        InputError: there are none; or ``whole`` is asked for, and a folder cannot be read.
    """
    from mien.images import FolderWalk

    walk = FolderWalk(exclude or ())
    found = _find(text, walk)
    if whole:
        walk.check_read()
    output.note(f"{text}: {walk}" if walk.skipped else "")
    return found


def _find(text: str, walk: FolderWalk) -> NamedPhotos:
    from mien.images import find_people

    if not text:
        raise SourceNotFound("expected a folder, a photo or NAME=PHOTO, got an empty text")
    try:
        return find_people([text], walk)
    except (OSError, ValueError) as error:  # a name too long for a path, or with a NUL in it
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise SourceNotFound(
            f"expected a folder, a photo or NAME=PHOTO, got {text[:80]!r}: {reason}"
        ) from error


def _refusal(source: str, error: InputError) -> dict[str, object]:
    return {
        "source": source,
        "name": None,
        "status": "refused",
        "error": {"kind": error.kind, "message": str(error)},
    }
