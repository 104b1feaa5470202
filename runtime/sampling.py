"""Text that a trained language model writes: `python -m runtime.sampling RUN START LENGTH TEMPERATURE SEED`.

The command line starts it, since it knows torch; what it refuses it prints in a sentence and ends with 2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from blocks.graph import Graph
from blocks.shape import Meaning
from runtime.data.text import Text, decode, encode, signs_of
from runtime.design import Design
from runtime.file import open_design
from runtime.model import network_class
from runtime.run import DESIGN
from runtime.sources import NoData
from runtime.store import CannotRead
from runtime.weights import best_weights


class CannotSample(Exception):
    """A run that writes no text; the sentence says why."""


def language_model(design: Design) -> str:
    """The network of a design that scores what follows each sign; raises CannotSample."""
    for name, graph in design.networks.items():
        if len(graph.inputs()) == 1 and len(graph.outputs()) == 1 and _reads_text(graph):
            return name
    raise CannotSample("No network of this run reads a text and gives one score for each sign that may follow.")


def _reads_text(graph: Graph) -> bool:
    return bool(graph.block(graph.inputs()[0]).shape().meaning is Meaning.TOKENS)


@torch.no_grad()
def written(
    network: nn.Module, start: Tensor, steps: int, signs: int, temperature: float, generator: torch.Generator
) -> Iterator[int]:
    """The numbers of the signs that follow `start` (T,), one after the other, without end.

    Scores (T, V) are divided by the temperature before the softmax; at 0 the likeliest sign is taken. A network that
    keeps its states reads each sign once, any other the last `steps` of them.
    """
    keeps = any(vars(module).get("memory") is not None for module in network.modules())
    network.train().eval()  # so that states begin anew
    read = fresh = start
    while True:
        scores = network((fresh if keeps else read[-steps:])[None])[0]
        last = (scores[-1] if scores.ndim > 1 else scores)[:signs]  # a text may have fewer than are scored
        if temperature:
            fresh = torch.multinomial(torch.softmax(last / temperature, 0), 1, generator=generator)
        else:
            fresh = last.argmax(0, keepdim=True)
        read = torch.cat([read, fresh])[-steps:]
        yield int(fresh)


def sample(run: Path, start: str, length: int, temperature: float, seed: int) -> str:
    """So many signs that the best weights of a run let follow; raises CannotSample, CannotRead or NoData."""
    design = open_design(run / DESIGN)
    if not isinstance(design.data, Text):
        raise CannotSample("This run has not learned from a text.")
    name, signs = language_model(design), design.data.signs()
    network = network_class(design.networks, name)()
    weights = best_weights(run)
    safetensors.torch.load_model(network, weights[name])
    given = signs_of(start, design.data.unit) or signs[1:2]
    begun = torch.from_numpy(encode(given, signs))
    chance = torch.Generator().manual_seed(seed)
    following = written(network, begun, design.data.steps, len(signs), temperature, chance)
    return decode([*begun.tolist(), *(next(following) for _ in range(length))], signs, design.data.unit)


def main(words: list[str]) -> int:
    """Prints what is written, or why nothing can be."""
    run, start, length, temperature, seed = words
    try:
        print(sample(Path(run), start, int(length), float(temperature), int(seed)))
    except (CannotSample, CannotRead, NoData) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
