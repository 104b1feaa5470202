"""Samples of energy models."""

from __future__ import annotations

from blocks.zoo.energy import DBN, HopfieldNetwork
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="deep_belief_net",
        title="Deep belief net",
        template=DBN(),
        note=(
            "# Deep belief net: up to a name, down to a picture\n\n"
            "Hinton, Osindero and Teh, 2006, figure 1. Each machine is two layers whose links weigh **the same both "
            "ways**; the top one also holds ten labels.\n\n"
            "1. *rbm1*, *rbm2* and *top* read a picture of 784 pixels. *labels* gives a score for every digit.\n"
            "2. From *top_down* on it goes back. Select *rbm1_down*: it uses the weights of *rbm1* and has none of "
            "its own.\n"
            "3. The wires from *bias* to *below*: a layer between two machines has one set of biases.\n"
            "4. *Summary*: 1,662,000 weights and 3,794 biases are 1,665,794 parameters."
        ),
    ),
    Lesson(
        file="hopfield",
        title="Hopfield network",
        template=HopfieldNetwork(sweeps=3),
        note=(
            "# Hopfield network: a memory that falls into a pattern\n\n"
            "Hopfield, 1982. A hundred units of -1 or 1, **each linked with all others** and none with itself. One "
            "after the other turns to the side on which the energy is lower, so that the energy never rises.\n\n"
            "1. *Summary*: 100 · 99 / 2 = 4,950 weights, as both ways of a link weigh the same.\n"
            "2. A sweep asks every unit once, 100 · 99 = 9,900 multiplications; *memory* does three.\n"
            "3. Give *memory* a *temperature* above 0: its units take values between -1 and 1, and gradients pass."
        ),
    ),
)
