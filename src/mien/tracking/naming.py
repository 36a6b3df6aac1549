"""One name for each track, decided over time: given once it is sure, kept unless contradicted.

At every new look all faces of the frame are decided together, as those of a photo are
(``mien.matching.decide``), on the tracks' fused vectors. What is decided then is not what is
answered at once:

* A name is *given* when it is known from two crops, or from one by the margin above the
  threshold.
* A name that was given is *kept* until the track's vector falls by the margin below the
  threshold for it, or is known to be somebody else's by the margin.
* One person cannot be two tracks of a frame: of two that claim a name, the one that has been
  given it keeps it, unless the other is more similar by the margin. A name that was given to a
  track stays closed to every track that was ever seen beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mien.matching import FaceDecision, Policy, decide, most_similar
from mien.records import Candidate, FloatArray, Outcome

_ENOUGH_LOOKS = 2
_FAR = 3.0  # margins below the threshold: whoever is further away is a stranger


@dataclass(slots=True)
class Held:
    """What is known of one track.

    Attributes:
        name: given, or None.
        decision: the last one.
        similarity: of the track's vector to the name that was given.
        closed: names of tracks that were seen beside it and have ended, each with its track.
    """

    name: str | None = None
    decision: FaceDecision | None = None
    similarity: float | None = None
    closed: dict[str, int] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Whether it has its name."""
        return self.name is not None

    def is_clear(self, policy: Policy) -> bool:
        """Whether further crops would hardly change the answer: named, or far from any name."""
        if self.sure:
            return True
        decision = self.decision
        if decision is None or decision.outcome is not Outcome.UNKNOWN:
            return False
        far = policy.threshold.similarity - _FAR * policy.rule.margin
        return all(one.similarity < far for one in decision.candidates)

    def now(self) -> FaceDecision | None:
        """The answer while the track goes on: a name only once it is given."""
        return self._answer(known_is_enough=False)

    def final(self) -> FaceDecision:
        """The answer when the track has ended: one good crop is as good as a photo."""
        return self._answer(known_is_enough=True) or FaceDecision(Outcome.LOW_QUALITY)

    def _answer(self, *, known_is_enough: bool) -> FaceDecision | None:
        decision = self.decision
        if decision is None:
            return None
        if self.name is not None:
            best_is_own = decision.candidates[0].name == self.name
            return replace(
                decision,
                outcome=Outcome.KNOWN,
                name=self.name,
                similarity=self.similarity,
                taken_by=None if best_is_own else decision.taken_by,
            )
        if decision.outcome is Outcome.KNOWN and not known_is_enough:
            return None
        return decision


@dataclass(frozen=True, slots=True)
class Claim:
    """A track of the frame that has a vector.

    Attributes:
        number: of the track.
        looks: crops behind its vector.
        closed: names that it cannot have, of tracks that are waited for and were seen beside it;
            each with its track.
    """

    number: int
    looks: int
    closed: Mapping[str, int] = field(default_factory=dict)


