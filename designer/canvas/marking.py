"""What may be said of nodes beside their settings, as intents: muted, frozen, checkpointed, repeated, shared."""

from __future__ import annotations

from collections.abc import Sequence

from blocks import edits
from blocks.graph import Graph
from blocks.recomputing import why_not_again
from blocks.sharing import family, weightless
from designer.canvas.deeds import counted
from designer.canvas.intent import Intent
from designer.canvas.sheet import Sheet


def muted(sheet: Sheet, names: Sequence[str]) -> Intent:
    """Some nodes muted; lively again where all of them are muted already."""
    on = not all(sheet.graph.nodes[name].muted for name in names)
    return Intent(f"{'Mute' if on else 'Unmute'} {counted(names)}", lambda graph: edits.mute(graph, names, on))


def frozen(sheet: Sheet, names: Sequence[str]) -> Intent:
    """The weights of some nodes frozen; learning again where all of them are frozen already."""
    able = [name for name in names if not weightless(sheet.graph.block(name))] or names
    on = not all(sheet.graph.nodes[name].frozen for name in able)
    return Intent(f"{'Freeze' if on else 'Unfreeze'} {counted(names)}", lambda graph: edits.freeze(graph, names, on))


def checkpointed(sheet: Sheet, names: Sequence[str]) -> Intent:
    """What some nodes have inside computed again in the backward pass; kept where all of them are so already."""
    nodes = sheet.graph.nodes
    able = [name for name in names if not why_not_again(name, nodes[name])] or names
    on = not all(nodes[name].checkpointed for name in able)
    title = f"{'Checkpoint' if on else 'Do not checkpoint'} {counted(names)}"
    return Intent(title, lambda graph: edits.checkpoint(graph, names, on))


def repeated(names: Sequence[str], times: int) -> Intent:
    """Some nodes so many times in a row."""

    def edit(graph: Graph) -> Graph:
        for name in names:
            graph = edits.repeat(graph, name, times)
        return graph

    return Intent(f"Repeat {counted(names)} {times} times" if times > 1 else f"Repeat {counted(names)} no more", edit)


def shared(name: str, lender: str) -> Intent:
    """A node that uses the weights of another."""
    return Intent(f"Share the weights of {lender} with {name}", lambda graph: edits.share(graph, name, lender))


def alone(name: str) -> Intent:
    """A node with weights of its own again."""
    return Intent(f"Give {name} weights of its own", lambda graph: edits.unshare(graph, [name]))


def lenders(sheet: Sheet, name: str) -> list[str]:
    """The nodes whose weights a node could use, the nearest first; those it shares with already are left out."""
    graph, block = sheet.graph, sheet.graph.block(name)
    if weightless(block) or graph.nodes[name].repeat > 1:
        return []
    own, (x, y) = family(graph, name), sheet.place(name)
    able = [n for n in sheet.names if n not in own and graph.block(n).kind() == block.kind()]
    places = sheet.places([n for n in able if graph.nodes[n].repeat == 1])
    return sorted(places, key=lambda n: abs(places[n][0] - x) + abs(places[n][1] - y))
