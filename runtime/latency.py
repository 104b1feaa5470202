"""How long a network takes on this computer, measured; `python -m runtime.latency FILE NETWORK BATCH` prints it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import torch

from blocks.graph import Graph
from blocks.shape import Shape
from runtime.file import open_design
from runtime.model import network_class

_LONG_ENOUGH, _MOST = 0.5, 100  # seconds and runs of a measurement


@dataclass(frozen=True)
class Latency:
    """Seconds for a batch forward in evaluation mode, the middle of `runs`, and on what they were measured."""

    seconds: float
    batch: int
    runs: int
    device: str
    threads: int


def latency(networks: Mapping[str, Graph], name: str, batch: int = 1, seconds: float = _LONG_ENOUGH) -> Latency:
    """The time that a network takes on the processor, weights and inputs at random; raises CannotPrint."""
    network = network_class(networks, name)().eval()
    graph = networks[name]
    inputs = [_example(graph.block(entrance).shape(), batch) for entrance in graph.inputs()]
    times: list[float] = []
    with torch.inference_mode():
        network(*inputs)  # what is set up only once is no part of it
        while not times or (sum(times) < seconds and len(times) < _MOST):
            began = time.perf_counter()
            network(*inputs)
            times.append(time.perf_counter() - began)
    return Latency(median(times), batch, len(times), "cpu", torch.get_num_threads())


def _example(shape: Shape, batch: int) -> torch.Tensor:
    sizes = (batch, *shape.sizes)
    return torch.randint(shape.classes or 2, sizes) if shape.dtype == "int64" else torch.randn(sizes)


if __name__ == "__main__":
    print(json.dumps(asdict(latency(open_design(Path(sys.argv[1])).networks, sys.argv[2], int(sys.argv[3])))))
