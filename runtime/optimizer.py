"""Optimizers: one definition each gives the form, the file's words and the line of code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from blocks.call import Argument, Call, Default
from blocks.definition import Catalogue, Definition, catalogued
from blocks.headings import last, where
from blocks.setting import choice, flag, number, whole

OPTIMIZERS: Catalogue[Optimizer] = Catalogue("optimizer")

_NOT_PRINTED = ("lr", "weight_decay", "decay_all")  # the first two stand at fixed places, the last one makes groups
_ALMOST_ONE = 0.999999

# What torch has and nobody can choose here, and why.
WITHOUT_OPTIMIZERS: Mapping[str, str] = {}
WITHOUT_SETTINGS: Mapping[str, str] = {
    "params": "the printer gives them",
    "maximize": "a training makes losses small; what is to grow is negated in the step graph",
    "foreach": "torch chooses the fastest way by itself where there is no fused step",
    "capturable": "it is for CUDA graphs, which the training loop does not record",
    "differentiable": "it is for gradients through the optimizer, which no step graph asks for",
    "Adam.decoupled_weight_decay": "AdamW is Adam with it",
    "Muon.ns_coefficients": "they belong to the iteration as it was published",
}


class Optimizer(Definition):
    """How weights follow their gradients. `call` is the constructor, to which the printer adds the parameters first.

    Settings have the names and the defaults of torch's own arguments; `joined` are those that torch takes as one.
    Where torch has a fused step on every device, which takes a third of the time, it is asked for.
    """

    lr: float = number(0.001, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    fused: ClassVar[bool] = False
    takes_networks: ClassVar[bool] = False  # and sorts their parameters itself
    takes_rows: ClassVar[bool] = False  # gradients of the rows of a table that were read, and no others
    carried: ClassVar[tuple[str, ...]] = ()  # the parts of the carried code that its call needs
    evaluates: ClassVar[bool] = False  # the loss itself, as often as it needs to for a step

    @property
    def spares(self) -> bool:
        """Whether some parameters are left out of the weight decay, and so stand in a group of their own."""
        return False

    def call(self) -> Call:
        """The constructor call without the parameters."""
        fused = {"fused": True} if self.fused else {}
        return Call(f"torch.optim.{self.kind()}", (), {"lr": self.lr} | self.told() | fused)

    def told(self) -> dict[str, Argument]:
        """The keywords beside the learning rate, those that several settings make up together first."""
        parts = {name for names in self.joined.values() for name in names}
        own = [name for name in self.settings if name not in parts and name not in _NOT_PRINTED]
        own += ["weight_decay"] * ("weight_decay" in self.settings)
        joined: dict[str, Argument] = {
            name: Default(tuple(map(self.value, names)), tuple(self.settings[n].default for n in names))
            for name, names in self.joined.items()
        }
        return joined | {name: Default(self.value(name), self.settings[name].default) for name in own}


class _Decaying(Optimizer):
    """What the optimizers share that let weights decay."""

    weight_decay: float = number(
        0.0, low=0.0, high=1e3, doc="L2 penalty: this share of the weights is added to their gradients."
    )
    decay_all: bool = last(
        where(
            flag(
                True, doc="Let biases and the numbers of normalizations decay too; most papers of today leave them out."
            ),
            "weight_decay",
        )
    )

    @property
    def spares(self) -> bool:
        return not self.decay_all and self.weight_decay > 0


@catalogued(OPTIMIZERS)
class SGD(_Decaying):
    """Stochastic gradient descent, with momentum and Nesterov's look ahead: v = μ v + g, w = w - lr v."""

    lr: float = number(0.01, low=0.0, high=1e9, doc="Learning rate: the size of a step; to count, it is large.")
    momentum: float = number(0.0, low=0.0, high=1.0, doc="Share of the last step that is kept, μ.")
    dampening: float = where(
        number(
            0.0, low=0.0, high=1.0, doc="τ of v = μ v + (1 - τ) g: with τ = μ a step is a running mean of gradients."
        ),
        "momentum",
    )
    nesterov: bool = where(
        flag(False, doc="Look ahead along the momentum; needs momentum above 0 and no dampening."), "momentum"
    )
    fused = True

    def told(self) -> dict[str, Argument]:
        looks_ahead = self.nesterov and self.momentum > 0 and self.dampening == 0
        return super().told() | {"nesterov": Default(looks_ahead, False)}


class _Moments(_Decaying):
    """What the optimizers share that keep a mean of gradients and one of their squares."""

    beta1: float = number(0.9, low=0.0, high=_ALMOST_ONE, doc="Memory of the mean of gradients.")
    beta2: float = number(0.999, low=0.0, high=_ALMOST_ONE, doc="Memory of the mean of squared gradients.")
    eps: float = number(1e-8, low=1e-16, high=1.0, doc="Keeps the division from blowing up.")
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {"betas": ("beta1", "beta2")}


