"""From a source to a set: find what is worth keeping, split it by time, choose from it.

A picture is on the disk before it is counted. First everything worth keeping is found (`gather`),
then the set is made of it (`settle`): only then is it known how long the person was seen, where
training may end and validation begin, and which pictures are one too many.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from types import TracebackType

import numpy as np

from mien.capture.balance import choose
from mien.capture.blocks import SplitRule, smallest_gap_s, split
from mien.capture.drafts import Drafts
from mien.capture.finding import KEPT, Finder, Seen, Verdict
from mien.capture.kept import KeptSet
from mien.capture.novelty import Alike, closest_pair, differing_bits
from mien.capture.options import CollectOptions
from mien.capture.person import Person
from mien.capture.poses import coverage, missing
from mien.capture.progress import Closest, Collected, Progress, Watcher
from mien.capture.reasons import Refusal, words_of
from mien.capture.shots import Part, Shot
from mien.capture.sources import Source, open_source, session_of
from mien.errors import InputError, MultipleFaces, NoFace
from mien.matching import threshold_for
from mien.pipeline import EncodedPhoto, FaceChoice, Recognizer
from mien.records import FloatArray

SAME_PERSON_FMR = 1e-3
_MARK_S = 1.0  # of a film, between two notes of how far it was read


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
        least = options.min_similarity
        if least is None:
            least = threshold_for(space, SAME_PERSON_FMR).similarity
        self._session = session_of(options)
        self._source = str(options.source)
        self._notes: tuple[str, ...] = ()
        self._kept = KeptSet(options.out, options.name, options.form, space)
        self._before = self._kept.count
        self._drafts = Drafts(options, self._kept)
        self._person = Person(
            _references(options, recognizer),
            self._kept.vectors,
            least,
            largest=options.largest,
        )
        self._ended = False

    def __enter__(self) -> Collector:
        self._drafts.__enter__()
        self._drafts.begin(self._session)
        for shot in self._drafts.shots.values():
            self._person.note(shot.vector)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._drafts.__exit__(kind, error, traceback)

    # Finding ----------------------------------------------------------------------------------

    def gather(self) -> None:
        """Read the source to its end, or a live one until the set would be full.

        Raises:
            InputError: the source is not there or cannot be read.
            OutputUnwritable: the disk is full.
        """
        if self._kept.count < self._options.count:
            read_to_s, limits = self._drafts.read_to_s, self._recognizer.reading
            with open_source(self._options, self._session, read_to_s, limits) as source:
                self._source = source.name
                self._read(source)
                self._notes = source.notes()
        self._ended = True

    def _read(self, source: Source) -> None:
        drafts = self._drafts
        finder = Finder(self._options, self._recognizer, self._person, self._kept, drafts)
        marked_s = drafts.read_to_s or 0.0
        with closing(finder.see(source.looks, live=source.live)) as seen:
            for one in seen:
                verdict = finder.take(one)
                drafts.looked += 1
                if verdict.word != KEPT:
                    drafts.refused[verdict.word] += 1
                time_s = one.look.moment.time_s
                if not source.live and time_s is not None and time_s - marked_s >= _MARK_S:
                    drafts.mark(marked_s := time_s)
                if self._watch is not None:
                    self._watch(self._progress(one, verdict, source))
                if source.live and verdict.word == KEPT and self._is_full():
                    return

    def _is_full(self) -> bool:
        """Whether what was found, split and with its gaps, fills the set."""
        found = list(self._drafts.shots.values())
        if self._before + len(found) < self._options.count:
            return False
        parts = Counter(self._split(found).values())
        return all(parts[part] >= number for part, number in self._wanted().items())

    def _progress(self, seen: Seen, verdict: Verdict, source: Source) -> Progress:
        found = self._drafts.shots.values()
        face = verdict.face
        return Progress(
            looked=self._drafts.looked,
            found=len(found),
            kept=self._before,
            count=self._options.count,
            poses=coverage(shot.pose for shot in [*self._now(), *found]),
            refused=dict(self._drafts.refused),
            time_s=seen.look.moment.time_s,
            total_s=source.total_s,
            total=source.total,
            image=seen.image,
            box=None if face is None else face.face.box,
            verdict=verdict.word,
        )

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
        refused[Refusal.SOMEBODY_ELSE.value] += len(found) - len(ours)
        parts, wanted = self._split(ours), self._wanted()
        refused[Refusal.IN_THE_GAP.value] += sum(part is None for part in parts.values())
        for part in Part:
            pool = [shot for shot in ours if parts[shot.file] is part]
            chosen = choose(pool, wanted[part], self._kept.shots[part])
            refused[Refusal.NOT_NEEDED.value] += len(pool) - len(chosen)
            for shot in chosen:
                self._kept.add(shot, drafts.path(shot), part)
        drafts.finish(go_on=not self._ended)
        collected = self._collected()
        if not collected.held:
            raise NoFace(_nothing(collected))
        return collected

    def _split(self, shots: Sequence[Shot]) -> dict[str, Part | None]:
        session_cosine = Alike.for_threshold(self._person.min_similarity).session
        rule = SplitRule(self._options.share, self._options.gap_s, session_cosine)
        return split(shots, self._kept.shots, rule)

    def _wanted(self) -> dict[Part, int]:
        """How many each part may still get."""
        count, share = self._options.count, self._options.share
        validation = max(1, round(share * count)) if share and count > 1 else 0
        goals = {Part.TRAIN: count - validation, Part.VALIDATION: validation}
        return {part: max(0, goals[part] - len(self._kept.shots[part])) for part in Part}

    def _now(self) -> list[Shot]:
        return [shot for part in Part for shot in self._kept.shots[part]]

    def _collected(self) -> Collected:
        train, validation = (self._kept.shots[part] for part in Part)
        poses = coverage(shot.pose for shot in self._now())
        return Collected(
            name=self._kept.name,
            out=str(self._options.out),
            source=self._source,
            count=self._options.count,
            added=self._kept.count - self._before,
            train=len(train),
            validation=len(validation),
            looked=self._drafts.looked,
            refused={word: count for word, count in self._drafts.refused.items() if count},
            poses=poses,
            missing=missing(poses),
            gap_s=smallest_gap_s(train, validation),
            closest=_closest(train, validation),
            seconds=time.monotonic() - self._began,
            notes=self._notes,
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
            with suppress(NoFace):  # nothing was found yet: there is nothing to make a set of
                collector.settle()
            raise
        return collector.settle()


def _references(options: CollectOptions, recognizer: Recognizer) -> FloatArray:
    """A vector for each reference photo: it must hold one usable face."""
    vectors = []
    for photo in recognizer.encode_photos(options.like):
        if not isinstance(photo, EncodedPhoto):
            raise type(photo.error)(f"--like: {photo.source}: {photo.error}") from photo.error
        try:
            vectors.append(recognizer.choose(photo, FaceChoice.ONLY).vector)
        except MultipleFaces as error:
            raise MultipleFaces(
                f"--like: {photo.photo.source}: expected one face, got {len(photo.faces)}; "
                "crop the photo to the person"
            ) from error
        except InputError as error:
            raise type(error)(f"--like: {photo.photo.source}: {error}") from error
    dimensions = recognizer.embedder.space.dimensions
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), dimensions)


def _closest(train: Sequence[Shot], validation: Sequence[Shot]) -> Closest | None:
    pair = closest_pair(train, validation)
    if pair is None:
        return None
    one, other, cosine = pair
    bits = differing_bits(one.fingerprint, other.fingerprint)
    return Closest(one.file, other.file, cosine, bits)


def _nothing(collected: Collected) -> str:
    """Why a set is empty."""
    if not collected.looked:
        return f"{collected.source}: expected pictures with a face, got no picture at all"
    reasons = ", ".join(
        f"{count:,} × {words_of(word)}" for word, count in collected.refused.items()
    )
    return (
        f"{collected.source}: expected pictures with one usable face of {collected.name}, got "
        f"none of {collected.looked:,}: {reasons}"
    )
