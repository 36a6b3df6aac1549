"""The detectors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mien.detection.yunet import YuNet, YuNetSettings
from mien.errors import UnknownModel
from mien.models.loading import RuntimeOptions, open_network
from mien.models.store import ModelStore


def _yunet(store: ModelStore, options: RuntimeOptions, settings: YuNetSettings | None) -> YuNet:
    return YuNet(open_network(store, "yunet", options), settings)


DETECTORS: Mapping[str, Callable[[ModelStore, RuntimeOptions, YuNetSettings | None], YuNet]] = {
    "yunet": _yunet
}


def load_detector(
    name: str,
    store: ModelStore,
    options: RuntimeOptions | None = None,
    settings: YuNetSettings | None = None,
) -> YuNet:
    """A detector by its name, its weights fetched if need be.

    Raises:
        UnknownModel: there is no detector of that name.
        ModelError: its weights cannot be had or do not load.
    """
    if name not in DETECTORS:
        raise UnknownModel(f"detector: expected one of {', '.join(DETECTORS)}; got {name!r}")
    return DETECTORS[name](store, options or RuntimeOptions(), settings)
