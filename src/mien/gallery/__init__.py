"""Remember people as vectors: enrol, search, rename, remove; one SQLite file."""

from mien.gallery.answers import Person, Problem, Stats
from mien.gallery.gallery import Gallery, default_path
from mien.gallery.names import clean_name, name_key

__all__ = ["Gallery", "Person", "Problem", "Stats", "clean_name", "default_path", "name_key"]
