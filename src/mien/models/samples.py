"""The cards of the sample photos: for the demo, the tests and the pages of the documentation."""

from __future__ import annotations

from mien.models.cards import ArchiveKind, ModelCard, PackageSource, Task, WeightFile


def _portrait(name: str, sha256: str, size_bytes: int) -> WeightFile:
    source = PackageSource(
        "face_recognition",
        "1.3.0",
        f"face_recognition-1.3.0/tests/test_images/{name}",
        ArchiveKind.SDIST,
        archive_sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
        archive_size_bytes=3_182_249,
    )
    return WeightFile(name, sha256, size_bytes, (source,))


def _film_still(name: str, sha256: str, size_bytes: int) -> WeightFile:
    source = PackageSource(
        "insightface",
        "2.1",
        f"insightface/data/images/{name}",
        archive_sha256="dcd58ee79d99d689572477315f3149353afd65a36dc575f597cbb217a7bde399",
        archive_size_bytes=1_169_452,
    )
    return WeightFile(name, sha256, size_bytes, (source,))


def _scene(name: str, sha256: str, size_bytes: int) -> WeightFile:
    # The wheels differ from platform to platform, these photos do not.
    source = PackageSource("scikit-image", "0.26.0", f"skimage/data/{name}")
    return WeightFile(name, sha256, size_bytes, (source,))


SAMPLE_PORTRAITS = ModelCard(
    name="sample-portraits",
    task=Task.SAMPLE,
    description="photos of two politicians, from the tests of face_recognition",
    licence="MIT",
    licence_note="the package's licence; it states none for the photos themselves",
    files=(
        _portrait(
            "obama.jpg",
            "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
            279_922,
        ),
        _portrait(
            "obama2.jpg",
            "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
            184_455,
        ),
        _portrait(
            "obama3.jpg",
            "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
            595_944,
        ),
        _portrait(
            "biden.jpg",
            "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
            353_723,
        ),
    ),
)

SAMPLE_GROUP = ModelCard(
    name="sample-group",
    task=Task.SAMPLE,
    description="a photo of six people and a portrait, from insightface",
    licence="MIT",
    licence_note="the package's licence; it states none for the photos themselves",
    files=(
        _film_still(
            "t1.jpg",
            "47f682e945b659f93a9e490b9c9c4a2a864abe64dace9e1a2893845ddfd69489",
            128_824,
        ),
        _film_still(
            "Tom_Hanks_54745.png",
            "8545da294e8c7c79911169c3915fed8528f1960cd0ed99b92453788ca4275083",
            12_123,
        ),
    ),
)

SAMPLE_SCENES = ModelCard(
    name="sample-scenes",
    task=Task.SAMPLE,
    description="an astronaut (one face), a cup of coffee and a cat (none), from scikit-image",
    licence="BSD-3-Clause",
    licence_note="the package's licence; its documentation credits each photo",
    files=(
        _scene(
            "astronaut.png",
            "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
            791_555,
        ),
        _scene(
            "coffee.png",
            "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
            466_706,
        ),
        _scene(
            "chelsea.png",
            "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
            240_512,
        ),
    ),
)
