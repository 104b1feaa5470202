"""Samples of adversarial pairs."""

from __future__ import annotations

from blocks.zoo.dcgan import DCGAN, ConditionalDCGAN
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="dcgan",
        title="DCGAN",
        template=DCGAN(),
        note=(
            "# DCGAN: pictures drawn from noise\n\n"
            "Radford, Metz and Chintala, 2016, figure 1. Two networks play against each other: this one draws, "
            "*Discriminator* tells what was drawn from what is real.\n\n"
            "1. 100 random numbers become 512 maps of 4 × 4. Each stage then **doubles the picture** and halves the "
            "channels: 8, 16, 32, 64 pixels.\n"
            "2. Press Enter on *up2*: a transposed convolution, a batch norm, a ReLU; no pooling anywhere.\n"
            "3. *tanh* brings every pixel to a number from -1 to 1, so real pictures must lie there too.\n"
            "4. *Summary*: 3,576,704 parameters, 104,628,224 multiplications a picture."
        ),
        further={
            "Discriminator": (
                "# The judge: is it real?\n\n"
                "The generator's mirror image: every stage **halves the picture** and doubles the channels, until "
                "*d5* makes one number of 512 maps of 4 × 4.\n\n"
                "1. The activations leak: where ReLU gives 0, these give a fifth of what arrives, so that the "
                "generator hears in what direction it fails.\n"
                "2. *d1* has no batch norm: the paper found that training is steadier so.\n"
                "3. *Summary*: 2,765,568 parameters."
            )
        },
    ),
    Lesson(
        file="cdcgan",
        title="cDCGAN: digits on demand",
        template=ConditionalDCGAN(),
        note=(
            "# cDCGAN: which digit shall it be?\n\n"
            "Mirza and Osindero, 2014, with the layers of DCGAN. A **label comes in beside the noise**, as ten maps of "
            "one pixel: a one for the digit that is wanted, zeros else.\n\n"
            "1. *z_branch* makes 256 maps of the noise, *y_branch* 256 of the label; from *join* on there are 512.\n"
            "2. Three doublings bring 4 × 4 to 32 × 32 pixels.\n"
            "3. *Summary*: 3,076,737 parameters, two thirds of them in *up2*, which reads noise and label together."
        ),
        further={
            "Discriminator": (
                "# The judge knows the label\n\n"
                "A picture is good only if it looks real **and** shows the digit that was asked for, so the judge gets "
                "the label too: ten maps as large as the picture, one of them all ones.\n\n"
                "1. *x_branch* and *y_branch* halve both to 64 maps of 16 × 16, *join* lays them on each other.\n"
                "2. *c4* makes one number of 512 maps of 4 × 4.\n"
                "3. *Summary*: 2,643,329 parameters."
            )
        },
    ),
)
