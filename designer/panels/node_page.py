"""What the inspector shows of selected nodes: settings, shape and cost, what the block does, what is wrong."""

from __future__ import annotations

import html
import inspect
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlparse

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from blocks.any_length import lengths, sizes_text
from blocks.block import Block
from blocks.check import Checked
from blocks.cost import Field, field_text
from blocks.graph import Graph, Node
from blocks.measure import NO_NETWORKS, Networks
from blocks.nesting import within
from blocks.own import own_setting
from blocks.setting import Choice, Setting, Whole
from blocks.shape import Shape, dotted
from blocks.sums import OF_NETWORK, scope_of, value_at
from designer import numbers
from designer.form import PROMOTE, Form
from designer.panels.gauge import GaugeSection
from designer.panels.insight import AsMatrix, Curves
from designer.panels.objectives import Aim
from designer.panels.of_recipe import OfRecipe
from designer.panels.parts import EDGE, Facts, Section, Title, label, paragraph
from designer.theme import Theme
from runtime.design import Design
from runtime.planning import Planned

_REPEAT = Whole(1, "How often the block is applied, each time with weights of its own.", "times", low=1, high=1000)
Fact = tuple[str, str, str]
REPEAT = _REPEAT.bind("repeat", Node)
_OF_USE = ("network", "settings", "takes", "gives")  # chosen, in rows of their own, and as the network has them
USED = Choice("", "The network of this design that stands here.", name="network")


class NodePage(QWidget):
    """The page of one node, or of several: then only what they share can be edited."""

    edited = Signal(str, object)  # a setting and its value
    renamed = Signal(str)
    asked = Signal(str, QPoint)  # what can be done with a setting, at this point of the screen

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title, self.several = Title("Name of the node"), label("", "title")
        self.subtitle = paragraph("", "subtitle")
        self.subtitle.setTextFormat(Qt.TextFormat.PlainText)
        self.lock = paragraph("", "small")
        self.form = Form(theme, f"Drag it to the breadcrumb, or press {PROMOTE}, to make it a setting of the network.")
        self.facts = Facts()
        self.help = paragraph("")
        self._settings, self._cost, self._what = Section("Settings"), Section("Shape and cost"), Section("What it does")
        self.curves, self.matrix = Curves(theme), AsMatrix(theme)
        self.nothing, self.aim = paragraph("", "muted"), Aim(theme)
        self.gauge = GaugeSection(theme)
        self.making, self.following = OfRecipe(theme, "SET BY THE RECIPE"), OfRecipe(theme, "HOW IT IS MADE SMALL")
        self._lay_out()
        self.title.renamed.connect(self.renamed)
        self.form.edited.connect(self.edited)
        self.form.asked.connect(self.asked)

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(EDGE, 14, EDGE, 14)
        head.setSpacing(2)
        for widget in (self.title, self.several, self.subtitle, self.lock):
            head.addWidget(widget)
        self._settings.add(self.form)
        self._settings.add(self.nothing)
        self._cost.add(self.facts)
        self._what.add(self.help)
        self.problems = QVBoxLayout()
        self.problems.setContentsMargins(EDGE, 0, EDGE, 14)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self.problems)
        of_step = self.making, self.aim, self.following
        for section in (self._settings, *of_step, self.gauge, self._cost, self.curves, self.matrix, self._what):
            column.addWidget(section)
        column.addStretch(1)

    def show_nodes(
        self,
        graph: Graph,
        names: Sequence[str],
        facts: Sequence[Fact],
        locked: str,
        networks: Networks = NO_NETWORKS,
        arriving: Shape | None = None,
    ) -> None:
        """Shows some nodes of a network; `locked` says why they cannot be edited, empty where they can.

        `networks` are those of the design, whose own settings are shown where one stands at a node; `arriving` is the
        shape at the first input of a single one.
        """
        nodes = [graph.nodes[name] for name in names]
        one = len(nodes) == 1
        self.title.setVisible(one)
        self.title.setReadOnly(bool(locked))
        self.several.setVisible(not one)
        self.title.show_name(names[0])
        self.several.setText(f"{len(nodes):,} nodes")
        self.subtitle.setText(_used(nodes, networks) or _subtitle([node.block for node in nodes]))
        self.lock.setText(locked)
        self.lock.setVisible(bool(locked))
        self._show_settings(nodes, locked, graph, networks)
        self.facts.tell(facts)
        self.curves.show_blocks([node.block for node in nodes])
        self.matrix.show_block(nodes[0].block, arriving if one else None)
        self._what.setVisible(one)
        self.help.setText(described(type(nodes[0].block)) if one else "")

    def show_recipe(self, design: Design, planned: Planned | None, chosen: tuple[str, ...]) -> None:
        """Shows what a recipe sets of a node of its step in place of the node's own settings, if that is one."""
        made = self.making.show_making(planned, chosen)
        self.following.show_following(design, planned, chosen)
        self._settings.setVisible(not made)
        self.lock.setVisible(bool(self.lock.text()) and not made)

    def _show_settings(self, nodes: Sequence[Node], locked: str, graph: Graph, networks: Networks) -> None:
        extras = _of_network(nodes, networks, graph)
        extras += [(REPEAT, [node.repeat for node in nodes])] if all(map(_repeatable, nodes)) else []
        sums = [dict(node.given) for node in nodes]
        hidden = _OF_USE if any(node.block.role == "network" for node in nodes) else ()
        self.form.look_at([node.block for node in nodes], extras, sums, scope_of(graph), hidden)
        self.form.setEnabled(not locked)
        none = not self.form.rows
        self.nothing.setVisible(none)
        self.nothing.setText("It has no settings." if len(nodes) == 1 else "These blocks share no setting.")


