"""From a hand on the canvas to an edit of the design, in which every node has a place."""

from __future__ import annotations

from dataclasses import replace

from blocks.graph import Graph
from designer.canvas import Intent, applied, decor_of, decorated, settled
from designer.canvas.placing import opened_at
from designer.document import Edit
from runtime.by_hand import in_step
from runtime.design import Design, drawn_steps
from runtime.linking import linked


def placed(edit: Edit, step: str = "") -> Edit:
    """The same edit, after which uses are in step with their networks, and every node has a place on the canvas.

    In it the step of the phase named `step`, where that is drawn by hand, is one more network.
    """

    def whole(design: Design) -> Design:
        return linked(design, edit(design))

    def spaced(design: Design) -> Design:
        after, before = (in_step(whole, step) if step else whole)(design), _drawn(design)
        for name, graph in _drawn(after).items():
            if graph is not before.get(name) and graph.nodes.keys() - after.layout.get(name, {}).keys():
                after = after.with_places(name, settled(graph, after.layout.get(name, {})))
        return after

    return spaced


def _drawn(design: Design) -> dict[str, Graph]:
    """Everything that is drawn by hand, by the name of its canvas."""
    return {**design.networks, **drawn_steps(design.training)}


def spread(edit: Edit, network: str, node: str) -> Edit:
    """The same edit, after which nodes that came where one stood, beside it, are in order; what is lower makes room."""

    def whole(design: Design) -> Design:
        after = edit(design)
        graph, layout = after.networks[network], after.layout.get(network, {})
        fresh = [name for name in graph.nodes if name not in design.networks[network].nodes]
        if not fresh or node not in layout:
            return after
        return after.with_places(network, opened_at(graph, [node, *fresh], layout[node], layout))

    return whole


def lifted(intent: Intent, network: str) -> Edit:
    """What a hand on the canvas wants done to a network, as an edit of the design."""

    def edit(design: Design) -> Design:
        design = intent.beyond(design)
        graph, layout = applied(intent, design.networks[network], design.layout.get(network, {}))
        beside = decorated(design, network, intent.decor(decor_of(design, network)))
        changed = beside.with_network(network, graph)
        same = changed.layout.get(network, {}) == layout
        return changed if same else replace(changed, layout={**changed.layout, network: layout})

    return edit
