"""From a hand on the canvas to an edit of the design, in which every node has a place."""

from __future__ import annotations

from dataclasses import replace

from designer.canvas import Intent, applied, decor_of, decorated, settled
from designer.canvas.placing import opened_at
from designer.document import Edit
from runtime.by_hand import drawn_by_hand, drawn_plan, in_step
from runtime.design import Design, canvas_of
from runtime.linking import linked


def placed(edit: Edit, step: str = "") -> Edit:
    """The same edit, after which uses are in step with their networks, and every node has a place on the canvas.

    In it the step of the phase named `step`, where that is drawn by hand, is one more network.
    """

    def whole(design: Design) -> Design:
        after = linked(design, edit(design))
        for name, graph in after.networks.items():
            if graph is not design.networks.get(name) and graph.nodes.keys() - after.layout.get(name, {}).keys():
                after = after.with_places(name, settled(graph, after.layout.get(name, {})))
        return after

    return in_step(whole, step) if step else whole


def by_hand(phase: str) -> Edit:
    """The step that a recipe draws as one drawn by hand, in which every node has a place; raises Refused."""

    def edit(design: Design) -> Design:
        after = drawn_by_hand(design, phase)
        plan = drawn_plan(after, phase)
        return after if plan is None else after.with_places(canvas_of(phase), settled(plan.step, {}))

    return edit


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
