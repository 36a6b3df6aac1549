"""What a collection is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption
from mien.names import clean_name
from mien.renamed import renamed_field

CLASSIC_SIDE = 200
LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Form:
    """What a kept picture looks like.

    Attributes:
        frames: the whole frame; else the face with room around it.
        grey: a tight grey square, the form of the classics; it is to be used without a detector.
        side: pixels of the square; by default the frame's own pixels, and 200 for ``grey``.
    """

    frames: bool = False
    grey: bool = False
    side: int | None = None

    def checked(self) -> Form:
        """The same with its default side.

        Raises:
            InvalidOption: forms that exclude each other, or a side out of range.
        """
        if self.frames and (self.grey or self.side is not None):
            raise InvalidOption("--frames: expected whole frames or crops, got --grey or --size")
        if self.side is None:
            return Form(grey=True, side=CLASSIC_SIDE) if self.grey else self
        check_count(self.side, "--size", 32, 2048)
        return self


@renamed_field("threshold", "min_similarity")
@dataclass(frozen=True, slots=True)
class CollectOptions:
    """Who is collected, from what, how much of it, and where it is put.

    Attributes:
        name: whose pictures these are, by the gallery's rule for names.
        source: a camera's number, a film, an address of a stream, a photo, or a folder of them.
        out: the data folder; ``train/NAME`` and ``validation/NAME`` are made in it.
        count: how many pictures the set shall hold in all.
        share: of validation pictures, 0 to 0.5.
        gap_s: seconds that at least lie between training and validation pictures of one film.
        form: of the pictures.
        like: photos of the person; only faces that look like them are kept.
        largest: in each picture take the largest usable face.
        min_similarity: faces of at least this cosine similarity are one person; by default the one
            measured for the embedder at a false match rate of 1e-3.
        every_s: look at one frame in so many seconds; by default at all of a short film, and
            at some thousands of a long one.
        limit_s: stop after so many seconds of the source.
        exclude: patterns of files and folders to be passed over in a folder of photos; see
            `mien.images.FolderWalk`.
    """

    name: str
    source: str | Path
    out: Path
    count: int = 100
    share: float = 0.2
    gap_s: float = 1.0
    form: Form = field(default_factory=Form)
    like: tuple[Path, ...] = ()
    largest: bool = False
    min_similarity: float | None = None
    every_s: float | None = None
    limit_s: float | None = None
    exclude: tuple[str, ...] = ()

    def checked(self) -> CollectOptions:
        """The same with a clean name, or what is wrong.

        Raises:
            InvalidName: not a name that a person can be stored under.
            InvalidOption: a number outside its range, or options that exclude each other.
        """
        check_count(self.count, "--count", 1, 100_000)
        check_fraction(self.share, "--share", 0.0, 0.5)
        check_fraction(self.gap_s, "--gap", 0.0, 3600.0)
        if self.min_similarity is not None:
            check_fraction(self.min_similarity, "min_similarity", -1.0, 1.0)
        if self.every_s is not None:
            check_fraction(self.every_s, "--every", 0.0, 3600.0)
        if self.limit_s is not None:
            check_fraction(self.limit_s, "--seconds", 0.0, LONGEST_S)
        if self.largest and self.like:
            raise InvalidOption("expected --like or --largest, got both; leave one out")
        return CollectOptions(
            **{
                **{name: getattr(self, name) for name in self.__slots__},
                "name": clean_name(self.name),
                "form": self.form.checked(),
            }
        )
