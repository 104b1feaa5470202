"""Optimizers: one definition each gives the form, the file's words and the line of code."""

from __future__ import annotations

from blocks.call import Call, call, unless
from blocks.definition import Catalogue, Definition, catalogued
from blocks.setting import flag, last, number

OPTIMIZERS: Catalogue[Optimizer] = Catalogue("optimizer")


class Optimizer(Definition):
    """How weights follow their gradients. `call` is the constructor, to which the printer adds the parameters first.

    Where torch has a fused step, which takes a third of the time, it is asked for.
    """

    lr: float = number(0.001, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    weight_decay: float = number(0.0, low=0.0, high=1e3, doc="L2 penalty on the weights (decoupled in AdamW).")
    decay_all: bool = last(
        flag(True, doc="Let biases and the numbers of normalizations decay too; most papers of today leave them out.")
    )

    @property
    def spares(self) -> bool:
        """Whether some parameters are left out of the weight decay, and so stand in a group of their own."""
        return not self.decay_all and self.weight_decay > 0

    def call(self) -> Call:
        """The constructor call without the parameters."""
        return call(f"torch.optim.{self.kind()}", lr=self.lr, **unless(0.0, weight_decay=self.weight_decay))


@catalogued(OPTIMIZERS)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's look ahead: v = μ v + g, w = w - lr v."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    momentum: float = number(0.0, low=0.0, high=1.0, doc="Share of the last step that is kept, μ.")
    nesterov: bool = flag(False, doc="Look ahead along the momentum; needs momentum above 0.")

    def call(self) -> Call:
        keywords = unless(0.0, momentum=self.momentum, weight_decay=self.weight_decay)
        nesterov = unless(False, nesterov=self.nesterov and self.momentum > 0)
        return call("torch.optim.SGD", lr=self.lr, **keywords, **nesterov, fused=True)


class _Adaptive(Optimizer):
    beta1: float = number(0.9, low=0.0, high=0.999999, doc="Memory of the mean of gradients.")
    beta2: float = number(0.999, low=0.0, high=0.999999, doc="Memory of the mean of squared gradients.")
    eps: float = number(1e-8, low=1e-16, high=1.0, doc="Keeps the division from blowing up.")
    _decay = 0.0

    def call(self) -> Call:
        betas = unless((0.9, 0.999), betas=(self.beta1, self.beta2))
        rest = unless(1e-8, eps=self.eps) | unless(self._decay, weight_decay=self.weight_decay)
        return call(f"torch.optim.{self.kind()}", lr=self.lr, **betas, **rest, fused=True)


@catalogued(OPTIMIZERS)
class Adam(_Adaptive):
    """Step sizes from running means of gradients and their squares, with bias correction (Kingma and Ba 2015)."""


@catalogued(OPTIMIZERS)
class AdamW(_Adaptive):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    weight_decay: float = number(0.01, low=0.0, high=1e3, doc="Shrinks the weights by this share of lr each step.")
    _decay = 0.01


@catalogued(OPTIMIZERS)
class RMSprop(Optimizer):
    """Gradients divided by the root of their running mean square (Hinton's lecture 6e)."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    alpha: float = number(0.99, low=0.0, high=0.999999, doc="Memory of the mean of squared gradients.")
    eps: float = number(1e-8, low=1e-16, high=10.0, doc="Keeps the division from blowing up.")
    momentum: float = number(0.0, low=0.0, high=1.0, doc="Share of the last step that is kept.")
    centered: bool = flag(False, doc="Divide by the deviation instead, with the mean taken off.")

    def call(self) -> Call:
        keywords = unless(0.99, alpha=self.alpha) | unless(1e-8, eps=self.eps)
        keywords |= unless(0.0, momentum=self.momentum, weight_decay=self.weight_decay)
        return call("torch.optim.RMSprop", lr=self.lr, **keywords, **unless(False, centered=self.centered))
