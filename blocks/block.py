"""What a block is: settings, ports and the rules that give shape, parameters, cost and code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from blocks.call import Call
from blocks.definition import Catalogue, Definition
from blocks.shape import Meaning, Shape

Shapes = tuple[Shape | tuple[Shape, ...] | None, ...]
Sized = Mapping[str, tuple[int, ...]]
Trials = tuple[tuple[Shapes, Mapping[str, object]], ...]


@dataclass(frozen=True)
class Port:
    """One end of a block: its name, what it takes or gives, and whether it must be, or may be many times, connected."""

    meanings: tuple[Meaning, ...]
    many: bool = False
    optional: bool = False
    doc: str = ""
    name: str = ""
    into: bool = True


def takes(meanings: tuple[Meaning, ...], *, many: bool = False, optional: bool = False, doc: str = "") -> Any:
    """An input port. `many` takes any number of wires, numbered; `optional` may stay empty."""
    return Port(meanings, many, optional, doc)


def gives(meanings: tuple[Meaning, ...], *, doc: str = "") -> Any:
    """An output port."""
    return Port(meanings, doc=doc, into=False)


@dataclass(frozen=True)
class Insert:
    """A repair: put a block in front of the port, so that it receives `want`."""

    block: Block
    title: str = ""


@dataclass(frozen=True)
class Change:
    """A repair: give settings of the node other values."""

    settings: Mapping[str, object]
    title: str = ""


@dataclass(frozen=True)
class Bridge:
    """A repair left to the catalogue: any blocks that turn what arrives at the port into `want`.

    `place` names another wire of a `many` port than the one the problem is told of.
    """

    want: Shape | tuple[Meaning, ...]
    place: int | None = None


@dataclass(frozen=True)
class Widen:
    """A repair upstream: give the nearest block that decides the size arriving at the port this many features."""

    features: int


Remedy = Insert | Change | Bridge | Widen


class Unfit(Exception):
    """A block cannot take its input: what was received, what it expects, and remedies. Only the checker catches it."""

    def __init__(
        self,
        received: object,
        expected: str,
        repair: str = "",
        *,
        setting: str = "",
        port: str = "",
        index: int = 0,
        remedies: tuple[Remedy, ...] = (),
    ) -> None:
        self.received, self.expected, self.repair = str(received), expected, repair
        self.setting, self.port, self.index, self.remedies = setting, port, index, remedies
        self._way, self._bare = "", expected
        super().__init__(f"expects {expected}, received {self.received}")

    @property
    def way(self) -> tuple[str, ...]:
        """The names from within the node that cannot take its input to the one inside that is to blame; else none."""
        return tuple(self._way.split(".")) if self._way else ()

    def within(self, node: str) -> Unfit:
        """The same of what holds the node that cannot take its input: it says where inside that is."""
        way = f"{node}.{self._way}" if self._way else node
        told = Unfit(self.received, f"{self._bare} (inside, at {way})", self.repair)
        told._way, told._bare = way, self._bare
        return told


@dataclass(frozen=True)
class At:
    """How `forward` is called: the module's name in the code, and the name and shape of what arrives at each port."""

    module: str
    names: Mapping[str, str | tuple[str, ...] | None]
    shapes: Mapping[str, Shape | tuple[Shape, ...] | None]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def x(self) -> str:
        """The name of what arrives at the first port."""
        first = next(iter(self.names.values()))
        return first[0] if isinstance(first, tuple) else str(first)

    @property
    def shape(self) -> Shape:
        """The shape of what arrives at the first port."""
        first = next(iter(self.shapes.values()))
        shape = first[0] if isinstance(first, tuple) else first
        assert shape is not None
        return shape

    def all(self, port: str) -> tuple[str, ...]:
        """The names of everything that arrives at a port."""
        names = self.names[port]
        return names if isinstance(names, tuple) else (names,) if names else ()


