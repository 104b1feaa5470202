"""MnasNet: networks found by a search that weighs accuracy against the time a phone takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blocks.mobile import MBConv
from blocks.setting import choice, number
from blocks.squeeze_excite import rounded
from blocks.units import NONE, ConvUnit
from blocks.zoo.classifier import Classifier, copies, scaled
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import template

# Expansion, kernel, channels, count, stride, gate
_STAGES = {
    "A1": (
        (6, 3, 24, 2, 2, 0.0),
        (3, 5, 40, 3, 2, 0.25),
        (6, 3, 80, 4, 2, 0.0),
        (6, 3, 112, 2, 1, 0.25),
        (6, 5, 160, 3, 2, 0.25),
        (6, 3, 320, 1, 1, 0.0),
    ),
    "B1": (
        (3, 3, 24, 3, 2, 0.0),
        (3, 5, 40, 3, 2, 0.0),
        (6, 5, 80, 3, 2, 0.0),
        (6, 3, 96, 2, 1, 0.0),
        (6, 5, 192, 4, 2, 0.0),
        (6, 3, 320, 1, 1, 0.0),
    ),
}


@template("Mobile")
class MnasNet(Classifier):
    """Stages of inverted residuals, each with a kernel, width and gate of its own (Tan et al. 2019, figure 7)."""

    source = "https://arxiv.org/abs/1807.11626"
    keywords = "mnasnet mnasnet1_0 semnasnet nas search phone latency mbconv depth multiplier"
    form: str = choice(
        "A1", tuple(_STAGES), doc="A1, the paper's, has gates; B1, searched without them, is torchvision's."
    )
    alpha: float = number(
        1.0, low=0.05, high=8.0, doc="Depth multiplier: channels of the layers, by the paper's, in multiples of 8."
    )
    dropout: float = number(0.2, low=0.0, high=1.0, doc="Part of the last features set to zero in training.")

    def title(self) -> str:
        return scaled(f"MnasNet-{self.form}", self.alpha)

    def draw(self, d: Drawing) -> None:
        first = self._width(32)
        x = d.below("conv1", ConvUnit(first, 3, 2, 1), self._begun(d))
        x = d.below("sepconv_dw", ConvUnit(first, 3, 1, 1, groups=first), x)
        x = d.below("sepconv_pw", ConvUnit(self._width(16), 1, activation=NONE), x)
        for nodes in self._stages():
            for node, block, count in nodes:
                x = d.below(node, block, x, repeat=count)
        self._ended(d, d.below("conv2", ConvUnit(1280, 1), x), self.dropout)

    def _stages(self) -> Iterator[list[tuple[str, MBConv, int]]]:
        """The nodes of each stage: name, block and how many."""
        for stage, (expansion, kernel, channels, count, stride, gate) in enumerate(_STAGES[self.form], 1):
            block = MBConv(self._width(channels), kernel, stride, expansion, "ReLU", gate)
            nodes = [(f"stage{stage}_1", block, 1)]
            if count > 1:
                nodes.append((f"stage{stage}_x", block.with_settings(stride=1), count - 1))
            yield nodes

    def _width(self, channels: int) -> int:
        return rounded(channels * self.alpha, 8)

    def torchvision(self) -> Mapping[str, str]:
        if self.form != "B1":
            return {}
        names = {"fc": "classifier.1"}
        for i, unit in enumerate(("conv1", "sepconv_dw", "sepconv_pw")):
            names |= _pair(unit, "layers", 3 * i)
        for stage, nodes in enumerate(self._stages()):
            for i, module in enumerate(m for node, _, count in nodes for m in copies(node, count)):
                for j, part in enumerate(("expand", "depthwise", "project")):
                    names |= _pair(f"{module}.{part}", f"layers.{8 + stage}.{i}.layers", 3 * j)
        return names | _pair("conv2", "layers", 14)


def _pair(unit: str, theirs: str, place: int) -> dict[str, str]:
    """Where a convolution and its normalization stand, which torchvision numbers in a row."""
    return {f"{unit}.conv": f"{theirs}.{place}", f"{unit}.norm": f"{theirs}.{place + 1}"}
