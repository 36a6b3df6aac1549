"""Where photos come from: paths of every kind, files, base64, folders and globs."""

import base64
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from images.sample_photos import jpeg, png
from mien import images
from mien.errors import ImageTooLarge, InvalidOption, SourceNotFound, UnsupportedImage

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.mark.parametrize(
    "name",
    ["", "missing.jpg", "a\0b.jpg", "\ud800.jpg", "x" * 10_000, "data:image/png;base64,AA=="],
)
def test_a_path_that_is_not_there_is_not_found(name: str, tmp_path: Path) -> None:
    path = f"{tmp_path}/{name}" if name and not name.startswith("data:") else name
    with pytest.raises(SourceNotFound, match=r"^expected a photo at ") as caught:
        images.read_image(path)
    assert len(str(caught.value)) < 400
    str(caught.value).encode()  # may be printed


def test_a_folder_is_not_a_photo(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        images.read_image(tmp_path)


@posix
def test_a_pipe_or_device_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(SourceNotFound, match="pipe or a device"):
            images.read_image(path)


@posix
def test_a_file_without_permission_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(jpeg())
    path.chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    with pytest.raises(SourceNotFound, match="ermission"):
        images.read_image(path)


@posix
def test_a_loop_of_links_is_a_typed_error(tmp_path: Path) -> None:
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    with pytest.raises(SourceNotFound):
        images.read_image(loop)
    assert images.find_photos([loop]) == [loop]  # named, so it gets its error row later


@pytest.mark.parametrize(
    "name", ["Žofie Łą.jpg", "写真.jpg", "👩🏽.jpg", " -rf.jpg", "a\u202eb.jpg"]
)
def test_a_path_may_hold_any_unicode(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(jpeg())
    assert images.read_image(path).shape == (240, 320, 3)
    assert images.find_photos([tmp_path]) == [path]


def test_an_open_file_is_read_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"skip" + jpeg())
    with path.open("rb") as file:
        file.seek(4)
        assert images.read_image(file).shape == (240, 320, 3)
    with pytest.raises(SourceNotFound, match="closed"):
        images.read_image(file)


def test_a_text_file_object_and_other_things_are_refused() -> None:
    with pytest.raises(UnsupportedImage, match="rb"):
        images.read_image(io.StringIO("text"))  # type: ignore[arg-type]
    for thing in (None, 3, [1, 2], object()):
        with pytest.raises(UnsupportedImage, match=type(thing).__name__):
            images.read_image(thing)  # type: ignore[arg-type]


def test_an_endless_file_object_is_left_at_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            Endless.given += size
            return bytes(size)

    with pytest.raises(ImageTooLarge):
        images.read_image(Endless(), images.Limits(max_bytes=2**20))  # type: ignore[arg-type]
    assert Endless.given == 2**20 + 1


def test_a_file_that_feeds_slowly_is_read_whole() -> None:
    reader, writer = os.pipe()
    data = jpeg()

    def feed() -> None:
        with os.fdopen(writer, "wb", buffering=0) as sink:
            for start in range(0, len(data), 1000):
                sink.write(data[start : start + 1000])

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(reader, "rb", buffering=0) as file:
        assert images.read_image(file).shape == (240, 320, 3)  # type: ignore[arg-type]
    thread.join()


@pytest.mark.parametrize(
    "wrap", ["{}", "data:image/jpeg;base64,{}", "DATA:;base64,{}", " \n{}\r\n"]
)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
def test_base64_is_read_in_every_usual_form(wrap: str, encode: object) -> None:
    text = wrap.format(encode(png()).decode())  # type: ignore[operator]
    assert images.from_base64(text) == png()
    assert images.from_base64(text.encode()) == png()


@pytest.mark.parametrize(
    "text", ["AAA", "AAAAA", "A===", "AA=A", "A!AA", "ÄAAA", "data:image/png,AAAA", "data:AAAA"]
)
def test_wrong_base64_is_unsupported(text: str) -> None:
    with pytest.raises(UnsupportedImage):
        images.from_base64(text)


def test_long_base64_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ImageTooLarge):
        images.from_base64("A" * 4000, images.Limits(max_bytes=1000))


@pytest.mark.parametrize(
    "options", [{"max_pixels": 0}, {"max_aspect": float("nan")}, {"formats": ("SVG",)},
                {"formats": ()}, {"max_bytes": -1}]
)  # fmt: skip
def test_limits_that_mean_nothing_are_refused(options: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidOption):
        images.Limits(**options)


def test_a_folder_gives_its_pictures_in_order_without_the_hidden_ones(tmp_path: Path) -> None:
    for name in ["b/2.JPG", "b/1.png", "a.webp", "c.bmp", "notes.txt", ".hidden.jpg", ".git/x.jpg"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    found = images.find_photos([tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.webp", "b/1.png", "b/2.JPG", "c.bmp",
    ]  # fmt: skip
    assert images.find_photos([f"{tmp_path}/b/*.png", tmp_path / "b"]) == [
        tmp_path / "b/1.png",
        tmp_path / "b/2.JPG",
    ]
    assert images.find_photos([f"{tmp_path}/**/?.png"]) == [tmp_path / "b/1.png"]
    assert images.find_photos([tmp_path / "notes.txt"]) == [tmp_path / "notes.txt"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "me[1].jpg"
    path.write_bytes(b"")
    (tmp_path / "me1.jpg").write_bytes(b"")
    assert images.find_photos([path]) == [path]


@pytest.mark.parametrize("name", ["missing", "*.jpg", "empty", "a\0b", "*\0.jpg", "\ud800"])
def test_an_input_that_gives_no_photo_is_not_found(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceNotFound):
        images.find_photos([f"{tmp_path}/{name}"])


@pytest.mark.parametrize("address", ["https://host/a.jpg", "HTTP://host/a.jpg?x=1", "s3://b/c.png"])
def test_an_address_is_not_fetched_and_the_error_says_so(address: str) -> None:
    for ask in (
        images.read_image,
        lambda one: images.read_image(Path(one)),
        lambda one: images.find_photos([one]),
        lambda one: images.find_people([one]),
        lambda one: images.find_people([f"Ada={one}"]),
    ):
        with pytest.raises(SourceNotFound, match="not fetch photos: download it and give the file"):
            ask(address)


def test_importing_the_room_loads_no_decoder() -> None:
    program = "import sys, mien.images; print({'PIL', 'cv2', 'simplejpeg'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
