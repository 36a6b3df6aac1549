"""``mien enroll``: forms of PEOPLE, refusals with their reasons, names that are traps."""

import re
import shutil

import pytest

from mien.gallery import Gallery


@pytest.fixture
def gallery(tmp_path):
    return tmp_path / "people.gallery"


def known(gallery):
    with Gallery.open(gallery, create=False) as opened:
        return {person.name: person.templates for person in opened.people()}


def test_a_folder_for_each_person_is_enrolled(mien, samples, folder, gallery):
    for name, photo in (("Ada", "obama.jpg"), ("Ada", "obama2.jpg"), ("Bo", "biden.jpg")):
        (folder / "people" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(samples[photo], folder / "people" / name)
    said = mien("enroll", "people", "--gallery", gallery)
    assert said.status == 0
    assert said.out == f"enrolled 3 photos of 2 people; the gallery is {gallery}\n"
    assert said.err == ""
    assert known(gallery) == {"Ada": 2, "Bo": 1}
    again = mien("enroll", "people", "--gallery", gallery, "--json", "--quiet")
    assert [row["status"] for row in again.rows] == ["already there"] * 3
    assert again.status == 0
    assert again.err == ""
    assert known(gallery) == {"Ada": 2, "Bo": 1}


def test_photos_named_after_people_and_pairs_are_enrolled(mien, samples, folder, gallery):
    shutil.copy(samples["obama.jpg"], folder / "ada.jpg")
    shutil.copy(samples["obama2.jpg"], folder / "ada_2.jpg")
    said = mien("enroll", folder, f"Bo={samples['biden.jpg']}", "--gallery", gallery, "--json")
    assert said.status == 0
    assert said.rows[2] == {
        "source": str(samples["biden.jpg"]),
        "name": "Bo",
        "status": "added",
    }
    assert known(gallery) == {"Bo": 1, "ada": 2}


def test_refusals_stop_nothing_and_say_why(mien, samples, folder, gallery):
    (folder / "cut.jpg").write_bytes(samples["obama.jpg"].read_bytes()[:9000])
    pairs = [f"A={samples['coffee.png']}", f"B={samples['t1.jpg']}", "C=cut.jpg", "nowhere"]
    said = mien("enroll", *pairs, f"D={samples['biden.jpg']}", "--gallery", gallery, "--json")
    assert said.status == 0
    kinds = {row["name"]: row.get("error", {}).get("kind") for row in said.rows}
    assert kinds == {
        **{None: "SourceNotFound", "A": "NoFace", "B": "MultipleFaces", "C": "DamagedImage"},
        "D": None,
    }
    assert known(gallery) == {"D": 1}
    for_people = mien("enroll", *pairs, "--gallery", gallery)
    assert for_people.status == 2
    assert for_people.out == ""
    assert len(for_people.err.splitlines()) == 4
    largest = mien("enroll", pairs[1], "--largest", "--gallery", gallery)
    assert largest.status == 0
    assert known(gallery) == {"B": 1, "D": 1}


TRAPS = {
    **{"99": "../../etc/passwd", "100": "..\\x", "101": "/abs", "102": "%2e%2e%2f"},
    **{"103": "a\0b", "104": "x" * 10_000, "104b": "x" * 201, "105": " ", "108": "a\u202eb"},
    **{"109": "a\udcffb", "110": ".", "110b": "-rf", "114": "a\r\nb", "e": "", "esc": "\x1b[31m"},
}


@pytest.mark.parametrize("name", TRAPS.values(), ids=TRAPS.keys())
def test_a_name_that_is_a_trap_is_refused_in_one_line(mien, samples, folder, gallery, name):
    said = mien("enroll", "--gallery", gallery, "--", f"{name}={samples['biden.jpg']}")
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith("mien: ")
    assert said.err.count("\n") == 1
    assert said.err.strip().isprintable()
    assert not gallery.exists() or known(gallery) == {}
    assert list(folder.iterdir()) == []
    as_json = mien("enroll", "--json", "--gallery", gallery, "--", f"{name}={samples['biden.jpg']}")
    assert as_json.status == 2
    assert "error" in as_json.row


@pytest.mark.parametrize("name", ["<script>", "'; DROP TABLE person; --", "CON", "O’Brien, “Z”"])
def test_an_odd_name_is_text(mien, samples, gallery, name):
    assert mien("enroll", f"{name}={samples['biden.jpg']}", "--gallery", gallery).status == 0
    assert known(gallery) == {name: 1}
    assert mien("gallery", "list", "--gallery", gallery, "--json").row["name"] == name


def test_a_name_that_is_a_formula_is_harmless_in_csv(mien, samples, folder, gallery):
    person = folder / "people" / "=HYPERLINK(1)"
    person.mkdir(parents=True)
    shutil.copy(samples["biden.jpg"], person)
    assert mien("enroll", "people", "--gallery", gallery).status == 0
    assert known(gallery) == {"=HYPERLINK(1)": 1}
    photo = samples["biden.jpg"]
    said = mien("identify", photo, "--gallery", gallery, "--csv", "out.csv", "--json")
    assert said.row["faces"][0]["name"] == "=HYPERLINK(1)"
    assert ",known,'=HYPERLINK(1),1.0," in (folder / "out.csv").read_text("utf-8")


@pytest.mark.parametrize(("first", "second"), [("Jos\u00e9", "Jose\u0301"), ("ada", "ADA")])
def test_two_spellings_of_a_name_are_one_person(mien, samples, gallery, first, second):
    photos = f"{first}={samples['obama.jpg']}", f"{second}={samples['obama2.jpg']}"
    assert mien("enroll", *photos, "--gallery", gallery).status == 0
    assert known(gallery) == {first: 2}


def test_photos_that_a_system_numbered_or_copied_are_one_persons_and_counted_so(
    mien, samples, folder, gallery
):
    photos = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")
    names = ("ada.jpg", "ada (2).jpg", "Ada - Copy (3).jpg", "ada-2.jpg", "Louis 14.png")
    for photo, name in zip(photos, names, strict=True):
        shutil.copy(samples[photo], folder / name)
    said = mien("enroll", folder, "--gallery", gallery)
    assert said.status == 0
    assert said.out.startswith("enrolled 5 photos of 3 people;")
    assert known(gallery) == {"Ada": 3, "Louis 14": 1, "ada-2": 1}
    assert said.err == (
        "“ada-2” and “Ada” are two people; if they are one, name the photo Ada_2.jpg, or run "
        "`mien gallery merge` afterwards\n"
    )
    pairs = [f"{name}={samples['obama.jpg']}" for name in ("ADA", " ada ")]
    assert "of 1 person" in mien("enroll", *pairs, "--gallery", gallery).out


def test_the_face_of_an_index_is_enrolled(mien, samples, gallery):
    group = samples["t1.jpg"]
    faces = mien("detect", group, "--json").row["faces"]
    said = mien("enroll", f"Ada={group}", "--face", "2", "--gallery", gallery)
    assert said.status == 0
    found = mien("identify", group, "--gallery", gallery, "--json").row["faces"]
    assert [face["name"] for face in found] == [None, None, "Ada", None, None, None]
    assert found[2]["box"] == faces[2]["box"]
    lines = mien("identify", group, "--gallery", gallery).out.splitlines()
    assert lines[3].split()[:2] == ["2", "Ada"]  # the screen counts in the same way
    assert mien("detect", group).out.splitlines()[3].split()[0] == "2"
    # Another face of the photo is not "already there"; it has to be meant.
    again = mien("enroll", f"Ada={group}", "--face", "2", "--gallery", gallery, "--json")
    assert again.row["status"] == "already there"
    other = mien("enroll", f"Ada={group}", "--face", "3", "--gallery", gallery, "--json")
    assert (other.status, other.row["status"]) == (2, "refused")
    cure = re.search(r"`mien gallery (remove) NAME (--photo) (\w+)`", other.row["error"]["message"])
    assert mien("gallery", cure[1], "Ada", cure[2], cure[3], "--gallery", gallery).status == 0
    assert mien("enroll", f"Ada={group}", "--face", "3", "--gallery", gallery).status == 0


def test_a_face_that_is_not_there_or_not_one_face_is_refused(mien, samples, gallery):
    pair = f"Ada={samples['t1.jpg']}"
    said = mien("enroll", pair, "--face", 17, "--gallery", gallery, "--json")
    assert (said.status, said.row["error"]["kind"]) == (2, "NoFace")
    assert "got 6 in all" in said.row["error"]["message"]
    for options in (("--face", "-1"), ("--face", "1", "--largest"), ("--face", "x")):
        said = mien("enroll", pair, *options, "--gallery", gallery)
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert known(gallery) == {}


def test_file_names_are_kept_only_where_that_is_asked_for(mien, samples, folder, gallery):
    (folder / "secret place").mkdir()
    shutil.copy(samples["obama.jpg"], folder / "secret place" / "my holiday.jpg")
    mien("enroll", "Ada=secret place", "--gallery", gallery)
    assert b"holiday" not in gallery.read_bytes()
    (photo,) = mien("gallery", "show", "Ada", "-g", gallery, "--json").row["photos"]
    assert photo["file_name"] is None
    again = mien("enroll", "Ada=secret place", "--keep-file-names", "--gallery", gallery)
    assert "1 already there" in again.out
    (photo,) = mien("gallery", "show", "Ada", "-g", gallery, "--json").row["photos"]
    assert photo["file_name"] == "my holiday.jpg"
    assert b"secret" not in gallery.read_bytes()
