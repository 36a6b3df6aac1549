"""The folder of a run that is under way: crops, features and checkpoints, gone when it is done.

It lies beside the model to be. What was broken off leaves it behind, so that ``resume`` can go on;
a run that is not to resume begins with an empty one. Crops and features are of faces: the folder
is its owner's alone.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import InputError, InvalidOption, OutputUnwritable
from mien.training.array_folder import ArrayFolder
from mien.training.run_options import RunOptions

_CONFIG = "config.json"
# What may differ between the run that was broken off and the one that goes on.
_FREE = frozenset(
    {"resume", "overwrite", "cache", "bar", "pictures", "threads", "devices", "strategy"}
    | {"lfw", "lfw_pairs", "keep_anyway"}
)


@dataclass(frozen=True, slots=True)
class Work:
    """A context manager: the folder is removed at the end, unless there is something to resume.

    Attributes:
        folder: of this run.
        kept: of crops and features: the user's own, or a part of ``folder``.
    """

    folder: Path
    kept: Path

    @classmethod
    def of(cls, config: RunOptions) -> Work:
        """Make the folder, or find the one that a broken-off run left.

        Raises:
            InvalidOption: it is to resume, but there is nothing to, or a run with other options.
            OutputUnwritable: the folder cannot be made.
        """
        place = config.out.absolute()
        folder = place.with_name(f".{place.name}.work")
        wanted = _comparable(config)
        if config.resume:
            _check_same(folder, wanted)
        try:
            if not config.resume:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = folder / f"{_CONFIG}.part"
            part.write_text(json.dumps(wanted, indent=1), "utf-8")
            part.replace(folder / _CONFIG)
        except OSError as error:
            raise OutputUnwritable(
                f"out: expected to work in {folder}, got: {error.strerror or error}; "
                "choose another folder"
            ) from error
        return cls(folder, config.cache or folder / "kept")

    @property
    def features(self) -> ArrayFolder:
        """Where features are kept."""
        return ArrayFolder(self.kept / "features")

    @property
    def crops(self) -> Path:
        """Where crops are kept."""
        return self.kept / "crops"

    @property
    def checkpoints(self) -> Path:
        """Where the loop keeps its weights."""
        return self.folder / "checkpoints"

    def __enter__(self) -> Work:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        refused = isinstance(error, InputError) and not isinstance(error, OutputUnwritable)
        if error is None or refused or not self.checkpoints.exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def _comparable(config: RunOptions) -> dict[str, Any]:
    said = {name: value for name, value in config.to_json().items() if name not in _FREE}
    return {**said, "data": os.fspath(config.data.absolute())}


def _check_same(folder: Path, wanted: dict[str, Any]) -> None:
    try:
        found: Any = json.loads((folder / _CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidOption(
            f"resume: expected a run that was broken off in {folder}, got none; leave --resume out"
        ) from error
    other = sorted(name for name in wanted if not _same(found, name, wanted[name]))
    if other:
        raise InvalidOption(
            f"resume: expected the options of the run that was broken off, got another "
            f"{', '.join(other)}; give the same, or leave --resume out"
        )


def _same(found: Any, name: str, wanted: Any) -> bool:
    return isinstance(found, dict) and found.get(name, ...) == json.loads(json.dumps(wanted))
