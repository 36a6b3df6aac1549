"""A gallery of sample people, and a watcher with the real networks."""

from __future__ import annotations

import pytest

from mien.api import Settings, policy_for
from mien.gallery import Gallery
from mien.watching import build_watcher


@pytest.fixture(scope="session")
def known(recognizer, sample):
    gallery = Gallery.in_memory()
    people = [("Obama", sample("obama.jpg")), ("Biden", sample("biden.jpg"))]
    assert all(row.error is None for row in recognizer.enroll(gallery, people))
    return gallery


@pytest.fixture(scope="session")
def watcher_of(recognizer, model_store):
    """From a gallery, and settings of tracking, to a watcher."""

    def make(gallery, tracking=None, policy=None):
        policy = policy or policy_for(recognizer.embedder.space)
        return build_watcher(
            recognizer, gallery, policy, Settings(), store=model_store, tracking=tracking
        )

    return make


@pytest.fixture(scope="session")
def watch(watcher_of):
    """From a gallery and a video to its tracks and its frames."""

    def run(gallery, video, tracking=None):
        from mien.watching import Seen

        tracks, frames = [], []
        with video:
            for event in watcher_of(gallery, tracking).watch(video):
                (frames if isinstance(event, Seen) else tracks).append(event)
        return tracks, frames

    return run
