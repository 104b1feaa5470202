"""Samplers: numbers drawn at random for every example, as the noise that a generator makes pictures of."""

from __future__ import annotations

from typing import Any

from blocks.block import At, Block, Trials, block, gives, takes
from blocks.setting import choice, number, sizes, whole
from blocks.shape import ANY, FLOATS, SCALAR, Shape, labels, meaning_of_rank, shape_of, vector


class _Sampler(Block):
    """What samplers share: they draw anew in every step, also after training; the seed of the run decides what."""

    stops = ("like",)
    like = takes(ANY, doc="Says how many examples there are and on which device; nothing else of it is used.")

    def drawn(self, at: At, function: str, *sizes: int, first: str = "") -> str:
        """A function of torch's that makes tensors, for as many examples as arrive."""
        counts = ", ".join([f"len({at.x})", *map(str, sizes)])
        counts = f"({counts},)" if first and not sizes else f"({counts})" if first else counts
        return f"torch.{function}({first}{counts}, device={at.x}.device)"


@block("Sampling")
class Noise(_Sampler):
    """Numbers drawn at random, as a generator takes them: anything → (sizes)."""

    title = "Random noise"
    source = "https://arxiv.org/abs/1406.2661"
    formula = "y ~ N(0, scale²), or y ~ U(−scale, scale)"
    keywords = "sampler latent z prior gaussian normal uniform randn rand gan generator"
    sizes_: tuple[int, ...] = sizes((100,), short="{}", always=True, doc="The sizes of the result without the batch.")
    distribution: str = choice(
        "normal", ("normal", "uniform"), short="{}", always=True, doc="Normal around 0, or all numbers alike."
    )
    scale: float = number(
        1.0, low=0.0, short="× {}", doc="Deviation of normal numbers; uniform ones reach from −scale to scale."
    )
    y = gives(FLOATS)

    def shape(self, like: Shape) -> Shape:
        return shape_of(self.sizes_, meaning_of_rank(len(self.sizes_)))

    def forward(self, at: At) -> str:
        if self.distribution == "uniform":
            return f"{self.drawn(at, 'empty', *self.sizes_)}.uniform_({-self.scale!r}, {self.scale!r})"
        drawn = self.drawn(at, "randn", *self.sizes_)
        return drawn if self.scale == 1.0 else f"{self.scale!r} * {drawn}"

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(3),), {"sizes": (2, 4, 4), "distribution": "uniform", "scale": 0.5}),)


@block("Sampling")
class RandomLabels(_Sampler):
    """A class drawn at random for each example, as a conditional generator is asked for one: anything → ()."""

    title = "Random labels"
    source = "https://arxiv.org/abs/1411.1784"
    formula = "y ~ U{0, …, classes − 1}"
    keywords = "sampler condition conditional generator cgan class digit randint"
    classes: int = whole(10, low=1, short="of {}", always=True, doc="How many different ones there are.")
    y = gives(SCALAR)

    def shape(self, like: Shape) -> Shape:
        return labels(self.classes)

    def forward(self, at: At) -> str:
        return self.drawn(at, "randint", first=f"{self.classes}, ")


@block("Sampling")
class RandomTimes(_Sampler):
    """A time drawn at random for each example, as diffusion and flow models are trained at: anything → ()."""

    title = "Random times"
    source = "https://arxiv.org/abs/2006.11239"
    formula = "y ~ U(0, 1), or y ~ U{0, …, steps − 1}"
    keywords = "sampler diffusion timestep flow matching score denoising ddpm rand randint"
    steps: int = whole(
        0, low=0, short="of {} steps", doc="Whole numbers below this, as the steps of a diffusion; 0: any from 0 to 1."
    )
    y = gives(SCALAR)

    def shape(self, like: Shape) -> Shape:
        return labels(self.steps) if self.steps else shape_of(())

    def forward(self, at: At) -> str:
        return self.drawn(at, "randint", first=f"{self.steps}, ") if self.steps else self.drawn(at, "rand")

    @classmethod
    def trials(cls) -> Trials:
        one: Any = vector(3)
        return (((one,), {"steps": 1000}),)
