"""Forty mistakes that somebody could make in the code of edits, undo and what is on the canvas, each a line or two.

python -m tests.designer.planted_bugs            what became of each: the seed of the session that caught it
python -m tests.designer.planted_bugs NAME ...   of some of them
"""

from __future__ import annotations

import sys

from tests.designer.planting import Bug, report

SEEDS, EDITS = range(100, 120), (250, 1000)  # how the twenty long sessions begin, and where need be all of them

BUGS = (
    # undo and redo
    Bug("undone steps are kept", "designer.document:OpenDesign._record", "self._undone.clear()", "pass"),
    Bug(
        "undone steps are kept while typing",
        "designer.document:OpenDesign._record",
        "self._undone.clear()",
        "change.merge or self._undone.clear()",
    ),
    Bug(
        "undoing what was typed takes back the last key",
        "designer.document:OpenDesign._record",
        "before=first.before",
        "before=change.before",
    ),
    Bug(
        "typed back to what it was is still a step",
        "designer.document:OpenDesign._record",
        "change.after == change.before",
        "change.after is change.before",
    ),
    Bug("typing goes on after undo", "designer.document:OpenDesign.go_to", "self.end_gesture()", "pass"),
    Bug("typing goes on after saving", "designer.document:OpenDesign.save", "self.end_gesture()", "pass"),
    Bug(
        "typing goes on after a pause",
        "designer.document:OpenDesign._goes_on",
        "under_way and self._clock() - self._last < PAUSE",
        "under_way",
    ),
    Bug("two fields of a node are one gesture", "designer.actions:typing", ".{setting}", ""),
    Bug(
        "undo shows where one looked, not where it was",
        "designer.document:Change.shown",
        "return View(Place(there[0]), view.selection if forward else ()) if there else View()",
        "return view",
    ),
    Bug(
        "a deleted network is not looked for",
        "designer.wording:differing",
        "for name in (*new, *old)",
        "for name in new",
    ),
    # the document as a value
    Bug(
        "places are changed in place",
        "runtime.design:Design.with_places",
        "return replace(self, layout={**self.layout, network: {**self.layout.get(network, {}), **places}})",
        "self.layout.setdefault(network, {}).update(places); return replace(self, layout=dict(self.layout))",
    ),
    Bug(
        "a deleted network leaves its bend points",
        "runtime.design:Design.without_network",
        '("networks", "layout", "notes", "frames", "bends")',
        '("networks", "layout", "notes", "frames")',
    ),
    Bug(
        "a wire that moves up is straight again",
        "runtime.design:_still_bent",
        "if len(kept) < len(bends)",
        "if not bends",
    ),
    Bug(
        "who shares weights is remembered too long",
        "blocks.graph:Graph.with_node",
        "if not before.shares and not node.shares and",
        "if not node.shares and",
    ),
    Bug(
        "nodes that a fix adds have no place",
        "designer.lift:placed",
        "graph is not before.get(name) and",
        "name not in before and",
    ),
    # what is beside the network
    Bug("a rename drops bend points", "designer.decor:renamed_bends", "named.get(wire, wire): points", "wire: points"),
    Bug(
        "bending one wire straightens its neighbours",
        "designer.decor:Decor.with_bend",
        "if each != wire",
        "if each.source != wire.source",
    ),
    Bug(
        "deleting a note takes a frame along",
        "designer.decor:Decor.without",
        "for i, frame in enumerate(self.frames) if i not in frames",
        "for i, frame in enumerate(self.frames) if i not in (*frames, *notes)",
    ),
    Bug(
        "pasting straightens the wires there are",
        "designer.decor:grown",
        "{**decor.bends, **bends} if bends",
        "bends if bends",
    ),
    Bug(
        "colouring a frame forgets its size",
        "designer.canvas.beside:coloured",
        "replace(decor.frames[number], color=color)",
        "Frame(decor.frames[number].title, decor.frames[number].at, color=color)",
    ),
    # nodes and wires
    Bug(
        "a deleted node still lends its weights",
        "blocks.edits:remove",
        "nodes = without(graph.nodes, gone)",
        "nodes = {n: node for n, node in graph.nodes.items() if n not in gone}",
    ),
    Bug(
        "a wire displaces all wires of the node",
        "blocks.edits:connect",
        "if (w.target, w.input) != (wire.target, wire.input)]",
        "if w.target != wire.target]",
    ),
    Bug(
        "what is put into a wire forgets its place at the port",
        "blocks.edits:thread",
        "wire.target, wire.input, wire.place)",
        "wire.target, wire.input)",
    ),
    Bug(
        "a wire that heals comes first",
        "blocks.edits:_healed",
        "wire.target, wire.input, wire.place)",
        "wire.target, wire.input)",
    ),
    Bug(
        "copies share weights with the originals",
        "blocks.edits:paste",
        "nodes |= renamed(fragment.nodes, named)",
        "pass",
    ),
    Bug(
        "what is expanded thaws",
        "blocks.edits:_as_part",
        "frozen=node.frozen or frozen",
        "frozen=node.frozen",
    ),
    Bug("nodes that share weights are set apart", "blocks.edits:configure", "families(graph, names)", "names"),
    Bug(
        "repeating forgets marks and sums",
        "blocks.edits:repeat",
        "replace(graph.nodes[name], repeat=times)",
        "Node(graph.block(name), times)",
    ),
    Bug(
        "a duplicate is fed from the original too",
        "designer.canvas.deeds:duplicated",
        "if w.target in named and w.source not in named]",
        "if w.target in named]",
    ),
    Bug(
        "of several wires only the first is led elsewhere",
        "designer.canvas.deeds:rewired",
        "in led_to(left, wires, node, port, into)",
        "in led_to(left, wires[:1], node, port, into)",
    ),
    Bug(
        "a wire led elsewhere stays as well",
        "designer.canvas.deeds:wired",
        "edits.disconnect(graph, [instead_of]) if instead_of else graph",
        "graph",
    ),
    Bug(
        "arranging some moves all",
        "designer.canvas.deeds:arranged",
        "list(names) or list(sheet.names)",
        "list(sheet.names)",
    ),
    # marks and names
    Bug(
        "those who share weights do not follow a rename",
        "blocks.marks:renamed",
        "replace(node, shares=names.get(node.shares, node.shares)) if node.shares else node",
        "node",
    ),
    Bug(
        "a muted node goes on lending its weights",
        "blocks.marks:mute",
        "return elected(graph, (family(graph, name) for name in names)) if graph.sharers else graph",
        "return graph",
    ),
    Bug(
        "only one of a family changes its lender",
        "blocks.marks:share",
        "first, members = owner(graph.nodes, with_), family(graph, name)",
        "first, members = owner(graph.nodes, with_), (name,)",
    ),
    Bug(
        "one training's plan becomes everyone's",
        "designer.actions:with_plan",
        "if p.name == phase else p",
        "if p.plan else p",
    ),
    Bug(
        "a renamed network loses its notes",
        "designer.actions:renamed_network",
        "notes={new if n == old else n: notes for n, notes in design.notes.items()}",
        "notes={n: notes for n, notes in design.notes.items() if n != old}",
    ),
    Bug(
        "a renamed variable stays in sums",
        "runtime.variables:_rewritten",
        "return sums.rewritten(graph, own).knowing(variables) if own else graph.knowing(variables)",
        "return graph.knowing(variables)",
    ),
    Bug(
        "one of a family is promoted",
        "runtime.variables:promote",
        "for each in family(graph, node):",
        "for each in (node,):",
    ),
    Bug(
        "a detached network comes without its notes",
        "runtime.variables:detach",
        '("layout", "notes", "frames", "bends")',
        '("layout", "frames", "bends")',
    ),
)


def main(names: list[str]) -> int:
    """Says what became of the bugs; 1 where one was missed."""
    chosen = [bug for bug in BUGS if not names or bug.name in names]
    return int(any(catch.seed is None for catch in report(chosen, SEEDS, EDITS, print)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
