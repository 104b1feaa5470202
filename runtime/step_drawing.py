"""What recipes draw with: fields of the data, uses of networks, losses and metrics become a step graph node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from blocks.block import Block
from blocks.elementwise import Scale
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.measure import flow
from blocks.merge import Add
from blocks.reshape import Reshape
from blocks.shape import Shape
from runtime.recipe import CannotPlan

Networks = Mapping[str, Graph]
Fields = Mapping[str, Shape]


class Result(NamedTuple):
    """What a node of the step graph gives at a port."""

    node: str
    port: str = "y"


class StepDrawing:
    """A step graph in the making. It draws what does not fit as well, for the checker tells more of it than a recipe.

    Raises CannotPlan where a network has not as many inputs as it is to be fed with, or no output.
    """

    def __init__(self, networks: Networks, fields: Fields) -> None:
        self.networks, self.fields = networks, fields
        self._nodes: dict[str, Node] = {}
        self._wires: list[Wire] = []

    def field(self, name: str) -> Result:
        """A field of the data, drawn once."""
        self._nodes.setdefault(name, Node(Input.of(self.fields[name])))
        return Result(name)

    def use(self, network: str, *given: Result, name: str = "") -> Mapping[str, Result]:
        """What a network makes of these results: each of its own by the name of the output."""
        graph = self.networks[network]
        entrances, exits = graph.inputs(), graph.outputs()
        if len(entrances) != len(given) or not exits:
            wanted = "1 input" if len(given) == 1 else f"{len(given)} inputs"
            told = f"{network} is to be fed with {' and '.join(each.node for each in given)}"
            held = f"it has the inputs {', '.join(entrances) or 'none'} and the outputs {', '.join(exits) or 'none'}"
            raise CannotPlan(f"{told}; {held}. Give it {wanted} and one output at least.")
        node = self._place(name or snake(network), Use(network, entrances, exits))
        for end, port in zip(given, entrances, strict=True):
            self._wires.append(Wire(*end, node, port))
        return {port: Result(node, port) for port in exits}

    def add(self, name: str, block: Block, *given: Result) -> Result:
        """A node fed by results, port by port; those beyond the ports go to the last one, which takes many."""
        node, ports = self._place(name, block), block.inputs
        for i, end in enumerate(given):
            place = max(0, i - len(ports) + 1)
            self._wires.append(Wire(*end, node, ports[min(i, len(ports) - 1)].name, place))
        return Result(node, block.outputs[0].name)

    def shape(self, end: Result) -> Shape | None:
        """The shape of a result, if it can be known."""
        row = flow(self.graph(), self.networks).get(end.node)
        if row is None:
            return None
        names = [port.name for port in self._nodes[end.node].block.outputs]
        return row.outputs[names.index(end.port)]

    def last(self, end: Result, network: str) -> Block | None:
        """The block that decides a result of a network, looking through what only reshapes."""
        graph = self.networks[network]
        into = graph.into(end.port)
        while len(into) == 1 and graph.block(into[0].source).category == Reshape.category:
            into = graph.into(into[0].source)
        return graph.block(into[0].source) if len(into) == 1 else None

    def graph(self) -> Graph:
        """What has been drawn."""
        return Graph(dict(self._nodes), tuple(self._wires))

    def _place(self, wanted: str, block: Block) -> str:
        taken = self._nodes.keys() | self.fields.keys()
        name = wanted
        while name in taken:
            name += "_"
        self._nodes[name] = Node(block)
        return name


def snake(name: str) -> str:
    """The name of a network as that of a node."""
    return "".join(c if c.isalnum() else "_" for c in name).lower().strip("_") or "network"


def network_of(role: str, name: str, networks: Networks, taken: tuple[str, ...] = ()) -> str:
    """The network of that name; empty: the only one that has no other part to play. Raises CannotPlan."""
    if name in networks:
        return name
    if name:
        raise CannotPlan(f"There is no network named {name}; there are: {', '.join(networks)}.")
    left = [each for each in networks if each not in taken]
    if len(left) != 1:
        raise CannotPlan(f"Name the {role}: {', '.join(left) or 'the design has no network left for it'}.")
    return left[0]


def field_of(name: str, fields: Fields, fits: Callable[[Shape], bool], wanted: str) -> str:
    """The field of that name; empty: the first that fits. Raises CannotPlan, which says what was wanted."""
    if name in fields:
        return name
    if name:
        raise CannotPlan(f"The data has no field {name}; it has {', '.join(fields)}.")
    found = next((each for each, shape in fields.items() if fits(shape)), "")
    if not found:
        raise CannotPlan(f"The data gives {', '.join(fields) or 'nothing'}; {wanted}")
    return found


def mixed(step: StepDrawing, parts: Mapping[str, tuple[Result, float]]) -> Result:
    """Losses added up as `loss`, each by its share."""
    shares = [step.add(f"{name}_share", Scale(round(share, 12)), end) for name, (end, share) in parts.items()]
    return step.add("loss", Add(), *shares)
