"""The entries of autoencoders and the template calls that make them."""

from __future__ import annotations

from blocks.units import NONE
from blocks.zoo.autoencoder import Autoencoder, StackedDenoisingAutoencoder
from tests.zoo.entry import Entry, Key

_DEEP = {f"layer {i}": f"encode{i}" for i in range(1, 5)} | {f"layer {i}": f"decode{i - 4}" for i in range(5, 8)}

ENTRIES: dict[Key, Entry] = {
    ("Autoencoder", "784-1000-784, untied weights"): Entry(Autoencoder(784, (1000,)), {"layer 1": "encode1"}),
    ("Deep autoencoder", "784-1000-500-250-30 and mirror"): Entry(
        Autoencoder(784, (1000, 500, 250, 30), code_activation=NONE), _DEEP
    ),
    ("Stacked denoising autoencoder", "fine-tuned classifier 784-1000-1000-1000-10"): Entry(
        StackedDenoisingAutoencoder(784, (1000, 1000, 1000), 10), {f"layer {i}": f"encode{i}" for i in (1, 2, 3)}
    ),
}
