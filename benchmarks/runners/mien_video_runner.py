"""mien as `mien identify VIDEO --people PEOPLE` uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from video_protocol import VideoPeer, serve_video

from mien.api import Settings, build_recognizer, policy_for
from mien.gallery import Gallery
from mien.images.video import open_video
from mien.watching import Seen, build_watcher


def open_peer(people: Mapping[str, str]) -> VideoPeer:
    """Load the networks and enrol one photo of each person."""
    settings = Settings()
    recognizer = build_recognizer(settings)
    gallery = Gallery.in_memory()
    refused = [row for row in recognizer.enroll(gallery, people.items()) if row.error is not None]
    if refused:
        raise SystemExit(f"{refused[0].source}: {refused[0].error}")
    policy = policy_for(recognizer.embedder.space)
    watcher = build_watcher(recognizer, gallery, policy, settings)

    def watch(path: str) -> Iterator[list[str]]:
        with open_video(path) as video:
            for event in watcher.watch(video):
                if isinstance(event, Seen):
                    yield [face.name for face in event.tracks.faces if face.name]

    return VideoPeer(
        watch, ("mien", "av", "onnxruntime", "numpy"), "identify with default settings"
    )


if __name__ == "__main__":
    serve_video(open_peer)
