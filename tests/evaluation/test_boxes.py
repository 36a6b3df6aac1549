from __future__ import annotations

import pytest

from mien.errors import InvalidLabels, InvalidOption, SourceNotFound
from mien.evaluation import LabelledBox, LabelledPhoto, read_boxes

DLIB = """<?xml version='1.0' encoding='ISO-8859-1'?>
<?xml-stylesheet type='text/xsl' href='image_metadata_stylesheet.xsl'?>
<dataset>
<name>faces</name>
<images>
  <image file='a.jpg' width='500' height='375'>
    <box top='90' left='-4' width='37' height='38'/>
    <box top='1' left='2' width='3' height='4' ignore='1'>
      <label>face</label>
      <part name='00' x='1' y='2'/>
    </box>
  </image>
  <image file='b/b.jpg'/>
</images>
</dataset>
"""
WIDER = """a.jpg
2
449 330 122 149 0 0 0 0 0 0
10 20 30 40 2 0 0 1 0 0
b/b.jpg
0
0 0 0 0 0 0 0 0 0 0
"""
PHOTOS = (
    LabelledPhoto(
        "a.jpg", (LabelledBox((-4, 90, 33, 128)), LabelledBox((2, 1, 5, 5), ignored=True))
    ),
    LabelledPhoto("b/b.jpg", ()),
)
LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<dataset><images><image file="&lol2;"/></images></dataset>
"""


@pytest.fixture
def write(tmp_path):
    def write_list(text, name="list"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_list


def test_dlibs_list_is_read_with_what_is_to_be_ignored(write):
    assert read_boxes(write(DLIB)) == PHOTOS


def test_dlibs_list_may_have_any_encoding_that_it_names(write):
    path = write(DLIB.replace("b/b.jpg", "é.jpg").encode("latin-1"))
    assert read_boxes(path)[1].path == "é.jpg"


def test_widers_list_is_read_and_its_dummy_row_is_no_face(write):
    photos = read_boxes(write(WIDER.replace("\n", "\r\n")), "wider")
    assert photos == (
        LabelledPhoto(
            "a.jpg",
            (LabelledBox((449, 330, 571, 479)), LabelledBox((10, 20, 40, 60), ignored=True)),
        ),
        LabelledPhoto("b/b.jpg", ()),
    )


def test_a_box_of_wider_without_a_size_is_ignored(write):
    photos = read_boxes(write(WIDER.replace("122 149", "122 0")), "wider")
    assert [box.ignored for box in photos[0].boxes] == [True, True]


def test_every_photo_must_be_there(write, tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(InvalidLabels, match=r"list, line 13: expected a photo at .*b\.jpg"):
        read_boxes(write(DLIB), images=tmp_path)
    with pytest.raises(SourceNotFound):
        read_boxes(write(DLIB), images=tmp_path / "nowhere")
    with pytest.raises(SourceNotFound):
        read_boxes(tmp_path / "nothing")
    with pytest.raises(InvalidOption, match="dlib or wider"):
        read_boxes(write(DLIB), "voc")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no element"),
        (DLIB[:300], 8, "expected XML"),
        (LAUGHS, 2, "no document type"),
        (DLIB.replace("<dataset>", "<!DOCTYPE dataset SYSTEM 'http://x/y.dtd'><dataset>"), 3, ""),
        (DLIB.replace("dataset", "html"), 3, "<dataset>"),
        (DLIB.replace("ISO-8859-1", "klingon"), 1, "encoding"),
        (DLIB.replace("ISO-8859-1", "utf-8").replace("a.jpg", "é").encode("latin-1"), 6, ""),
        (DLIB.replace("width='37'", "width='-37'"), 7, "with a size"),
        (DLIB.replace("width='37'", "width='0'"), 7, "with a size"),
        (DLIB.replace("width='37'", "width='nan'"), 7, "a number"),
        (DLIB.replace("width='37'", "width='1e400'"), 7, "a number"),
        (DLIB.replace("width='37' ", ""), 7, "width="),
        (DLIB.replace("ignore='1'", "ignore='yes'"), 8, "0 or 1"),
        (DLIB.replace("file='a.jpg' ", ""), 6, "file="),
        (DLIB.replace("b/b.jpg", "a.jpg"), 13, "once"),
        (DLIB.replace("b/b.jpg", "../b.jpg"), 13, "inside the folder"),
        (DLIB.replace("<name>faces</name>", "<box/>"), 4, "inside an <image>"),
        (DLIB.replace("<part ", "<image file='c.jpg'/><part "), 10, "inside another"),
    ],
)
def test_a_damaged_list_of_dlib_is_refused_with_its_line(write, text, line, said):
    with pytest.raises(InvalidLabels, match=f"line {line}:.*{said}"):
        read_boxes(write(text))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "blank"),
        ("a.jpg", 2, "number of boxes"),
        (WIDER[: WIDER.index("10 20")], 4, "cut"),
        (WIDER.replace("\n2\n", "\n1\n"), 4, "count above"),
        (WIDER.replace("\n2\n", "\n3\n"), 5, "count above"),
        (WIDER.replace("\n2\n", "\n-2\n"), 2, "number of boxes"),
        (WIDER.replace("\n2\n", "\n99999999\n"), 2, "number of boxes"),
        (WIDER.replace("122 149", "-122 149"), 3, "with a size"),
        (WIDER.replace("122 149", "wide 149"), 3, "a number"),
        (WIDER.replace("122 149", "122"), 3, "expected a box"),
        (WIDER.replace("2 0 0 1 0 0", "2 0 0 7 0 0"), 4, "0 or 1"),
        (WIDER.replace("b/b.jpg", ""), 5, "blank"),
        (WIDER.replace("b/b.jpg", "a.jpg"), 5, "once"),
        (WIDER.replace("b/b.jpg", "/etc/passwd"), 5, "inside the folder"),
        (WIDER.replace("a.jpg", "\xe9").encode("latin-1"), 1, "UTF-8"),
    ],
)
def test_a_damaged_list_of_wider_is_refused_with_its_line(write, text, line, said):
    with pytest.raises(InvalidLabels, match=f"line {line}:.*{said}"):
        read_boxes(write(text), "wider")


def test_a_list_without_photos_is_refused(write):
    with pytest.raises(InvalidLabels, match="got none"):
        read_boxes(write("<dataset><images/></dataset>"))


def test_dlibs_own_lists_hold_the_faces_that_their_page_states(bench_data):
    folder = bench_data / "groups"
    counts = [
        sum(len(photo.boxes) for photo in read_boxes(folder / name, images=folder))
        for name in ("training.xml", "testing.xml")
    ]
    assert counts == [18, 25]
