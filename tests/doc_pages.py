"""The project's pages: their blocks of code, their links, and a folder in which the blocks run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from images.films import make_film
from matching.a_verifier import a_verifier
from mien.gallery import write_verifier
from mien.matching import SpaceWeights
from mien.models import CARDS
from mien.models.store import ModelStore

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ALL_PAGES = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<excuse>[^\n]+) -->\n\n?)?"
    r"(?P<ticks>`{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=ticks)[ ]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; ``excuse`` says why it is not run, where it is not."""

    language: str
    text: str
    excuse: str | None


def blocks(page: Path, language: str) -> list[Block]:
    """The page's blocks of a language that are to be run."""
    found = (
        Block(match["language"], match["text"], match["excuse"])
        for match in _FENCE.finditer(page.read_text("utf-8"))
    )
    return [block for block in found if block.language == language and not block.excuse]


def commands(page: Path) -> list[tuple[list[str], int]]:
    """Arguments and exit status of each ``$ mien ...``; another status than 0 stands behind it.

    ``$ mien verify a.jpg b.jpg  # exit status 1``. What follows a pipe is somebody else's program,
    and home (``~``) is the folder itself.
    """
    found = []
    for block in blocks(page, "console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if not line.startswith("$ mien"):
                continue
            status = re.search(r"# exit status (\d+)", line)
            words = shlex.split(re.split(r"\s[|>]", line)[0], comments=True)
            words = [re.sub(r"^~/", "./", word) for word in words[2:]]
            found.append((words, int(status[1]) if status else 0))
    return found


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]+`", "", _FENCE.sub("", text))


def links(page: Path) -> list[str]:
    """Addresses of links and pictures, also of those in HTML."""
    text = without_code(page.read_text("utf-8"))
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)


def anchors(page: Path) -> set[str]:
    """Its headings as GitHub names them: lower case, spaces as hyphens, punctuation dropped."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in headings}


ADA, BO = ("a", "b", "photo"), ("c",)
A_STRANGER = (650, 250, 950, 600)  # left, top, right, bottom in group.jpg


def lay_out(folder: Path, store: ModelStore) -> Path:
    """The photos and files under the names that the pages use.

    Ada is on ``a.jpg``, ``b.jpg`` and ``photo.jpg``, Bo on ``c.jpg``; six strangers stand in
    ``group.jpg``, one of them is on ``portrait.jpg``, and in ``strangers/``. Whoever lays out puts
    two trained models beside them: ``my-model`` names Ada and Bo, ``my-embedder`` names nobody.
    """
    for letter, path in zip((*ADA, *BO), store.pull("sample-portraits"), strict=True):
        shutil.copy(path, folder / f"{letter}.jpg")
    shutil.copy(store.pull("sample-group")[0], folder / "group.jpg")
    with Image.open(folder / "group.jpg") as group:
        group.crop(A_STRANGER).save(folder / "portrait.jpg")
    put(folder / "portrait.jpg", folder / "strangers" / "portrait.jpg")
    for copy, letter in {"passport": "a", "visitor": "b", "ada": "a", "more/ada": "b"}.items():
        put(folder / f"{letter}.jpg", folder / f"{copy}.jpg")
    for name in ("a", "b", "c", "group"):
        put(folder / f"{name}.jpg", folder / "photos" / f"{name}.jpg")
    for name, person in {"a": "Ada", "b": "Ada", "c": "Bo"}.items():
        put(folder / f"{name}.jpg", folder / "people" / person / f"{name}.jpg")
    lay_out_pairs(folder)
    lay_out_pairs(folder / "lfw", photos=folder)
    lay_out_measures(folder)
    lay_out_clip(folder)
    lay_out_verifier(folder)
    lay_out_team(folder)
    weights = store.path("sface")
    put(weights, folder / "Downloads" / weights.name)
    return folder


def lay_out_pairs(folder: Path, photos: Path | None = None) -> None:
    """``pairs.txt`` (two folds of two pairs), ``images/``, ``mine.csv`` with labels."""
    for person, letters in {"Ada": ADA, "Bo": BO}.items():
        for number, letter in enumerate(letters, 1):
            photo = folder / "images" / person / f"{person}_{number:04}.jpg"
            put((photos or folder) / f"{letter}.jpg", photo)
    lines = ["2\t1", "Ada\t1\t2", "Ada\t1\tBo\t1", "Ada\t2\t3", "Ada\t2\tBo\t1"]
    (folder / "pairs.txt").write_text("\n".join(lines) + "\n", "utf-8")
    rows = ["fold,same,path1,path2", "1,1,a.jpg,b.jpg", "1,0,a.jpg,c.jpg", "2,0,b.jpg,c.jpg"]
    (folder / "mine.csv").write_text("\n".join([*rows, "2,1,b.jpg,a.jpg"]) + "\n", "utf-8")
    (folder / "towns.csv").write_text("person,town\nAda,Ulm\nBo,Bern\n", "utf-8")
    (folder / "ages.csv").write_text("path,age\na.jpg,40\nb.jpg,40\nc.jpg,60\n", "utf-8")


def lay_out_measures(folder: Path) -> None:
    """Small lists for ``mien evaluate``: boxes, scores, probabilities, tracks with their key."""
    left, top, right, bottom = A_STRANGER
    size = f"width='{right - left}' height='{bottom - top}'"
    box = f"<image file='group.jpg'><box left='{left}' top='{top}' {size}/></image>"
    (folder / "boxes.xml").write_text(f"<dataset><images>{box}</images></dataset>", "utf-8")
    row = f"{left} {top} {right - left} {bottom - top} 0 0 0 0 0 0"
    (folder / "wider_face_val_bbx_gt.txt").write_text(f"group.jpg\n1\n{row}\n", "utf-8")
    (folder / "scores.csv").write_text("path,label,score\na,live,0.9\nb,print,0.2\n", "utf-8")
    (folder / "probabilities.csv").write_text("same,probability\n1,0.9\n0,0.2\n", "utf-8")
    face = f'{{"id": 1, "box": [{left}, {top}, {right}, {bottom}], "name": "Ada"}}'
    for name in ("tracks.json", "key.json"):
        text = f'{{"frames": [{{"time_s": 0.0, "faces": [{face}]}}]}}'
        (folder / name).write_text(text, "utf-8")


def lay_out_clip(folder: Path) -> None:
    """``clip.mp4``: Ada, for a second; and ``clips/``, which holds it, too."""
    with Image.open(folder / "a.jpg") as photo:
        photo.thumbnail((320, 240))
        even = photo.convert("RGB").crop((0, 0, photo.width // 2 * 2, photo.height // 2 * 2))
    put(make_film(folder / "clip.mp4", [np.asarray(even)] * 25), folder / "clips" / "clip.mp4")


def lay_out_verifier(folder: Path) -> None:
    """``verifier.json``: the cosine of the default embedder, weighed about as LFW's pairs ask."""
    space = CARDS["sface"].space
    mirrored = replace(space, preprocessing=f"{space.preprocessing}+mirror")
    weights = SpaceWeights(mirrored, (), (), 20.5)
    verifier = replace(a_verifier(weights), bias=-7.5, min_log_odds=-1.5)
    write_verifier(folder / "verifier.json", verifier)


TEAM = ("akshay_kumar", "salman_khan", "shah_rukh_khan")
OTHERS = ("hrithik_roshan", "ranbir_kapoor")
CROWD = (*TEAM, *OTHERS, "deepika_padukone")


def needs_team(page: Path) -> bool:
    """Whether a page's blocks want more labelled photos than the samples."""
    text = page.read_text("utf-8")
    return "team/" in text or "crowd/" in text


def lay_out_team(folder: Path) -> None:
    """Eight photos each of three actors as ``team/``, four of two others as ``others/``.

    And eleven each of all six as ``crowd/``. They are of the benchmark data; without it none of
    these folders is there.
    """
    data = os.environ.get("MIEN_BENCH_DATA")
    folders = (("team", TEAM, 8), ("others", OTHERS, 4), ("crowd", CROWD, 11))
    for place, people, count in folders if data else ():
        for person in people:
            for photo in sorted((Path(data) / "actors" / person).iterdir())[:count]:
                put(photo, folder / place / person / photo.name)


def put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def environment(folder: Path) -> dict[str, str]:
    """This process's environment, with the default gallery inside ``folder``.

    Nothing else is at hand: with all of LFW there the guard of `mien finetune` would take minutes.
    """
    return {
        **{name: value for name, value in os.environ.items() if name != "MIEN_BENCH_DATA"},
        "MIEN_GALLERY": str(folder / "mien.gallery"),
        "PYTHONIOENCODING": "utf-8",
    }
