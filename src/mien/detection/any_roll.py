"""Faces at any roll, with points that two networks agree on.

A detector is trained on upright faces. It finds many rolled ones all the same, and is sure of
them, but puts their points where an upright face would have them; the crop is worthless then,
and no score says so. So every face is seen again, turned upright by its own points:

1. O-Net looks at it, both ways up unless the detector is beyond doubt. If the detector was sure,
   O-Net sees a face where the points say that it is and none upside down, the face is settled;
   most upright faces end here.
2. YuNet looks at the others, again both ways up.
3. What is still in doubt is seen by YuNet at eight rolls. Each roll at which it sees a face is
   mended by the points found there, seen again, and the one counts on which YuNet and O-Net
   agree best.

The points are O-Net's: embedders were trained on faces that MTCNN aligned, and YuNet's points,
which come from a grid of cells, scatter more (``docs/accuracy.md``). Two kinds of face are better
seen by RetinaFace: one that YuNet is not sure of gets RetinaFace's points, and one that is turned
away gets them beside its own, so that both crops can be embedded. It also finds the faces of
pictures in which the detector finds none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mien.checks import check_rgb
from mien.detection.candidates import (
    BELIEVABLE,
    BEYOND_DOUBT,
    FARTHEST,
    HARD,
    SAME_ROLL_DEGREES,
    SURE,
    UPRIGHT_DEGREES,
    Candidate,
    Seen,
    agrees,
    at_distinct_rolls,
    is_turned,
    middle_of,
    placed_at,
    rolled_box,
    settled_by,
    turn_between,
    with_second_look,
)
from mien.detection.confirm import is_confirmed
from mien.detection.contract import Detector
from mien.detection.decode import middle_face
from mien.detection.faces import arranged, distinct, roll_of
from mien.detection.mtcnn import look_at_crops
from mien.detection.passes import Look, planes
from mien.detection.patches import square_patch
from mien.detection.retinaface import RetinaFace
from mien.detection.turned import find_in_turns
from mien.detection.yunet import YuNet
from mien.models.runtime import Network
from mien.records import Box, Face, ImageArray, Landmarks

SIDE, FILL = 128, 0.45  # of YuNet's look, pixels, and the face's share of it
SCAN_SIDE = 64  # of a look that only finds the rolls at which to look again
ONET_SIDE = 48  # of O-Net's look, pixels, all of it face
CLEAR = 0.85  # score of YuNet's look
CLEARLY = 0.05  # a look must beat the one upside down by so much
ROLLS = 45.0 * np.arange(8)
LOOKS = 32  # of one call of the network


class AnyRoll:
    """A detector that finds faces at any roll, and whose points are right at any roll.

    Attributes:
        detector: finds the candidates in upright pictures.
        minimum_score: candidates below it must be clearly a face once they are seen upright.
        second: sees hard faces once more, and finds faces where the detector finds none; None
            for neither.
        sure: score from which on the detector counts as sure; above 1 for never.
        confirm: score below which a face is confirmed by a small look, and what that asks for;
            see ``confirm.py``.
    """

    def __init__(
        self,
        detector: Detector,
        yunet: YuNet,
        output_network: Network,
        *,
        minimum_score: float,
        second: RetinaFace | None = None,
        sure: float = 2.0,
        confirm: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.detector = detector
        self.minimum_score = minimum_score
        self.second = second
        self.sure = sure
        self.confirm = confirm
        self._yunet = yunet
        self._onet = output_network

    @property
    def name(self) -> str:
        return self.detector.name

    @property
    def identity(self) -> str:
        looks = [self._yunet.identity, str(self._onet.plan)]
        looks += [] if self.second is None else [self.second.identity]
        return f"{self.detector.identity}; at any roll: {', '.join(looks)}"

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture, left to right; see ``Detector``."""
        pictures = [check_rgb(image) for image in images]
        found = find_in_turns(self._detect, pictures)
        return [
            tuple(face for face in faces if self._is_believed(picture, face))
            for picture, faces in zip(pictures, found, strict=True)
        ]

    def _is_believed(self, picture: ImageArray, face: Face) -> bool:
        """Whether RetinaFace sees a rolled face, too: turned about, animals pass for faces."""
        rolled = face.landmarks and abs(roll_of(face.landmarks.points)) > UPRIGHT_DEGREES
        if self.second is None or not rolled:
            return True
        return is_confirmed(picture, face, BELIEVABLE, self.second.look_closely)

    def _detect(self, pictures: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        candidates = [
            Candidate(
                index,
                np.asarray(face.box.xyxy, dtype=np.float32),
                None if face.landmarks is None else face.landmarks.points,
                face.score,
            )
            for index, faces in enumerate(self._find(pictures))
            for face in faces
        ]
        settled = self._seen_twice(pictures, self._settle(pictures, candidates))
        return [
            self._records(picture, [one for one in settled if one.picture == index])
            for index, picture in enumerate(pictures)
        ]

    def _find(self, pictures: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        found = self.detector.detect(pictures)
        empty = [index for index, faces in enumerate(found) if not faces]
        if self.second is not None and empty:
            second = self.second.detect([pictures[index] for index in empty])
            for index, faces in zip(empty, second, strict=True):
                found[index] = faces
        return found

    def _records(self, picture: ImageArray, candidates: list[Candidate]) -> tuple[Face, ...]:
        """What is really a face, each once, left to right, with boxes inside the picture."""
        weak, required = self.confirm
        faces = distinct(
            Face(
                Box(*(float(value) for value in one.box)),
                min(one.score, 1.0),
                None if one.points is None else Landmarks(one.points),
                one.upright_score,
                None if one.second_points is None else Landmarks(one.second_points),
            )
            for one in candidates
        )
        return arranged(
            (
                face
                for face in faces
                if face.score >= weak
                or is_confirmed(picture, face, required, self._yunet.look_closely)
            ),
            picture.shape,
        )

    # Rolls --------------------------------------------------------------------------------------

    def _settle(
        self, pictures: Sequence[ImageArray], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        settled: dict[int, Candidate | None] = {}
        upright = self._onet_looks(pictures, [(one, one.roll) for one in candidates])
        agreed = {
            index: seen
            for index, (one, seen) in enumerate(zip(candidates, upright, strict=True))
            if agrees(one, seen)
        }
        sure = [index for index in agreed if candidates[index].score >= self.sure]
        asked = [index for index in sure if candidates[index].score < BEYOND_DOUBT]
        views = [(candidates[index], candidates[index].roll + 180.0) for index in asked]
        upside_down = dict(zip(asked, self._onet_looks(pictures, views), strict=True))
        for index in sure:
            one = candidates[index]
            if index not in upside_down or upside_down[index].score < SURE:
                settled[index] = settled_by(one, agreed[index], one.score, self.minimum_score)
        doubtful = [index for index in range(len(candidates)) if index not in settled]
        looks = self._looks(
            pictures,
            [
                (candidates[index], candidates[index].roll + turn)
                for index in doubtful
                for turn in (0.0, 180.0)
            ],
        )
        for index, look, opposite in zip(doubtful, looks[::2], looks[1::2], strict=True):
            if index not in agreed or look is None:
                continue
            one, other = candidates[index], 0.0 if opposite is None else opposite.score
            same_roll = abs(turn_between(roll_of(look.points), one.roll)) <= SAME_ROLL_DEGREES
            if same_roll and look.score > max(other, CLEAR - CLEARLY) + CLEARLY:
                settled[index] = settled_by(one, agreed[index], look.score, self.minimum_score)
        rest = [index for index in doubtful if index not in settled]
        found = self._search([candidates[index] for index in rest], pictures)
        settled |= dict(zip(rest, found, strict=True))
        ordered = (settled[index] for index in range(len(candidates)))
        return [one for one in ordered if one is not None]

    def _search(
        self, candidates: Sequence[Candidate], pictures: Sequence[ImageArray]
    ) -> list[Candidate | None]:
        """Each candidate at the roll at which it looks most like a face; None if at no roll."""
        views = [(one, roll) for one in candidates for roll in ROLLS]
        first = self._looks(pictures, views, side=SCAN_SIDE)
        hypotheses = [
            (one, look)
            for index, one in enumerate(candidates)
            for look in at_distinct_rolls(first[index * len(ROLLS) : (index + 1) * len(ROLLS)])
        ]
        looks = self._looks(pictures, [placed_at(one, look) for one, look in hypotheses])
        seen = [(one, look) for (one, _), look in zip(hypotheses, looks, strict=True) if look]
        pointed = self._onet_looks(pictures, [placed_at(one, look) for one, look in seen])
        best: dict[int, tuple[float, Candidate]] = {}
        for (one, look), at_it in zip(seen, pointed, strict=True):
            merit = look.score + at_it.score
            if merit > best.get(id(one), (0.0, one))[0]:
                best[id(one)] = merit, self._chosen(one, look, at_it)
        return [self._kept(one, best.get(id(one), (0.0, None))[1]) for one in candidates]

    def _chosen(self, one: Candidate, look: Seen, pointed: Seen) -> Candidate:
        roll = roll_of(look.points)
        apart = float(np.linalg.norm(pointed.points - look.points, axis=1).mean()) / one.side
        believed = pointed.score >= BELIEVABLE and apart <= FARTHEST
        points = pointed.points if believed else look.points
        rolled = abs(turn_between(roll, 0.0)) > UPRIGHT_DEGREES
        box = rolled_box(look, roll) if rolled else one.box
        score = look.score if rolled or one.score < self.minimum_score else one.score
        return replace(one, box=box, points=points, score=score, upright_score=look.score)

    def _kept(self, one: Candidate, found: Candidate | None) -> Candidate | None:
        """What a search found, or the candidate as it is where that found nothing better."""
        if one.score >= self.minimum_score:
            return found if found is not None and found.score >= self.minimum_score else one
        return found if found is not None and found.upright_score >= CLEAR else None

    def _seen_twice(
        self, pictures: Sequence[ImageArray], faces: list[Candidate]
    ) -> list[Candidate]:
        """Hard faces with RetinaFace's points, turned ones with them beside their own."""
        second = self.second
        if second is None:
            return faces
        hard = [one for one in faces if one.score < HARD or is_turned(one.points)]
        looks = self._looks(pictures, [(one, one.roll) for one in hard], second.look_closely)
        seen = dict(zip(map(id, hard), looks, strict=True))
        return [with_second_look(one, seen.get(id(one))) for one in faces]

    # Looks --------------------------------------------------------------------------------------

    def _looks(
        self,
        pictures: Sequence[ImageArray],
        views: Sequence[tuple[Candidate, float]],
        look: Look | None = None,
        side: int = SIDE,
    ) -> list[Seen | None]:
        """The face that YuNet, or ``look``, sees in the middle of each candidate at a roll."""
        answers: list[Seen | None] = []
        for start in range(0, len(views), LOOKS):
            patches = [
                square_patch(pictures[one.picture], one.box, side, FILL, roll)
                for one, roll in views[start : start + LOOKS]
            ]
            canvas = np.stack([planes(patch.image) for patch in patches])
            found = (look or self._yunet.look_closely)(canvas.astype(np.float32, order="C"))
            answers += [
                middle_of(middle_face(faces, side), patch)
                for faces, patch in zip(found, patches, strict=True)
            ]
        return answers

    def _onet_looks(
        self, pictures: Sequence[ImageArray], views: Sequence[tuple[Candidate, float]]
    ) -> list[Seen]:
        patches = [
            square_patch(pictures[one.picture], one.box, ONET_SIDE, 1.0, roll)
            for one, roll in views
        ]
        scores, points = look_at_crops(self._onet, [patch.image for patch in patches])
        return [
            Seen(float(score), patch.to_picture(places * np.float32(ONET_SIDE)))
            for score, places, patch in zip(scores, points, patches, strict=True)
        ]
