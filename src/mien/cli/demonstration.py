"""The demo's people, photos and group picture, and the main job done on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import ModelInvalid, NoFace

if TYPE_CHECKING:
    from mien.models import ModelStore
    from mien.pipeline import Recognizer
    from mien.records import Enrolment, ImageArray, PhotoIdentification, Verification

PEOPLE = (
    ("Barack Obama", "obama.jpg"),
    ("Barack Obama", "obama2.jpg"),
    ("Joe Biden", "biden.jpg"),
    ("Eileen Collins", "astronaut.png"),
)
KNOWN_IN_GROUP = "Barack Obama"
UNKNOWN_IN_GROUP = 6
PAIRS = (("obama.jpg", "obama2.jpg"), ("obama.jpg", "biden.jpg"))
GROUP = "group picture"

_CARDS = {
    "obama.jpg": "sample-portraits",
    "obama2.jpg": "sample-portraits",
    "obama3.jpg": "sample-portraits",
    "biden.jpg": "sample-portraits",
    "astronaut.png": "sample-scenes",
    "t1.jpg": "sample-group",
}
_GAP = 8  # pixels between the two photos of the group picture
_FACE_HEIGHT = 0.30  # of the portrait's height, once cropped
_ABOVE_FACE = 0.75  # heights of a face above it


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came out.

    Attributes:
        enrolled: a row for each portrait.
        identified: the faces of the group picture.
        verified: the pairs, in the order of ``PAIRS``.
        picture: the annotated group picture, ``(H, W, 3) uint8``, RGB.
    """

    enrolled: tuple[Enrolment, ...]
    identified: PhotoIdentification
    verified: tuple[Verification, ...]
    picture: ImageArray


def fetch_samples(store: ModelStore) -> dict[str, Path]:
    """The photos by name, fetched at the first use.

    Raises:
        ModelUnavailable, ModelHashMismatch: one cannot be had.
    """
    return {name: store.path(card, name) for name, card in _CARDS.items()}


def perform(recognizer: Recognizer, samples: dict[str, Path]) -> Result:
    """Enrol, identify, verify and draw; the gallery is in memory.

    Raises:
        ModelInvalid: the answers are not the right ones.
    """
    from mien.api import policy_for
    from mien.cli.pictures import label
    from mien.gallery import Gallery
    from mien.images import annotate, read_image
    from mien.pipeline import EncodedPhoto

    policy = policy_for(recognizer.embedder.space)
    group = compose_group(recognizer, read_image(samples["obama3.jpg"]), samples["t1.jpg"])
    with Gallery.in_memory() as gallery:
        enrolled = tuple(
            recognizer.enroll(gallery, ((name, samples[photo]) for name, photo in PEOPLE))
        )
        (encoded,) = recognizer.encode_photos([group])
        if not isinstance(encoded, EncodedPhoto):
            raise encoded.error
        encoded = replace(encoded, photo=replace(encoded.photo, source=GROUP))
        identified = recognizer.identify(gallery, encoded, policy)
    verified = tuple(recognizer.verify(samples[a], samples[b], policy) for a, b in PAIRS)
    picture = annotate(group, [label(face) for face in identified.faces])
    _check(identified, verified)
    return Result(enrolled, identified, verified, picture)


def compose_group(recognizer: Recognizer, portrait: ImageArray, group: Path) -> ImageArray:
    """A photo of one person, cropped to head and shoulders, beside a photo of others.

    Args:
        recognizer: finds the face of the portrait.
        portrait: ``(H, W, 3) uint8``, RGB.
        group: its height is the picture's.

    Returns:
        ``(H, W, 3) uint8``, RGB.
    """
    import numpy as np
    from PIL import Image

    from mien.images import read_image

    others = read_image(group)
    height = others.shape[0]
    (faces,) = recognizer.detect([portrait])
    if not faces:
        raise NoFace("demo: expected a face in the sample portrait, found none; run `mien doctor`")
    face = max((face for face, _ in faces), key=lambda face: face.box.area).box
    crop_height = min(portrait.shape[0], round(face.height / _FACE_HEIGHT))
    crop_width = min(portrait.shape[1], round(0.68 * crop_height))
    top = _inside(face.y1 - _ABOVE_FACE * face.height, crop_height, portrait.shape[0])
    left = _inside((face.x1 + face.x2 - crop_width) / 2, crop_width, portrait.shape[1])
    crop = Image.fromarray(portrait[top : top + crop_height, left : left + crop_width])
    scaled = crop.resize(
        (round(crop_width * height / crop_height), height), Image.Resampling.LANCZOS
    )
    gap = np.full((height, _GAP, 3), 255, np.uint8)
    return np.concatenate([np.asarray(scaled), gap, others], axis=1)


def _inside(start: float, length: int, whole: int) -> int:
    return int(min(max(0.0, start), whole - length))


def _check(identified: PhotoIdentification, verified: tuple[Verification, ...]) -> None:
    names = [face.name for face in identified.faces if face.name is not None]
    unknown = sum(face.outcome.value == "unknown" for face in identified.faces)
    same = [pair.same for pair in verified]
    if names != [KNOWN_IN_GROUP] or unknown != UNKNOWN_IN_GROUP or same != [True, False]:
        raise ModelInvalid(
            f"demo: expected {KNOWN_IN_GROUP} and {UNKNOWN_IN_GROUP} unknown people, got "
            f"{names} and {unknown}, pairs {same}; run `mien doctor`"
        )
