"""The error tree is whole: what its docstring draws, the module holds and the rooms raise."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from pathlib import Path

import pytest

from mien import errors
from mien.errors import MienError

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and value.__module__ == errors.__name__
}
LEAVES = sorted(name for name, kind in CLASSES.items() if not kind.__subclasses__())
SOURCES = Path(errors.__file__).parent


def drawn_tree() -> dict[str, str | None]:
    """Each error's parent, read from the drawing in the docstring."""
    parents: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^[ │]*(?:[├└]── )?(?P<name>[A-Z][A-Za-z]+)(?:  .*)?$", line)
        if not found or not (parents or found["name"] == "MienError"):
            continue
        depth = found.start("name")
        above = [(column, name) for column, name in above if column < depth]
        parents[found["name"]] = above[-1][1] if above else None
        above.append((depth, found["name"]))
        if not line.strip():
            break
    return parents


def test_the_drawing_shows_every_error_below_its_parent():
    held = {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()}
    held["MienError"] = None
    assert drawn_tree() == held


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_is_a_mien_error_that_says_what_it_means(name):
    kind = CLASSES[name]
    assert issubclass(kind, MienError)
    assert kind.__doc__ is not None
    assert kind.__doc__ != kind.__bases__[0].__doc__


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_an_error_keeps_its_kind_and_its_message_on_the_way_between_processes(name):
    error = pickle.loads(pickle.dumps(CLASSES[name]("expected a face, got none")))
    assert type(error) is CLASSES[name]
    assert error.kind == name
    assert str(error) == "expected a face, got none"


@pytest.mark.parametrize(
    ("error", "standard"),
    [
        (errors.SourceNotFound, FileNotFoundError),
        (errors.GalleryNotFound, FileNotFoundError),
        (errors.OutputUnwritable, OSError),
        (errors.InvalidArray, ValueError),
        (errors.InvalidEmbedding, ValueError),
        (errors.InvalidName, ValueError),
        (errors.InvalidOption, ValueError),
        (errors.PersonNotFound, LookupError),
        (errors.UnknownModel, LookupError),
        (errors.SpaceMismatch, ValueError),
        (errors.EngineMissing, ImportError),
    ],
)
def test_who_expects_the_standard_library_s_error_catches_ours(error, standard):
    with pytest.raises(standard, match="expected"):
        raise error("expected this, got that")


@pytest.mark.parametrize("name", LEAVES)
def test_no_error_is_left_that_nothing_raises(name):
    users = [
        path
        for path in SOURCES.rglob("*.py")
        if path.name != "errors.py" and re.search(rf"\b{name}\b", path.read_text("utf-8"))
    ]
    assert users


def test_no_room_makes_an_error_outside_the_tree():
    strangers = []
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = [ast.unparse(base) for base in node.bases]
                if any(base.endswith(("Error", "Exception")) or base in CLASSES for base in bases):
                    strangers.append(f"{path.relative_to(SOURCES)}: {node.name}")
    assert strangers == []
