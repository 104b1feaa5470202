"""How an entry of the truth file is met: the template call that makes it, and our names of its stages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from blocks.graph import Graph
from blocks.zoo import Template

TRUTH = Path(__file__).parent / "architectures.json"
Key = tuple[str, str]  # name and variant, as the file has them


@dataclass(frozen=True)
class Entry:
    """A template with the settings of one entry.

    `stages` gives our node for a stage whose name is not that of the node; `network` names one of several networks.
    """

    template: Template
    stages: Mapping[str, str] = field(default_factory=dict)
    network: str = ""

    def graph(self) -> Graph:
        """The network meant."""
        networks = self.template.networks()
        return networks[self.network or next(iter(networks))].graph()

    def node(self, stage: str) -> str:
        """The node of ours that gives what the file calls `stage`."""
        return self.stages.get(stage, stage)


@cache
def truth() -> Mapping[Key, Mapping[str, Any]]:
    """The entries of the file by name and variant."""
    return {(entry["name"], entry["variant"]): entry for entry in json.loads(TRUTH.read_text(encoding="utf-8"))}
