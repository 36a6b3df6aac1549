"""The detectors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mien.detection.any_roll import AnyRoll
from mien.detection.contract import Detector
from mien.detection.haar import Haar, HaarSettings
from mien.detection.mtcnn import Mtcnn, MtcnnSettings
from mien.detection.points import WithPoints
from mien.detection.retinaface import RetinaFace, RetinaFaceSettings
from mien.detection.yunet import YuNet, YuNetSettings
from mien.errors import InvalidOption, UnknownModel
from mien.models.loading import RuntimeOptions, open_network
from mien.models.runtime import Network
from mien.models.store import ModelStore

DetectorSettings = YuNetSettings | MtcnnSettings | RetinaFaceSettings | HaarSettings


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """How a detector comes to be.

    Attributes:
        settings: class of its settings; every one has ``minimum_score``.
        build: from store, runtime options and such settings to the detector.
        cards: of the networks that it needs.
        bundled_licences: of what a library brings along, by its name.
    """

    settings: type[DetectorSettings]
    build: Callable[[ModelStore, RuntimeOptions, Any], Detector]
    cards: tuple[str, ...]
    bundled_licences: Mapping[str, str] = field(default_factory=dict)


def _yunet(store: ModelStore, options: RuntimeOptions, settings: YuNetSettings) -> Detector:
    network = open_network(store, "yunet", options)
    if not settings.any_roll:
        return YuNet(network, settings)
    lowest = settings.minimum_score
    if lowest <= YuNetSettings().minimum_score:  # who asks for surer faces wants no doubtful ones
        lowest = min(settings.candidate_score, lowest)
    candidates = YuNet(network, replace(settings, minimum_score=lowest))
    return AnyRoll(
        candidates,
        candidates,
        _onet(store, options),
        minimum_score=settings.minimum_score,
        second=RetinaFace(
            open_network(store, "retinaface-mnet025", options),
            RetinaFaceSettings(min_face=settings.min_face),
        ),
        sure=settings.weak_score,
        confirm=(settings.weak_score, min(settings.confirmation, settings.minimum_score)),
    )


def _mtcnn(store: ModelStore, options: RuntimeOptions, settings: MtcnnSettings) -> Detector:
    proposal, refinement, output = (
        open_network(store, "mtcnn", options, file.name) for file in store.card("mtcnn").files
    )
    return _at_any_roll(Mtcnn(proposal, refinement, output, settings), store, options, settings)


def _retinaface(
    store: ModelStore, options: RuntimeOptions, settings: RetinaFaceSettings
) -> Detector:
    detector = RetinaFace(open_network(store, "retinaface-mnet025", options), settings)
    return _at_any_roll(detector, store, options, settings)


def _haar(store: ModelStore, options: RuntimeOptions, settings: HaarSettings) -> Detector:
    haar = Haar(settings)
    if not settings.points:
        return haar
    # The cascade has said that there is a face: YuNet need not be as sure as it is alone.
    lenient = YuNetSettings(minimum_score=0.5)
    pointed = WithPoints(haar, YuNet(open_network(store, "yunet", options), lenient))
    return _at_any_roll(pointed, store, options, settings)


def _at_any_roll(
    detector: Detector,
    store: ModelStore,
    options: RuntimeOptions,
    settings: MtcnnSettings | RetinaFaceSettings | HaarSettings,
) -> Detector:
    if not settings.any_roll:
        return detector
    yunet = YuNet(open_network(store, "yunet", options))
    minimum = settings.minimum_score
    return AnyRoll(detector, yunet, _onet(store, options), minimum_score=minimum)


def _onet(store: ModelStore, options: RuntimeOptions) -> Network:
    return open_network(store, "mtcnn", options, "onet.onnx")


DETECTORS: Mapping[str, DetectorKind] = {
    "yunet": DetectorKind(YuNetSettings, _yunet, ("yunet", "mtcnn", "retinaface-mnet025")),
    "retinaface": DetectorKind(
        RetinaFaceSettings, _retinaface, ("retinaface-mnet025", "yunet", "mtcnn")
    ),
    "mtcnn": DetectorKind(MtcnnSettings, _mtcnn, ("mtcnn", "yunet")),
    "haar": DetectorKind(
        HaarSettings,
        _haar,
        ("yunet", "mtcnn"),
        {"OpenCV's cascade": "Apache-2.0"},
    ),
}


def load_detector(
    name: str,
    store: ModelStore,
    options: RuntimeOptions | None = None,
    settings: DetectorSettings | None = None,
    *,
    minimum_score: float | None = None,
    min_face: int | None = None,
) -> Detector:
    """A detector by its name, its weights fetched if need be.

    Args:
        name: one of ``DETECTORS``.
        store: where the weights come from.
        options: what the user wants of the runtime.
        settings: of that detector's own class; its defaults if None.
        minimum_score, min_face: in place of settings: the defaults with these, where given.

    Raises:
        UnknownModel: there is no detector of that name.
        InvalidOption: the settings are another detector's, or both they and one of the values in
            their place are given; or one is out of range.
        ModelError: its weights cannot be had or do not load.
    """
    if name not in DETECTORS:
        raise UnknownModel(f"detector: expected one of {', '.join(DETECTORS)}; got {name!r}")
    kind = DETECTORS[name]
    if settings is None:
        settings = replace(kind.settings(), min_face=min_face)
        if minimum_score is not None:
            settings = replace(settings, minimum_score=minimum_score)
    elif (minimum_score, min_face) != (None, None):
        raise InvalidOption("detector: expected settings, or a minimum score or face; got both")
    if not isinstance(settings, kind.settings):
        raise InvalidOption(
            f"detector: expected {kind.settings.__name__} for {name}, got {type(settings).__name__}"
        )
    return kind.build(store, options or RuntimeOptions(), settings)
