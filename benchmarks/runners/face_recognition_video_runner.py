"""face_recognition as its example facerec_from_video_file.py uses it, without the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import face_recognition
from video_protocol import VideoPeer, serve_video

TOLERANCE = 0.50  # the example's


def open_peer(people: Mapping[str, str]) -> VideoPeer:
    """Encode one photo of each person."""
    names = list(people)
    known = [
        face_recognition.face_encodings(face_recognition.load_image_file(photo))[0]
        for photo in people.values()
    ]

    def watch(path: str) -> Iterator[list[str]]:
        film = cv2.VideoCapture(path)
        while True:
            taken, frame = film.read()
            if not taken:
                film.release()
                return
            rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            locations = face_recognition.face_locations(rgb)
            found = []
            for encoding in face_recognition.face_encodings(rgb, locations):
                matches = face_recognition.compare_faces(known, encoding, tolerance=TOLERANCE)
                found += [name for name, same in zip(names, matches, strict=True) if same][:1]
            yield found

    return VideoPeer(
        watch,
        ("face_recognition", "dlib-bin", "opencv-python-headless", "numpy"),
        "every frame: face_locations (HOG), face_encodings, compare_faces (tolerance 0.50)",
    )


if __name__ == "__main__":
    serve_video(open_peer)
