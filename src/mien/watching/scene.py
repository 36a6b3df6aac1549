"""The faces of one video as they come and go: detections in, answers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mien.gallery import Gallery
from mien.images.video import Frame
from mien.matching import Policy
from mien.pipeline import Recognizer
from mien.records import Face, Identification
from mien.tracking import (
    Claim,
    Evidence,
    Look,
    Namer,
    Track,
    Tracker,
    TrackIdentification,
    TrackingSettings,
    promise_of,
)
from mien.watching.looking import look_closely

_LEAST_HITS = 2  # one detection alone may be anything,
_PLAIN_SCORE = 0.85  # though one of this score is worth a look at once


class Scene:
    """Tracks with what is known of each.

    Args:
        source: the video's name in answers.
        recognizer, gallery, policy: as for photos.
        settings: of tracking.
    """

    def __init__(
        self,
        source: str,
        recognizer: Recognizer,
        gallery: Gallery,
        policy: Policy,
        settings: TrackingSettings,
    ) -> None:
        self.tracker = Tracker(settings)
        self.namer = Namer(policy)
        self._source = source
        self._recognizer = recognizer
        self._gallery = gallery
        self._policy = policy
        self._settings = settings
        self._evidence: dict[int, Evidence] = {}
        self._beside: dict[int, set[int]] = {}

    def detected(self, frame: Frame, faces: Sequence[Face]) -> Iterator[TrackIdentification]:
        """Follow the faces of a frame, look at those that are worth it, and name them.

        Yields:
            The tracks that are over.
        """
        update = self.tracker.update(faces, frame.time_s)
        self._note_company()
        split = self._look(frame)
        if split is not None:
            yield from split
        for track in update.ended:
            yield from self._finish(track)

    def end(self) -> Iterator[TrackIdentification]:
        """Another scene begins, or the video is over: every track ends."""
        for track in sorted(self.tracker.cut(), key=lambda one: one.number):
            yield from self._finish(track)

    @property
    def faces(self) -> list[Track]:
        """The visible tracks that a close look has confirmed, or that need none to be believed."""
        return [track for track in self.tracker.visible if self._believed(track)]

    def _believed(self, track: Track) -> bool:
        evidence = self._evidence.get(track.number)
        if evidence is None or not evidence.tried:
            return track.face.score >= _PLAIN_SCORE
        return evidence.best is not None

    def _look(self, frame: Frame) -> list[TrackIdentification]:
        """Take the close looks that are worth it; returns tracks that turned out to be two."""
        chosen = [track for track in self.tracker.visible if self._worth_it(track, frame.time_s)]
        looks = look_closely(self._recognizer, frame, [track.face for track in chosen])
        over: list[TrackIdentification] = []
        changed = False
        for track, look in zip(chosen, looks, strict=True):
            track.doubtful = False
            if look is None:
                self._known(track).failed(frame.time_s)
                continue
            over += self._take(track, look)
            changed = changed or look.vector is not None
        if changed:
            self._revive()
            self._name()
        return over

    def _worth_it(self, track: Track, time_s: float) -> bool:
        if track.hits < _LEAST_HITS and not self.tracker.lost and track.face.score < _PLAIN_SCORE:
            return False
        return self._known(track).wants(
            promise_of(track.face),
            time_s,
            clear=self.namer.of(track.number).is_clear(self._policy),
            doubtful=track.doubtful,
        )

    def _take(self, track: Track, look: Look) -> Iterator[TrackIdentification]:
        evidence = self._known(track)
        if evidence.contradicts(look):
            track_before, track = track, self.tracker.split(track, look.time_s)
            yield from self._finish(track_before)
            evidence = self._known(track)
            self._note_company()
        evidence.add(look)

    def _known(self, track: Track) -> Evidence:
        return self._evidence.setdefault(track.number, Evidence(self._settings))

    def _note_company(self) -> None:
        """Who is seen beside whom: they are different people."""
        numbers = {track.number for track in self.tracker.visible}
        for number in numbers:
            self._beside.setdefault(number, set()).update(numbers - {number})

    def _revive(self) -> None:
        """A face that looks like one that was lost is that one again."""
        for young in list(self.tracker.visible):
            vector = self._known(young).vector
            if vector is None or self.namer.of(young.number).sure:
                continue
            alike = [
                (float(vector @ other), old)
                for old in self.tracker.lost
                if old.number not in self._beside.get(young.number, ())
                and old.number < young.number
                and (other := self._known(old).vector) is not None
            ]
            if not alike:
                continue
            similarity, old = max(alike, key=lambda pair: pair[0])
            if similarity >= self._policy.threshold.similarity:
                self._join(young, old)

    def _join(self, young: Track, old: Track) -> None:
        self.tracker.revive(young, old)
        self._known(old).join(self._evidence.pop(young.number))
        self.namer.move(young.number, old.number)
        company = self._beside.pop(young.number, set())
        for other in company:
            self._beside.setdefault(other, set()).discard(young.number)
            self._beside[other].add(old.number)
        self._beside.setdefault(old.number, set()).update(company)

    def _name(self) -> None:
        seen = [
            (track, vector)
            for track in self.tracker.visible
            if (vector := self._known(track).vector) is not None
        ]
        if not seen:
            return
        vectors = np.stack([vector for _, vector in seen])
        names, similarities = self._gallery.scores(vectors, self._recognizer.embedder.space)
        claims = [
            Claim(track.number, self._known(track).usable, self._names_of_lost(track))
            for track, _ in seen
        ]
        self.namer.decide(claims, names, np.clip(similarities, -1.0, 1.0))

    def _names_of_lost(self, track: Track) -> dict[str, int]:
        company = self._beside.get(track.number, set())
        lost = (lost.number for lost in self.tracker.lost if lost.number in company)
        return {name: number for number in lost if (name := self.namer.of(number).name)}

    def _finish(self, track: Track) -> Iterator[TrackIdentification]:
        """The answer about a track that is over, unless it never was a face."""
        company = self._beside.pop(track.number, set())
        for other in company:
            self._beside.get(other, set()).discard(track.number)
        evidence = self._evidence.pop(track.number, None)
        decision = self.namer.forget(track.number, company).final()
        look = None if evidence is None else evidence.best
        if evidence is None or look is None or track.hits < _LEAST_HITS:
            return
        decided = Identification(
            index=0,
            face=look.face,
            quality=look.quality,
            outcome=decision.outcome,
            operating_point=self._policy.threshold,
            name=decision.name,
            similarity=decision.similarity,
            probability=self._policy.probability(decision.similarity),
            candidates=decision.candidates,
            taken_by=decision.taken_by,
        )
        yield TrackIdentification(
            source=self._source,
            number=track.number,
            start_s=track.start_s,
            end_s=track.end_s,
            seen_s=track.seen_s,
            best_s=look.time_s,
            looks=evidence.usable,
            decided=decided,
        )
