"""Every bad file gives the same verdict through every door, quickly and in little memory."""

import base64
import io
import resource
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.bad_cases import Case
from images.bad_formats import CASES
from images.sample_photos import encoded, jpeg, plain_png
from mien import images
from mien.errors import DamagedImage, MienError

LITTLE_MEMORY = 400 * 2**20

each_case = pytest.mark.parametrize(
    "case", CASES.values(), ids=[f"{case.number}-{case.name}" for case in CASES.values()]
)


def _doors(case: Case, folder: Path) -> dict[str, Callable[[], object]]:
    path = folder / case.file_name
    path.write_bytes(case.data)
    return {
        "path": path.__fspath__,
        "path object": lambda: path,
        "bytes": lambda: case.data,
        "bytearray": lambda: bytearray(case.data),
        "memoryview": lambda: memoryview(case.data),
        "open file": lambda: io.BytesIO(case.data),
        "base64": lambda: images.from_base64(base64.b64encode(case.data).decode()),
    }


def _verdict(source: Callable[[], object], limits: images.Limits) -> object:
    try:
        pixels = images.read_image(source(), limits)  # type: ignore[arg-type]
    except MienError as error:
        return type(error)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    return pixels.tobytes()


@each_case
def test_every_door_gives_the_expected_verdict_within_two_seconds(
    case: Case, tmp_path: Path
) -> None:
    pixels = set()
    for door, source in _doors(case, tmp_path).items():
        start = time.perf_counter()
        verdict = _verdict(source, images.DEFAULT_LIMITS)
        assert time.perf_counter() - start < 2, door
        if case.error is None:
            assert isinstance(verdict, bytes), door
            pixels.add(verdict)
        else:
            assert verdict is case.error, door
    assert len(pixels) <= 1


@each_case
def test_a_refusal_is_one_line(case: Case) -> None:
    if case.error is not None:
        with pytest.raises(case.error, match=r"^expected ") as caught:
            images.read_image(case.data)
        assert "\n" not in str(caught.value)


def test_all_numbers_of_the_list_are_there() -> None:
    assert sorted(CASES) == [*range(1, 67), *range(201, 244)]


def _largest_photo() -> bytes:
    rows = zlib.compress(bytes(7000 * (1 + 4 * 7000)), 1)  # 49 megapixels with alpha
    return plain_png(7000, 7000, 8, 6, rows)


@pytest.mark.skipif(sys.platform != "linux", reason="VmHWM is Linux's")
def test_neither_a_bad_file_nor_the_largest_photo_takes_400_mb(tmp_path: Path) -> None:
    (tmp_path / "largest.png").write_bytes(_largest_photo())
    plain = Image.new("RGB", (7000, 7000), "teal")  # two kilobytes of AVIF
    (tmp_path / "largest.avif").write_bytes(encoded(plain, "AVIF", speed=10))
    for case in CASES.values():
        (tmp_path / case.file_name).write_bytes(case.data)
    paths = sorted(map(str, tmp_path.iterdir()))
    program = """
import sys, re, numpy, PIL.Image, simplejpeg, PIL.ImageCms, pi_heif
from pathlib import Path
from mien import images
from mien.errors import MienError
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
for path in sys.argv[1:]:
    try:
        images.read_image(path)
    except MienError:
        pass
print((peak() - before) * 1024)
"""
    room = 4 * 2**30  # of addresses; a runaway allocation fails instead of swapping
    done = subprocess.run(
        [sys.executable, "-c", program, *paths],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)),
    )
    assert int(done.stdout) < LITTLE_MEMORY


def test_verdicts_do_not_depend_on_other_threads() -> None:
    cases = [CASES[number] for number in (13, 15, 19, 20, 22, 49, 54, 61, 62, 208, 216, 219, 229)]
    expected = [_verdict(lambda case=case: case.data, images.DEFAULT_LIMITS) for case in cases]  # type: ignore[misc]
    wrong: list[str] = []

    def read_all() -> None:
        for _ in range(10):
            for case, verdict in zip(cases, expected, strict=True):
                if _verdict(lambda case=case: case.data, images.DEFAULT_LIMITS) != verdict:  # type: ignore[misc]
                    wrong.append(case.name)

    threads = [threading.Thread(target=read_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_missing_end_marker_is_tolerated_on_request_but_a_cut_is_not() -> None:
    tolerant = images.Limits(tolerate_missing_eoi=True)
    whole = images.read_image(jpeg())
    assert np.array_equal(images.read_image(CASES[15].data, tolerant), whole)
    assert np.array_equal(images.read_image(jpeg(), tolerant), whole)
    for number in (13, 14, 19):
        with pytest.raises(DamagedImage):
            images.read_image(CASES[number].data, tolerant)
