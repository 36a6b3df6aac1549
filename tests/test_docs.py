"""What is written holds: code blocks run, commands and options exist, links lead somewhere."""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import doc_pages
import mien
from doc_pages import ALL_PAGES, PAGES, ROOT
from mien.models.store import ModelStore

HAS_CLI = (ROOT / "src" / "mien" / "cli" / "main.py").exists()
needs_cli = pytest.mark.skipif(not HAS_CLI, reason="there is no command line yet")
IMPORTS_PUBLIC_NAMES = re.compile(r"^\s*(import mien$|from mien import)", re.MULTILINE)

# Runs command lines one after another in one process, and says how each ended.
RUN_COMMANDS = """
import json, sys, traceback
from mien.cli.main import run
statuses = []
for arguments in json.load(sys.stdin):
    sys.argv = ["mien", *arguments]
    try:
        run()
    except SystemExit as ending:
        statuses.append(ending.code or 0)
    except BaseException:
        statuses.append(traceback.format_exc())
    print("exit status", statuses[-1], file=sys.stderr)
with open(".statuses", "w") as file:
    json.dump(statuses, file)
"""


def title(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("page", ALL_PAGES, ids=title)
python_pages = pytest.mark.parametrize(
    "page", [page for page in PAGES if doc_pages.blocks(page, "python")], ids=title
)
console_pages = pytest.mark.parametrize(
    "page", [page for page in PAGES if doc_pages.commands(page)], ids=title
)


@pytest.fixture
def samples(
    model_store: ModelStore,
    sample: Callable[[str], Path],
    classifier_folder: Path,
    embedder_folder: Path,
    tmp_path: Path,
) -> Path:
    """A folder with photos under the names that the pages use."""
    for name in ("obama.jpg", "t1.jpg", "astronaut.png"):  # skips where nobody delivers them
        sample(name)
    (tmp_path / "my-model").symlink_to(classifier_folder)
    (tmp_path / "my-embedder").symlink_to(embedder_folder)
    return doc_pages.lay_out(tmp_path, model_store)


def skip_without_a_team(page: Path) -> None:
    if doc_pages.needs_team(page):
        pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")
        if not os.environ.get("MIEN_BENCH_DATA"):
            pytest.skip("the page's team/ comes from MIEN_BENCH_DATA, which is not set")


def run_there(folder: Path, code: str, given: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        cwd=folder,
        env=doc_pages.environment(folder),
        input=given,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


# What runs ----------------------------------------------------------------------------------


@python_pages
def test_the_python_of_a_page_runs(page, samples):
    skip_without_a_team(page)
    code = "\n".join(block.text for block in doc_pages.blocks(page, "python"))
    if IMPORTS_PUBLIC_NAMES.search(code) and not hasattr(mien, "__all__"):
        pytest.skip("mien offers no names yet")
    run_there(samples, code)


@needs_cli
@console_pages
def test_the_commands_of_a_page_end_as_it_says(page, samples):
    skip_without_a_team(page)
    wanted = doc_pages.commands(page)
    run_there(samples, RUN_COMMANDS, json.dumps([words for words, _ in wanted]))
    ended = json.loads((samples / ".statuses").read_text("utf-8"))
    for (words, status), got in zip(wanted, ended, strict=True):
        assert got == status, "mien " + " ".join(words)


def test_the_readme_shows_the_two_commands_and_the_python_interface():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    assert doc_pages.blocks(ROOT / "README.md", "python")
    assert doc_pages.commands(ROOT / "README.md")


@pages
def test_every_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^|\$ )make (\w+)", page.read_text("utf-8"), re.MULTILINE))
    assert named <= targets


# What exists --------------------------------------------------------------------------------


def every_command() -> Iterator[tuple[str, Any]]:
    import typer

    app = importlib.import_module("mien.cli.main").app

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if command.hidden:
            return
        yield name, command
        for word, part in getattr(command, "commands", {}).items():
            yield from below(f"{name} {word}", part)

    yield from below("mien", typer.main.get_command(app))


def options(command: Any) -> set[str]:
    known = {name for one in command.params for name in [*one.opts, *one.secondary_opts]}
    return {name for name in known if name.startswith("--")} | {"--help"}


@functools.cache
def cli_page() -> str:
    return (ROOT / "docs" / "cli.md").read_text("utf-8")


@needs_cli
def test_every_command_is_documented():
    missing = [
        name for name, _ in every_command() if not re.search(rf"{name}(?![\w-])", cli_page())
    ]
    assert missing == []


@needs_cli
def test_every_option_is_documented_and_every_documented_option_exists():
    held = set().union(*(options(command) for _, command in every_command()))
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", cli_page()))
    others = {name for name in written if re.search(rf"(pip|make|git)[^\n]*{name}", cli_page())}
    assert held - written == set()
    assert written - held - others == set()


@needs_cli
def test_every_command_shows_an_example_in_its_help():
    bare = [
        name
        for name, command in every_command()
        if not getattr(command, "commands", None) and "mien" not in (command.help or "")
    ]
    assert bare == []


def test_every_public_name_is_documented():
    if not hasattr(mien, "__all__"):
        pytest.skip("mien offers no names yet")
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    code = "\n".join(re.findall(r"`[^`\n]+`|^```.*?^```", text, re.MULTILINE | re.DOTALL))
    public = [name for name in mien.__all__ if not name.startswith("__")]
    assert [name for name in public if not re.search(rf"\b{name}\b", code)] == []


def test_every_environment_variable_is_documented_and_read():
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    text = "\n".join(page.read_text("utf-8") for page in ALL_PAGES)
    read = set(re.findall(r"\"(MIEN_[A-Z_]+)\"", sources))
    written = set(re.findall(r"\bMIEN_[A-Z_]+\b", text))
    assert read | {"MIEN_BENCH_DATA"} == written  # that one is the tests' and the benchmarks'


def test_every_error_is_on_a_page_that_explains_it():
    from mien import errors

    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type)]
    assert [kind for kind in kinds if f"`{kind}`" not in text] == []


# Where links lead ---------------------------------------------------------------------------


@pages
def test_every_link_leads_somewhere(page):
    broken = []
    for link in doc_pages.links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        known = target.exists() and target.is_relative_to(ROOT)
        if not known or (anchor and anchor not in doc_pages.anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_index_leads_to_every_page():
    index = ROOT / "docs" / "index.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in doc_pages.links(index)}
    assert set(PAGES) - {index, ROOT / "README.md"} <= listed


@pages
def test_a_page_begins_with_one_title_and_closes_its_blocks(page):
    text = page.read_text("utf-8")
    assert text.startswith("# ")
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
