"""The modules of Inception v3, by the size of the grid on which they stand."""

from __future__ import annotations

from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.geometry import Axes
from blocks.headings import last
from blocks.merge import Concat
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.setting import choice, whole
from blocks.shape import IMAGE
from blocks.units import NONE, ConvUnit, eps_number


class _Module(Composite):
    """What the modules share: branches of convolutions with their norm and activation, joined."""

    source = "https://arxiv.org/abs/1512.00567"
    formula = "y = branches side by side"
    keywords = "inception v3 branches parallel concat factorized"
    normalization: str = last(choice("BatchNorm", (NONE, "BatchNorm"), doc="After every convolution, or none."))
    eps: float = eps_number()
    x = takes(IMAGE)
    y = gives(IMAGE)

    def _conv(self, g: Sketch, x: End, name: str, channels: int, kernel: int | Axes = 1, stride: int = 1) -> End:
        """A unit that keeps the grid, or halves it without zeros around."""
        unit = ConvUnit(
            channels,
            kernel,
            stride,
            "same" if stride == 1 else "valid",
            normalization=self.normalization,
            eps=self.eps,
        )
        end: End = g.add(unit, x, name=name)
        return end

    def _pooled(self, g: Sketch, x: End, channels: int) -> End:
        return self._conv(g, g.add(AvgPool2d(3, 1, 1), x, name="pool"), "pool_project", channels)

    @staticmethod
    def _joined(g: Sketch, *branches: End) -> End:
        end: End = g.add(Concat(), *branches, name="join")
        return end


@block("Inception")
class InceptionA(_Module):
    """Inception v3 on the 35×35 grid, the 5×5 beside two 3×3: (C, H, W) → (224 + pool_features, H, W)."""

    pool_features: int = whole(64, low=1, short="pool {}", always=True, doc="Channels of the branch that pools.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        one = self._conv(g, x, "one", 64)
        five = self._conv(g, self._conv(g, x, "five_reduce", 48), "five", 64, 5)
        double = self._conv(g, self._conv(g, x, "double_reduce", 64), "double1", 96, 3)
        double = self._conv(g, double, "double2", 96, 3)
        return self._joined(g, one, five, double, self._pooled(g, x, self.pool_features))


@block("Inception")
class InceptionB(_Module):
    """Inception v3 from the 35×35 to the 17×17 grid, by convolutions and by pooling: (C, H, W) → (480 + C, H', W')."""

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        three = self._conv(g, x, "three", 384, 3, 2)
        double = self._conv(g, self._conv(g, x, "double_reduce", 64), "double1", 96, 3)
        double = self._conv(g, double, "double2", 96, 3, 2)
        return self._joined(g, three, double, g.add(MaxPool2d(3, 2), x, name="pool"))


@block("Inception")
class InceptionC(_Module):
    """Inception v3 on the 17×17 grid, with 7×7 kernels as 1×7 and 7×1: (C, H, W) → (768, H, W)."""

    channels_7x7: int = whole(128, low=1, short="{}", always=True, doc="Channels between the long kernels.")

    def body(self, g: Sketch, *ends: End) -> End:
        x, c = ends[0], self.channels_7x7
        one = self._conv(g, x, "one", 192)
        seven = self._conv(g, self._conv(g, x, "seven_reduce", c), "seven1", c, (1, 7))
        seven = self._conv(g, seven, "seven2", 192, (7, 1))
        double = self._conv(g, x, "double_reduce", c)
        for i, kernel in enumerate(((7, 1), (1, 7), (7, 1)), 1):
            double = self._conv(g, double, f"double{i}", c, kernel)
        double = self._conv(g, double, "double4", 192, (1, 7))
        return self._joined(g, one, seven, double, self._pooled(g, x, 192))


@block("Inception")
class InceptionD(_Module):
    """Inception v3 from the 17×17 to the 8×8 grid, by convolutions and by pooling: (C, H, W) → (512 + C, H', W')."""

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        three = self._conv(g, self._conv(g, x, "three_reduce", 192), "three", 320, 3, 2)
        seven = self._conv(g, x, "seven_reduce", 192)
        seven = self._conv(g, self._conv(g, seven, "seven1", 192, (1, 7)), "seven2", 192, (7, 1))
        seven = self._conv(g, seven, "seven3", 192, 3, 2)
        return self._joined(g, three, seven, g.add(MaxPool2d(3, 2), x, name="pool"))


@block("Inception")
class InceptionE(_Module):
    """Inception v3 on the 8×8 grid, with 3×3 kernels side by side as 1×3 and 3×1: (C, H, W) → (2048, H, W)."""

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        one = self._conv(g, x, "one", 320)
        three = self._conv(g, x, "three_reduce", 384)
        double = self._conv(g, self._conv(g, x, "double_reduce", 448), "double1", 384, 3)
        fans = []
        for name, end in (("three", three), ("double", double)):
            fans += [self._conv(g, end, f"{name}_wide", 384, (1, 3)), self._conv(g, end, f"{name}_high", 384, (3, 1))]
        return self._joined(g, one, *fans, self._pooled(g, x, 192))


@block("Inception")
class GridReduction(_Module):
    """Halves the grid by a convolution and a pooling side by side, without a bottleneck: (C, H, W) → (C + C', H', W').

    Szegedy et al. 2016, fig. 10: both branches step by two, so that nothing is computed on the large grid in vain.
    """

    out_channels: int = whole(320, low=1, short="{}", always=True, doc="Channels that the convolution adds.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        pooled = g.add(MaxPool2d(3, 2), x, name="pool")
        return self._joined(g, self._conv(g, x, "conv", self.out_channels, 3, 2), pooled)
