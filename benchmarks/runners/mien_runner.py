"""mien with its defaults or other embeddings: all photos in one call, batches as it chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from protocol import Peer, central_face, serve

from mien.api import Settings, build_recognizer
from mien.pipeline import Recognizer
from mien.records import PhotoFailure

SETTINGS = {
    "": Settings(),
    "plain": Settings(mirror=False),
    "fused": Settings(embedder="sface+dlib-resnet"),
}


def open_peer(options: dict[str, str]) -> Peer:
    """One recogniser for the whole run."""
    settings = SETTINGS[options.get("variant", "")]
    recognizer = build_recognizer(settings)
    return Peer(
        encode=lambda photos: vectors(recognizer, photos),
        similarity=lambda first, second: first @ second,
        packages=("mien", "openvino", "onnxruntime", "opencv-python-headless", "numpy"),
        usage="build_recognizer().encode_photos(photos), "
        f"{settings.embedder}, {'' if settings.mirror else 'no '}mirror images",
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
