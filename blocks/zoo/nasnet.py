"""NASNet-A: two cells found by search on small images, stacked as often and as wide as one likes."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.composite import End
from blocks.linear import Linear
from blocks.nasnet import NormalCell, ReductionCell
from blocks.pooling import AvgPool2d
from blocks.reshape import Flatten
from blocks.setting import choice, flag, number, whole
from blocks.units import NONE, ConvUnit
from blocks.zoo.classifier import Classifier
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import template

_STACKS = 3  # of normal cells, with a reduction cell before each but the first
_JOINED = 6  # states as wide as the cell, which a normal cell gives


@template("Mobile")
class NASNet(Classifier):
    """Three stacks of normal cells with reduction cells between them (Zoph et al. 2018, figure 2); N @ F in the paper.

    The mobile network is 4 @ 1056; the large one is 6 @ 4032 with a stem of 96, 331 pixels and skip_reduction.
    """

    source = "https://arxiv.org/abs/1707.07012"
    keywords = "nasnet nasnet-a mobile large neural architecture search nas cells 4@1056 6@4032 6@768"
    cells: int = whole(4, low=1, doc="Normal cells of each stack: the paper's N.")
    filters: int = whole(1056, low=48, doc="Channels at the end: the paper's F, rounded down to a multiple of 24.")
    form: str = choice(
        "ImageNet", ("ImageNet", "CIFAR"), doc="ImageNet begins with two reduction cells, CIFAR with normal cells."
    )
    stem: int = whole(32, low=1, doc="Channels of the first convolution; 96 in 6 @ 4032 and in 6 @ 768 for CIFAR.")
    skip_reduction: bool = flag(
        False, doc="A cell after a reduction reads the cell two before it, as in 6 @ 4032; else the one before."
    )
    auxiliary: bool = flag(False, doc="A second, smaller exit at two thirds of the way, for use in training.")
    drop_path: float = number(0.0, low=0.0, high=1.0, doc="How often a path inside a cell is left out while training.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of the last features set to zero in training.")

    def title(self) -> str:
        return f"NASNet-A {self.cells} @ {self.filters}"

    def draw(self, d: Drawing) -> None:
        states = self._stem(d)  # the cell before the last one, and the last one
        ends = []
        for stack in range(_STACKS):
            width = self._width() << stack
            if stack:
                reduced = self._reduction(d, f"reduction{stack}", width, *states)
                states = states[0] if self.skip_reduction else states[1], reduced
            for i in range(self.cells):
                name = f"normal{stack * self.cells + i + 1}"
                states = states[1], d.below(name, NormalCell(width, self.drop_path), *reversed(states))
            ends.append(states[1])
        self._ended(d, d.below("relu", ReLU(), states[1]), self.dropout)
        if self.auxiliary:
            self._exit_aside(d, ends[1])

    def _stem(self, d: Drawing) -> tuple[End, End]:
        x = self._begun(d)
        if self.form == "CIFAR":
            x = d.below("stem", ConvUnit(self.stem, 3, 1, 1, activation=NONE), x)
            return x, x
        x = d.below("stem", ConvUnit(self.stem, 3, 2, "valid", activation=NONE), x)
        width = self._width()
        first = d.below("stem1", ReductionCell(max(2, width // 4), self.drop_path), x)
        return first, self._reduction(d, "stem2", max(2, width // 2), x, first)

    def _reduction(self, d: Drawing, name: str, width: int, previous: End, x: End) -> End:
        return d.below(name, ReductionCell(width, self.drop_path), x, previous=previous)

    def _width(self) -> int:
        """Channels of a state in the first stack: each later one has twice as many, and a cell joins six."""
        return self.filters // (_JOINED << (_STACKS - 1))

    def _exit_aside(self, d: Drawing, start: End) -> None:
        """What the released code puts there: a coarse mean, a 1×1 convolution, and one as large as what is left."""
        side = (start.shape.space[0] - 5) // 3 + 1
        branch = (
            ("aux_relu", ReLU()),
            ("aux_pool", AvgPool2d(5, 3)),
            ("aux_reduce", ConvUnit(128, 1)),
            ("aux_conv", ConvUnit(768, max(1, side), padding="valid")),
            ("aux_flatten", Flatten()),
            ("aux_fc", Linear(self.classes)),
        )
        d.end_aside("auxiliary", d.aside(branch, start))
