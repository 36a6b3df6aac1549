"""Small faces in large photos: looked for in tiles, found once, as small as was asked for."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from detection.crowds import PORTRAITS, Faces, found_once, texture
from mien.detection import MtcnnSettings, YuNetSettings, load_detector, mtcnn
from mien.detection.decode import RawFaces, no_faces
from mien.detection.passes import MULTIPLE, TILE_SIDE, scan_pictures
from mien.errors import InvalidOption
from mien.models import ModelStore
from oracles import box_overlap

Pictures = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def faces(model_store: ModelStore, picture: Pictures) -> Faces:
    return Faces(load_detector("yunet", model_store), picture)


@pytest.mark.parametrize("name", ["yunet", "retinaface"])
def test_small_faces_of_a_large_photo_are_found(
    name: str, model_store: ModelStore, pull: Callable[[str], None], faces: Faces, picture: Pictures
) -> None:
    pull({"yunet": "yunet", "retinaface": "retinaface-mnet025"}[name])
    rng = np.random.default_rng(1)
    photo = texture(4000, 3000, picture, rng)
    places = faces.crowd(photo, 40, (41, 67), rng)
    once, others = found_once(load_detector(name, model_store).detect([photo])[0], places)
    assert once >= 38
    assert others == 0


def test_small_faces_of_a_panorama_are_found_at_its_ends(
    model_store: ModelStore, faces: Faces, picture: Pictures
) -> None:
    rng = np.random.default_rng(2)
    photo = texture(12_000, 700, picture, rng)
    columns = [60, 3000, 6000, 9000, 11_940]
    places = [
        faces.put(photo, 50, (x, y), name)
        for x, name in zip(columns, PORTRAITS, strict=True)
        for y in (70, 620)
    ]
    found = load_detector("yunet", model_store).detect([photo])[0]
    assert found_once(found, places) == (10, 0)


def test_no_tile_s_edge_cuts_a_face(
    model_store: ModelStore, faces: Faces, picture: Pictures
) -> None:
    """Faces of three sizes, in rows that cross all edges of the tiles at every offset."""
    rng = np.random.default_rng(3)
    photo = texture(5200, 1200, picture, rng)
    places = []
    for y, width in ((150, 45), (450, 80), (900, 170)):
        for number, x in enumerate(np.arange(2 * width, 5200 - 2 * width, 2.07 * width)):
            places.append(faces.put(photo, width, (x, y), PORTRAITS[number % 5]))
    once, others = found_once(load_detector("yunet", model_store).detect([photo])[0], places)
    assert once >= 0.97 * len(places)
    assert others == 0


def test_every_square_is_found_once_and_whole_wherever_it_lies() -> None:
    """The squares of a look are what OpenCV finds in it; what an edge cuts scores best."""
    rng = np.random.default_rng(4)
    photo = np.zeros((5000, 7000, 3), np.uint8)
    squares: list[tuple[int, ...]] = []
    while len(squares) < 120:
        side = int(rng.integers(300, 460) if len(squares) < 50 else rng.integers(40, 180))
        x, y = (int(rng.integers(40, limit - side - 40)) for limit in (7000, 5000))
        if photo[y - 40 : y + side + 40, x - 40 : x + side + 40].any():
            continue
        photo[y : y + side, x : x + side] = 255
        squares.append((x, y, x + side, y + side))
    (found,) = scan_pictures([photo], YuNetSettings().scan, _squares)
    assert len(found) == len(squares)
    overlaps = [max(box_overlap(box, other) for other in found.boxes) for box in squares]
    assert min(overlaps) > 0.85


def test_the_canvas_is_no_larger_for_a_larger_photo() -> None:
    seen: list[int] = []

    def look(canvas: np.ndarray) -> list[RawFaces]:
        seen.append(canvas.shape[0] * canvas.shape[2] * canvas.shape[3])
        return [no_faces()] * len(canvas)

    scan = YuNetSettings(min_face=36, rescue=False).scan
    for shape in ((2000, 3000), (5000, 5000), (700, 9000)):
        scan_pictures([np.broadcast_to(np.uint8(0), (*shape, 3))], scan, look)
    assert max(seen) <= (TILE_SIDE + MULTIPLE) ** 2


@pytest.mark.parametrize("side", [320, 640, 960])
def test_photos_up_to_2560_pixels_get_one_or_two_looks_as_ever(side: int) -> None:
    scan = YuNetSettings(working_side=side).scan
    for longest in range(1, 2561):
        first, second = min(1.0, side / longest), min(1.0, 2 * side / longest)
        expected = [first, second] if longest > 1.25 * side else [first]
        assert scan.scales(longest) == expected
        assert not any(scan.in_tiles(scale, longest) for scale in expected)


def test_a_coarser_look_sees_what_is_too_large_for_the_tiles_of_a_finer_one() -> None:
    for longest in range(2561, 32_767, 97):
        for min_face in (None, 10, 18, 36, 100, 300, 3000):
            scan = YuNetSettings(min_face=min_face).scan
            scales = scan.scales(longest)
            assert scales == sorted(set(scales))
            assert not scan.in_tiles(scales[0], longest)
            assert max(np.divide(scales[1:], scales[:-1]), default=0) <= 5.0
            wanted = 40 if min_face is None else min_face
            assert (
                scales[-1] * wanted >= 22 - 1e-9 or scales[-1] == 2.0
            )  # never more than enlarged twice


def test_a_smaller_face_is_found_where_it_is_asked_for(
    model_store: ModelStore, faces: Faces, picture: Pictures
) -> None:
    rng = np.random.default_rng(5)
    photo = texture(900, 600, picture, rng)
    places = faces.crowd(photo, 30, (12, 13), rng)
    usual = load_detector("yunet", model_store).detect([photo])[0]
    finer = load_detector("yunet", model_store, min_face=10).detect([photo])[0]
    assert found_once(usual, places)[0] < 25
    assert found_once(finer, places) == (30, 0)


def test_fewer_pixels_are_looked_at_where_only_large_faces_are_wanted() -> None:
    def pixels(min_face: int | None) -> int:
        total = 0

        def look(canvas: np.ndarray) -> list[RawFaces]:
            nonlocal total
            total += canvas[:, 0].size
            return [no_faces()] * len(canvas)

        scan = YuNetSettings(min_face=min_face, rescue=False).scan
        scan_pictures([np.broadcast_to(np.uint8(0), (3000, 4000, 3))], scan, look)
        return total

    assert 2 * pixels(150) < pixels(70) < pixels(40) == pixels(None) < pixels(20) / 2


@pytest.mark.parametrize(
    ("name", "widths", "usual"), [("mtcnn", (36, 45), 8), ("haar", (60, 70), 4)]
)
def test_the_other_detectors_shrink_a_photo_only_as_far_as_the_smallest_face_allows(
    name: str,
    widths: tuple[int, int],
    usual: int,
    model_store: ModelStore,
    faces: Faces,
    picture: Pictures,
) -> None:
    rng = np.random.default_rng(6)
    photo = texture(6000, 800, picture, rng)
    places = faces.crowd(photo, 12, widths, rng)
    shrunk = load_detector(name, model_store).detect([photo])[0]
    finer = load_detector(name, model_store, min_face=30).detect([photo])[0]
    coarser = load_detector(name, model_store, min_face=400).detect([photo])[0]
    assert found_once(shrunk, places)[0] <= usual
    assert found_once(finer, places)[0] >= 11
    assert coarser == ()


@pytest.mark.parametrize("shape", [(700, 1001), (701, 1000), (333, 2047), (12, 900), (13, 13)])
def test_bands_of_a_level_give_mtcnn_the_cells_of_the_whole_level(
    shape: tuple[int, int], model_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(8)
    levels = [rng.integers(0, 255, (*shape, 3), dtype=np.uint8) for _ in range(2)]
    detector = load_detector("mtcnn", model_store, settings=MtcnnSettings(any_roll=False))
    whole = detector._look(levels)
    monkeypatch.setattr(mtcnn, "BAND_PIXELS", 2 * 200 * shape[0])
    for one, other in zip(whole, detector._look(levels), strict=True):
        assert one.shape == other.shape
        assert np.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", ["yunet", "retinaface", "mtcnn", "haar"])
@pytest.mark.parametrize("pixels", [9, 0, -1, 20_000, 36.5, True])
def test_a_smallest_face_out_of_range_is_refused(
    name: str, pixels: float, model_store: ModelStore
) -> None:
    with pytest.raises(InvalidOption, match="min_face"):
        load_detector(name, model_store, min_face=pixels)  # type: ignore[arg-type]


def _squares(canvas: np.ndarray) -> list[RawFaces]:
    """White squares as faces; what the edge leaves of one is no square, and scores best."""
    answers = []
    for row in canvas:
        _, _, stats, _ = cv2.connectedComponentsWithStats((row[0] > 127).astype(np.uint8))
        boxes = stats[1:, :4].astype(np.float32)
        boxes[:, 2:] += boxes[:, :2]
        boxes = boxes[(boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= 2]
        wide, high = (boxes[:, 2:] - boxes[:, :2]).T
        cut = np.abs(wide - high) > 2
        scores = np.where(cut, 0.99, 0.8 + 1e-3 * np.minimum(wide, 100))  # the finest look is best
        points = np.zeros((len(boxes), 5, 2), np.float32)
        answers.append(RawFaces(boxes, points, scores.astype(np.float32)))
    return answers
