"""An annotated film: every frame with a box and a name for each face."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.text import shown
from mien.errors import InputError, InvalidOption

if TYPE_CHECKING:
    from mien.images import Label, Lettering
    from mien.images.video import Sound, VideoInfo
    from mien.records import ImageArray
    from mien.tracking import FaceNow
    from mien.watching import Seen


class AnnotatedFilm:
    """Where the annotated frames of one video go; a context manager, as ``FilmWriter`` is.

    Args:
        path: of the film.
        source: the video as it was named.
        info: what is known of it.
        lettering: writes the names.
        output: hears where its sound cannot be kept.

    Raises:
        InvalidOption: the film would replace the video itself.
        OutputUnwritable, EngineMissing: it cannot be written.
    """

    def __init__(
        self, path: Path, source: str, info: VideoInfo, lettering: Lettering, output: Output
    ) -> None:
        from mien.images.video import FilmWriter

        if path.exists() and Path(source).exists() and path.samefile(source):
            raise InvalidOption(
                f"--annotate: expected another file than the video itself, got {shown(str(path))}"
            )
        sound = _sound(source, info, output)
        self.path = path
        self._lettering = lettering
        self._writer = FilmWriter(path, info.size_wh, info.frames_per_second, sound)

    def __enter__(self) -> AnnotatedFilm:
        self._writer.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.__exit__(kind, error, traceback)

    def add(self, seen: Seen) -> None:
        """The next frame."""
        self._writer.add(drawn(seen, self._lettering), seen.frame.time_s)


def film_suffix(source: str) -> str:
    """Of the annotated film: that of the video where films are written so, else ``.mp4``."""
    from mien.images.video import FILM_SUFFIXES

    suffix = Path(source).suffix
    return suffix if suffix.lower() in FILM_SUFFIXES else ".mp4"


def drawn(seen: Seen, lettering: Lettering) -> ImageArray:
    """A copy of the frame with its faces, ``(H, W, 3) uint8``, RGB."""
    from mien.images import annotate

    labels = [_label(face) for face in seen.tracks.faces]
    return annotate(seen.frame.image, labels, font=lettering)


def _label(face: FaceNow) -> Label:
    from mien.images import Label
    from mien.records import Outcome

    outcome = face.outcome or Outcome.LOW_QUALITY
    text = face.name or ("unknown" if outcome is Outcome.UNKNOWN else "")
    detail = f"{face.similarity:.2f}" if face.name and face.similarity is not None else ""
    return Label(face.box, text, detail, outcome)


def _sound(source: str, info: VideoInfo, output: Output) -> Sound | None:
    from mien.images.video import Sound

    if not info.has_sound:
        return None
    if not Path(source).is_file():
        output.note(f"{info.source}: its sound is not kept: it is no file")
        return None
    try:
        return Sound(Path(source))
    except InputError as error:
        output.note(f"the sound is not kept: {error}")
        return None
