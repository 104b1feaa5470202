"""Samples of autoencoders."""

from __future__ import annotations

from blocks.units import NONE
from blocks.zoo.autoencoder import Autoencoder, StackedDenoisingAutoencoder
from tests.lesson import Lesson

_TEACHER = (
    "# {name} learns to restore {what}\n\n"
    "*noise* loses 30 of 100 numbers in training. What comes out at *output* should be what went in **before** that, "
    "so the code has to know what belongs together.\n\n"
    "1. *decode1* shares the weights of *encode1* and uses them transposed: {count} parameters.\n"
    "2. Only *encode1* with its bias goes into *Classifier*; the rest is needed to learn."
)

LESSONS = (
    Lesson(
        file="deep_autoencoder",
        title="Deep autoencoder",
        template=Autoencoder(784, (1000, 500, 250, 30), code_activation=NONE),
        note=(
            "# Deep autoencoder: a picture in 30 numbers\n\n"
            "Hinton and Salakhutdinov, 2006, figure 1. Four layers squeeze the 784 pixels of a digit to **30 "
            "numbers**, four more restore the picture from them.\n\n"
            "1. Read the widths on the wires: 784, 1000, 500, 250, 30, and back.\n"
            "2. *encode4* has no activation: a code may be any numbers.\n"
            "3. *Summary*: 2,837,314 parameters. Begun anew from its template with *tied* it has 1,420,814, because "
            "the decoder uses the matrices of the encoder.\n"
            "4. What it learns is told by no label: the loss compares *output* with the input."
        ),
    ),
    Lesson(
        file="denoising_stack",
        title="Stacked denoising autoencoder",
        template=StackedDenoisingAutoencoder(),
        note=(
            "# A deep network learnt layer by layer\n\n"
            "Vincent and others, 2010. Before a label is shown to this classifier, each of its layers learns by "
            "itself, in a network of its own: *Layer1*, *Layer2*, *Layer3*.\n\n"
            "1. Open *Layer1*: it restores corrupted pictures. *Layer2* restores corrupted codes of *Layer1*.\n"
            "2. Then their encoders become *encode1*, *encode2* and *encode3* here, and all 2,797,010 parameters are "
            "trained together with the labels."
        ),
        further={
            f"Layer{place}": _TEACHER.format(name=f"Layer {place}", what=what, count=count)
            for place, (what, count) in enumerate(
                (("pictures", "785,784"), ("codes of layer 1", "1,002,000"), ("codes of layer 2", "1,002,000")), 1
            )
        },
    ),
)
