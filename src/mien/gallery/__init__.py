"""Remember people as vectors: enrol, search, rename, remove; one SQLite file."""

from mien.gallery.answers import EnrolledPhoto, Person, Problem, Stats
from mien.gallery.calibration_file import (
    calibration_beside,
    own_calibration_of,
    read_calibration,
    write_calibration,
)
from mien.gallery.doubts import doubt_of
from mien.gallery.gallery import Gallery
from mien.gallery.opening import default_path
from mien.gallery.policy import search_policy
from mien.gallery.verifier_file import read_verifier, write_verifier
from mien.names import clean_name, name_key

__all__ = [
    "EnrolledPhoto",
    "Gallery",
    "Person",
    "Problem",
    "Stats",
    "calibration_beside",
    "clean_name",
    "default_path",
    "doubt_of",
    "name_key",
    "own_calibration_of",
    "read_calibration",
    "read_verifier",
    "search_policy",
    "write_calibration",
    "write_verifier",
]
