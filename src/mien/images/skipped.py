"""What a walk over folders passed over, why, and how it is told in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_FILE: Final = "file skipped"
_COUNTED: Final = {  # one, and many, in the order in which they are said
    _FILE: "files skipped",
    "folder skipped": "folders skipped",
    "linked folder not followed": "linked folders not followed",
    "folder not read": "folders not read",
    "excluded": "excluded",
}
_MOST_NAMED: Final = 5


class Reason(StrEnum):
    """Why something in a folder is not used."""

    SUFFIX = "not a photo by its suffix"
    HIDDEN = "hidden"
    SYSTEM = "kept by a system or a program"
    NO_MEDIA = "a folder with .nomedia"
    EXCLUDED = "excluded"
    UNREADABLE = "a folder that cannot be read"
    LINKED = "a linked folder"
    DEAD_LINK = "a link that leads nowhere"
    OUTSIDE = "a link that leaves the folder"
    IRREGULAR = "no regular file"
    EMPTY = "an empty folder"
    NOBODY = "it lies in no person's folder"


@dataclass(frozen=True, slots=True)
class Skip:
    """One file or folder that is not used; ``detail`` says which unreadable one, and why."""

    path: Path
    reason: Reason
    is_folder: bool = False
    detail: str = ""

    @property
    def kind(self) -> str:
        """Which of the counts it goes into."""
        if self.reason is Reason.EXCLUDED:
            return "excluded"
        if self.reason is Reason.UNREADABLE:
            return "folder not read"
        if self.reason is Reason.LINKED:
            return "linked folder not followed"
        return "folder skipped" if self.is_folder else _FILE

    @property
    def label(self) -> str:
        """What it is counted as."""
        if self.reason is Reason.UNREADABLE:
            return self.detail
        if self.is_folder or self.reason is Reason.EXCLUDED:
            return self.path.name
        if self.reason is Reason.SUFFIX:
            return self.path.suffix.lower() or "no suffix"
        if self.reason is Reason.HIDDEN and self.path.name.startswith("._"):
            return "._*"
        return str(self.reason)


def words_for(skipped: Iterable[Skip]) -> str:
    """``3 files skipped: .txt 2, .xmp 1; 1 folder skipped: @eaDir``; empty if there is nothing."""
    kinds: dict[str, list[str]] = {kind: [] for kind in _COUNTED}
    for skip in skipped:
        kinds[skip.kind].append(skip.label)
    return "; ".join(_counted(kind, labels) for kind, labels in kinds.items() if labels)


def _counted(kind: str, labels: Sequence[str]) -> str:
    """``3 files skipped: .txt 2, .xmp 1``; ``1 folder skipped: @eaDir``."""
    ordered = sorted(Counter(labels).items(), key=lambda one: (-one[1], one[0]))
    some = [
        f"{label} {count:,}" if count > 1 or kind == _FILE else label
        for label, count in ordered[:_MOST_NAMED]
    ]
    more = f" and {len(ordered) - _MOST_NAMED:,} more" if len(ordered) > _MOST_NAMED else ""
    noun = kind if len(labels) == 1 else _COUNTED[kind]
    return f"{len(labels):,} {noun}: {', '.join(some)}{more}"
