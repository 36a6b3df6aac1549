"""From a source to a set: look -> whose face -> good enough -> new -> keep; then split and choose.

A picture is on the disk before it is counted. First everything worth keeping is found (`gather`),
then the set is made of it (`settle`): only then is it known how long the person was seen, where
training may end and validation begin, and which pictures are one too many.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from types import TracebackType

import numpy as np

from mien.capture.balance import choose
from mien.capture.blocks import Split, split
from mien.capture.crops import cut
from mien.capture.drafts import Drafts
from mien.capture.kept import KeptSet
from mien.capture.novelty import (
    closest_pair,
    differing_bits,
    fingerprint,
    most_repeated,
    repeats,
)
from mien.capture.options import CollectOptions
from mien.capture.person import Chosen, Person
from mien.capture.poses import coverage, missing, pose_of
from mien.capture.progress import Closest, Collected, Progress, Watcher
from mien.capture.reasons import WORDS, Refusal
from mien.capture.shots import Part, Shot
from mien.capture.sources import Look, open_source, session_of
from mien.errors import InputError, MultipleFaces, NoFace
from mien.images import read_image
from mien.matching import threshold_for
from mien.parallel import ordered_map
from mien.pipeline import EncodedPhoto, FaceChoice, Recognizer
from mien.records import Encoding, FloatArray, ImageArray

SAME_PERSON_FMR = 1e-3
POOL_SHARE = 4
"""So many times the wanted count is found at most; then the most alike of them go again."""
_KEPT = "kept"

Seen = tuple[Look, ImageArray | None, Sequence[Encoding]]


class Collector:
    """Collects one person; a context manager, for one use.

    ``settle`` belongs behind ``gather`` even if that was interrupted: then what was found so far
    becomes the set, and the next collector goes on where the film was left.

    Args:
        options: who, from what, how much, where.
        recognizer: finds and encodes the faces.
        watch: hears of every picture.

    Raises:
        InputError: an option or a reference photo that cannot be used.
        SpaceMismatch: the set was begun with another embedder.
        UnknownModel: no threshold is known for the embedder, and none is given.
    """

    def __init__(
        self, options: CollectOptions, recognizer: Recognizer, watch: Watcher | None = None
    ) -> None:
        self._began = time.monotonic()
        self._options = options = options.checked()
        self._recognizer = recognizer
        self._watch = watch
        space = recognizer.embedder.space
        self._threshold = options.threshold
        if self._threshold is None:
            self._threshold = threshold_for(space, SAME_PERSON_FMR).similarity
        self._session = session_of(options)
        self._source = str(options.source)
        self._kept = KeptSet(options.out, options.name, options.form, space)
        self._before = self._kept.count
        self._drafts = Drafts(options, self._kept)
        self._references = _references(options, recognizer)
        self._stack = ExitStack()
        self._ended = False

    def __enter__(self) -> Collector:
        self._stack.enter_context(self._drafts)
        self._drafts.begin(self._session)
        self._person = Person(
            self._references, self._kept.vectors, self._threshold or 0.0,
            largest=self._options.largest,
        )
        for shot in self._drafts.shots.values():
            self._person.note(shot.vector)
        self._number = self._drafts.next_number()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    # Finding ----------------------------------------------------------------------------------

    def gather(self) -> None:
        """Read the source to its end, or a live one until the set would be full.

        Raises:
            InputError: the source is not there or cannot be read.
            OutputUnwritable: the disk is full.
        """
        if self._kept.count >= self._options.count:
            self._ended = True
            return
        drafts = self._drafts
        with open_source(self._options, self._session, drafts.read_to_s) as source:
            self._source = source.name
            marked_s = drafts.read_to_s or 0.0
            with closing(self._see(source.looks, source.live)) as seen:
                for look, image, faces in seen:
                    verdict, face = self._take(look, image, faces)
                    drafts.looked += 1
                    if verdict != _KEPT:
                        drafts.refused[verdict] += 1
                    time_s = look.moment.time_s
                    if not source.live and time_s is not None and time_s - marked_s >= 1.0:
                        drafts.mark(marked_s := time_s)
                    self._tell(look, image, face, verdict, source.total_s, source.total)
                    if source.live and verdict == _KEPT and self._is_full():
                        break
            self._ended = True

    def _see(self, looks: Iterator[Look], live: bool) -> Iterator[Seen]:
        """Pixels and faces of each picture; of a film on all cores, of a camera at once."""

        def see(look: Look) -> Seen:
            try:
                image = look.read()
            except InputError:
                return look, None, ()
            return look, image, self._recognizer.encode([image])[0]

        return map(see, looks) if live else ordered_map(see, looks, self._recognizer.workers)

    def _take(
        self, look: Look, image: ImageArray | None, faces: Sequence[Encoding]
    ) -> tuple[str, Encoding | None]:
        """Keep the picture as a draft, or say why not; with the face that was meant."""
        if image is None:
            return Refusal.UNREADABLE, None
        chosen = self._person.choose(faces)
        if isinstance(chosen, Refusal):
            return chosen, None
        face = chosen.face
        if not face.quality.usable:
            return face.quality.reasons[0], face
        if self._options.form.frames and sum(one.quality.usable for one in faces) > 1:
            return Refusal.SEVERAL_FACES, face
        print_ = fingerprint(image, face.face)
        if repeats(face.vector, print_, [*self._kept.known, *self._drafts.shots.values()]):
            return Refusal.NEAR_DUPLICATE, face
        others = [one.face for one in faces if one is not face]
        picture = cut(image, face.face, others, self._options.form)
        if picture is None:
            return Refusal.CROWDED, face
        return self._draft(look, picture, chosen, print_), face

    def _draft(self, look: Look, picture: ImageArray, chosen: Chosen, print_: int) -> str:
        """Write the picture, and look at it again as a training will."""
        drafts, face = self._drafts, chosen.face
        file = f"{self._number:06}.jpg"
        path, digest = drafts.save(file, picture)
        if not self._options.form.grey:
            (again,) = self._recognizer.encode([read_image(path)])
            usable = [one for one in again if one.quality.usable]
            if len(usable) != 1 or float(usable[0].vector @ face.vector) < (self._threshold or 0):
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
            drafts.refused[Refusal.NOT_NEEDED] += 1
        return _KEPT

    def _is_full(self) -> bool:
        """Whether what was found, split and with its gaps, fills the set."""
        if self._before + len(self._drafts.shots) < self._options.count:
            return False
        parts = self._split(list(self._drafts.shots.values())).parts
        wanted = self._wanted()
        return all(
            sum(part is one for part in parts.values()) >= number for one, number in wanted.items()
        )

    def _tell(
        self,
        look: Look,
        image: ImageArray | None,
        face: Encoding | None,
        verdict: str,
        total_s: float | None,
        total: int | None,
    ) -> None:
        if self._watch is None:
            return
        shots = [*self._drafts.shots.values(), *self._now()]
        progress = Progress(
            looked=self._drafts.looked,
            found=len(self._drafts.shots),
            kept=self._before,
            count=self._options.count,
            poses=coverage(shot.pose for shot in shots),
            refused=dict(self._drafts.refused),
            time_s=look.moment.time_s,
            total_s=total_s,
            total=total,
            image=image,
            box=None if face is None else face.face.box,
            verdict=str(verdict),
        )
        self._watch(progress)

    # Making the set ---------------------------------------------------------------------------

    def settle(self) -> Collected:
        """Split what was found, choose from it, and put it into its folders.

        Raises:
            NoFace: there is nothing to keep, in the set before neither; the message says why.
            MultipleFaces: two people share the source, and nothing says which one is meant.
            OutputUnwritable: the disk is full; what was put into its folder stays.
        """
        drafts, refused = self._drafts, self._drafts.refused
        found = list(drafts.shots.values())
        try:
            ours = self._person.sift(found)
        except MultipleFaces:
            drafts.finish(go_on=False)
            raise
        refused[Refusal.SOMEBODY_ELSE] += len(found) - len(ours)
        made = self._split(ours)
        wanted = self._wanted()
        for part in Part:
            pool = [shot for shot in ours if made.parts[shot.file] is part]
            chosen = choose(pool, wanted[part], self._kept.shots[part])
            refused[Refusal.NOT_NEEDED] += len(pool) - len(chosen)
            for shot in chosen:
                self._kept.add(shot, drafts.path(shot), part)
        refused[Refusal.IN_THE_GAP] += sum(part is None for part in made.parts.values())
        refused += Counter()  # drops the zeros
        collected = self._collected(made)
        drafts.finish(go_on=not self._ended)
        if not collected.held:
            raise NoFace(self._nothing(collected))
        return collected

    def _split(self, shots: Sequence[Shot]) -> Split:
        return split(shots, self._kept.shots, self._options.share, self._options.gap_s)

    def _wanted(self) -> dict[Part, int]:
        """How many each part may still get."""
        count = self._options.count
        validation = round(self._options.share * count)
        if self._options.share and count > 1:
            validation = max(1, validation)
        goals = {Part.TRAIN: count - validation, Part.VALIDATION: validation}
        return {part: max(0, goals[part] - len(self._kept.shots[part])) for part in Part}

    def _now(self) -> list[Shot]:
        return [shot for part in Part for shot in self._kept.shots[part]]

    def _collected(self, made: Split) -> Collected:
        sides = self._kept.shots
        pair = closest_pair(sides[Part.TRAIN], sides[Part.VALIDATION])
        poses = coverage(shot.pose for shot in self._now())
        return Collected(
            name=self._kept.name,
            out=str(self._options.out),
            source=self._source,
            count=self._options.count,
            added=self._kept.count - self._before,
            train=len(sides[Part.TRAIN]),
            validation=len(sides[Part.VALIDATION]),
            looked=self._drafts.looked,
            refused=dict(self._drafts.refused),
            poses=poses,
            missing=missing(poses),
            gap_s=made.gap_s,
            closest=None
            if pair is None
            else Closest(
                pair[0].file,
                pair[1].file,
                pair[2],
                differing_bits(pair[0].fingerprint, pair[1].fingerprint),
            ),
            seconds=time.monotonic() - self._began,
        )

    def _nothing(self, collected: Collected) -> str:
        if not collected.looked:
            return f"{self._source}: expected pictures with a face, got no picture at all"
        reasons = ", ".join(
            f"{number:,} {words_of(reason)}" for reason, number in collected.refused.items()
        )
        return (
            f"{self._source}: expected pictures with one usable face of the person, got none of "
            f"{collected.looked:,}: {reasons}"
        )


def collect(
    options: CollectOptions,
    recognizer: Recognizer | None = None,
    watch: Watcher | None = None,
) -> Collected:
    """Fill a person's set from a camera, a film, a stream or photos.

    What an interrupted call found is used, and the same source again adds nothing twice. On
    Ctrl-C what was found until then becomes the set before the interrupt goes on.

    Args:
        options: who, from what, how much, where.
        recognizer: by default the usual pipeline.
        watch: hears of every picture that was looked at.

    Raises:
        InputError: an option, the source, or its faces cannot be used.
        SpaceMismatch: the set was begun with another embedder.
        ModelError: weights, or PyAV for a film, are missing.
    """
    if recognizer is None:
        from mien.api import build_recognizer

        recognizer = build_recognizer()
    with Collector(options, recognizer, watch) as collector:
        try:
            collector.gather()
        except KeyboardInterrupt:
            collector.settle()
            raise
        return collector.settle()


def words_of(reason: str) -> str:
    """A reason of a refusal in words."""
    return WORDS[Refusal(reason)] if reason in set(Refusal) else reason.replace("_", " ")


def _references(options: CollectOptions, recognizer: Recognizer) -> FloatArray:
    """A vector for each reference photo: it must hold one usable face."""
    vectors = []
    for photo in recognizer.encode_photos(options.like):
        if not isinstance(photo, EncodedPhoto):
            raise type(photo.error)(f"--like: {photo.source}: {photo.error}") from photo.error
        try:
            vectors.append(recognizer.choose(photo, FaceChoice.ONLY).vector)
        except InputError as error:
            raise type(error)(f"--like: {photo.photo.source}: {error}") from error
    dimensions = recognizer.embedder.space.dimensions
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), dimensions)
