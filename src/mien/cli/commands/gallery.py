"""``mien gallery``: look at and look after the people that a gallery knows; no network runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli.options import GalleryOption, JsonOption, QuietOption, open_gallery
from mien.cli.output import Output
from mien.cli.tables import table_lines
from mien.cli.text import plural, shown
from mien.errors import GalleryDamaged

if TYPE_CHECKING:
    from mien.gallery import EnrolledPhoto, Person, Stats

_DIGITS = 16  # of a digest that are shown: enough to name a photo, short enough to be typed

app = typer.Typer(help="See to the people that a gallery knows.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A person's name.")]


@app.callback()
def _gallery() -> None:
    """See to the people that a gallery knows; nothing here loads a network."""


@app.command("list")
def list_(
    gallery: GalleryOption = None, json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """List everybody, sorted by name.

    \b
    Example:
      mien gallery list --gallery team.gallery
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, read_only=True) as known:
        people = known.people()
    if json:
        for person in people:
            output.answer(_person(person), ())
        return
    if not people:
        output.note("nobody is enrolled yet; see `mien enroll --help`")
        return
    rows = [(one.name, f"{one.templates:,}", f"{one.created:%Y-%m-%d %H:%M}") for one in people]
    output.answer({}, table_lines(("name", "photos", "since (UTC)"), rows, right=("photos",)))


@app.command()
def show(
    name: NameArgument,
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one person and their photos, by any spelling that is the same name.

    \b
    Example:
      mien gallery show "Ada Lovelace"
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, read_only=True) as known:
        person, photos = known.person(name), known.photos(name)
    record = {**_person(person), "photos": [photo.to_json() for photo in photos]}
    output.answer(record, _person_lines(person, photos))


@app.command()
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The name so far.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name from now on.")],
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Give a person another name, or another spelling of it.

    \b
    Example:
      mien gallery rename ada "Ada Lovelace"
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery) as known:
        before = known.person(old).name
        known.rename(old, new)
        after = known.person(new).name
    output.answer({"old": before, "name": after}, [f"{shown(before)} is now {shown(after)}"])


@app.command()
def merge(
    name: Annotated[str, typer.Argument(metavar="A", help="Who gets the photos, and stays.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Whose photos go to A, and who goes.")],
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Give all photos of B to A: afterwards there is A alone, and nothing of B's name.

    \b
    Example:
      mien gallery merge "Ada Lovelace" ada
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery) as known:
        gone = known.person(other)
        moved = known.merge(name, other)
        person = known.person(name)
    both = gone.templates - moved
    output.answer(
        {**_person(person), "merged": gone.name, "moved": moved},
        [
            f"{shown(gone.name)} is now {shown(person.name)}: {plural(moved, 'photo')} moved"
            f"{f', {both:,} already there' if both else ''}; {shown(person.name)} has "
            f"{plural(person.templates, 'photo')}"
        ],
    )


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Who is to be forgotten.")],
    photo: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|DIGEST",
            help="Only this photo of the one NAME, told by its pixels, or by the first 8 digits "
            "or more of its digest (`mien gallery show NAME`); may be given several times.",
        ),
    ] = None,
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Forget people, or one's photos, and wipe them from the file, without asking: all or none.

    With the last photo the person goes, too.

    \b
    Examples:
      mien gallery remove "Ada Lovelace"
      mien gallery remove "Ada Lovelace" --photo ada_2.jpg
      mien gallery remove "Ada Lovelace" --photo 3f786850e387
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery) as known:
        people = list(dict.fromkeys(known.person(name) for name in names))
        count = known.remove(*(person.name for person in people), photo=photo or None)
    removed = [person.name for person in people if not photo or person.templates == count]
    record: dict[str, Any] = {"removed": removed, "templates": count}
    if photo:
        (person,) = people
        left = person.templates - count
        line = f"removed {plural(count, 'photo')} of {shown(person.name)}, who "
        line += f"has {plural(left, 'photo')} left" if left else "is gone with the last one"
        output.answer({**record, "name": person.name, "left": left}, [line])
        return
    output.answer(
        record, [f"removed {', '.join(map(shown, removed))} with {plural(count, 'photo')}"]
    )


