"""Who is in a video, in one call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mien.api import Settings, build_recognizer, measured_by
from mien.detection import Detector, YuNetSettings, load_detector
from mien.gallery import Gallery, search_policy
from mien.images.video import VideoOptions, open_video
from mien.matching import OwnCalibration, Policy
from mien.models import ModelStore
from mien.pipeline import Recognizer
from mien.renamed import renamed_argument
from mien.tracking import TrackIdentification, TrackingSettings
from mien.trained import GallerySource, opened_gallery
from mien.watching.watcher import SCAN_SIDE, Watcher


@renamed_argument("threshold", "max_distance")
def identify_video(
    source: str | Path | int,
    gallery: GallerySource,
    *,
    fmr: float | None = None,
    min_similarity: float | None = None,
    max_distance: float | None = None,
    calibration: OwnCalibration | None = None,
    settings: Settings | None = None,
    tracking: TrackingSettings | None = None,
    options: VideoOptions | None = None,
) -> Iterator[TrackIdentification]:
    """Who is in this video? One answer for each face on screen, when it has gone.

    Args:
        source: a film, a camera's number, an address, or a sequence of photos.
        gallery: the people who may be named, or its path.
        fmr: false match rate that the threshold was measured for.
        min_similarity, max_distance: or your own, as a cosine similarity or a cosine distance.
        calibration: of thresholds on your own photos; by default the one beside the gallery.
        settings: which parts to use.
        tracking: how often to look, and when a track ends.
        options: how the video is read.

    Raises:
        InputError: the video cannot be used.
        StreamBroken: after the last answer, where a stream or a camera broke off.
        SpaceMismatch: the gallery was filled, or calibrated, with another model.
        EngineMissing: PyAV is not installed.
    """
    settings = settings or Settings()
    how = options or VideoOptions(limits=settings.reading)
    with opened_gallery(gallery) as known, open_video(source, how) as video:
        recognizer = build_recognizer(settings)
        policy = search_policy(
            known,
            recognizer.embedder.space,
            measured_by(settings),
            fmr=fmr,
            min_similarity=min_similarity,
            max_distance=max_distance,
            calibration=calibration,
        )
        watcher = build_watcher(recognizer, known, policy, settings, tracking=tracking)
        for event in watcher.watch(video):
            if isinstance(event, TrackIdentification):
                yield event
        if video.broken is not None:
            raise video.broken


def build_watcher(
    recognizer: Recognizer,
    gallery: Gallery,
    policy: Policy,
    settings: Settings,
    *,
    store: ModelStore | None = None,
    tracking: TrackingSettings | None = None,
) -> Watcher:
    """A watcher whose scan is as fast as its detector allows.

    Args:
        recognizer: the pipeline for photos, made from the same settings.
        gallery: the people who may be named.
        policy: threshold, margin and calibration.
        settings: which detector, and how it is run.
        store: where its weights are.
        tracking: how often to look, and when a track ends.
    """
    tracking = tracking or TrackingSettings()
    scout = _fast_scout(settings, tracking, store or ModelStore())
    return Watcher(
        recognizer, gallery, policy, scout=scout, settings=tracking, min_face=settings.min_face
    )


def _fast_scout(
    settings: Settings, tracking: TrackingSettings, store: ModelStore
) -> Detector | None:
    """YuNet with one look at each frame; for other detectors there is no faster form."""
    if settings.detector != "yunet":
        return None
    least = min(tracking.follow_score, settings.minimum_score or 1.0)
    quick = YuNetSettings(
        minimum_score=least,
        voting_score=min(least, YuNetSettings().voting_score),
        working_side=SCAN_SIDE,
        small_faces=False,
        rescue=False,
        weak_score=0.0,
        refine_points=False,
        min_face=settings.min_face,
    )
    return load_detector("yunet", store, settings.runtime, quick)
