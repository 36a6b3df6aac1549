"""``mien enroll``: remember people, or make the gallery follow a folder of them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import NamedPhotos, Tally, enrol, find, find_named, which_face
from mien.cli.progress import PhotoBar
from mien.cli.text import padded, plural, shown
from mien.errors import GalleryNotFound, InvalidOption

if TYPE_CHECKING:
    from mien.gallery import Gallery
    from mien.pipeline import FaceChoice
    from mien.sync import SyncPlan, SyncStep


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Whether the gallery is to follow a folder, and what may go without a question."""

    sync: Annotated[
        bool,
        typer.Option(
            "--sync",
            help="Follow the folder PEOPLE: enrol what is new there, remove what is gone.",
        ),
    ] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --sync: show the plan and change nothing.")
    ] = False
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="With --sync: remove people who are not in the folder without asking."
        ),
    ] = False


@grouped
def enroll(
    people: Annotated[
        list[str],
        typer.Argument(
            metavar="PEOPLE",
            help="A folder with one folder for each person, a folder of photos named after "
            "people (ada.jpg, ada_2.jpg), or NAME=PHOTO.",
        ),
    ],
    gallery: options.GalleryOption = None,
    largest: options.LargestOption = False,
    face: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Of several faces in a photo, take this one, counted from 0, left to right: "
            "the number that `mien detect` and `mien identify` show.",
        ),
    ] = None,
    keep_file_names: Annotated[
        bool,
        typer.Option("--keep-file-names", help="Keep the photos' file names in the gallery, too."),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Refuse a photo that looks like another enrolled person, or unlike the person's "
            "other photos; without it that is only said.",
        ),
    ] = False,
    *,
    following: SyncOptions,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Remember people: each photo must hold one usable face.

    The same photo twice changes nothing. A photo that cannot be used is refused with its
    reason and stops nothing. A photo is safely stored before the next one is looked at.

    \b
    Examples:
      mien enroll people/
      mien enroll "Ada Lovelace=ada.jpg" "Ada Lovelace=more/*.jpg"
      mien enroll people/ --largest --gallery team.gallery --json
      mien enroll "Bo=group.jpg" --face 2
      mien enroll --sync people/ --dry-run
      mien enroll people/ --model MODEL --gallery mine.gallery
    """
    output = Output(json=json, quiet=quiet)
    choice = which_face(largest, face)
    if following.sync:
        photos = find(_one_folder(people), output, exclude, whole=True)
        _follow(photos, gallery, following, choice, keep_file_names, network.opened(output), output)
        return
    if following.dry_run or following.yes:
        given = "--dry-run" if following.dry_run else "--yes"
        raise InvalidOption(f"{given}: expected --sync with it, got none; nothing was enrolled")
    parts = network.opened(output)
    tally = Tally()
    photos = find_named(people, output, tally, exclude)
    if not photos:
        output.finish(tally.worked)
    with options.open_gallery(gallery, create=True) as known:
        recognizer = options.load_recognizer(parts, output)
        try:
            enrol(
                recognizer,
                known,
                photos,
                choice=choice,
                output=output,
                tally=tally,
                keep_file_names=keep_file_names,
                strict=strict,
            )
        finally:  # on Ctrl-C too: what is counted is stored
            if tally.worked:
                output.say(f"{tally}; the gallery is {known.path}")
    output.finish(tally.worked)


def _follow(
    photos: NamedPhotos,
    gallery: str | None,
    following: SyncOptions,
    choice: FaceChoice | int,
    keep_file_names: bool,
    parts: options.NetworkOptions,
    output: Output,
) -> None:
    """Make the gallery follow a folder, whose photos are given, or show what would change.

    Raises:
        InvalidOption: people would go, and nobody says that they may.
    """
    from mien.models.machine import core_count
    from mien.sync import plan_sync

    workers = parts.settings().runtime.threads or core_count()
    done: list[SyncStep] = []
    with _followed(gallery, following.dry_run) as known:
        with PhotoBar(output, "comparing", len(photos)) as bar:
            plan = plan_sync(photos, known, workers=workers, told=bar.step)
        if following.dry_run or (plan.leaving and not following.yes):
            for step in plan.steps:
                _answer(step, output)
        if following.dry_run:
            going = f"; to go with all photos: {_listed(plan.leaving)}" if plan.leaving else ""
            output.say(f"{_summary(plan.steps, plan)}{going}; nothing was changed")
            return
        if plan.leaving and not following.yes:
            _ask(plan)
        if not plan.steps:
            output.say(f"{_summary((), plan)}; the gallery is {known.path}")
            return
        recognizer = options.load_recognizer(parts, output)
        steps = plan.apply(
            known, recognizer, remove_people=True, choice=choice, keep_file_names=keep_file_names
        )
        try:
            with PhotoBar(output, "enrolling", len(plan.steps)) as bar:
                for step in steps:
                    bar.step()
                    done.append(step)
                    _answer(step, output)
        finally:  # on Ctrl-C too: what is counted is stored
            output.say(f"{_summary(done, plan)}; the gallery is {known.path}")
    output.finish(plan.unchanged + sum(step.error is None for step in done))


def _one_folder(people: Sequence[str]) -> str:
    if len(people) != 1 or not os.path.isdir(people[0]):  # noqa: PTH112 (Path.is_dir can raise)
        raise InvalidOption(f"--sync: expected one folder, got {' '.join(people)[:200]!r}")
    return people[0]


@contextmanager
def _followed(gallery: str | None, dry_run: bool) -> Iterator[Gallery]:
    """The gallery; for a plan alone nothing is written, and one that is not there yet is empty."""
    from mien.gallery import Gallery as Galleries

    if not dry_run:
        with options.open_gallery(gallery, create=True) as known:
            yield known
        return
    try:
        with options.open_gallery(gallery, read_only=True) as known:
            yield known
    except GalleryNotFound:
        with Galleries.in_memory() as known:
            yield known


def _ask(plan: SyncPlan) -> None:
    """Let somebody at a terminal say that people may go.

    Raises:
        InvalidOption: nobody can be asked, or the answer is no.
    """
    count = plural(len(plan.leaving), "person", "people")
    going = f"{count} of the gallery, not in the folder: {_listed(plan.leaving)}"
    asked = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not asked or not typer.confirm(f"Remove {shown(going)}?", err=True):
        raise InvalidOption(
            f"--sync: expected --yes to remove {going}; got {'no' if asked else 'none'}; "
            "nothing was changed"
        )


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _answer(step: SyncStep, output: Output) -> None:
    """One line for what becomes of a photo, or its row."""
    if step.error is not None:
        output.failed(str(step.source), step.error, step.to_json())
        return
    places = [] if step.source is None else [str(step.source)]
    if step.removes is not None:
        old = step.removes
        named = "" if old.file_name is None else f" {old.file_name}"
        places.append(f"{old.digest[:12]}{named} of {old.created:%Y-%m-%d}")
    why = "" if step.reason is None else f": {step.reason}"
    line = f"{padded(_word(step), 10)}  {step.name}  {' for '.join(places)}{why}"
    output.answer(step.to_json(), [shown(line)])


def _word(step: SyncStep) -> str:
    """What becomes of the photo, or is to become of it."""
    done = {"add": "added", "replace": "replaced", "remove": "removed"}[step.action]
    return {"planned": f"to {step.action}", "done": done}.get(step.status, str(step.status))


def _summary(steps: Iterable[SyncStep], plan: SyncPlan) -> str:
    counts = Counter(map(_word, steps))
    counts["unchanged"] = plan.unchanged
    return ", ".join(f"{count:,} {word}" for word, count in counts.items())
