"""mien with its defaults: all photos in one call, batches and threads as it chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from protocol import Peer, central_face, serve

from mien.api import build_recognizer
from mien.pipeline import Recognizer
from mien.records import PhotoFailure


def open_peer(options: dict[str, str]) -> Peer:
    """One recogniser for the whole run."""
    recognizer = build_recognizer()
    return Peer(
        encode=lambda photos: vectors(recognizer, photos),
        similarity=lambda first, second: first @ second,
        packages=("mien", "openvino", "onnxruntime", "opencv-python-headless", "numpy"),
        usage="build_recognizer().encode_photos(photos), defaults",
    )


def vectors(recognizer: Recognizer, photos: Sequence[str]) -> Iterator[Any]:
    """The only lines that know mien's pipeline: one vector or None a photo, in order."""
    for answer in recognizer.encode_photos(photos):
        if isinstance(answer, PhotoFailure) or not answer.faces:
            yield None
            continue
        boxes = [encoding.face.box.xyxy for encoding in answer.faces]
        chosen = central_face(boxes, answer.photo.width, answer.photo.height)
        yield answer.faces[chosen].vector


if __name__ == "__main__":
    serve(open_peer)
