"""Samples of classic networks."""

from __future__ import annotations

from blocks.zoo.alexnet import AlexNet
from blocks.zoo.lenet import LeNet5
from blocks.zoo.vgg import VGG
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="lenet5_1998",
        title="LeNet-5 as in 1998",
        template=LeNet5("1998"),
        note=(
            "# LeNet-5 of 1998: 60,000 parameters read digits\n\n"
            "LeCun, Bottou, Bengio and Haffner, 1998, figure 2, with all that later forms leave out.\n\n"
            "1. *C3* connects 60 of the 96 pairs of maps: 1,516 parameters. Connected fully it has 2,416.\n"
            "2. *N2* and *N4* learn two numbers a map, a weight and an offset, where today's pooling learns none.\n"
            "3. *rbf* holds a fixed picture of 7 × 12 pixels for every digit and gives the distance to each; "
            "*nearness* turns its sign, so that the nearest wins.\n"
            "4. Press ▶: after one epoch it knows most digits, after sixteen 95 of 100 that it has not seen."
        ),
        data=Digits(resolution=32, batch_size=32),
        epochs=16,
        optimizer=AdamW(lr=0.002),
        accuracy=0.95,
    ),
    Lesson(
        file="vgg_digits",
        title="VGG-11 on digits",
        template=VGG("A", width=16, batch_norm=True, units=128, channels=1, classes=10, resolution=32),
        note=(
            "# VGG: nothing but 3 × 3\n\n"
            "Simonyan and Zisserman, 2015, configuration A, a quarter as wide. Each block **halves the image**; five "
            "of them bring 32 × 32 pixels down to one.\n\n"
            "1. Press Enter on *block3*: two 3 × 3 convolutions see 5 × 5 pixels with 18 weights a pair of channels, "
            "where one 5 × 5 takes 25.\n"
            "2. Give a block more *layers*: the size of its result stays.\n"
            "3. Press ▶. Then select the five blocks, set *normalization* to none and train again: as deep as this, "
            "six epochs teach it next to nothing."
        ),
        data=Digits(resolution=32, batch_size=64),
        epochs=6,
        optimizer=AdamW(lr=0.002),
    ),
    Lesson(
        file="alexnet",
        title="AlexNet, 2012",
        template=AlexNet(),
        note=(
            "# AlexNet: two towers that meet once\n\n"
            "Krizhevsky, Sutskever and Hinton, 2012, figure 2: one network on two graphics cards.\n\n"
            "1. *conv2*, *conv4* and *conv5* are cut into 2 groups: a kernel reads the half of its own tower. "
            "Set *groups* to 1 on all three: 62,378,344 parameters instead of 60,965,224.\n"
            "2. *conv1* pads by 2, which turns 224 pixels into 55. With padding 0 it gives 54.\n"
            "3. *Summary*: 58,631,144 of the parameters, 96 %, lie in the three linear layers; most of the "
            "multiplications do not."
        ),
    ),
)
