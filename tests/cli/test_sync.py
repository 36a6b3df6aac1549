"""``mien enroll --sync``: the plan, leave to remove people, and what it says of each photo."""

import os
import shutil
import subprocess
import sys

import pytest

from mien.gallery import Gallery

pty = pytest.importorskip("pty", reason="a terminal for a child needs POSIX")


@pytest.fixture
def gallery(tmp_path):
    return tmp_path / "people.gallery"


@pytest.fixture
def people(samples, folder):
    """A folder of Ada with two photos, and of Bo."""
    for place, photo in (("Ada/1", "obama.jpg"), ("Ada/2", "obama2.jpg"), ("Bo/1", "biden.jpg")):
        (folder / "people" / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(samples[photo], folder / "people" / f"{place}.jpg")
    return folder / "people"


def known(gallery):
    with Gallery.open(gallery, create=False) as opened:
        return {person.name: person.templates for person in opened.people()}


def test_a_dry_run_shows_the_plan_and_changes_nothing(mien, people, gallery):
    said = mien("enroll", "--sync", "people", "--dry-run", "--gallery", gallery)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "to add      Ada  people/Ada/1.jpg",
        "to add      Ada  people/Ada/2.jpg",
        "to add      Bo  people/Bo/1.jpg",
        "3 to add, 0 unchanged; nothing was changed",
    ]
    assert not gallery.exists()
    mien("enroll", "--sync", "people", "--gallery", gallery)
    (people / "Ada/2.jpg").unlink()
    before = gallery.read_bytes()
    rows = mien("enroll", "people", "--sync", "--dry-run", "--gallery", gallery, "--json").rows
    assert [(row["action"], row["name"], row["status"]) for row in rows] == [
        ("remove", "Ada", "planned")
    ]
    assert gallery.read_bytes() == before


def test_the_gallery_follows_and_says_of_each_photo_what_became_of_it(
    mien, samples, people, gallery
):
    said = mien("enroll", "--sync", "people", "--keep-file-names", "--gallery", gallery)
    assert said.out.splitlines()[2:] == [
        "added       Bo  people/Bo/1.jpg",
        f"3 added, 0 unchanged; the gallery is {gallery}",
    ]
    shutil.copy(samples["obama3.jpg"], people / "Ada/2.jpg")
    shutil.copy(samples["coffee.png"], people / "Bo/2.png")
    (people / "Ada").rename(people / "ADA")
    said = mien("enroll", "--sync", "people", "--gallery", gallery, "--json")
    assert said.status == 0
    refused, replaced = said.rows
    assert (refused["action"], refused["status"], refused["error"]["kind"]) == (
        "add",
        "refused",
        "NoFace",
    )
    assert (replaced["action"], replaced["status"]) == ("replace", "done")
    assert (replaced["name"], replaced["source"]) == ("Ada", "people/ADA/2.jpg")
    assert replaced["removes"]["file_name"] == "2.jpg"
    assert said.err == f"1 refused, 1 replaced, 2 unchanged; the gallery is {gallery}\n"
    assert known(gallery) == {"Ada": 2, "Bo": 1}


def test_people_go_only_with_yes(mien, people, gallery):
    mien("enroll", "--sync", "people", "--gallery", gallery)
    shutil.rmtree(people / "Bo")
    for json in ((), ("--json",)):
        said = mien("enroll", "--sync", "people", "--gallery", gallery, *json)
        assert said.status == 2
        assert "remove" in said.out.splitlines()[0]  # the plan
        assert said.err.endswith("not in the folder: Bo; got none; nothing was changed\n")
        assert known(gallery) == {"Ada": 2, "Bo": 1}
    plan = mien("enroll", "--sync", "people", "--dry-run", "--gallery", gallery)
    assert "to go with all photos: Bo; nothing was changed" in plan.out
    said = mien("enroll", "--sync", "people", "--yes", "--gallery", gallery)
    assert said.status == 0
    assert known(gallery) == {"Ada": 2}


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 2, {"Ada", "Bo"}), ("y", 0, {"Ada"})])
def test_somebody_at_a_terminal_is_asked(mien, people, gallery, answer, status, left):
    mien("enroll", "--sync", "people", "--gallery", gallery)
    shutil.rmtree(people / "Bo")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mien.cli", "enroll", "--sync", "people", "-g", str(gallery)]
    with subprocess.Popen(
        command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True
    ) as child:
        os.write(ours, f"{answer}\n".encode())
        child.communicate(timeout=60)
    asked = os.read(ours, 10_000).decode()
    os.close(theirs)
    os.close(ours)
    assert "Remove 1 person of the gallery, not in the folder: Bo?" in asked
    assert child.returncode == status
    assert set(known(gallery)) == left


@pytest.mark.parametrize(
    "arguments",
    [
        ("people", "people", "--sync"),
        ("Ada=people/Ada", "--sync"),
        ("people/Ada/1.jpg", "--sync"),
        ("nowhere", "--sync"),
        ("empty", "--sync", "--yes"),
        ("people", "--dry-run"),
        ("people", "--yes"),
    ],
)
def test_only_a_folder_with_photos_is_followed(mien, people, gallery, arguments):
    (people.parent / "empty").mkdir()
    mien("enroll", people, "--gallery", gallery)
    said = mien("enroll", *arguments, "--gallery", gallery)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert known(gallery) == {"Ada": 2, "Bo": 1}