class Namer:
    """Who the tracks are, as far as is known.

    Args:
        policy: threshold and margin, as for photos.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._held: dict[int, Held] = {}

    def of(self, number: int) -> Held:
        """What is known of a track; nothing of one that is new."""
        return self._held.setdefault(number, Held())

    def forget(self, number: int, beside: Collection[int] = ()) -> Held:
        """A track has ended: its name stays closed to those that were seen beside it."""
        held = self._held.pop(number, None) or Held()
        name = held.final().name
        if name is not None:
            for other in beside:
                self.of(other).closed[name] = number
        return held

    def move(self, young: int, old: int) -> None:
        """What is known of a young track is of an old one that goes on."""
        new, known = self._held.pop(young, None) or Held(), self.of(old)
        known.closed |= new.closed
        if not known.sure:
            known.name, known.similarity = new.name, new.similarity
        known.decision = new.decision or known.decision
        for held in self._held.values():
            if held.decision is not None and held.decision.taken_by == young:
                held.decision = replace(held.decision, taken_by=old)

    def decide(
        self, claims: Sequence[Claim], names: Sequence[str], similarities: FloatArray
    ) -> None:
        """Decide the tracks of a frame together.

        Args:
            claims: those that have a vector.
            names: people of the gallery.
            similarities: ``(tracks, people)`` of their vectors.
        """
        column = {name: index for index, name in enumerate(names)}
        open_to = np.array(similarities, dtype=np.float64)
        closed = [{**claim.closed, **self.of(claim.number).closed} for claim in claims]
        for row, those in enumerate(closed):
            for name in those.keys() & column.keys():
                open_to[row, column[name]] = -1.0
        policy = self._policy
        made = decide(open_to, names, policy.threshold, policy.rule)
        holders = {self.of(one.number).name: row for row, one in enumerate(claims)}
        for row, (claim, decision) in enumerate(zip(claims, made, strict=True)):
            held = self.of(claim.number)
            raw = similarities[row]
            candidates = most_similar(raw, names, policy.rule.top)
            held.decision = self._as_they_are(decision, candidates, claims, closed[row])
            if held.name is not None:
                held.similarity = float(raw[column[held.name]]) if held.name in column else -1.0
            if held.name is not None and self._contradicted(held, decision):
                held.name = held.similarity = None
            rival = holders.get(decision.name) if decision.name else None
            least = -1.0 if rival is None else similarities[rival][column[decision.name or ""]]
            if held.name is None and self._is_sure(decision, claim.looks, float(least)):
                held.name, held.similarity = decision.name, decision.similarity
        self._settle({claim.number: self.of(claim.number) for claim in claims})

    def _as_they_are(
        self,
        decision: FaceDecision,
        candidates: tuple[Candidate, ...],
        claims: Sequence[Claim],
        closed: Mapping[str, int],
    ) -> FaceDecision:
        """The decision with closed names among its candidates, and tracks in place of rows."""
        if not candidates:
            return decision
        best, row = candidates[0], decision.taken_by
        taken_by = None if row is None else claims[row].number
        if best.similarity >= self._policy.threshold.similarity:
            taken_by = closed.get(best.name, taken_by)
        similarity = best.similarity if decision.name is None else decision.similarity
        return replace(decision, similarity=similarity, candidates=candidates, taken_by=taken_by)

    def _is_sure(self, decision: FaceDecision, looks: int, rival: float) -> bool:
        """Whether to give the name; ``rival`` is the similarity of the track that has it."""
        if decision.outcome is not Outcome.KNOWN or decision.similarity is None:
            return False
        if decision.similarity < rival + self._policy.rule.margin:
            return False
        far = self._policy.threshold.similarity + self._policy.rule.margin
        return looks >= _ENOUGH_LOOKS or decision.similarity >= far

    def _contradicted(self, held: Held, decision: FaceDecision) -> bool:
        own, margin = held.similarity or 0.0, self._policy.rule.margin
        if own < self._policy.threshold.similarity - margin:
            return True
        other = decision.outcome is Outcome.KNOWN and decision.name != held.name
        return other and (decision.similarity or 0.0) - own >= margin

    def _settle(self, together: Mapping[int, Held]) -> None:
        """Each name once: to the one that was given it, and of two such the more similar."""
        claimed: dict[str, int] = {}
        ranked = sorted(
            ((number, held) for number, held in together.items() if held.final().name is not None),
            key=lambda one: (not one[1].sure, -(one[1].final().similarity or 0.0)),
        )
        for number, held in ranked:
            holder = claimed.setdefault(held.final().name or "", number)
            if holder == number:
                continue
            held.name = held.similarity = None
            if held.decision is not None:
                best = held.decision.candidates[0].similarity
                held.decision = replace(
                    held.decision,
                    outcome=Outcome.UNKNOWN,
                    name=None,
                    similarity=best,
                    taken_by=holder,
                )
