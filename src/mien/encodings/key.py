"""Everything but the photo that an encoding depends on, as one key."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from typing import Any

from mien.detection import DETECTORS
from mien.errors import InvalidOption
from mien.models import ModelStore
from mien.models.cards import ModelCard
from mien.models.loading import CONVERSIONS
from mien.pipeline import PIPELINE_VERSION, FaceFinder, Recognizer

LIBRARIES = ("onnxruntime", "openvino", "opencv-python-headless", "pillow", "simplejpeg")
"""What computes; another version may answer otherwise in the last digits."""


def encoding_key(recognizer: Recognizer, store: ModelStore) -> bytes:
    """32 bytes that differ where the same photo could get another encoding.

    The networks' published files and conversions, the detector's settings, the plans (engine,
    precision, device) that were really chosen, the limits of quality, the versions of the
    libraries and of the pipeline. The number of threads and the processor are not in it.

    Args:
        recognizer: whose answers are kept; its detector is one of ``DETECTORS``.
        store: with the cards that it was built from.

    Raises:
        InvalidOption: a detector of one's own, of which nothing is known here.
    """
    embedder = recognizer.embedder
    return _digest(
        {
            **_finder_facts(recognizer, store),
            "embedder": [str(embedder.space), embedder.space.sha256],
            "embedder_plans": [str(plan) for plan in embedder.plans],
            "embedder_files": [_files(card) for card in embedder.cards],
            "embedder_inputs": [
                [str(card.input), card.template, card.output] for card in embedder.cards
            ],
        }
    )


def finder_key(finder: FaceFinder, store: ModelStore) -> bytes:
    """32 bytes that differ where other faces, points or verdicts could be found in a photo.

    Arguments and errors as those of `encoding_key`; nothing of an embedder or of crops is in it.
    """
    return _digest(_finder_facts(finder, store))


def _finder_facts(finder: FaceFinder, store: ModelStore) -> dict[str, Any]:
    detector = finder.detector
    if detector.name not in DETECTORS:
        raise InvalidOption(
            f"cache: expected a detector of {', '.join(DETECTORS)}, got {detector.name!r}"
        )
    return {
        "pipeline": PIPELINE_VERSION,
        "libraries": {name: _version(name) for name in LIBRARIES},
        "detector": [detector.name, detector.identity],
        "detector_files": [_files(store.card(one)) for one in DETECTORS[detector.name].cards],
        "limits": str(finder.limits),
        "reading": str(finder.reading),
        "min_face": finder.min_face,
    }


def _digest(facts: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).digest()


def _files(card: ModelCard) -> dict[str, Any]:
    conversion = CONVERSIONS.get(card.name)
    return {
        "sha256": {file.name: file.sha256 for file in card.files},
        "conversion": None if conversion is None else conversion.key,
    }


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
