"""The network that grows while code is followed: nodes by name, wires between them, and remarks."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.edits import NAME, fresh_name, name_for
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.setting import BadSetting
from runtime.code_values import Leaf, Remark, Tensor, TooLong
from runtime.code_words import flat
from runtime.torch_calls import kind_of, layer

_MOST_NODES = 10_000


class Drawing:
    """Nodes, wires and remarks in the order in which the code gives rise to them."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.remarks: list[Remark] = []
        self.expects: dict[str, int] = {}  # by node, the channels or features its text names
        self.within: list[str] = []  # the names of the objects in whose forward we are

    def remark(self, node: ast.AST, why: str) -> None:
        """Notes that a piece of the text was not understood, once."""
        words = " ".join(ast.unparse(node).split())
        said = Remark(getattr(node, "lineno", 1), words if len(words) <= 60 else f"{words[:57]}…", why)
        if said not in self.remarks:
            self.remarks.append(said)

    def leaf(self, node: ast.Call, name: str, given: Sequence[object], named: Mapping[str, object]) -> Leaf | None:
        """The layer that a call of torch's makes; a remark and nothing where there is none."""
        kind = kind_of(name)
        if not kind:
            self.remark(node, "is no block here and was left out")
            return None
        try:
            made = layer(kind, given, named)
        except (BadSetting, TypeError, ValueError, IndexError) as bad:
            self.remark(node, f"was left out: {bad}" if isinstance(bad, BadSetting) else "was left out")
            return None
        if made.left_out:
            self.remark(node, f"became {kind} without {', '.join(made.left_out)}")
        return Leaf(made.block, node.lineno, made.expects)

    def normed(self, node: ast.Call, norm: str, module: object = None) -> object:
        """A layer with its weights normalized, where it can be; else as it was, with a remark."""
        if isinstance(module, Leaf) and "parametrization" in module.block.settings:
            module.block = module.block.with_settings(parametrization=norm)
        else:
            self.remark(node, "was left out")
        return module

    def entrance(self, name: str) -> Tensor:
        """A new Input of this name."""
        node = self._add(name, Input())
        return Tensor(node, "y")

    def leave(self, value: object) -> None:
        """An Output for every result in a value."""
        for tensor in flat([value]):
            if tensor.node:
                self.wires.append(Wire(tensor.node, tensor.port, self._add("output", Output()), "x"))

    def put(self, node: ast.AST, kind: str, tensors: Sequence[Tensor], expects: int = 0, **settings: object) -> object:
        """A block without a module of its own, fed by these results."""
        try:
            made = layer(kind, [], settings).block if kind_of(kind) == kind else CATALOGUE.make(kind, settings)
        except BadSetting as bad:
            self.remark(node, f"was left out: {bad}")
            return tensors[0]
        return self.place(Leaf(made, getattr(node, "lineno", 1), expects), tensors)

    def place(self, leaf: Leaf, tensors: Sequence[Tensor]) -> object:
        block = leaf.block
        learns = type(block).parameters is not Block.parameters
        name = self._add(leaf.name or "", block, leaf.node if learns else "")
        leaf.node = leaf.node or name
        if leaf.expects:
            self.expects[name] = leaf.expects
        many = len(block.inputs) == 1 and block.inputs[0].many
        for place, tensor in enumerate(tensors if many else tensors[: len(block.inputs)]):
            entry = block.inputs[0 if many else place]
            if tensor.node:
                self.wires.append(Wire(tensor.node, tensor.port, name, entry.name, place if many else 0))
        results = [Tensor(name, port.name) for port in block.outputs]
        return (results[0], tuple(results[1:])) if len(results) == 3 else tuple(results) if results[1:] else results[0]

    def _add(self, wanted: str, block: Block, shares: str = "") -> str:
        if len(self.nodes) >= _MOST_NODES:
            raise TooLong
        stem = wanted or name_for(Graph(self.nodes), block)
        full = "_".join([*filter(None, self.within), stem])
        name = fresh_name(self.nodes, full if NAME.fullmatch(full) else stem[:60])
        self.nodes[name] = Node(block, shares=shares)
        return name
