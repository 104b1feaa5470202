"""What layers with weights can have: numbers of one's choice to begin with, and a weight or spectral norm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from math import prod
from typing import Any, ClassVar

from blocks.block import Block, Sized
from blocks.call import Call
from blocks.headings import last
from blocks.setting import Choice, choice, number

NONE, WEIGHT, SPECTRAL = "none", "weight_norm", "spectral_norm"
_PLACE = "nn.utils.parametrizations."
_HELD = {  # the tensor that is learned where the weight is made of it; of weight_norm the direction
    NONE: "weight",
    WEIGHT: "parametrizations.weight.original1",
    SPECTRAL: "parametrizations.weight.original",
}
TORCHS, IDENTITY = "default", "identity"
# How each way to begin is told to torch.nn.init, and the scale where none is given; None is torch's own.
_STARTS: Mapping[str, tuple[str, float | None]] = {
    TORCHS: ("", 0.0),
    "normal": (", std={}", 0.01),
    "trunc_normal": (", std={}", 0.01),
    "uniform": (", -{0}, {0}", 0.05),
    "xavier_normal": (", gain={}", None),
    "xavier_uniform": (", gain={}", None),
    "kaiming_normal": (', nonlinearity="relu"', 0.0),
    "kaiming_uniform": (', nonlinearity="relu"', 0.0),
    "orthogonal": (", gain={}", None),
    "constant": (", {}", 0.0),
}


_BEGIN = "What the weights are before training, as torch.nn.init calls it{}; default: as torch makes them."
_SCALE = (
    "Deviation of normal and trunc_normal, bound of uniform, gain of xavier and orthogonal, the value of "
    "constant; empty: 0.01, 0.05, 1, 0. kaiming and identity have none."
)


class _Initializer(Choice):
    """A choice among ways to begin, of which the tests over all blocks try those that differ most."""

    def examples(self) -> tuple[Any, ...]:
        return TORCHS, "uniform", "kaiming_normal"


def _init(biases: str, *more: str, told: str = "") -> Any:
    doc = _BEGIN.format(biases) + told
    setting = _Initializer(TORCHS, doc, short="{}", options=(*_STARTS, *more))
    return last(field(default=TORCHS, metadata={"setting": setting}))


def init_or_identity() -> Any:
    """The way to begin of a layer that may begin by giving back what it gets: torch's eye_ and dirac_."""
    return _init(", with biases 0", IDENTITY, told=" identity: what comes in goes out, as far as the widths agree.")


def _init_scale() -> Any:
    return last(number(None, low=0.0, high=1e6, optional=True, doc=_SCALE))


def _fill(init: str, scale: float | None, tensor: str) -> str:
    """The statement that gives a tensor of a module its first numbers; the module is `{}` in it."""
    told, usual = _STARTS[init]
    scale = usual if scale is None else scale
    more = told.format(f"{scale:g}") if scale is not None else ""
    return f"nn.init.{init}_({{}}.{tensor}{more})"


class Started(Block):
    """A block with several matrices, which begin as one says; its biases are as the module makes them."""

    init: str = _init(", in each matrix")
    init_scale: float | None = _init_scale()

    def construct(self, *inputs: Any) -> Call | None:
        plain = self.module(*inputs)
        return plain if plain is None else replace(plain, then=tuple(self._begun(*inputs)))

    def _begun(self, *inputs: Any) -> Iterator[str]:
        """The statements that give the module its first weights."""
        matrices = [name for name, sizes in self.parameters(*inputs).items() if len(sizes) > 1]
        yield from (_fill(self.init, self.init_scale, name) for name in matrices if self.init != TORCHS)


class Weighted(Block):
    """A block whose module has a parameter `weight`.

    `parameters`, `buffers` and `module` say what it has without a norm; `all_parameters`, `all_buffers` and
    `construct` follow from them.
    """

    unit: ClassVar[int] = 0  # the axis of the weight that counts what comes out
    parametrization: str = last(
        choice(
            NONE,
            (NONE, WEIGHT, SPECTRAL),
            short="{}",
            doc="weight_norm learns length and direction of each kernel apart (Salimans & Kingma 2016); "
            "spectral_norm holds the layer's greatest gain at 1 (Miyato et al. 2018).",
        )
    )

    init: str = _init(", with biases 0")
    init_scale: float | None = _init_scale()

    def all_parameters(self, *inputs: Any) -> Sized:
        tensors = dict(self.parameters(*inputs))
        if self.parametrization == NONE:
            return tensors
        weight = tensors.pop("weight")
        split = {"original": weight}
        if self.parametrization == WEIGHT:  # of torch's kinds this one always goes by the first axis
            split = {"original0": (weight[0], *(1 for _ in weight[1:])), "original1": weight}
        return tensors | {f"parametrizations.weight.{name}": sizes for name, sizes in split.items()}

    def moved(self) -> str:
        return "the two vectors of its spectral norm" if self.parametrization == SPECTRAL else ""

    def all_buffers(self, *inputs: Any) -> Sized:
        return {**self.buffers(*inputs), **self._directions(self.parameters(*inputs))}

    def _directions(self, tensors: Mapping[str, tuple[int, ...]]) -> Sized:
        """The two vectors from which torch reads the greatest gain."""
        weight = tensors["weight"]
        if self.parametrization != SPECTRAL or len(weight) < 2:
            return {}
        rows = weight[self.unit]
        name = "parametrizations.weight.0"
        return {f"{name}._u": (rows,), f"{name}._v": (prod(weight) // rows,)}

    def construct(self, *inputs: Any) -> Call | None:
        plain = self.module(*inputs)
        if plain is None:
            return None
        around = "" if self.parametrization == NONE else _PLACE + self.parametrization
        return replace(plain, around=around, then=tuple(self._started(*inputs)))

    def _groups(self, *inputs: Any) -> int:
        """How many groups the weight is cut into, each of which begins as the identity where that is wished."""
        return 1

    def _started(self, *inputs: Any) -> Iterator[str]:
        """The statements that give the module its first weights."""
        if self.init == TORCHS:
            return
        held = _HELD[self.parametrization]
        if self.init == IDENTITY:
            groups, axes = self._groups(*inputs), len(self.parameters(*inputs)["weight"])
            cut = f", {groups}" if groups > 1 else ""
            yield f"nn.init.eye_({{}}.{held})" if axes == 2 else f"nn.init.dirac_({{}}.{held}{cut})"
        else:
            yield _fill(self.init, self.init_scale, held)
        if "bias" in self.parameters(*inputs):
            yield "nn.init.zeros_({}.bias)"
