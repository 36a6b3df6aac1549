"""Which parts the pipeline is made of: settings to a finder or a recognizer."""

from __future__ import annotations

from dataclasses import dataclass, field

from mien.alignment import ARCFACE_112
from mien.detection import Detector, load_detector
from mien.embedding import ClassifyingEmbedder, load_embedder
from mien.images import MEGAPIXELS, Limits
from mien.models import ModelStore, RuntimeOptions
from mien.models.machine import core_count
from mien.pipeline import FaceFinder, FinderOptions, Recognizer
from mien.process import no_fork
from mien.quality import QualityLimits
from mien.trained import TrainedModel, TrainedRecognizer, load_trained


@dataclass(frozen=True, slots=True)
class Settings:
    """Which parts the pipeline is made of.

    Attributes:
        detector: its name in ``mien.detection.DETECTORS``.
        embedder: its card's name.
        mirror: average each face with its mirror image: more accurate; without it, half as much
            again of photos a second (``docs/accuracy.md``). A trained model does it by itself,
            or not: this changes nothing there.
        minimum_score: faces that the detector is less sure of are not reported; by default the
            detector's own.
        min_face: shorter side of the smallest face to look for and to report, pixels; by default
            as ``docs/detection.md`` says.
        max_megapixels: larger photos and arrays are refused; a megapixel takes 3 MB a thread.
        shrink_large: decode larger JPEGs at 1/2, 1/4 or 1/8 of their size (``docs/images.md``).
        limits: what a usable face must keep.
        model: a trained one, in place of ``embedder``.
        runtime: engine, precision, threads and device; by default the fastest, measured.
    """

    detector: str = "yunet"
    embedder: str = "sface"
    mirror: bool = True
    minimum_score: float | None = None
    min_face: int | None = None
    max_megapixels: float = MEGAPIXELS
    shrink_large: bool = False
    limits: QualityLimits = field(default_factory=QualityLimits)
    runtime: RuntimeOptions = field(default_factory=RuntimeOptions)
    model: TrainedModel | None = None

    @property
    def reading(self) -> Limits:
        """What a photo must keep to be read.

        Raises:
            InvalidOption: ``max_megapixels`` is out of range.
        """
        return Limits.of_megapixels(self.max_megapixels, shrink_large=self.shrink_large)


@no_fork()
def build_recognizer(
    settings: Settings | None = None, store: ModelStore | None = None
) -> Recognizer:
    """A pipeline of one's own.

    Raises:
        ModelError: weights cannot be had or do not load.
    """
    settings = settings or Settings()
    store = store or ModelStore()
    options = _options(settings)
    detector = _detector(settings, store)
    if settings.model is None:
        embedder = load_embedder(settings.embedder, store, settings.runtime, mirror=settings.mirror)
        return Recognizer(detector, embedder, **options)
    trained = load_trained(settings.model, store, settings.runtime)
    if isinstance(trained, ClassifyingEmbedder):
        return TrainedRecognizer(detector, trained, **options)
    return Recognizer(detector, trained, **options)


@no_fork()
def build_finder(settings: Settings | None = None, store: ModelStore | None = None) -> FaceFinder:
    """The first half of a pipeline: faces and their quality, without an embedder.

    Raises:
        ModelError: weights cannot be had or do not load.
    """
    settings = settings or Settings()
    detector = _detector(settings, store or ModelStore())
    return FaceFinder(detector, (ARCFACE_112,), **_options(settings))


def _options(settings: Settings) -> FinderOptions:
    return {
        "limits": settings.limits,
        "workers": settings.runtime.threads or core_count(),
        "reading": settings.reading,
        "min_face": settings.min_face,
    }


def _detector(settings: Settings, store: ModelStore) -> Detector:
    score, least = settings.minimum_score, settings.min_face
    return load_detector(
        settings.detector, store, settings.runtime, minimum_score=score, min_face=least
    )
