"""Photos that are still being written: held when they come, answered before the next is due."""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mien import api, parallel
from mien.encodings import CachedRecognizer, EncodingCache, encoding_key
from mien.gallery import Gallery
from mien.images import annotate, read_image
from mien.parallel import Pace
from mien.pipeline import EncodedPhoto, Recognizer
from mien.records import EnrolmentStatus, Photo, PhotoFailure
from mien.streaming import BATCH_BYTES, Held, stream

Photos = Iterator[Any]
MANY = 12  # more than Pace.QUICK: from there on photos are taken ahead of the answers


@pytest.fixture(scope="module")
def faces(picture: Callable[[str], np.ndarray]) -> list[np.ndarray]:
    """Two pictures of one size: with one face, and with none."""
    one = np.ascontiguousarray(picture("astronaut.png")[:240, 100:340])
    return [one, np.full_like(one, 200)]


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


# One array, file or image that is filled again and again -----------------------------------------


def array(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    frame = np.empty_like(pictures[0])
    for one in pictures:
        frame[:] = one
        yield frame


def turned_array(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    frame = np.empty_like(pictures[0])
    for one in pictures:
        frame[:] = one[::-1, ::-1, ::-1]
        yield frame[::-1, ::-1, ::-1]


def read_only_view(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    frame = np.empty_like(pictures[0])
    view = frame.view()
    view.setflags(write=False)
    for one in pictures:
        frame[:] = one
        yield view


def shared_tensor(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    class Tensor:
        def __init__(self) -> None:
            self.values = np.empty_like(pictures[0])

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            return self.values

    tensor = Tensor()
    for one in pictures:
        tensor.values[:] = one
        yield tensor


def memory_file(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    file = io.BytesIO()
    for one in pictures:
        file.seek(0)
        file.truncate()
        file.write(png(one))
        yield file


def file_on_disk(pictures: Sequence[np.ndarray], folder: Path) -> Photos:
    with (folder / "frame.png").open("w+b") as file:
        for one in pictures:
            file.seek(0)
            file.truncate()
            file.write(png(one))
            file.seek(0)
            yield file


def path(pictures: Sequence[np.ndarray], folder: Path) -> Photos:
    place = folder / "frame.png"
    for one in pictures:
        place.write_bytes(png(one))
        yield place


def buffer(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    content = bytearray()
    for one in pictures:
        content[:] = png(one)
        yield content


def view(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    content = bytearray(png(pictures[0]))  # uncompressed: all have one length
    for one in pictures:
        content[:] = png(one)
        yield memoryview(content)


def pil_image(pictures: Sequence[np.ndarray], _: Path) -> Photos:
    image = Image.new("RGB", pictures[0].shape[1::-1])
    for one in pictures:
        image.paste(Image.fromarray(one))
        yield image


REFILLED = (
    array, turned_array, read_only_view, shared_tensor, memory_file, file_on_disk, path, buffer,
    view, pil_image,
)  # fmt: skip


@pytest.mark.parametrize("refilled", REFILLED)
def test_what_is_filled_again_is_answered_as_it_was(
    refilled: Callable[..., Photos], faces: list[np.ndarray], recognizer: Recognizer, tmp_path: Path
) -> None:
    order = [number % 3 == 0 for number in range(MANY)]
    pictures = [faces[0] if face else faces[1] for face in order]
    answers = list(recognizer.detect_photos(refilled(pictures, tmp_path)))
    assert [getattr(answer, "error", None) for answer in answers] == [None] * MANY
    assert [len(answer.faces) for answer in answers] == order  # type: ignore[union-attr]


def counts(answers: Iterator[Any]) -> list[int]:
    return [len(answer.faces) for answer in answers]


def asked_of_a_file(recognizer: Recognizer, photos: Photos, folder: Path) -> list[int]:
    with EncodingCache.open(folder / "kept") as cache:
        key = encoding_key(recognizer, api.ModelStore())
        return counts(CachedRecognizer(recognizer, cache, key).encode_photos(photos))


def enrolled(recognizer: Recognizer, photos: Photos, _: Path) -> list[int]:
    with Gallery.in_memory() as gallery:
        pairs = ((f"person {number}", photo) for number, photo in enumerate(photos))
        rows = list(recognizer.enroll(gallery, pairs))
    assert [row.name for row in rows] == [f"person {number}" for number in range(len(rows))]
    return [row.status is EnrolmentStatus.ADDED for row in rows]


def enrolled_by_api(_: Recognizer, photos: Photos, folder: Path) -> list[int]:
    pairs = ((f"person {number}", photo) for number, photo in enumerate(photos))
    rows = api.enroll(pairs, folder / "new.gallery")
    return [row.status is EnrolmentStatus.ADDED for row in rows]


def identified(_: Recognizer, photos: Photos, __: Path) -> list[int]:
    with Gallery.in_memory() as gallery:
        return counts(api.identify_many(photos, gallery))


MANY_ENTRIES = {
    "encode_photos": lambda recognizer, photos, _: counts(recognizer.encode_photos(photos)),
    "kept encodings": asked_of_a_file,
    "detect_many": lambda _, photos, __: counts(api.detect_many(photos)),
    "identify_many": identified,
    "Recognizer.enroll": enrolled,
    "enroll": enrolled_by_api,
}
Entry = Callable[[Recognizer, Photos, Path], list[int]]


@pytest.mark.parametrize("refilled", [array, path], ids=lambda one: one.__name__)
@pytest.mark.parametrize("entry", MANY_ENTRIES.values(), ids=MANY_ENTRIES)
def test_every_function_for_many_photos_holds_them(
    entry: Entry,
    refilled: Callable[..., Photos],
    faces: list[np.ndarray],
    recognizer: Recognizer,
    tmp_path: Path,
) -> None:
    order = [number % 2 for number in range(MANY)]
    pictures = [faces[0] if face else faces[1] for face in order]
    assert entry(recognizer, refilled(pictures, tmp_path), tmp_path) == order


def test_threads_that_fill_their_arrays_at_once_get_their_own_answers(
    faces: list[np.ndarray], recognizer: Recognizer, tmp_path: Path
) -> None:
    orders = [[(number + shift) % 3 == 0 for number in range(MANY)] for shift in range(3)]

    def ask(order: list[bool]) -> list[int]:
        pictures = [faces[0] if face else faces[1] for face in order]
        return counts(recognizer.detect_photos(array(pictures, tmp_path)))

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, orders)) == orders


def test_drawing_leaves_the_array_as_it_is(faces: list[np.ndarray]) -> None:
    frame = faces[0].copy()
    annotate(frame, [])[:] = 0
    assert np.array_equal(frame, faces[0])


# Photos that come one by one ----------------------------------------------------------------------


class Camera:
    """Gives one picture again and again, and counts."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.asked = 0

    def __iter__(self) -> Iterator[Any]:
        while True:
            self.asked += 1
            yield self.frame


@pytest.mark.parametrize("wrap", [iter, lambda camera: camera], ids=["iterator", "iterable"])
def test_a_live_source_gets_each_answer_before_its_next_photo(
    faces: list[np.ndarray], recognizer: Recognizer, wrap: Callable[[Camera], Any]
) -> None:
    camera = Camera(faces[0])
    answers = recognizer.encode_photos(wrap(camera))
    asked = []
    for _ in range(Pace.QUICK):
        assert isinstance(next(answers), EncodedPhoto)
        asked.append(camera.asked)
    answers.close()  # type: ignore[attr-defined]
    assert asked == list(range(1, Pace.QUICK + 1))


@pytest.mark.parametrize("entry", ["detect_many", "identify_many", "enroll", "kept encodings"])
def test_a_source_that_waits_for_its_first_answer_gets_it(
    entry: str, faces: list[np.ndarray], recognizer: Recognizer, tmp_path: Path
) -> None:
    answered = threading.Event()

    def photos() -> Photos:
        yield faces[0]
        assert answered.wait(0), "asked for a second photo before the first was answered"

    with Gallery.in_memory() as gallery, EncodingCache.open(tmp_path / "kept") as cache:
        key = encoding_key(recognizer, api.ModelStore())
        answers = {
            "detect_many": lambda: api.detect_many(photos()),
            "identify_many": lambda: api.identify_many(photos(), gallery),
            "enroll": lambda: recognizer.enroll(gallery, (("Ada", one) for one in photos())),
            "kept encodings": lambda: CachedRecognizer(recognizer, cache, key).encode_photos(
                photos()
            ),
        }[entry]()
        for _ in answers:
            answered.set()
    assert answered.is_set()


def numbers(photos: Sequence[Held]) -> list[int]:
    time.sleep(0.002)
    return [int(photo.content[0, 0, 0]) for photo in photos]


def numbered(count: int) -> Iterator[np.ndarray]:
    for number in range(count):
        yield np.full((16, 16, 3), number % 256, np.uint8)


def test_a_source_that_is_faster_than_the_answers_is_asked_ahead() -> None:
    asked = 0

    def photos() -> Iterator[np.ndarray]:
        nonlocal asked
        for one in numbered(20_000):
            asked += 1
            yield one

    answers = stream(photos(), numbers, workers=2)
    ahead = (asked - answered for answered, _ in enumerate(answers, start=1))
    assert any(one > 1 for one in ahead)  # soon; a busy machine may take some


def test_a_list_is_read_ahead_in_batches_and_answered_in_order() -> None:
    batches: list[int] = []

    def work(photos: Sequence[Held]) -> list[int]:
        batches.append(len(photos))
        return numbers(photos)

    assert list(stream(list(numbered(20)), work, workers=2)) == list(range(20))
    assert sorted(batches) == [4, 8, 8]


def test_large_photos_are_not_held_by_the_dozen() -> None:
    large = np.zeros((1500, 1500, 3), np.uint8)
    assert large.nbytes > BATCH_BYTES
    sizes = list(stream([large] * 6, lambda photos: [len(photos)] * len(photos), workers=1))
    assert sizes == [1] * 6


# A clock of our own, so that no verdict hangs on the machine's speed.


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(parallel, "perf_counter", lambda: now[0])
    return now


def passing(clock: list[float], seconds: float) -> Callable[[object], None]:
    def work(_: object) -> None:
        clock[0] += seconds

    return work


def paced(pace: Pace, clock: list[float], waits: Sequence[float], answer_s: float) -> list[bool]:
    """Whether it may be asked ahead, after each photo that took so long and its answer."""
    work = pace.work(passing(clock, answer_s))

    def photos() -> Iterator[int]:
        for number, wait_s in enumerate(waits):
            clock[0] += wait_s
            yield number

    ahead = []
    for photo in pace.questions(photos()):
        work(photo)
        ahead.append(pace.ahead())
    return ahead


def test_eight_quick_photos_in_a_row_are_needed_to_be_asked_ahead(clock: list[float]) -> None:
    quick, slow = 0.001, 0.1
    assert paced(Pace(), clock, [quick] * 10, 0.05) == [False] * 8 + [True] * 2
    assert True not in paced(Pace(), clock, ([quick] * 7 + [slow]) * 4, 0.05)
    assert paced(Pace(), clock, [quick] * 10 + [slow], 0.05)[-2:] == [True, False]


def test_a_source_that_stood_still_has_to_prove_itself_for_longer(clock: list[float]) -> None:
    pace = Pace()
    waits = [0.001] * 9 + [60.0] + [0.001] * 40
    ahead = paced(pace, clock, waits, 0.05)
    assert ahead[8:10] == [True, False]
    assert ahead.index(True, 10) == 9 + 4 * Pace.QUICK


def test_a_slow_start_is_no_stall(clock: list[float]) -> None:
    assert paced(Pace(), clock, [60.0] + [0.001] * 8, 0.05)[-1]


# Ends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_an_error_of_the_source_comes_after_the_answers_that_were_due(count: int) -> None:
    def photos() -> Iterator[np.ndarray]:
        yield from numbered(count)
        raise LookupError("the camera was unplugged")

    answers = stream(photos(), numbers, workers=2)
    assert list(itertools.islice(answers, count)) == list(range(count))
    with pytest.raises(LookupError, match="unplugged"):
        next(answers)


@pytest.mark.parametrize("taken", [1, 30])
def test_closing_early_ends_the_work_and_the_source(taken: int) -> None:
    before = threading.active_count()
    ended = threading.Event()

    def photos() -> Iterator[np.ndarray]:
        try:
            yield from numbered(100_000)
        finally:
            ended.set()

    answers = stream(photos(), numbers, workers=3)
    assert list(itertools.islice(answers, taken)) == list(range(taken))
    answers.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert ended.is_set()


def test_the_source_runs_in_the_callers_thread() -> None:
    threads = set()

    def photos() -> Iterator[np.ndarray]:
        for one in numbered(30):
            threads.add(threading.get_ident())
            yield one

    assert len(list(stream(photos(), numbers, workers=2))) == 30
    assert threads == {threading.get_ident()}


def test_a_bad_photo_of_a_live_source_is_a_row(
    faces: list[np.ndarray], recognizer: Recognizer
) -> None:
    photos = iter([faces[0], b"no photo", None, io.StringIO("text"), faces[0]])
    rows = list(recognizer.encode_photos(photos))
    kinds = [row.error.kind if isinstance(row, PhotoFailure) else None for row in rows]
    assert kinds == [None, *["UnsupportedImage"] * 3, None]
    assert [row.source for row in rows if isinstance(row, PhotoFailure)] == [
        "<bytes>", "<NoneType>", "<StringIO>",
    ]  # fmt: skip
    assert isinstance(rows[0], EncodedPhoto)
    assert rows[0].photo == Photo("<ndarray>", 240, 240)


def test_answers_are_those_of_a_list(faces: list[np.ndarray], recognizer: Recognizer) -> None:
    photos = [faces[number % 2] for number in range(MANY)]
    together = recognizer.encode_photos(photos)
    for one, other in zip(together, recognizer.encode_photos(iter(photos)), strict=True):
        assert isinstance(one, EncodedPhoto)
        assert isinstance(other, EncodedPhoto)
        assert [face.face for face in one.faces] == [face.face for face in other.faces]
        for left, right in zip(one.faces, other.faces, strict=True):
            np.testing.assert_allclose(left.vector, right.vector, atol=1e-5)
    assert np.array_equal(read_image(faces[0]), faces[0])
