"""What is read off the weights of a network, not off a result: penalties that keep them small, and their sparsity."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, block, gives
from blocks.call import quoted
from blocks.loss import Criterion, Judgement
from blocks.metric import Metric
from blocks.setting import flag, number, text
from blocks.shape import SCALAR

_PART = "A node of it whose weights are meant; empty: all of the network."
_LAMBDA = "What it is multiplied by, λ."


class _OfWeights(Judgement):
    """What reads the weights of a network: it has no inputs, and stands in a training step."""

    of_weights: ClassVar[bool] = True
    helpers: ClassVar[tuple[str, ...]] = ("weights_of",)
    network: str = text("", short="{}", doc="The network whose weights are read.")
    part: str = text("", doc=_PART)
    y = gives(SCALAR)

    def weights(self, at: At, biases: bool = False) -> str:
        """The parameters that are read, as an expression."""
        if biases and not self.part:
            return f"{at.module}.parameters()"
        part = f", {quoted(self.part)}" if self.part else ""
        return f"weights_of({at.module}{part}{', biases=True' if biases else ''})"


class _Penalty(Criterion, _OfWeights):
    """What penalties share: a sum over the weights, times λ."""

    each: ClassVar[str] = ""
    factor: float = number(1e-4, low=0.0, high=1e6, short="λ {}", always=True, doc=_LAMBDA)
    biases: bool = flag(False, short="and biases", doc="Count biases and the numbers of normalizations as well.")

    def forward(self, at: At) -> str:
        total = f"sum({self.each} for p in {self.weights(at, self.biases)})"
        return total if self.factor == 1.0 else f"{self.factor!r} * {total}"


@block("Loss and metric")
class L1Penalty(_Penalty):
    """The sizes of all weights of a network, added up, which drives many of them to 0: its weights → ()."""

    source = "https://doi.org/10.1111/j.2517-6161.1996.tb02080.x"
    formula = "L = λ Σ |w|"
    keywords = "lasso norm sparse sparsity regularization weight absolute penalty"
    each = "p.abs().sum()"


@block("Loss and metric")
class L2Penalty(_Penalty):
    """The squares of all weights of a network, added up, which keeps them small: its weights → ().

    With half of it, a step of plain SGD is that of a weight decay of λ.
    """

    source = "https://papers.nips.cc/paper/1991/hash/8eefcfdf5990e441f0fb6f3fad709e21-Abstract.html"
    formula = "L = λ Σ w², or λ Σ w² / 2"
    keywords = "ridge weight decay norm tikhonov regularization penalty squared"
    each = "p.square().sum()"
    half: bool = flag(False, short="halved", doc="Half the sum, whose gradient is λ w as of weight decay.")

    def forward(self, at: At) -> str:
        return f"0.5 * {super().forward(at)}" if self.half else super().forward(at)


@block("Loss and metric")
class OrthogonalityPenalty(Criterion, _OfWeights):
    """How far the kernels of each layer are from orthonormal (Brock et al. 2017): the weights of a network → ().

    Of each weight as a matrix with a row for each result, the rows, or the columns where they are fewer.
    """

    source = "https://arxiv.org/abs/1609.07093"
    formula = "L = λ Σ ‖W Wᵀ − I‖²"
    keywords = "orthogonal orthonormal kernels regularization penalty isometry soft"
    helpers = ("weights_of", "unorthogonal")
    factor: float = number(1e-4, low=0.0, high=1e6, short="λ {}", always=True, doc=_LAMBDA)

    def forward(self, at: At) -> str:
        total = f"sum(unorthogonal(p) for p in {self.weights(at)})"
        return total if self.factor == 1.0 else f"{self.factor!r} * {total}"


@block("Loss and metric")
class Sparsity(Metric, _OfWeights):
    """The share of a network's weights that are nearly 0, which an L1 penalty raises: its weights → ()."""

    better: ClassVar[str] = "higher"
    source = "https://arxiv.org/abs/1506.02626"
    formula = "mean [|w| ≤ threshold]"
    keywords = "sparse l0 norm zeros pruning compression share weights"
    threshold: float = number(1e-3, low=0.0, high=1e6, short="≤ {}", always=True, doc="What counts as 0.")

    def forward(self, at: At) -> str:
        weights = f"torch.cat([p.flatten() for p in {self.weights(at)}])"
        return f"({weights}.abs() <= {self.threshold!r}).float().mean()"
