from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mien.errors import InvalidOption, OutputUnwritable
from mien.models.trained_folder import ModelKind
from mien.training.saving import ModelFolderWriter, check_output


def save(out: Path, content: str = "one", *, overwrite: bool = False) -> None:
    with ModelFolderWriter(out, ModelKind.EMBEDDER, overwrite=overwrite) as writer:
        writer.write("model.onnx", content.encode())
        writer.write("model.json", json.dumps({"name": content}))
        writer.path("pictures/a.txt").write_text(content)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_model_is_there_with_its_manifest_and_nothing_else_is(tmp_path):
    save(tmp_path / "models" / "mine")
    files = everything(tmp_path)
    manifest = json.loads(files["models/mine/manifest.json"])
    assert set(files) == {f"models/mine/{name}" for name in (*manifest["files"], "manifest.json")}
    assert manifest["kind"] == "embedder"
    assert manifest["files"]["pictures/a.txt"]["bytes"] == 3
    assert list((tmp_path / "models").iterdir()) == [tmp_path / "models" / "mine"]


def test_the_room_that_reads_models_takes_what_was_written(tmp_path):
    from mien.models.trained_folder import open_trained_folder

    save(tmp_path / "mine")
    assert open_trained_folder(tmp_path / "mine").settings == {"name": "one"}


def test_a_model_is_replaced_only_if_that_was_asked_for(tmp_path):
    save(tmp_path / "mine")
    before = everything(tmp_path)
    with pytest.raises(OutputUnwritable, match="a model that is there already"):
        save(tmp_path / "mine", "two")
    assert everything(tmp_path) == before
    save(tmp_path / "mine", "two", overwrite=True)
    assert (tmp_path / "mine" / "model.onnx").read_text() == "two"
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_it_is_replaced_too_where_the_system_cannot_exchange_folders(tmp_path, monkeypatch):
    save(tmp_path / "mine")
    monkeypatch.setattr(sys, "platform", "somewhere")
    save(tmp_path / "mine", "two", overwrite=True)
    assert (tmp_path / "mine" / "model.onnx").read_text() == "two"
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def write_and_raise(out: Path, error: type[BaseException]) -> None:
    with ModelFolderWriter(out, ModelKind.EMBEDDER, overwrite=True) as writer:
        writer.write("model.onnx", b"half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, InvalidOption])
def test_whatever_goes_wrong_nothing_half_written_stays_and_the_old_model_does(tmp_path, error):
    save(tmp_path / "mine")
    before = everything(tmp_path)
    with pytest.raises(error):
        write_and_raise(tmp_path / "mine", error)
    assert everything(tmp_path) == before
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


# A disk that is full is not at hand; a limit of the process on the size of files refuses the same
# writes at the same places. 40 kB: the small files go through, the network does not.
FULL = """
import resource, sys
from pathlib import Path
from mien.errors import OutputUnwritable
from mien.models.trained_folder import ModelKind
from mien.training.saving import ModelFolderWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    with ModelFolderWriter(Path(sys.argv[1]), ModelKind.EMBEDDER, overwrite=True) as writer:
        writer.write("model.json", "{}")
        if sys.argv[2] == "by the writer":
            writer.write("model.onnx", bytes(50_000))
        elif sys.argv[2] == "by others":
            with writer.path("model.onnx").open("wb") as file:
                file.write(bytes(50_000))
        else:
            for number in range(400):
                writer.write(f"pictures/{number}.txt", "x")
except OutputUnwritable as error:
    print(error)
"""


@pytest.mark.parametrize("place", ["by the writer", "by others", "in the manifest"])
def test_a_full_disk_leaves_the_old_model_and_nothing_half_written(tmp_path, place):
    pytest.importorskip("resource", reason="this system has no limit on the size of files")
    save(tmp_path / "mine")
    before = everything(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "mine"), place],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "expected to write a model" in done.stdout, done.stderr
    assert "File too large; nothing of it was kept" in done.stdout
    assert everything(tmp_path) == before
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_an_error_of_reading_something_else_is_not_taken_for_one_of_writing(tmp_path):
    with (
        pytest.raises(FileNotFoundError) as caught,
        ModelFolderWriter(tmp_path / "mine", ModelKind.EMBEDDER),
    ):
        (tmp_path / "elsewhere.jpg").read_bytes()
    assert not isinstance(caught.value, OutputUnwritable)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../../x", "manifest.json", "", "a\\b", "a\0b", ".hidden"]
)
def test_no_file_is_written_outside_the_model(tmp_path, name):
    with (
        pytest.raises(InvalidOption, match="inside the model's folder"),
        ModelFolderWriter(tmp_path / "mine", ModelKind.EMBEDDER) as writer,
    ):
        writer.write(name, b"x")


# Before the work ----------------------------------------------------------------------------


def test_a_new_place_and_an_empty_folder_pass_and_are_left_as_they_are(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "deep/below/new"):
        check_output(tmp_path / name, needed_bytes=1)
    assert list(tmp_path.iterdir()) == [tmp_path / "empty"]


def test_a_folder_of_something_else_is_refused_even_to_overwrite(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(OutputUnwritable, match="other things"):
        check_output(tmp_path / "photos", overwrite=True)


def test_a_model_with_a_file_of_the_user_s_is_not_overwritten(tmp_path):
    save(tmp_path / "mine")
    (tmp_path / "mine" / "notes.txt").write_text("x")
    with pytest.raises(OutputUnwritable, match="other things"):
        check_output(tmp_path / "mine", overwrite=True)


def test_a_damaged_model_may_be_overwritten(tmp_path):
    save(tmp_path / "mine")
    (tmp_path / "mine" / "model.onnx").write_bytes(b"damaged")
    check_output(tmp_path / "mine", overwrite=True)


def test_a_file_is_no_place(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputUnwritable):
            check_output(place, overwrite=True)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(OutputUnwritable, match="choose another name"):
        check_output(tmp_path / name, data=tmp_path)


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    save(tmp_path / ("x" * 255))
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


def test_the_root_is_no_place():
    with pytest.raises(OutputUnwritable):
        save(Path("/"), overwrite=True)


def test_the_data_is_no_place_for_the_model(tmp_path):
    (tmp_path / "data").mkdir()
    for place in (tmp_path / "data" / "model", tmp_path / "data" / ".." / "data" / "x"):
        with pytest.raises(OutputUnwritable, match="a place in the data"):
            check_output(place, data=tmp_path / "data")


def test_too_little_space_is_said_in_numbers(tmp_path):
    with pytest.raises(OutputUnwritable, match=r"MiB of free space where about 1,0.+ MiB are"):
        check_output(tmp_path / "mine", needed_bytes=2**60)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no file system here that refuses everybody")
def test_a_folder_where_nothing_can_be_made_is_refused():
    with pytest.raises(OutputUnwritable, match="choose another folder"):
        check_output(Path("/proc/mien-model"))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputUnwritable, match="Permission denied"):
        check_output(tmp_path / "mine")