def _of_network(nodes: Sequence[Node], networks: Networks, shown: Graph) -> list[tuple[Setting, Sequence[Any]]]:
    """The networks that stand at the nodes; of a single one its own settings too, with their values at every node."""
    if any(node.block.role != "network" for node in nodes):
        return []
    names = [str(node.block.value("network")) for node in nodes]
    able = [n for n, each in networks.items() if not any(g is shown for g in (each, *within(each, networks).values()))]
    rows: list[tuple[Setting, Sequence[Any]]]
    rows = [(replace(USED, default=names[0], options=tuple(dict.fromkeys((*able, *names)))), names)]
    name, graph = names[0], networks.get(names[0])
    if len(set(names)) > 1 or graph is None:
        return rows
    for own, default in graph.settings.items():
        setting = replace(own_setting(graph, own, networks, name), name=f"{OF_NETWORK}{own}")
        values = [value_at(node.block, setting.name) for node in nodes]
        rows.append((setting, [default if value is None else value for value in values]))
    return rows


def _used(nodes: Sequence[Node], networks: Networks) -> str:
    """What network stands at a node and how often it is used: where several times, an edit inside changes them all."""
    name = str(nodes[0].block.value("network")) if nodes[0].block.role == "network" else ""
    if len(nodes) > 1 or name not in networks:
        return ""
    times = sum(graph.uses.get(name, 0) for graph in networks.values())
    return f"{name} · a network of this design" + (f", used {times:,} times" if times > 1 else "")


_NOT_KNOWN = "Not known: nothing arrives, or something upstream does not fit"


def node_facts(checked: Checked, names: Collection[str], batch: int, field: Field | None) -> list[Fact]:
    """Name, value and origin of what is known of some nodes; shapes and receptive field only of a single one."""
    rows = checked.rows
    known = [rows[name] for name in names if name in rows]
    facts: list[Fact] = []
    if len(names) == 1:
        facts += _shapes(checked, next(iter(names)))
        if not known or (known[0].outputs and not any(known[0].outputs)):
            return facts + [(name, "—", _NOT_KNOWN) for name in ("parameters", "MACs", "activations")]
    parameters, buffers = sum(r.parameters for r in known), sum(r.buffers for r in known)
    facts.append(("parameters", numbers.whole(parameters), "Trainable numbers; computed from the shapes"))
    if buffers:
        facts.append(("buffers", numbers.whole(buffers), "Numbers kept but not trained; computed from the shapes"))
    macs, held = sum(r.macs for r in known), sum(r.activations for r in known)
    facts.append(("MACs", numbers.short(macs), f"{macs:,} multiply-accumulates for one example; computed"))
    told = f"{numbers.in_bytes(held * batch)} at batch {batch}"
    facts.append(("activations", told, f"Results kept for the backward pass: {held:,} bytes an example; computed"))
    again = max((r.again for r in known), default=0)
    if again:
        told = f"Checkpointed: {again:,} bytes an example are computed again in the backward pass instead of kept"
        facts.append(("computed again", f"{numbers.in_bytes(again * batch)} at batch {batch}", told))
    if field is not None and len(names) == 1:
        told = "Pixels of the network's input that one result depends on; computed"
        facts.append(("receptive field", f"{field_text(field)} px", told))
    return facts


