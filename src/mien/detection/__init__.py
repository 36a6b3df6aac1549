"""Picture to faces: one file for each detector, all behind the same contract."""

from __future__ import annotations

from mien.detection.any_roll import AnyRoll
from mien.detection.contract import Detector
from mien.detection.faces import distance_from_centre, in_file, moved
from mien.detection.haar import Haar, HaarSettings
from mien.detection.loading import (
    DETECTORS,
    DetectorKind,
    DetectorSettings,
    load_detector,
)
from mien.detection.mtcnn import Mtcnn, MtcnnSettings
from mien.detection.points import WithPoints
from mien.detection.retinaface import RetinaFace, RetinaFaceSettings
from mien.detection.yunet import YuNet, YuNetSettings

__all__ = [
    "DETECTORS",
    "AnyRoll",
    "Detector",
    "DetectorKind",
    "DetectorSettings",
    "Haar",
    "HaarSettings",
    "Mtcnn",
    "MtcnnSettings",
    "RetinaFace",
    "RetinaFaceSettings",
    "WithPoints",
    "YuNet",
    "YuNetSettings",
    "distance_from_centre",
    "in_file",
    "load_detector",
    "moved",
]
