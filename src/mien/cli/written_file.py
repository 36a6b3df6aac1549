"""A place for a file that a long command will write: what would refuse it is found before."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mien.errors import InputError, OutputUnwritable


def check_place(out: Path, read: Callable[[Path], object], what: str) -> Path:
    """A new file in a folder that exists, or one of the same kind that may be replaced.

    Args:
        out: where to write.
        read: reads a file of this kind.
        what: the kind, in words.

    Raises:
        OutputUnwritable: there is no such folder, or something else would be replaced.
    """
    if not out.parent.is_dir() or out.is_dir():
        raise OutputUnwritable(f"{out}: expected a file in a folder that exists, got none")
    if os.path.lexists(out):
        try:
            read(out)
        except InputError as error:  # a photo, a gallery …: a slip of the hand
            raise OutputUnwritable(
                f"{out}: expected a new file or a {what} to replace, got something else; "
                "choose another name"
            ) from error
    return out
