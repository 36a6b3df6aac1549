"""A process whose threads meet before their first call; argv: seed, threads, photos.

Which calls meet, and how often the interpreter changes threads, follows from the seed.
"""

import random
import sys
import threading
from collections.abc import Callable

import mien

PHOTOS = sys.argv[3:]
ENGINES = ("onnxruntime", "openvino")


def encode() -> None:
    assert len(list(mien.build_recognizer().encode_photos(PHOTOS[:2]))) == 2


def detect() -> None:
    assert mien.detect(PHOTOS[0]).faces


def detect_otherwise() -> None:
    assert mien.detect(PHOTOS[0], settings=mien.Settings(detector=chance.choice(("haar", "mtcnn"))))


def verify() -> None:
    assert mien.verify(PHOTOS[0], PHOTOS[1]).same


def identify() -> None:
    with mien.Gallery.in_memory() as gallery:
        mien.enroll([("Barack", PHOTOS[0])], gallery)
        assert mien.identify(PHOTOS[1], gallery).faces[0].name == "Barack"


def embed() -> None:
    from mien.errors import EngineMissing, InvalidOption
    from mien.models import Engine

    options = mien.RuntimeOptions(engine=Engine(chance.choice(ENGINES)), threads=1)
    try:
        recognizer = mien.build_recognizer(mien.Settings(runtime=options))
        assert len(list(recognizer.encode_photos(PHOTOS[:1]))) == 1
    except (EngineMissing, InvalidOption):
        assert options.engine is Engine.OPENVINO  # not on this machine


def read_and_draw() -> None:
    for photo in PHOTOS:
        mien.annotate(mien.read_image(photo), [])


CALLS = (encode, detect, detect_otherwise, verify, identify, embed, read_and_draw)


def meet(calls: list[Callable[[], None]]) -> list[str]:
    """Make each call in a thread of its own, all at once; what went wrong."""
    barrier = threading.Barrier(len(calls))
    errors = []

    def work(call: Callable[[], None]) -> None:
        barrier.wait()
        try:
            call()
        except BaseException as error:  # noqa: BLE001 (the main thread reports it)
            errors.append(f"{call.__name__}: {error!r}")

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


if __name__ == "__main__":
    chance = random.Random(int(sys.argv[1]))
    sys.setswitchinterval(chance.choice((5e-3, 1e-4, 1e-6)))
    sys.exit("\n".join(meet(chance.choices(CALLS, k=int(sys.argv[2])))) or None)
