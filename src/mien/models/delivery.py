"""Getting one file into the cache: its sources in order, the first right one wins."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mien.errors import ModelError, ModelHashMismatch, ModelUnavailable
from mien.models.cards import ModelCard, OwnFileSource, PackageSource, Source, WeightFile
from mien.models.placing import cache_unwritable, place
from mien.models.progress import Notify, ProgressReporter
from mien.models.sources.own_files import find_own_file
from mien.models.sources.package import open_package_file
from mien.models.sources.publisher import open_publisher_file


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all files of one pull share.

    Attributes:
        card: whose files.
        workshop: a scratch folder on the cache's disk.
        own_places: the user's own files and folders.
        notify, progress: whom to tell.
    """

    card: ModelCard
    workshop: Path
    own_places: tuple[Path, ...]
    notify: Notify
    progress: ProgressReporter


def is_offline() -> bool:
    """Whether ``$MIEN_OFFLINE`` forbids every transfer."""
    return os.environ.get("MIEN_OFFLINE", "").strip().lower() not in ("", "0", "false", "no", "off")


def deliver(file: WeightFile, target: Path, delivery: Delivery) -> None:
    """Put one file at ``target``, from the first source that has the right bytes.

    Raises:
        ModelHashMismatch: none had them, and one had others.
        ModelUnavailable: none had anything, or transfers are forbidden.
    """
    own = find_own_file(file, delivery.own_places, delivery.notify)
    if own is not None:
        with _opened(own) as stream:
            place(stream, target, file, str(own))
        return
    sources = [source for source in file.sources if _is_here(source) or not is_offline()]
    if is_offline() and not sources:
        raise ModelUnavailable(
            f"{delivery.card.name}: expected {file.name} in the cache ({target}), got none, and "
            f"MIEN_OFFLINE forbids to fetch it; unset it and {_cure(delivery.card)}"
        )
    failures: list[ModelError] = []
    for source in sources:
        try:
            with _open(source, file, delivery) as stream:
                place(stream, target, file, str(source))
        except (ModelUnavailable, ModelHashMismatch) as error:
            failures.append(error)
            continue
        except OSError as error:  # of the workshop: what is read is translated by the sources
            raise cache_unwritable(delivery.workshop.parent, error) from error
        for failure in failures:
            if isinstance(failure, ModelHashMismatch):
                delivery.notify(f"passed over: {failure}")
        return
    raise _all_failed(file, failures, delivery.card)


def _is_here(source: Source) -> bool:
    return isinstance(source, OwnFileSource)


def _open(source: Source, file: WeightFile, delivery: Delivery) -> AbstractContextManager[BinaryIO]:
    if isinstance(source, PackageSource):
        return open_package_file(source, file, delivery.workshop, delivery.progress)
    if isinstance(source, OwnFileSource):
        return _opened(source.path)
    return open_publisher_file(source, file, delivery.workshop, delivery.progress)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelUnavailable(f"{path}: cannot be read: {error.strerror or error}") from error


def _all_failed(file: WeightFile, failures: list[ModelError], card: ModelCard) -> ModelError:
    reasons = "; ".join(map(str, failures)) or "its card names no source"
    if any(isinstance(failure, ModelHashMismatch) for failure in failures):
        return ModelHashMismatch(f"{card.name}: {reasons}")
    return ModelUnavailable(
        f"{card.name}: expected {file.name} from one of its sources, got none: {reasons}; "
        f"see to the network and {_cure(card)}"
    )


def _cure(card: ModelCard) -> str:
    return f"run `mien models pull {card.name}`, or put the file into a folder named by MIEN_MODELS"