def _shapes(checked: Checked, node: str) -> list[Fact]:
    facts, block, row = [], checked.graph.block(node), checked.rows.get(node)
    arriving = row.inputs if row else (None,) * len(block.inputs)
    for port, shapes in zip(block.inputs, arriving, strict=False):
        name = "in" if len(block.inputs) == 1 else port.name
        facts.append((name, _arriving(checked, node, port.name) or _dotted(shapes), _told(shapes)))
    leaving = row.outputs if row else (None,) * len(block.outputs)
    for port, shape in zip(block.outputs, leaving, strict=False):
        name = "out" if len(block.outputs) == 1 else port.name
        facts.append((name, sizes_text(checked, node, port.name) if shape else _dotted(shape), _told(shape)))
    return facts


def _arriving(checked: Checked, node: str, port: str) -> str:
    """What arrives at a port as its wires have it written, where something may be of any length."""
    if not lengths(checked).sizes:
        return ""
    wires = [wire for wire in checked.graph.into(node) if wire.input == port]
    return "\n".join(sizes_text(checked, wire.source, wire.output).replace("unknown", "—") for wire in wires)


def _dotted(shapes: Shape | tuple[Shape | None, ...] | None) -> str:
    if isinstance(shapes, tuple):
        return "\n".join(map(_dotted, shapes)) or "—"
    return dotted(shapes.sizes) if shapes is not None else "—"


def _told(shapes: Shape | tuple[Shape | None, ...] | None) -> str:
    first = shapes[0] if isinstance(shapes, tuple) and shapes else shapes
    if not isinstance(first, Shape):
        return _NOT_KNOWN
    return f"{first.meaning.value} of {first.dtype}, {first.bytes:,} bytes an example; the batch is not counted"


def _repeatable(node: Node) -> bool:
    block = node.block
    needed = sum(not port.optional for port in block.inputs)
    return needed == 1 and len(block.outputs) == 1 and not block.inputs[0].many


def _subtitle(blocks: Sequence[Block]) -> str:
    kinds = list(dict.fromkeys(block.label() for block in blocks))
    if len(blocks) > 1:
        return ", ".join(kinds[:4]) + (" …" if len(kinds) > 4 else "")
    summary = type(blocks[0]).summary().partition(":")[0].rstrip(".")
    return f"{kinds[0]} · {summary[:1].lower() + summary[1:]}" if summary else kinds[0]


def described(kind: type[Block]) -> str:
    """What a block does as rich text: its docstring, formula, and where it comes from."""
    text = inspect.cleandoc(kind.__doc__ or "")
    paragraphs = [html.escape(p).replace("\n", " ") for p in text.split("\n\n") if p]
    if kind.formula:
        paragraphs.append(f"<i>{html.escape(kind.formula)}</i>")
    if kind.source:
        paragraphs.append(_link(kind.source))
    return "".join(f'<p style="margin: 0 0 8px 0">{p}</p>' for p in paragraphs)


def _link(source: str) -> str:
    address = urlparse(source)
    if address.scheme not in ("http", "https"):
        return html.escape(source)
    words = "PyTorch reference" if "pytorch.org" in address.netloc else f"Source: {address.netloc}"
    return f'<a href="{html.escape(source)}">{words}</a>'
