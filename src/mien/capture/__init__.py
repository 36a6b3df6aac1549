"""From a camera, a film, a stream or photos to a clean data set of one person.

Importing this room loads no heavy library; films need PyAV (``pip install 'mien[video]'``).
"""

from __future__ import annotations

from mien.capture.collecting import Collector, collect
from mien.capture.options import CollectOptions, Form
from mien.capture.poses import Pose, advice
from mien.capture.progress import Collected, Progress
from mien.capture.reasons import Refusal, words_of

__all__ = [
    "CollectOptions",
    "Collected",
    "Collector",
    "Form",
    "Pose",
    "Progress",
    "Refusal",
    "advice",
    "collect",
    "words_of",
]
