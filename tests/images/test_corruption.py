"""Whatever is done to a file's bytes, only our own errors come out."""

import random

import pytest

from images import sample_photos as sample
from images.bad_files import CASES
from mien import images
from mien.errors import MienError

EVERY_FORMAT = images.Limits(formats=("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF"))


def _corrupted(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        # Half of the blows hit the header, where the structure is.
        reach = len(changed) if chance.random() < 0.5 else min(120, len(changed))
        changed[chance.randrange(reach)] = chance.choice([0, 255, chance.randrange(256)])
    if chance.random() < 0.2:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "palette", "exif"])
def test_random_corruption_gives_a_picture_or_our_own_error(kind: str) -> None:
    if kind == "palette":
        data = CASES[61].data
    elif kind == "exif":
        data = CASES[53].data
    else:
        small = sample.picture("P" if kind == "GIF" else "RGB").resize((64, 48))
        data = sample.encoded(small, kind)
    chance = random.Random(kind)
    outcomes, messages = set(), []
    for _ in range(200):
        try:
            pixels = images.read_image(_corrupted(data, chance), EVERY_FORMAT)
            outcomes.add(pixels.shape[2])
        except MienError as error:
            outcomes.add(error.kind)
            messages.append(str(error))
    assert "DamagedImage" in outcomes
    assert all(message.startswith("expected ") for message in messages)
