"""OpenCV's FaceDetectorYN and FaceRecognizerSF as its tutorial uses them, on the Zoo's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
from protocol import Peer, central_face, serve


def open_peer(options: dict[str, str]) -> Peer:
    """Load both networks from the files that the job names."""
    detector = cv2.FaceDetectorYN.create(options["yunet"], "", (320, 320))
    if "score" in options:
        detector.setScoreThreshold(float(options["score"]))
    recognizer = cv2.FaceRecognizerSF.create(options["sface"], "")
    return Peer(
        encode=encoder(detector, recognizer),
        similarity=lambda first, second: recognizer.match(
            first, second, cv2.FaceRecognizerSF_FR_COSINE
        ),
        packages=("opencv-python-headless", "numpy"),
        usage=f"imread, setInputSize to the photo, detect (score {detector.getScoreThreshold():g}),"
        f" alignCrop, feature; {cv2.getNumThreads()} threads (defaults)",
    )


def encoder(detector: Any, recognizer: Any) -> Callable[[Sequence[str]], Iterator[Any]]:
    """A photo at a time, as both classes work."""

    def encode(photos: Sequence[str]) -> Iterator[Any]:
        for path in photos:
            image = cv2.imread(path)
            height, width = image.shape[:2]
            detector.setInputSize((width, height))
            _, faces = detector.detect(image)
            if faces is None:
                yield None
                continue
            boxes = [(x, y, x + w, y + h) for x, y, w, h in faces[:, :4].tolist()]
            face = faces[central_face(boxes, width, height)]
            yield recognizer.feature(recognizer.alignCrop(image, face))

    return encode


if __name__ == "__main__":
    serve(open_peer)
