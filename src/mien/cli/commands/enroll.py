"""``mien enroll``: remember people."""

from __future__ import annotations

from typing import Annotated

import typer

from mien.cli import options
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import Tally, enrol, find_named


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
    *,
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
      mien enroll people/ --model MODEL --gallery mine.gallery
    """
    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    tally = Tally()
    photos = find_named(people, output, tally, exclude)
    if not photos:
        output.finish(tally.worked)
    with options.open_gallery(gallery, create=True) as known:
        recognizer = options.load_recognizer(parts, output)
        try:
            enrol(recognizer, known, photos, largest=largest, output=output, tally=tally)
        finally:  # on Ctrl-C too: what is counted is stored
            if tally.worked:
                output.say(f"{tally}; the gallery is {known.path}")
    output.finish(tally.worked)