class Block(Definition):
    """One kind of node. A subclass declares settings and ports and overrides the rules that are not the default.

    `shape`, `parameters`, `buffers`, `window`, `module` take the shape at each input port in order: None at an empty
    optional port, a tuple at a `many` port. A block may raise Unfit from `shape` only.
    """

    category: ClassVar[str] = ""  # the heading in the palette
    rank: ClassVar[int] = 2  # spatial axes, for settings given per axis
    role: ClassVar[str] = ""  # "input", "output", "network", "loss", "metric", "data" where the checker must know
    title: ClassVar[str] = ""  # the name in the palette, where the class name does not read well
    keywords: ClassVar[str] = ""  # other words people search for
    source: ClassVar[str] = ""  # the paper or the torch page
    formula: ClassVar[str] = ""
    icon: ClassVar[str] = ""  # the drawing on its card, by its name among Lucide's; empty: that of its category
    package: ClassVar[str] = ""  # the distribution that adds it; empty for our own
    carried: ClassVar[str] = "runtime.modules"  # where the files of modules lie that torch lacks and code carries along
    sign: ClassVar[str] = ""  # the mark of a join in figures: "+", "−", "×", "C"
    targets: ClassVar[str] = ""  # how several results are unpacked: "{y}, ({h}, {c})"
    widens: ClassVar[str] = ""  # the setting that decides the size of the output's features or channels
    extends: ClassVar[str] = ""  # the block that this one is with more around it, as a convolution with its activation
    bare: ClassVar[Mapping[str, object]] = {}  # the settings with which nothing is around that block
    composite: ClassVar[bool] = False
    shorter: ClassVar[bool] = False  # its module, made for the longest row, takes shorter ones as well
    batchless: ClassVar[bool] = False  # the result is one number for the whole batch, as of a loss
    of_weights: ClassVar[bool] = False  # it reads the weights of the network that its setting `network` names
    stops: ClassVar[tuple[str, ...]] = ()  # inputs through which no gradient goes back
    calling: ClassVar[tuple[str, ...]] = ()  # settings that say how it is called, and nothing of what is made
    helpers: ClassVar[tuple[str, ...]] = ()  # functions that its expression calls and printed code carries along
    idempotent: ClassVar[bool] = False  # a second one right after it changes nothing, as of ReLU
    gathers: ClassVar[bool] = False  # over many batches it follows from an average, and is none itself, as of F1
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        ports = [
            _named(port, name)
            for klass in reversed(cls.__mro__)
            for name, port in vars(klass).items()
            if isinstance(port, Port) and getattr(cls, name, None) is port
        ]
        cls.inputs = tuple(p for p in ports if p.into)
        cls.outputs = tuple(p for p in ports if not p.into)

    @classmethod
    def label(cls) -> str:
        """The name people read in the palette and on a card."""
        return cls.title or cls.__name__

    def shape(self, *inputs: Any) -> Any:
        """The shape at the output, or a tuple of them in the order of the ports; raises Unfit."""
        return inputs[0]

    def parameters(self, *inputs: Any) -> Sized:
        """The trainable tensors of the module by name, as torch's `named_parameters` lists them."""
        return {}

    def buffers(self, *inputs: Any) -> Sized:
        """The tensors kept but not trained, as torch's `named_buffers` lists them."""
        return {}

    def moved(self) -> str:
        """What each run in training moves on in the module, so that a second run gives something else; empty: nothing.

        Running averages, which change no result in training, do not count.
        """
        return ""

    def macs(self, *shapes: Any) -> int:
        """Multiply-accumulates of convolutions and matrix products for one example, from input and output shapes."""
        return 0

    def module(self, *inputs: Any) -> Call | None:
        """The constructor call of the module, or None where `forward` needs none."""
        return None

    def forward(self, at: At) -> str:
        """The expression that computes the output."""
        names = [name for port in self.inputs for name in at.all(port.name)]
        return f"{at.module}({', '.join(names)})"

    def gathered(self, at: At) -> str:
        """Of what `gathers`: the expression of what is averaged over all examples."""
        return ""

    def concluded(self, average: str) -> str:
        """Of what `gathers`: the expression that makes its number of that average."""
        return average

    def alone(self) -> str:
        """What it does that takes the whole batch, as "compares its examples"; empty where shares of it will do."""
        return ""

    def finish(self, port: str, name: str) -> str:
        """What turns a result unpacked by `targets` into what its port promises, where torch orders axes otherwise.

        Printed as a line `name = …` of its own where something uses the port and the expression is not the name.
        """
        return name

    def all_parameters(self, *inputs: Any) -> Sized:
        """`parameters` as the module made in the end holds them, which a norm of the weights splits."""
        return self.parameters(*inputs)

    def all_buffers(self, *inputs: Any) -> Sized:
        """`buffers` of the module made in the end."""
        return self.buffers(*inputs)

    def construct(self, *inputs: Any) -> Call | None:
        """The constructor call that is printed: `module`, with what stands around it."""
        return self.module(*inputs)

    def window(self, *inputs: Any) -> tuple[tuple[float, float], ...] | None:
        """(extent, step) in input pixels, axis by axis, of what one output pixel sees; None: one pixel, step 1.

        An extent of `inf` says that the whole axis is seen.
        """
        return None

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """The block of this kind that turns `have` into `want` (a shape, or one of some meanings), if there is one."""
        return None

    @classmethod
    def trials(cls) -> Trials:
        """Inputs with settings on which the contract test runs the block beside the automatic ones."""
        return ()


B = TypeVar("B", bound=type[Block])

CATALOGUE: Catalogue[Block] = Catalogue("block")


def block(category: str) -> Callable[[B], B]:
    """A decorator that takes a block class into the catalogue under a heading of the palette."""

    def take(cls: B) -> B:
        cls.category = category
        CATALOGUE.add(cls)
        return cls

    return take


def _named(port: Any, name: str) -> Any:
    object.__setattr__(port, "name", name)
    return port
