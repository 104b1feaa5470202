"""Samples of residual networks."""

from __future__ import annotations

from blocks.zoo.residual import ResNet
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="resnet50",
        title="ResNet-50",
        template=ResNet("50"),
        note=(
            "# ResNet-50: fifty layers, four stages\n\n"
            "He, Zhang, Ren and Sun, 2015, table 1. Every stage **halves the image and doubles the channels**; its "
            "first block projects the passing wire, the others leave it as it is.\n\n"
            "1. *conv2_x* and its likes are repeated: the number on the card is how often.\n"
            "2. Press Enter on a block: 1 × 1, 3 × 3, 1 × 1, and the wire that passes by.\n"
            "3. *Summary*: 25,557,032 parameters, 4,089,184,256 multiplications an image."
        ),
    ),
)
