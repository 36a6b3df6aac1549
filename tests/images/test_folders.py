"""Folders as they are on disks, phones and network drives: what in them is a photo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from images.sample_photos import encoded, picture
from mien.errors import InvalidOption, SourceNotFound
from mien.images import FolderWalk, find_people, find_photos
from mien.images.video import VideoOptions, open_video

SYSTEM_FOLDERS = (
    *("@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", "lost+found", "System Volume Information"),
    *(".Trash", ".Trashes", ".Trash-1000", ".thumbnails", ".@__thumb", "@Recycle", ".stversions"),
    *(".picasaoriginals", ".sync", "#snapshot", "@Recently-Snapshot", ".AppleDouble", ".git"),
    *("Catalog Previews.lrdata", "Photos Library.photoslibrary", "RECYCLER", "~snapshot"),
    *(
        "[Originals]",
        "@EADIR",
        "$Recycle.Bin",
        "lost+FOUND",
        "__macosx",
        ".dropbox.cache",
        "CaptureOne",
    ),
)
NO_PHOTOS = ("._IMG_1.jpg", "Thumbs.db", ".DS_Store", "desktop.ini", ".hidden.jpg", "IMG_1.xmp")
SUFFIXES = (
    *("jpe", "jfif", "heic", "heif", "heics", "hif", "avif", "tif", "tiff", "gif", "pgm", "ppm"),
    *("pbm", "pnm", "pam", "bmp", "webp", "png", "jpg", "jpeg", "JPG", "Heic", "TIFF"),
)


def put(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def names_in(found: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


# What is passed over -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYSTEM_FOLDERS)
def test_what_systems_and_programs_keep_beside_photos_is_neither_photo_nor_person(
    name: str, tmp_path: Path
) -> None:
    put(tmp_path, "Ada/1.jpg", f"Ada/{name}/2.jpg", f"{name}/3.jpg", f"{name}/deep/4.jpg")
    walk = FolderWalk()
    assert names_in(find_photos([tmp_path], walk), tmp_path) == ["Ada/1.jpg"]
    assert find_people([tmp_path]) == [("Ada", tmp_path / "Ada/1.jpg")]
    assert str(walk) == f"2 folders skipped: {name} 2"


@pytest.mark.parametrize("name", NO_PHOTOS)
def test_what_lies_beside_photos_is_counted_and_is_none(name: str, tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", name)
    walk = FolderWalk()
    assert find_photos([tmp_path], walk) == [tmp_path / "a.jpg"]
    assert str(walk).startswith("1 file skipped: ")


def test_a_folder_that_says_no_media_holds_no_people_unless_it_is_named(tmp_path: Path) -> None:
    put(tmp_path, "Ada/1.jpg", "WhatsApp/.nomedia", "WhatsApp/x.jpg", "WhatsApp/more/y.jpg")
    walk = FolderWalk()
    assert find_people([tmp_path], walk) == [("Ada", tmp_path / "Ada/1.jpg")]
    assert str(walk) == "1 folder skipped: WhatsApp"
    assert len(find_photos([tmp_path / "WhatsApp"])) == 2


def test_what_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, "#recycle/a.jpg", "#recycle/@eaDir/b.jpg", ".cache/c.jpg", ".d.jpg")
    given = [tmp_path / name for name in ("#recycle", ".cache", ".d.jpg")]
    found = names_in(find_photos(given), tmp_path)
    assert found == ["#recycle/a.jpg", ".cache/c.jpg", ".d.jpg"]


@pytest.mark.parametrize("pattern", ["*", "**", "**/*.jpg", "*/*.jpg", "*/**/*", "A*/*"])
def test_a_glob_meets_the_same_rule(pattern: str, tmp_path: Path) -> None:
    put(tmp_path, "Ada/1.jpg", "Ada/@eaDir/2.jpg", "@eaDir/3.jpg", "@eaDir/deep/4.jpg")
    assert names_in(find_photos([f"{tmp_path}/{pattern}"]), tmp_path) == ["Ada/1.jpg"]


def test_what_was_passed_over_is_counted_by_kind_the_most_frequent_first(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b.CR2", "c.cr2", "d.xmp", "e", ".f.jpg", "._g.jpg", "h.mov", "i.aae")
    put(tmp_path, "@eaDir/x", "Ada/@eaDir/x")
    (tmp_path / "linked").symlink_to(tmp_path / "Ada")
    walk = FolderWalk(["a.jpg", "h.*"])
    with pytest.raises(SourceNotFound, match=r"got 7 files skipped: \.cr2 2"):
        find_photos([tmp_path], walk)
    assert str(walk) == (
        "7 files skipped: .cr2 2, ._* 1, .aae 1, .xmp 1, hidden 1 and 1 more; "
        "2 folders skipped: @eaDir 2; 1 linked folder not followed: linked; "
        "2 excluded: a.jpg, h.mov"
    )


def test_a_tidy_folder_needs_no_words(tmp_path: Path) -> None:
    walk = FolderWalk()
    find_people([put(tmp_path, "Ada/1.jpg", "bo.png")], walk)
    assert str(walk) == ""


# What is a photo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_suffix_of_a_photo_counts_in_any_case(suffix: str, tmp_path: Path) -> None:
    put(tmp_path, f"a.{suffix}", "a.txt")
    assert names_in(find_photos([tmp_path]), tmp_path) == [f"a.{suffix}"]


def test_where_the_name_says_nothing_the_content_does(tmp_path: Path) -> None:
    for name in ("subject01.centerlight", "subject01.Wink", "portrait"):
        (tmp_path / name).write_bytes(encoded(picture("L"), "GIF"))
    put(tmp_path, "README", "subject02.sad")
    os.mkfifo(tmp_path / "pipe")
    found = names_in(find_photos([tmp_path]), tmp_path)
    assert found == ["portrait", "subject01.Wink", "subject01.centerlight"]


def test_yale_s_names_are_of_people_whatever_stands_behind_the_point(tmp_path: Path) -> None:
    for name in ("subject01.gif", "subject01.glasses", "subject01.happy.gif", "Jr.Wink_2.gif"):
        (tmp_path / name).write_bytes(encoded(picture("L"), "GIF"))
    put(tmp_path, "J.R. Tolkien.jpg")
    assert [name for name, _ in find_people([tmp_path])] == [
        "J.R. Tolkien", "Jr", "subject01", "subject01", "subject01",
    ]  # fmt: skip


# Exclusion ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("old", ["Ada/1.jpg", "Ada/blur_2.jpg", "Bo/old.jpg"]),
        ("OLD/", ["Ada/1.jpg", "Ada/blur_2.jpg", "Bo/old.jpg"]),
        ("blur_*", ["Ada/1.jpg", "Ada/old/3.jpg", "Bo/old.jpg"]),
        ("Ada", ["Bo/old.jpg"]),
        ("Ada/*", ["Bo/old.jpg"]),
        ("ada/old/*.jpg", ["Ada/1.jpg", "Ada/blur_2.jpg", "Bo/old.jpg"]),
        ("**/old*", ["Ada/1.jpg", "Ada/blur_2.jpg"]),
        ("old/3.jpg", ["Ada/1.jpg", "Ada/blur_2.jpg", "Ada/old/3.jpg", "Bo/old.jpg"]),
        ("[12].jpg", ["Ada/blur_2.jpg", "Ada/old/3.jpg", "Bo/old.jpg"]),
    ],
)
def test_a_pattern_excludes_files_and_folders(
    pattern: str, left: list[str], tmp_path: Path
) -> None:
    put(tmp_path, "Ada/1.jpg", "Ada/blur_2.jpg", "Ada/old/3.jpg", "Bo/old.jpg")
    for exclude in ([pattern], pattern):
        assert names_in(find_photos([tmp_path], FolderWalk(exclude)), tmp_path) == left
    people = find_people([tmp_path], FolderWalk([pattern]))
    assert names_in([photo for _, photo in people], tmp_path) == left


def test_an_accent_is_the_same_however_it_is_spelled(tmp_path: Path) -> None:
    put(tmp_path, "Rene\u0301e/1.jpg", "Bo/1.jpg")
    assert names_in(find_photos([tmp_path], FolderWalk(["ren\u00e9e"])), tmp_path) == ["Bo/1.jpg"]


def test_a_file_that_is_named_can_be_excluded_too(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b.jpg")
    walk = FolderWalk(["b*"])
    assert find_photos([tmp_path / "a.jpg", tmp_path / "b.jpg"], walk) == [tmp_path / "a.jpg"]
    assert find_photos([f"{tmp_path}/*.jpg"], walk) == [tmp_path / "a.jpg"]
    assert str(walk) == "1 excluded: b.jpg"


@pytest.mark.parametrize("pattern", ["", "/", "/old", "../x", "a//b", "a\0b", "."])
def test_a_pattern_that_can_match_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidOption, match="exclude: expected a pattern"):
        FolderWalk([pattern])


def test_a_sequence_of_photos_takes_patterns_and_says_what_it_passed_over(tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "blur_3.png"):
        (tmp_path / name).write_bytes(encoded(picture(), "PNG"))
    put(tmp_path, "@eaDir/1.png")
    with open_video(tmp_path, VideoOptions(exclude=("blur_*",))) as video:
        assert len(list(video)) == 2
        assert video.notes == ("1 folder skipped: @eaDir; 1 excluded: blur_3.png",)


# Links, permissions, depth -----------------------------------------------------------------------


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    put(tmp_path, "Ada/1.jpg")
    for name in ("again", "Ada/up", "Ada/down", "Ada/self"):  # followed, 3 to the power of 40 paths
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "knot").symlink_to(tmp_path / "knot")
    walk = FolderWalk()
    assert find_people([tmp_path], walk) == [("Ada", tmp_path / "Ada/1.jpg")]
    assert "4 linked folders not followed: again, down, self, up" in str(walk)
    for given in (str(tmp_path), f"{tmp_path}/**/*.jpg", f"{tmp_path}/**"):
        assert find_photos([given]) == [tmp_path / "Ada/1.jpg"]


def test_a_linked_folder_from_elsewhere_is_a_person(tmp_path: Path) -> None:
    put(tmp_path, "people/Ada/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "people/Bo").symlink_to(tmp_path / "elsewhere")
    found = find_people([tmp_path / "people"])
    assert [name for name, _ in found] == ["Ada", "Bo"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named_and_stops_nothing(tmp_path: Path) -> None:
    put(tmp_path, "Ada/1.jpg", "Bo/2.jpg")
    (tmp_path / "Bo").chmod(0)
    walk = FolderWalk()
    try:
        assert len(find_people([tmp_path], walk)) == 1
        assert str(walk) == f"1 folder not read: '{tmp_path.name}/Bo' (Permission denied)"
        with pytest.raises(SourceNotFound, match=r"Bo.*Permission denied"):
            find_photos([tmp_path / "Bo"])
    finally:
        (tmp_path / "Bo").chmod(0o700)


def test_a_folder_deeper_than_a_path_can_be_is_named_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    for _ in range(350):  # 4,550 letters, which a system takes step by step only
        Path("twelve-chars").mkdir()
        monkeypatch.chdir("twelve-chars")
    walk = FolderWalk()
    assert find_photos([tmp_path], walk) == [tmp_path / "a.jpg"]
    assert str(walk).startswith("1 folder not read: ")
    assert str(walk).endswith("...' (File name too long)")
    for find in (find_photos, find_people):  # without a walk nobody could know that more is there
        with pytest.raises(SourceNotFound, match="expected to read all folders, got 1 folder not"):
            find([tmp_path])


def test_thousands_of_files_take_no_time(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.{'jpg' if number % 2 else 'xmp'}").touch()
    walk = FolderWalk()
    assert len(find_photos([tmp_path], walk)) == 1500
    assert str(walk) == "1,500 files skipped: .xmp 1,500"
