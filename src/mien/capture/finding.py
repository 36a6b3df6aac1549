"""From one picture of the source to a draft: whose face -> good -> new -> cut -> look again."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from mien.capture.crops import cut
from mien.capture.drafts import Drafts
from mien.capture.kept import KeptSet
from mien.capture.novelty import Alike, fingerprint, most_repeated, repeats
from mien.capture.options import CollectOptions
from mien.capture.person import Chosen, Person
from mien.capture.poses import pose_of
from mien.capture.reasons import Refusal
from mien.capture.shots import Shot
from mien.capture.sources import Look
from mien.errors import InputError
from mien.images import read_image
from mien.parallel import ordered_map
from mien.pipeline import Recognizer
from mien.records import Encoding, ImageArray

POOL_SHARE = 4
"""So many times the wanted count is found at most; then the most alike of them go again."""
KEPT = "kept"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture of the source, its pixels (None where it cannot be read), and its faces."""

    look: Look
    image: ImageArray | None
    faces: Sequence[Encoding]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """``KEPT`` or the reason why not, and the face that was meant."""

    word: str
    face: Encoding | None = None


class Finder:
    """Makes drafts of the pictures that may be kept.

    Args:
        options: what is wanted.
        recognizer: finds and encodes the faces.
        person: whose they have to be.
        kept, drafts: what is there already, and where new ones go.
    """

    def __init__(
        self,
        options: CollectOptions,
        recognizer: Recognizer,
        person: Person,
        kept: KeptSet,
        drafts: Drafts,
    ) -> None:
        self._options = options
        self._recognizer = recognizer
        self._person = person
        self._kept = kept
        self._drafts = drafts
        self._alike = Alike.for_threshold(person.min_similarity)
        self._number = drafts.next_number()

    def see(self, looks: Iterable[Look], *, live: bool) -> Generator[Seen]:
        """Pixels and faces of each picture; of a film on all cores, of a camera at once."""

        def see(look: Look) -> Seen:
            try:
                image = look.read()
            except InputError:
                return Seen(look, None, ())
            return Seen(look, image, self._recognizer.encode([image])[0])

        yield from map(see, looks) if live else ordered_map(see, looks, self._recognizer.workers)

    def take(self, seen: Seen) -> Verdict:
        """Keep the picture as a draft, or say why not."""
        if seen.image is None:
            return Verdict(Refusal.UNREADABLE.value)
        chosen = self._person.choose(seen.faces)
        if isinstance(chosen, Refusal):
            return Verdict(chosen.value)
        word = self._judge(seen.look, seen.image, seen.faces, chosen)
        return Verdict(str(word), chosen.face)

    def _judge(
        self, look: Look, image: ImageArray, faces: Sequence[Encoding], chosen: Chosen
    ) -> str:
        face = chosen.face
        if not face.quality.usable:
            return face.quality.reasons[0]
        if self._options.form.frames and sum(one.quality.usable for one in faces) > 1:
            return Refusal.SEVERAL_FACES
        print_ = fingerprint(image, face.face)
        if repeats(
            face.vector, print_, [*self._kept.known, *self._drafts.shots.values()], self._alike
        ):
            return Refusal.NEAR_DUPLICATE
        others = [one.face for one in faces if one is not face]
        picture = cut(image, face.face, others, self._options.form)
        if picture is None:
            return Refusal.CROWDED
        return self._draft(look, picture, chosen, print_)

    def _draft(self, look: Look, picture: ImageArray, chosen: Chosen, print_: int) -> str:
        """Write the picture, and look at it again as a training will."""
        drafts, face = self._drafts, chosen.face
        file = f"{self._number:06}.jpg"
        path, digest = drafts.save(file, picture)
        if not self._options.form.grey:
            pixels = read_image(path, self._recognizer.reading)
            (again,) = self._recognizer.encode([pixels], every=not self._options.form.frames)
            usable = [one for one in again if one.quality.usable]
            if len(usable) != 1 or not self._person.confirms(face.vector, usable[0].vector):
                path.unlink()
                return Refusal.NOT_FOUND_AGAIN
        quality = face.quality
        shot = Shot(
            file=file,
            sha256=digest,
            moment=look.moment,
            pose=pose_of(quality),
            measures=quality.measures,
            vector=face.vector,
            fingerprint=print_,
            similarity=chosen.similarity,
        )
        drafts.add(shot)
        self._number += 1
        self._person.note(shot.vector)
        if len(drafts.shots) > POOL_SHARE * self._options.count:
            drafts.drop(most_repeated(list(drafts.shots.values())))
            drafts.refused[Refusal.NOT_NEEDED.value] += 1
        return KEPT
