"""Samples of Inception networks."""

from __future__ import annotations

from blocks.zoo.inception import GoogLeNet
from blocks.zoo.inception_v3 import InceptionV3
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="googlenet_digits",
        title="GoogLeNet on digits",
        template=GoogLeNet("torchvision", width=0.25, channels=1, classes=10, resolution=32),
        note=(
            "# GoogLeNet: read at several scales, join what was read\n\n"
            "Szegedy et al., 2015, table 1, a quarter as wide and with batch norms. Five times the image is halved: "
            "after *maxpool4* a map is one pixel.\n\n"
            "1. Press Enter on *inception3a*: four branches side by side, and 16 + 32 + 8 + 8 = 64 channels come out.\n"
            "2. *three_reduce* first narrows 48 channels to 24, then *three* makes 32 of them: 8,064 weights. "
            "A 3 × 3 convolution from 48 to 32 alone would take 13,824.\n"
            "3. *avgpool* leaves one number a channel, so *fc* has 2,570 of the 355,490 parameters.\n"
            "4. Press ▶: eight epochs, and about 98 of 100 digits it has not seen are right."
        ),
        data=Digits(resolution=32, batch_size=64),
        epochs=8,
        optimizer=AdamW(lr=0.003),
    ),
    Lesson(
        file="inception_v3",
        title="Inception v3",
        template=InceptionV3(auxiliary=True),
        note=(
            "# Inception v3: large kernels made of small ones\n\n"
            "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, 2016, named as released. The modules stand on grids of "
            "**35, 17 and 8** pixels.\n\n"
            "1. Press Enter on *Mixed_5b*: one 5 × 5 kernel beside two 3 × 3 in a row, which see as far.\n"
            "2. In *Mixed_6b* a 1 × 7 and a 7 × 1 do the work of a 7 × 7: 14 weights a pair of channels instead of "
            "49.\n"
            "3. *Mixed_6a* and *Mixed_7a* halve the grid by convolutions and a pooling side by side, so that nothing "
            "is squeezed on the way.\n"
            "4. The branch from *Mixed_6e* to *auxiliary* is for training only. Delete it: 23,834,568 of 27,161,264 "
            "parameters remain."
        ),
    ),
)
