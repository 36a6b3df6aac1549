"""The gallery: remember people as vectors, never as photos."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.checks import check_count, check_vectors
from mien.errors import InvalidOption
from mien.gallery import checking, exchange, loading, people, rows
from mien.gallery.answers import EnrolledPhoto, Person, Problem, Stats
from mien.gallery.database import Database
from mien.gallery.index import Index
from mien.gallery.opening import check_path, default_path
from mien.gallery.photos import digests_of
from mien.gallery.pool import Pool
from mien.process import no_fork
from mien.records import Candidate, EmbeddingSpace, FloatArray

if TYPE_CHECKING:
    from mien.gallery.photos import PhotoReference

PathLike = str | os.PathLike[str]
MAXIMUM_TOP_K = 1_000_000


class Gallery:
    """People and their templates, in one SQLite file or in memory.

    May be shared by threads and opened by many processes at once. Use it as a context
    manager, or call `close`. Every method can raise `GalleryDamaged` for a file that is
    not as it was written and `GalleryUnwritable` if the system refuses or another
    program holds the file for too long.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._loaded: loading.Loaded | None = None
        self._loaded_version: tuple[int, int] | None = None
        self._stale = True
        self._pool = Pool()

    @classmethod
    def open(
        cls,
        path: PathLike | None = None,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 10.0,
    ) -> Gallery:
        """Open a gallery, `default_path` by default.

        Args:
            create: make a new one (and its folder) if there is none.
            read_only: never change the file; works in a read-only folder.
            timeout_s: how long to wait for another process's write.

        Raises:
            GalleryNotFound: there is none, and ``create`` is False or ``read_only`` True.
            GalleryDamaged: the file is not a sound gallery; it is left as it is.
            GalleryNewer: written by a later mien; it is left as it is.
            GalleryUnwritable: read-only, full, or locked for too long.
        """
        where = default_path() if path is None else check_path(path)
        return cls(Database(where, create=create, read_only=read_only, timeout_s=timeout_s))

    @classmethod
    def in_memory(cls) -> Gallery:
        """A gallery that leaves no trace, gone when it is closed."""
        return cls(Database(None))

    def __enter__(self) -> Gallery:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    @property
    def path(self) -> Path | None:
        """Where it lies; None in memory."""
        return self._database.path

    @property
    def space(self) -> EmbeddingSpace | None:
        """What the vectors mean; None while the gallery is empty."""
        with self._database.reading() as connection:
            return loading.sound_space(self._database, connection)

    # Enrolment ---------------------------------------------------------------------

    def add(
        self,
        name: str,
        vector: Any,
        space: EmbeddingSpace,
        digest: str | None = None,
        file_name: str | None = None,
    ) -> bool:
        """Enrol one template; it is on the disk when this returns.

        Args:
            name: see `mien.names` for the identity rule.
            vector: ``(D,)`` numbers; stored as float32 of unit length.
            space: which model and preprocessing made the vector.
            digest: SHA-256 of the photo's content, 64 hex digits. The same digest is
                stored once per person. Without one, that of the vector stands in.
            file_name: the photo's, to be kept with it.

        Returns:
            True if it was added, False if it was already there.

        Raises:
            InvalidName, InvalidEmbedding, InvalidOption: an argument cannot be used.
            SpaceMismatch: the gallery holds vectors of another space.
        """
        return self.add_many([(name, vector, digest, file_name)], space)[0]

    def add_many(
        self,
        templates: Iterable[tuple[str, Any, str | None] | tuple[str, Any, str | None, str | None]],
        space: EmbeddingSpace,
    ) -> tuple[bool, ...]:
        """Enrol ``(name, vector, digest[, file_name])`` in one transaction: all or none.

        Returns and raises as `add`.
        """
        rows.check_space(space)
        now = rows.now()
        checked = [people.Template.checked(item, space, now) for item in templates]
        with self._database.writing() as change:
            added = people.insert(change, space, checked)
        self._stale = True
        return added

    # People ------------------------------------------------------------------------

    def people(self) -> tuple[Person, ...]:
        """Everybody, sorted by name."""
        with self._database.reading() as connection:
            return loading.listed(self._database, connection)

    def person(self, name: str) -> Person:
        """One of them, by any spelling that is the same by the identity rule.

        Raises:
            PersonNotFound: nobody has that name.
        """
        with self._database.reading() as connection:
            return loading.listed(self._database, connection, name)[0]

    def photos(self, name: str) -> tuple[EnrolledPhoto, ...]:
        """What a person was enrolled from, in the order of enrolment.

        Raises:
            PersonNotFound: nobody has that name.
        """
        with self._database.reading() as connection:
            return loading.photos(self._database, connection, name)

    def check_face(self, name: str, digest: str | None, vector: Any) -> None:
        """Make sure that somebody was enrolled from a photo with this face of it.

        Raises:
            PersonNotFound, PhotoNotFound: nobody was enrolled from it.
            InvalidOption: it was another of the photo's faces, which has to be taken back first.
        """
        with self._database.reading() as connection:
            loading.check_face(self._database, connection, name, digest, vector)

    def rename(self, old: str, new: str) -> None:
        """Give a person another name or spelling.

        Raises:
            PersonNotFound: nobody has the old name.
            PersonExists: somebody else has the new one; nothing is merged.
        """
        with self._database.writing() as change:
            people.rename(change, old, new)
        self._stale = True

    def remove(
        self, *names: str, photo: PhotoReference | Collection[PhotoReference] | None = None
    ) -> int:
        """Forget people, all or none of ``names``, and wipe them from the file.

        The file is rewritten and its log emptied, which takes a second for 100,000
        templates: name many people in one call.

        Args:
            names: who is to be forgotten.
            photo: only this photo of one person, or a list of some, all or none: a photo, told by
                its pixels, or a digest, or the first 8 digits of it or more. With the
                last of them the person goes, too.

        Returns:
            How many templates are gone.

        Raises:
            PersonNotFound: nobody has one of the names; nothing was removed.
            PhotoNotFound: the person has no such photo; nothing was removed.
            InputError: a photo cannot be read, or ``photo`` with other than one name.
            GalleryUnwritable: they are removed, but another program's reading keeps
                their traces in the file; the next opening for writing wipes them.
        """
        digests = None
        if photo is not None:
            if len(names) != 1:
                raise InvalidOption(f"photo: expected one name with it, got {len(names)}")
            digests = digests_of(photo, self.photos(names[0]), names[0])
        return self._remove([(name, digests) for name in names])

    def remove_photos(self, digests: Mapping[str, Collection[str]]) -> int:
        """As `remove` with photos, for many people at once: whole digests by name."""
        return self._remove(list(digests.items()))

    def _remove(self, wanted: Sequence[tuple[str, Collection[str] | None]]) -> int:
        with self._database.writing() as change:
            count = sum(people.remove(change, name, digests) for name, digests in wanted)
        self._stale = True
        if wanted:
            self._database.erase()
        return count

    def merge(self, name: str, other: str) -> int:
        """Give ``name`` all photos of ``other``, who is gone then, and wipe that name.

        Photos that both have stand once.

        Returns how many photos were moved.

        Raises:
            PersonNotFound: nobody has one of the names; nothing was changed.
            InvalidOption: the two names are one person's.
            GalleryUnwritable: as `remove`.
        """
        with self._database.writing() as change:
            loading.sound_people(self._database, change.connection)
            loading.photos(self._database, change.connection, other)
            moved = people.merge(change, name, other)
        self._stale = True
        self._database.erase()
        return moved

    # Search ------------------------------------------------------------------------

    def templates(self) -> tuple[int, ...]:  # how many photos each person has
        return self._index().counts()

    def search(self, vectors: Any, space: EmbeddingSpace, top_k: int = 5) -> list[list[Candidate]]:
        """The most similar people for each vector, exactly.

        A person's similarity is the cosine to the mean of their templates. Sorted by
        similarity, descending; ties (equal to six decimals) by name.

        Args:
            vectors: ``(N, D)`` or ``(D,)`` numbers of any length but zero.
            space: which model and preprocessing made them.
            top_k: at most so many people each.

        Raises:
            InvalidEmbedding, InvalidOption: an argument cannot be used.
            SpaceMismatch: the gallery holds vectors of another space.
        """
        count = check_count(top_k, "top_k", 1, MAXIMUM_TOP_K)
        with no_fork():
            index, probes = self._prepare(vectors, space)
            return index.search(probes, count)

    def scores(self, vectors: Any, space: EmbeddingSpace) -> tuple[tuple[str, ...], FloatArray]:
        """All people's names, sorted, and the ``(N, P) float32`` similarities in [-1, 1].

        From a float32 product: they differ from `search` by 1e-6. Raises as `search`.
        """
        with no_fork():
            index, probes = self._prepare(vectors, space)
            return index.names, index.scores(probes)

    def _prepare(self, vectors: Any, space: EmbeddingSpace) -> tuple[Index, FloatArray]:
        rows.check_space(space)
        probes = check_vectors(vectors, space.dimensions)
        index = self._pool.people(self._index())
        if index.space is not None and index.space != space:
            raise people.mismatch(index.space, space)
        return index, probes

    def reached_by(self, strangers: FloatArray, space: EmbeddingSpace) -> FloatArray:
        """Similarity of each stranger, ``(S, D)``, to the most similar person; as `search`."""
        with no_fork():
            return self._pool.reached(self._prepare(strangers[:1], space)[0], strangers)

    def _index(self) -> Index:
        """The matrix in memory, read again only if somebody wrote."""
        with no_fork(), self._lock:
            version = self._database.version_of_data()
            if self._loaded is None or self._stale or version != self._loaded_version:
                self._stale = False  # before reading: a write in between sets it again
                try:
                    with self._database.reading() as connection:
                        self._loaded = loading.load(self._database, connection, self._loaded)
                except BaseException:
                    self._stale = True
                    raise
                self._loaded_version = version
            return self._loaded.index

    # The file ----------------------------------------------------------------------

    def export(self, file: PathLike, *, overwrite: bool = False) -> int:
        """Write everything to an open format (see `mien.gallery.exchange`), whole or not at all.

        Returns:
            How many templates were written.

        Raises:
            GalleryUnwritable: the file exists and ``overwrite`` is False, or the system refuses.
        """
        return exchange.export(self._database, check_path(file), overwrite)

    def import_(self, file: PathLike) -> int:
        """Add everything of an export in one transaction; what is there already stays as it is.

        Returns:
            How many templates were added.

        Raises:
            SourceNotFound: there is no such file.
            GalleryDamaged: it is not a whole and sound export; nothing was imported.
            SpaceMismatch: it holds vectors of another space.
        """
        added = exchange.import_(self._database, check_path(file))
        self._stale = True
        return added

    def stats(self) -> Stats:
        """The gallery in numbers."""
        with self._database.reading() as connection:
            return loading.stats(self._database, connection)

    def check(self) -> tuple[Problem, ...]:
        """Compare every page and row with what was written; empty if all is well."""
        return tuple(checking.problems(self._database))
