"""The entries of energy models and the template calls that make them."""

from __future__ import annotations

from blocks.zoo.energy import DBN, RBM, Boltzmann, HopfieldNetwork
from tests.zoo.entry import Entry, Key

_HIDDEN = {"rbm1 hidden": "rbm1", "rbm2 hidden": "rbm2", "top hidden": "top"}

ENTRIES: dict[Key, Entry] = {  # the file counts the MACs of the way up
    ("RBM", "784 visible, 500 hidden, binary"): Entry(RBM(), without=("reconstruction",)),
    ("DBN", "784-500-500-(2000 with 10 labels)"): Entry(DBN(), _HIDDEN, without=("picture",)),
    ("Boltzmann machine", "fully connected, 10 visible and 5 hidden"): Entry(Boltzmann()),
    ("Hopfield network", "100 units, symmetric, no self connections, no biases"): Entry(HopfieldNetwork()),
}
