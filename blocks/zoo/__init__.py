"""Architectures of the literature as functions of their settings; a new family adds its name here."""

from __future__ import annotations

from blocks.zoo import (
    alexnet,
    autoencoder,
    dcgan,
    deconvolution,
    densenet,
    energy,
    inception,
    inception_v3,
    language,
    lenet,
    mnasnet,
    mobilenet,
    nasnet,
    nin,
    perceptron,
    preactivation,
    rcnn,
    recurrent,
    residual,
    residual_cifar,
    shufflenet,
    squeezenet,
    ssd,
    vgg,
    xception,
)
from blocks.zoo.template import TEMPLATES, Template

FAMILIES = (
    perceptron,
    lenet,
    alexnet,
    vgg,
    nin,
    deconvolution,
    inception,
    inception_v3,
    xception,
    residual,
    residual_cifar,
    preactivation,
    densenet,
    mobilenet,
    squeezenet,
    shufflenet,
    mnasnet,
    nasnet,
    recurrent,
    language,
    autoencoder,
    dcgan,
    energy,
    ssd,
    rcnn,
)
TEMPLATES.arrange([family.__name__ for family in FAMILIES])

__all__ = ["FAMILIES", "TEMPLATES", "Template"]
