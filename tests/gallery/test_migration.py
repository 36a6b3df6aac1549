from __future__ import annotations

import sqlite3

import pytest

from mien.errors import GalleryNewer, GalleryUnwritable
from mien.gallery import Gallery, opening, probe, schema

NEXT = ("ALTER TABLE person ADD COLUMN note TEXT",)


@pytest.fixture
def old(path, fill):
    """A closed gallery of version 1."""
    with Gallery.open(path) as gallery:
        fill(gallery, 30)
    return path


@pytest.fixture
def later(monkeypatch):
    """A mien whose format is version 2."""
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, NEXT))
    monkeypatch.setattr(schema, "VERSION", 2)
    expected = schema.expected_objects
    monkeypatch.setattr(schema, "expected_objects", lambda: expected(schema.STEPS))


def test_an_older_gallery_is_brought_up_to_date_with_everything_in_it(old, later, vectors, space):
    with Gallery.open(old) as gallery:
        assert gallery.stats().version == 2
        assert gallery.stats().templates == 30
        assert gallery.search(vectors[3], space)[0][0].name == "Person 3"
        assert gallery.check() == ()
        assert gallery.add("Ada", vectors[100], space)
    with Gallery.open(old, read_only=True) as gallery:
        assert gallery.stats().version == 2


def test_an_older_gallery_is_not_brought_up_to_date_when_only_read(old, later) -> None:
    before = old.read_bytes()
    with pytest.raises(GalleryUnwritable, match="open it once for writing"):
        Gallery.open(old, read_only=True)
    assert old.read_bytes() == before


def test_a_migrated_gallery_is_refused_by_an_older_mien_untouched(old, later, monkeypatch) -> None:
    Gallery.open(old).close()
    before = old.read_bytes()
    monkeypatch.undo()
    with pytest.raises(GalleryNewer, match="upgrade mien"):
        Gallery.open(old)
    assert old.read_bytes() == before


def test_a_migration_that_is_still_in_the_log_is_noticed_too(old, later, monkeypatch) -> None:
    with Gallery.open(old):
        monkeypatch.undo()
        with pytest.raises(GalleryNewer):
            Gallery.open(old)


def test_a_failing_migration_changes_nothing(old) -> None:
    connection = sqlite3.connect(old, isolation_level=None)
    steps = (*schema.STEPS, NEXT, ("ALTER TABLE nowhere ADD COLUMN x",))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        opening.migrate(connection, steps)
    connection.close()
    probe.check_header(old)
    with Gallery.open(old) as gallery:
        assert gallery.stats().version == 1
        assert gallery.check() == ()


def test_the_stamp_lies_where_it_is_looked_for(old) -> None:
    for table_made_first in range(2):
        connection = sqlite3.connect(old, isolation_level=None)
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'stamp'"
        assert connection.execute(query).fetchone() == (probe.STAMP_PAGE,), table_made_first
        connection.execute("VACUUM")
        connection.close()
