"""How an entry of the truth file is met: the template call that makes it, and our names of its stages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx

from blocks.graph import Graph
from blocks.zoo import Template

TRUTH = Path(__file__).parent / "architectures.json"
Key = tuple[str, str]  # name and variant, as the file has them


@dataclass(frozen=True)
class Entry:
    """A template with the settings of one entry.

    `stages` gives our node for a stage whose name is not that of the node, or the nodes of several stages of one name,
    in order; `network` names one of several networks. `without` names exits that are for training
    only: what leads to them alone is not among the file's MACs.
    """

    template: Template
    stages: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    network: str = ""
    without: tuple[str, ...] = ()

    def graph(self) -> Graph:
        """The network meant."""
        networks = self.template.networks()
        return networks[self.network or next(iter(networks))].graph()

    def evaluated(self) -> Graph:
        """The network as it is evaluated: all that leads to an exit other than those left out."""
        graph = self.graph()
        exits = [name for name in graph.outputs() if name not in self.without]
        kept = set(exits).union(*(nx.ancestors(graph.nx, name) for name in exits))
        nodes = {name: node for name, node in graph.nodes.items() if name in kept}
        return Graph(nodes, tuple(wire for wire in graph.wires if wire.target in kept))

    def nodes(self, stages: Sequence[str]) -> Iterator[str]:
        """The nodes of ours that give what the file calls `stages`."""
        for place, stage in enumerate(stages):
            ours = self.stages.get(stage, stage)
            yield ours if isinstance(ours, str) else ours[stages[:place].count(stage)]


@cache
def truth() -> Mapping[Key, Mapping[str, Any]]:
    """The entries of the file by name and variant."""
    return {(entry["name"], entry["variant"]): entry for entry in json.loads(TRUTH.read_text(encoding="utf-8"))}
