"""Samples of mobile and searched networks."""

from __future__ import annotations

from blocks.zoo.mnasnet import MnasNet
from blocks.zoo.mobilenet import MobileNetV1
from blocks.zoo.nasnet import NASNet
from blocks.zoo.shufflenet import ShuffleNetV1
from blocks.zoo.squeezenet import SqueezeNet
from runtime.data.digits import Digits
from runtime.optimizer import AdamW
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="mobilenet_digits",
        title="MobileNet on digits",
        template=MobileNetV1(0.25, middle=1, channels=1, classes=10, resolution=64),
        note=(
            "# MobileNet: a convolution in two cheap halves\n\n"
            "Howard et al., 2017, table 1, a quarter as wide and with one layer of the five in the middle. A "
            "**depthwise** convolution looks at each channel alone, a **1 × 1** mixes the channels.\n\n"
            "1. *dw_pw5* takes 299,008 multiplications. A 3 × 3 convolution from 64 to 64 channels would take "
            "2,359,296, eight times as many.\n"
            "2. Press Enter on it: 576 weights look around, 4,096 mix. Nearly all of the cost is in the 1 × 1.\n"
            "3. Set *image* to 32 × 32: multiplications fall to about a quarter, the 143,306 parameters stay.\n"
            "4. Press ▶: eight epochs, and about 98 of 100 digits it has not seen are right."
        ),
        data=Digits(resolution=64, batch_size=64),
        epochs=8,
        optimizer=AdamW(lr=0.006),
    ),
    Lesson(
        file="squeezenet",
        title="SqueezeNet with simple bypass",
        template=SqueezeNet(bypass="simple"),
        note=(
            "# SqueezeNet: squeeze, then expand\n\n"
            "Iandola et al., 2016, figure 2, middle. A **fire module** narrows by 1 × 1 before it widens by 1 × 1 and "
            "3 × 3, so that the large kernels read few channels.\n\n"
            "1. Press Enter on *fire9*: 512 channels become 64, then 256 + 256. It has 197,184 parameters.\n"
            "2. The wires around *fire3*, *fire5*, *fire7* and *fire9* cost no weight at all.\n"
            "3. There is no linear layer: *conv10* draws a map for each class, and *avgpool* takes its mean.\n"
            "4. *Summary*: 1,248,424 parameters. AlexNet, which is about as accurate, has 50 times as many."
        ),
    ),
    Lesson(
        file="shufflenet",
        title="ShuffleNet",
        template=ShuffleNetV1(3),
        note=(
            "# ShuffleNet: groups that hear of each other\n\n"
            "Zhang, Zhou, Lin and Sun, 2018, table 1, three groups. Most of the cost of a small network is in its "
            "1 × 1 convolutions; in three **groups** they cost a third.\n\n"
            "1. Press Enter on *stage3_1*: *shuffle* deals the channels of each group out to all, or no group would "
            "ever know of the others.\n"
            "2. In *stage2_1* the image is halved: its average is joined on, so that 24 channels are there already "
            "and the branch brings the other 216.\n"
            "3. *Summary*: 137,460,672 multiplications. With one group and narrower layers it is 143,078,976: the "
            "groups pay for the width."
        ),
    ),
    Lesson(
        file="mnasnet",
        title="MnasNet-A1",
        template=MnasNet("A1"),
        note=(
            "# MnasNet: drawn by a search, not by hand\n\n"
            "Tan et al., 2019, figure 7. A search tried thousands of networks and weighed accuracy against the **time "
            "on a phone**. So each stage has a kernel, a width and a gate of its own.\n\n"
            "1. Click the stages one after another and look to the right: kernels of 3 or 5, widened three or six "
            "times, *squeeze_excite* 0.25 or 0.\n"
            "2. Press Enter on *stage2_1*: 24 channels become 72, a gate of 6 numbers weighs them, 40 come out.\n"
            "3. *Summary*: early layers cost time, late ones memory. *conv1* has 928 parameters and takes 10,838,016 "
            "multiplications; *stage6_1* has 473,920 and takes 23,002,560.\n"
            "4. In all 3,887,038 parameters and 311,579,072 multiplications an image."
        ),
    ),
    Lesson(
        file="nasnet",
        title="NASNet-A",
        template=NASNet(1, 1056),
        note=(
            "# NASNet: two cells, found on small images\n\n"
            "Zoph, Vasudevan, Shlens and Le, 2018, figures 2 and 4. A search drew a **normal cell** and a "
            "**reduction cell**; the network only stacks them. This is 1 @ 1056, the paper's mobile one 4 @ 1056.\n\n"
            "1. Every cell reads the two before it: follow the second wire into each.\n"
            "2. Press Enter on *normal1*: five pairs of operations, each added up, and six states joined: "
            "6 × 44 = 264 channels.\n"
            "3. Wherever a reduction halves the grid the width doubles: 44, 88, 176.\n"
            "4. *Summary*: 2,473,010 parameters, of which the last layer has 1,057,000."
        ),
    ),
)
