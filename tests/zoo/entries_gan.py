"""The entries of DCGAN and cDCGAN and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.dcgan import DCGAN, ConditionalDCGAN
from tests.zoo.entry import Entry, Key

_BRANCHES = {f"{letter} branch": f"{letter}_branch" for letter in "xyz"}

ENTRIES: dict[Key, Entry] = {
    ("DCGAN", "generator, 64x64 RGB, z=100, 64 base filters"): Entry(DCGAN(64)),
    ("DCGAN", "discriminator, 64x64 RGB, 64 base filters"): Entry(DCGAN(64), network="Discriminator"),
    ("cDCGAN", "MNIST generator (32x32), d=128, biased layers"): Entry(ConditionalDCGAN(32, 128), _BRANCHES),
    ("cDCGAN", "MNIST discriminator (32x32), d=128, biased layers"): Entry(
        ConditionalDCGAN(32, 128), _BRANCHES, "Discriminator"
    ),
}
