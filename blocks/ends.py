"""Where a network begins and ends, how one network stands in another, and what a file holds that is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.block import At, Block, Port, block, gives, takes
from blocks.over_time import each_step
from blocks.setting import choice, flag, names, sizes, text, whole
from blocks.shape import ANY, RANK, Meaning, Shape, shape_of
from blocks.sums import amounts

# A network is a module, these are its ends.
_MODULE = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html"
_MODES = ("auto", "train", "eval")
_MODE = (
    "As what it stands in: in a phase, networks that learn train and others evaluate. Or always as in training, with "
    "dropout and the statistics of the batch; or always as in evaluation."
)


@block("Input and output")
class Input(Block):
    """Where data enters the network: () → shape. Its name becomes the argument of `forward`."""

    role = "input"
    source = _MODULE
    keywords = "image data placeholder start"
    shape_: tuple[int, ...] = sizes(
        (1, 28, 28),
        short="{}",
        always=True,
        doc="Sizes of one example without the batch: (channels, height, width) for an image.",
    )
    holds: str = choice(
        "auto",
        ("auto", *(meaning.value for meaning in Meaning)),
        short="{}",
        doc="What the axes mean; auto goes by their number: vector, sequence, image, volume.",
    )
    classes: int = whole(
        0,
        low=0,
        doc="For whole numbers (tokens, labels): how many different ones there are; 0 for plain numbers.",
    )
    varies: bool = flag(
        False,
        short="any length",
        doc="Rows of a sequence, a signal or tokens may be of any length; the size is that of the longest.",
    )
    y = gives(ANY)

    def shape(self, *inputs: Any) -> Shape:
        whole_numbers = self.classes > 0 or self.holds == Meaning.TOKENS
        meaning = None if self.holds == "auto" else Meaning(self.holds)
        if self.holds == "auto" and whole_numbers and len(self.shape_) == 1:
            meaning = Meaning.TOKENS
        if meaning and RANK.get(meaning, len(self.shape_)) != len(self.shape_):
            meaning = Meaning.TENSOR
        return shape_of(self.shape_, meaning, "int64" if whole_numbers else "float32", self.classes)

    def forward(self, at: At) -> str:
        return at.module.removeprefix("self.")

    @classmethod
    def of(cls, shape: Shape) -> Input:
        """The input that gives exactly `shape`."""
        plain = cls(shape.sizes, "auto", shape.classes)
        return plain if plain.shape() is shape else cls(shape.sizes, shape.meaning.value, shape.classes)


@block("Input and output")
class Output(Block):
    """Where a result leaves the network: shape → shape. Several outputs are returned as a tuple."""

    role = "output"
    source = _MODULE
    keywords = "result end head return"
    x = takes(ANY)

    def shape(self, x: Shape) -> tuple[()]:
        return ()

    def forward(self, at: At) -> str:
        return at.x


@block("Networks")
class Use(Block):
    """Another network of this design, placed as one block with weights of its own: its inputs → its outputs.

    In a training step all uses of a network have the same weights.
    """

    role = "network"
    source = _MODULE
    formula = "y = network(x)"
    keywords = "use subnetwork nested"
    network: str = text("", short="{}", doc="The name of the network.")
    takes_: tuple[str, ...] = names(("x",), doc="A name for each of its inputs, in order.")
    gives_: tuple[str, ...] = names(("y",), doc="A name for each of its outputs, in order.")
    settings_: tuple[tuple[str, float], ...] = amounts(
        short="{}", doc="Values for the network's own settings; those that are not named stay as the network has them."
    )
    over_time: bool = flag(
        False, short="each step", doc="Use it at every step of the first axis, as on the frames of a film: (T, …)."
    )
    mode: str = choice("auto", _MODES, doc=_MODE)
    gradient: bool = flag(
        True, doc="Off: computed without recording, so that nothing before it and none of its weights learn by it."
    )
    calling = ("mode", "gradient")

    def __post_init__(self) -> None:
        super().__post_init__()
        helpers = ["in_mode"] * (self.mode != "auto") + ["without_gradient"] * (not self.gradient)
        object.__setattr__(self, "helpers", tuple(helpers))
        object.__setattr__(self, "stops", () if self.gradient else self.takes_)
        object.__setattr__(self, "inputs", tuple(Port(ANY, name=n) for n in self.takes_))
        object.__setattr__(self, "outputs", tuple(Port(ANY, name=n, into=False) for n in self.gives_))

    def forward(self, at: At) -> str:
        return each_step(at, self.once) if self.over_time else self.once(at)

    def once(self, at: At) -> str:
        """The call for all that arrives: `network(x)`, or functions that are told how to call it."""
        words = [at.module, *(name for port in self.inputs for name in at.all(port.name))]
        if self.mode != "auto":
            words = ["in_mode", *words, f"training={self.mode == 'train'}"]
        if not self.gradient:
            words = ["without_gradient", *words]
        return f"{words[0]}({', '.join(words[1:])})"

    def shorthand(self) -> str:
        marks = "" if self.gradient else "no grad", "" if self.mode == "auto" else self.mode
        return " · ".join(part for part in (super().shorthand(), *marks) if part)


class Unknown(Block):
    """A block that this program does not know; the file's words about it are kept and written back untouched."""

    role = "unknown"
    x = takes(ANY, many=True)

    def __init__(
        self,
        name: str,
        stored: Mapping[str, object],
        inputs: tuple[Port, ...] = (),
        outputs: tuple[Port, ...] = (),
    ) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "kept", dict(stored))
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "outputs", outputs)

    name: str
    kept: dict[str, object]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def stored(self) -> dict[str, object]:
        return self.kept

    def shorthand(self) -> str:
        return f"unknown block {self.name}"
