"""Annotated pictures in a folder: one for each source, named after it, nothing overwritten."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cli.text import shown
from mien.errors import OutputUnwritable

if TYPE_CHECKING:
    from mien.cli.output import Output
    from mien.images import Label, Lettering, Limits
    from mien.records import Identification, PhotoIdentification

_LONGEST_STEM = 60  # characters: four bytes each stay below the 255 that a name may have


class PictureFolder:
    """Where annotated pictures and films go.

    A picture is called after its photo, ``a.jpg``; if that name is taken, by another photo's
    picture or by any file that was there before, then ``a-2.jpg`` and so on.

    Args:
        folder: made if need be.
        lettering: writes the names.
        reading: as the photos were read: what was shrunk then is drawn into at that size.

    Raises:
        OutputUnwritable: it cannot be made.
    """

    def __init__(self, folder: Path, lettering: Lettering, reading: Limits | None = None) -> None:
        self.folder = folder
        self.lettering = lettering
        self._reading = reading
        self.written = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = getattr(error, "strerror", None) or error
            raise OutputUnwritable(
                f"--annotate: expected a folder at {shown(str(folder))!r}, got: {reason}; "
                "choose another one"
            ) from error

    def add(self, answer: PhotoIdentification) -> Path:
        """Draw the answers into a copy of their photo and save it.

        Raises:
            InputError: the photo is not there any more.
            OutputUnwritable: the picture cannot be written.
        """
        from mien.images import annotate, read_image, save_image

        path = self.free(answer.photo.source, ".jpg")
        pixels = read_image(answer.photo.source, self._reading)
        labels = [label(face, answer.photo.shrunk) for face in answer.faces]
        save_image(annotate(pixels, labels, font=self.lettering), path)
        self.written += 1
        return path

    def free(self, source: str, suffix: str) -> Path:
        """A name that is not taken, after the source's."""
        # Path.stem holds no separator, and a name of dots alone has its dots in the stem.
        stem = Path(source).stem[:_LONGEST_STEM].strip(". ") or "photo"
        names = (f"{stem}{suffix}" if n == 1 else f"{stem}-{n}{suffix}" for n in count(1))
        return next(path for name in names if not _taken(path := self.folder / name))


def note_stand_ins(lettering: Lettering, output: Output) -> None:
    """Say which names the pictures show by something else, each once."""
    for part, stand_in in lettering.stand_ins.items():
        why = (
            "Pillow finds no FriBiDi to join its letters: install it (on Debian libfribidi0)"
            if lettering.lacks_fribidi(part)
            else "no font on this machine has its letters: install one (on Debian fonts-noto), or "
            "name one, --font FILE"
        )
        output.note(f"the pictures show {stand_in} for {part!r}: {why}")


def label(face: Identification, shrunk: int = 1) -> Label:
    """What is drawn of one face, into a photo that may be shrunk: name or outcome, similarity."""
    from mien.detection import moved
    from mien.images import Label
    from mien.records import Outcome

    words = {
        Outcome.KNOWN: face.name or "",
        Outcome.UNKNOWN: "unknown",
        Outcome.AMBIGUOUS: " / ".join(one.name for one in face.candidates[:2]) + " ?",
        Outcome.LOW_QUALITY: "low quality",
    }
    shows_number = face.outcome in (Outcome.KNOWN, Outcome.AMBIGUOUS)
    detail = f"{face.similarity:.2f}" if shows_number and face.similarity is not None else ""
    return Label(moved(face.face, 1 / shrunk).box, words[face.outcome], detail, face.outcome)


def _taken(path: Path) -> bool:
    """Whether anything has that name, be it a broken link."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputUnwritable(
            f"--annotate: expected to write {shown(str(path))!r}, got: {reason}; choose another "
            "folder"
        ) from error
    return True
