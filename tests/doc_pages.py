"""The project's pages: their blocks of code, their links, and a folder in which the blocks run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

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

    ``$ mien verify a.jpg b.jpg  # exit status 1``. What follows a pipe is somebody else's program.
    """
    found = []
    for block in blocks(page, "console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if not line.startswith("$ mien"):
                continue
            status = re.search(r"# exit status (\d+)", line)
            words = shlex.split(re.split(r"\s[|>]", line)[0], comments=True)
            found.append((words[2:], int(status[1]) if status else 0))
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


def lay_out(folder: Path, store: ModelStore) -> Path:
    """The photos under the names that the pages use.

    ``people/`` holds Ada (two photos) and Bo (one), ``a.jpg`` and ``b.jpg`` show Ada, ``c.jpg``
    shows Bo; ``photo.jpg`` is another photo of Ada; six strangers stand in ``group.jpg``.
    ``pairs.txt`` and ``images/`` are as LFW has them, with two folds of two pairs.
    """
    portraits = dict(zip(("a", "b", "photo", "c"), store.pull("sample-portraits"), strict=True))
    for name, path in portraits.items():
        shutil.copy(path, folder / f"{name}.jpg")
    shutil.copy(store.pull("sample-group")[0], folder / "group.jpg")
    for person, letters in {"Ada": "ab", "Bo": "c"}.items():
        (folder / "people" / person).mkdir(parents=True)
        for letter in letters:
            shutil.copy(folder / f"{letter}.jpg", folder / "people" / person)
    (folder / "photos").mkdir()
    shutil.copy(folder / "photo.jpg", folder / "photos")
    shutil.copy(folder / "group.jpg", folder / "photos")
    for person, letters in {"Ada": ("a", "b", "photo"), "Bo": ("c",)}.items():
        (folder / "images" / person).mkdir(parents=True)
        for number, letter in enumerate(letters, 1):
            photo = folder / "images" / person / f"{person}_{number:04}.jpg"
            shutil.copy(folder / f"{letter}.jpg", photo)
    lines = ["2\t1", "Ada\t1\t2", "Ada\t1\tBo\t1", "Ada\t2\t3", "Ada\t2\tBo\t1"]
    (folder / "pairs.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def environment(folder: Path, cache: Path) -> dict[str, str]:
    """This process's environment, with every place that mien writes to inside ``folder``."""
    return {
        **os.environ,
        "MIEN_CACHE": str(cache),
        "MIEN_GALLERY": str(folder / "mien.gallery"),
        "PYTHONIOENCODING": "utf-8",
    }
