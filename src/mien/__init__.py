"""mien: face recognition by transfer learning.

    >>> import mien
    >>> with mien.Gallery.open("team.gallery") as gallery:
    ...     mien.enroll(["people/"], gallery)
    ...     answer = mien.identify("group.jpg", gallery)

Importing mien loads nothing heavy: every public name is fetched when it is first used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mien import process as _process

if TYPE_CHECKING:
    from mien.api import (
        Settings,
        build_recognizer,
        detect,
        detect_many,
        enroll,
        identify,
        identify_many,
        verify,
    )
    from mien.errors import MienError
    from mien.gallery import Gallery
    from mien.images import Label, annotate, read_image, save_image
    from mien.matching import DecisionRule, Policy, policy_for
    from mien.models import ModelStore, RuntimeOptions
    from mien.pipeline import FaceChoice, Recognizer
    from mien.quality import QualityLimits
    from mien.records import Outcome
    from mien.trained import TrainedModel

__version__ = "0.1.0"

__all__ = [
    "DecisionRule",
    "FaceChoice",
    "Gallery",
    "Label",
    "MienError",
    "ModelStore",
    "Outcome",
    "Policy",
    "QualityLimits",
    "Recognizer",
    "RuntimeOptions",
    "Settings",
    "TrainedModel",
    "__version__",
    "annotate",
    "build_recognizer",
    "detect",
    "detect_many",
    "enroll",
    "identify",
    "identify_many",
    "policy_for",
    "read_image",
    "save_image",
    "verify",
]

# Where each name lives; a test holds it to __all__ and to the imports above.
_HOMES = {
    "DecisionRule": "matching",
    "FaceChoice": "pipeline",
    "Gallery": "gallery",
    "Label": "images",
    "MienError": "errors",
    "ModelStore": "models",
    "Outcome": "records",
    "Policy": "matching",
    "QualityLimits": "quality",
    "Recognizer": "pipeline",
    "RuntimeOptions": "models",
    "Settings": "api",
    "TrainedModel": "trained",
    "annotate": "images",
    "build_recognizer": "api",
    "detect": "api",
    "detect_many": "api",
    "enroll": "api",
    "identify": "api",
    "identify_many": "api",
    "policy_for": "matching",
    "read_image": "images",
    "save_image": "images",
    "verify": "api",
}


def __getattr__(name: str) -> Any:
    """Fetch a public name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mien' has no attribute {name!r}")
    value = getattr(_process.load_library(f"mien.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
