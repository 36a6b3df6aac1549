from __future__ import annotations

import sqlite3

import pytest

from mien.errors import GalleryNewer
from mien.gallery import Gallery, opening, probe, schema

NEXT = ("ALTER TABLE person ADD COLUMN note TEXT",)


@pytest.fixture
def old(path, fill):
    """A closed gallery of version 1, as the first mien wrote it."""
    with Gallery.open(path) as gallery:
        fill(gallery, 30)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TABLE file_name")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return path


@pytest.fixture
def later(monkeypatch):
    """A mien whose format has one more step."""
    steps = (*schema.STEPS, NEXT)
    monkeypatch.setattr(schema, "STEPS", steps)
    monkeypatch.setattr(schema, "VERSION", len(steps))


def test_an_older_gallery_is_brought_up_to_date_with_everything_in_it(old, later, vectors, space):
    with Gallery.open(old) as gallery:
        assert gallery.stats().version == schema.VERSION
        assert gallery.stats().templates == 30
        assert gallery.search(vectors[3], space)[0][0].name == "Person 3"
        assert gallery.check() == ()
        assert gallery.add("Ada", vectors[100], space, file_name="ada.jpg")
        assert gallery.photos("Ada")[0].file_name == "ada.jpg"
    with Gallery.open(old, read_only=True) as gallery:
        assert gallery.stats().version == schema.VERSION


def test_an_older_gallery_is_read_as_it_is_where_it_is_only_read(old, vectors, space) -> None:
    before = old.read_bytes()
    with Gallery.open(old, read_only=True) as gallery:
        assert gallery.stats().version == 1
        assert gallery.search(vectors[3], space)[0][0].name == "Person 3"
        assert [photo.file_name for photo in gallery.photos("Person 3")] == [None] * 3
        assert gallery.export(old.with_name("old.jsonl")) == 30
        assert gallery.check() == ()
    assert old.read_bytes() == before


def test_a_reader_of_the_older_format_sees_what_is_written_in_the_new_one(old, vectors, space):
    with Gallery.open(old, read_only=True) as reader, Gallery.open(old) as writer:
        writer.add("Ada", vectors[100], space, file_name="ada.jpg")
        assert reader.photos("Ada")[0].file_name == "ada.jpg"
        assert reader.stats().version == schema.VERSION


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
        assert gallery.stats().version == schema.VERSION
        assert gallery.check() == ()


def test_a_format_is_never_taken_back(old, later) -> None:
    Gallery.open(old).close()
    connection = sqlite3.connect(old, isolation_level=None)
    opening.migrate(connection, schema.STEPS[:2])  # as an older mien that looked too early
    assert opening.version_of(connection) == schema.VERSION
    connection.close()


def test_the_stamp_lies_where_it_is_looked_for(old) -> None:
    for table_made_first in range(2):
        connection = sqlite3.connect(old, isolation_level=None)
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'stamp'"
        assert connection.execute(query).fetchone() == (probe.STAMP_PAGE,), table_made_first
        connection.execute("VACUUM")
        connection.close()