@app.command("export")
def export_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; JSON Lines.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE if it is there.")
    ] = False,
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write everything to an open format, whole or not at all.

    \b
    Example:
      mien gallery export team.jsonl
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, read_only=True) as known:
        count = known.export(file, overwrite=overwrite)
    output.answer(
        {"file": str(file), "templates": count},
        [f"wrote {plural(count, 'template')} to {shown(str(file))}"],
    )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    gallery: GalleryOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Add everything of an export, all or nothing; what is there already stays as it is.

    \b
    Example:
      mien gallery import team.jsonl --gallery new.gallery
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, create=True) as known:
        count = known.import_(file)
    output.answer(
        {"file": str(file), "templates": count},
        [f"added {plural(count, 'template')} from {shown(str(file))}"],
    )


@app.command()
def stats(
    gallery: GalleryOption = None, json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """Show a gallery in numbers.

    \b
    Example:
      mien gallery stats --json
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, read_only=True) as known:
        numbers, path = known.stats(), str(known.path)
    output.answer(_stats(path, numbers), _stats_lines(path, numbers))


@app.command()
def check(
    gallery: GalleryOption = None, json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """Compare every page and row with what was written; status 2 if anything is wrong.

    \b
    Example:
      mien gallery check --gallery team.gallery
    """
    output = Output(json=json, quiet=quiet)
    with open_gallery(gallery, read_only=True) as known:
        problems, path = known.check(), str(known.path)
    record = {
        "path": path,
        "sound": not problems,
        "problems": [
            {"where": one.where, "name": one.name, "message": one.message} for one in problems
        ],
    }
    lines = [f"{shown(one.where)}: {shown(one.message)}" for one in problems]
    output.answer(record, lines or [f"{shown(path)} is sound"])
    if problems:
        raise GalleryDamaged(
            f"{path}: expected a sound gallery, got {plural(len(problems), 'problem')}; "
            "do what is said of each"
        )


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "templates": person.templates,
        "created": person.created.isoformat(),
    }


def _person_lines(person: Person, photos: tuple[EnrolledPhoto, ...]) -> Iterator[str]:
    yield (
        f"{shown(person.name)}  {plural(person.templates, 'photo')}, "
        f"since {person.created:%Y-%m-%d %H:%M} UTC"
    )
    rows = [
        (photo.digest[:_DIGITS], f"{photo.created:%Y-%m-%d %H:%M}", photo.file_name or "")
        for photo in photos
    ]
    file = "file" if any(photo.file_name for photo in photos) else ""
    yield from table_lines(("digest", "enrolled (UTC)", file), rows)


def _stats(path: str, numbers: Stats) -> dict[str, Any]:
    space = numbers.space
    return {
        "path": path,
        "people": numbers.people,
        "templates": numbers.templates,
        "bytes": numbers.bytes,
        "version": numbers.version,
        "erasure_owed": numbers.erasure_owed,
        "space": None
        if space is None
        else {
            "model": space.model,
            "sha256": space.sha256,
            "preprocessing": space.preprocessing,
            "dimensions": space.dimensions,
        },
    }


def _stats_lines(path: str, numbers: Stats) -> Iterator[str]:
    yield shown(path)
    yield f"  people     {numbers.people:,}"
    yield f"  templates  {numbers.templates:,}"
    yield f"  vectors    {numbers.space or 'none yet'}"
    yield f"  size       {numbers.bytes:,} bytes, format {numbers.version}"
    if numbers.erasure_owed:
        yield "  what was removed is not yet wiped from the file: `mien gallery remove` was"
        yield "  disturbed by a reader; the next writing command does it"
