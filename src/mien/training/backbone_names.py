"""The names of the backbones, without loading what they are made of."""

from __future__ import annotations

BACKBONES = {
    "sface": "faces, SFace: the best for faces, and small",
    "dlib-resnet": "faces, dlib's ResNet of 2017",
    "mobilenetv2": "pictures of all kinds (ImageNet), small",
    "efficientnet-lite0": "pictures of all kinds (ImageNet), small",
    "resnet50": "pictures of all kinds (ImageNet), weights from torchvision's address",
    "vgg16": "pictures of all kinds (ImageNet): torchvision's weights, else those of vgg16-hed",
    "vgg16-hed": "VGG16's convolutions (ImageNet), trained further to find edges",
}
"""What is always offered, and what each was trained on; beside these go torchvision's classifiers
by their own names.
"""
