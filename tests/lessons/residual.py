"""Samples of residual networks."""

from __future__ import annotations

from blocks.zoo.residual import ResNet
from blocks.zoo.residual_cifar import ResNetCifar
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
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
    Lesson(
        file="shortcuts_digits",
        title="Shortcuts on handwritten digits",
        template=ResNetCifar(8, "A", width=8, channels=1),
        note=(
            "# Shortcuts: must they learn?\n\n"
            "He, Zhang, Ren and Sun, 2015, section 4.2: ResNet for small pictures, here with 8 layers. Where a block "
            "halves the image, the input that passes by no longer fits the sum.\n\n"
            "1. Press Enter on *stage2_1*: *identity* keeps every second pixel and adds zeros for the 8 new channels. "
            "It has **no parameters** (the paper's option A).\n"
            "2. Press ▶: 19,074 parameters read at least 98 of 100 digits that they have not seen.\n"
            "3. Set *shortcut* of *stage2_1* and *stage3_1* to *projected* (option B): 736 parameters more. Train "
            "again: does it read better? The runs list compares.\n"
            "4. *stage1_1* keeps the shape, so nothing stands on its shortcut at all."
        ),
        data=Digits(resolution=32, batch_size=64),
        epochs=8,
        optimizer=AdamW(lr=0.01),
        accuracy=0.98,
    ),
)