@catalogued(OPTIMIZERS)
class Adam(_Moments):
    """Step sizes from running means of gradients and their squares, with bias correction (Kingma and Ba 2015)."""

    amsgrad: bool = flag(False, doc="Divide by the largest mean of squares so far (Reddi et al. 2018).")
    fused = True


@catalogued(OPTIMIZERS)
class AdamW(_Moments):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    weight_decay: float = number(0.01, low=0.0, high=1e3, doc="Shrinks the weights by this share of lr each step.")
    amsgrad: bool = flag(False, doc="Divide by the largest mean of squares so far (Reddi et al. 2018).")
    fused = True


@catalogued(OPTIMIZERS)
class NAdam(_Moments):
    """Adam with Nesterov's look ahead (Dozat 2016)."""

    lr: float = number(0.002, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    momentum_decay: float = number(0.004, low=0.0, high=1.0, doc="How fast the momentum grows towards beta1.")
    decoupled_weight_decay: bool = flag(False, doc="Weight decay apart from the gradient, as in AdamW.")


@catalogued(OPTIMIZERS)
class RAdam(_Moments):
    """Adam that corrects the variance of its first step sizes, so that it needs no warm-up (Liu et al. 2020)."""

    decoupled_weight_decay: bool = flag(False, doc="Weight decay apart from the gradient, as in AdamW.")


@catalogued(OPTIMIZERS)
class Adamax(_Moments):
    """Adam with the largest gradient so far in place of the mean square (Kingma and Ba 2015, section 7)."""

    lr: float = number(0.002, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    beta2: float = number(0.999, low=0.0, high=_ALMOST_ONE, doc="Memory of the largest gradient.")


@catalogued(OPTIMIZERS)
class RMSprop(_Decaying):
    """Gradients divided by the root of their running mean square (Hinton's lecture 6e)."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    alpha: float = number(0.99, low=0.0, high=_ALMOST_ONE, doc="Memory of the mean of squared gradients.")
    eps: float = number(1e-8, low=1e-16, high=10.0, doc="Keeps the division from blowing up; added to the root.")
    momentum: float = number(0.0, low=0.0, high=1.0, doc="Share of the last step that is kept.")
    centered: bool = flag(False, doc="Divide by the deviation instead, with the mean taken off.")


@catalogued(OPTIMIZERS)
class Adagrad(_Decaying):
    """Gradients divided by the root of the sum of all their squares so far (Duchi et al. 2011)."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    lr_decay: float = number(0.0, low=0.0, high=1e3, doc="The rate is divided by 1 + steps times this.")
    initial_accumulator_value: float = number(0.0, low=0.0, high=1e6, doc="What the sums of squares begin with.")
    eps: float = number(1e-10, low=1e-16, high=1.0, doc="Keeps the division from blowing up.")


@catalogued(OPTIMIZERS)
class Adadelta(_Decaying):
    """Steps scaled by the ratio of two running means: of past steps and of gradients (Zeiler 2012)."""

    lr: float = number(1.0, low=0.0, high=1e3, doc="Learning rate: 1 in the paper, which has none.")
    rho: float = number(0.9, low=0.0, high=_ALMOST_ONE, doc="Memory of both means of squares.")
    eps: float = number(1e-6, low=1e-16, high=1.0, doc="Keeps the division from blowing up, and starts the steps.")


@catalogued(OPTIMIZERS)
class Rprop(Optimizer):
    """A step size for each weight that grows while signs stay and shrinks where they turn (Riedmiller and Braun 1993).

    It looks at signs alone, so it wants all examples in one batch.
    """

    lr: float = number(0.01, low=0.0, high=1e3, doc="The first step size of every weight.")
    eta_minus: float = number(0.5, low=1e-6, high=_ALMOST_ONE, doc="What a step shrinks by where the sign turns.")
    eta_plus: float = number(1.2, low=1.000001, high=1e3, doc="What a step grows by while the sign stays.")
    step_min: float = number(1e-6, low=0.0, high=1e3, doc="The smallest step.")
    step_max: float = number(50.0, low=1e-6, high=1e6, doc="The largest step.")
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "etas": ("eta_minus", "eta_plus"),
        "step_sizes": ("step_min", "step_max"),
    }


@catalogued(OPTIMIZERS)
class ASGD(_Decaying):
    """Gradient descent that also keeps the average of the weights (Polyak and Juditsky 1992)."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate: the size of a step.")
    lambd: float = number(1e-4, low=0.0, high=1.0, doc="How fast the weights shrink and the rate falls.")
    alpha: float = number(0.75, low=0.0, high=1.0, doc="Power by which the rate falls.")
    t0: float = number(1e6, low=0.0, high=1e12, unit="steps", doc="The step from which weights are averaged.")


@catalogued(OPTIMIZERS)
class LBFGS(Optimizer):
    """Newton's method with curvature learned from the last steps, as L-BFGS (Liu and Nocedal 1989).

    It takes the loss of a batch several times a step, and wants all examples in one batch and no dropout.
    """

    lr: float = number(1.0, low=0.0, high=1e3, doc="Share of Newton's step; with a line search, the first one tried.")
    max_iter: int = whole(20, low=1, high=100_000, doc="Steps that it makes of one batch.")
    max_eval: int | None = whole(
        None, low=1, optional=True, doc="Times that it takes the loss of a batch; empty: 1.25 for each of its steps."
    )
    tolerance_grad: float = number(1e-7, low=0.0, high=1.0, doc="It leaves a batch where no gradient is larger.")
    tolerance_change: float = number(
        1e-9, low=0.0, high=1.0, doc="It leaves a batch where the loss or the weights change by less."
    )
    history_size: int = whole(100, low=1, high=10_000, doc="Steps from which the curvature is learned.")
    line_search_fn: str = choice(
        "none", ("none", "strong_wolfe"), doc="Whether it looks along a step for where the loss is low enough."
    )
    evaluates = True

    def told(self) -> dict[str, Argument]:
        searched = self.line_search_fn if self.line_search_fn != "none" else None
        return super().told() | {"line_search_fn": Default(searched, None)}


@catalogued(OPTIMIZERS)
class Adafactor(_Decaying):
    """Adam whose mean of squares is kept as rows and columns only, which saves memory (Shazeer and Stern 2018)."""

    lr: float = number(0.01, low=0.0, high=1e3, doc="Learning rate, relative to the size of the weights.")
    weight_decay: float = number(0.0, low=0.0, high=1e3, doc="Shrinks the weights by this share of lr each step.")
    beta2_decay: float = number(-0.8, low=-10.0, high=0.0, doc="Power by which the memory of squares grows.")
    eps1: float | None = number(
        None, low=1e-30, high=1.0, optional=True, doc="Added to squares; empty: what the number format can tell from 0."
    )
    eps2: float = number(1e-3, low=1e-16, high=1.0, doc="The size that weights are taken to have at least.")
    d: float = number(1.0, low=1.0, high=1e6, doc="Steps of a larger root mean square are scaled down to it.")
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {"eps": ("eps1", "eps2")}


@catalogued(OPTIMIZERS)
class SparseAdam(Optimizer):
    """Adam for the rows of large tables that a batch reads, whose means stand still meanwhile; Adam for all else.

    Embeddings whose gradients are sparse learn by it; without one it is Adam.
    """

    beta1: float = number(0.9, low=0.0, high=_ALMOST_ONE, doc="Memory of the mean of gradients.")
    beta2: float = number(0.999, low=0.0, high=_ALMOST_ONE, doc="Memory of the mean of squared gradients.")
    eps: float = number(1e-8, low=1e-16, high=1.0, doc="Keeps the division from blowing up.")
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {"betas": ("beta1", "beta2")}
    takes_networks = True
    takes_rows = True
    carried = ("several optimizers", "sparse adam")

    def call(self) -> Call:
        return Call("SparseAdamWithAdam", (), {"lr": self.lr} | self.told())


@catalogued(OPTIMIZERS)
class Muon(_Decaying):
    """Momentum made orthogonal for the matrices between layers, AdamW for all else (Jordan 2024, Liu et al. 2025).

    Torch's Muon takes matrices only; embeddings, biases, kernels and normalizations follow AdamW beside it.
    """

    weight_decay: float = number(0.1, low=0.0, high=1e3, doc="Shrinks the weights by this share of lr each step.")
    momentum: float = number(0.95, low=0.0, high=_ALMOST_ONE, doc="Share of the last step that is kept.")
    nesterov: bool = flag(True, doc="Look ahead along the momentum.")
    ns_steps: int = whole(5, low=1, high=99, doc="Newton-Schulz iterations that make a step orthogonal.")
    eps: float = number(1e-7, low=1e-16, high=1.0, doc="Keeps the division from blowing up.")
    adjust_lr_fn: str = choice(
        "match_rms_adamw",
        ("match_rms_adamw", "original"),
        doc="How large a step of a matrix is: as AdamW's, so that one rate suits both, or as first published.",
    )
    rest_factor: float = number(1.0, low=0.0, high=1e6, doc="Factor of the learning rate where AdamW is used.")
    takes_networks = True
    carried = ("several optimizers", "muon")

    def call(self) -> Call:
        told = self.told() | {"adjust_lr_fn": self.adjust_lr_fn}
        return Call("MuonWithAdamW", (), {"lr": self.lr} | told)
