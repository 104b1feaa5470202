"""Autoencoders: dense and deep, with tied weights, of corrupted inputs, stacked, convolutional and variational."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

from blocks.adversarial import GeneratorStage
from blocks.block import Block
from blocks.composite import End
from blocks.linear import Linear
from blocks.noise import GaussianNoise, MaskingNoise, SaltAndPepperNoise, Sampling
from blocks.reshape import Flatten, Reshape
from blocks.setting import BadSetting, choice, flag, number, sizes, whole
from blocks.shape import Shape, image, vector
from blocks.tied import Bias, TiedLinear
from blocks.transposed import ConvTranspose2d
from blocks.units import ACTIVATIONS, NONE, ConvUnit, LinearUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

INPUTS = "Numbers of an example, or pixels of a square picture: 784 are 28 × 28."
PICTURE = "Take and give a square grey picture instead of a vector."
_BENDS = ("Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "GELU")
_NOISES = ("masking", "gaussian", "salt and pepper")
LEVEL = "Part of the numbers that are lost, or deviation of the noise."


def corruption(kind: str, level: float) -> Block:
    """The noise of that name."""
    if kind == "gaussian":
        return GaussianNoise(level)
    if level > 1:
        raise BadSetting("level", f"a part from 0 to 1, where the noise is {kind}", level)
    return MaskingNoise(level) if kind == "masking" else SaltAndPepperNoise(level)


def begun(d: Drawing, inputs: int, picture: bool) -> End:
    """Draws the entrance, a vector or a picture that is flattened."""
    if not picture:
        return d.begin("x", vector(inputs))
    side = isqrt(inputs)
    if side * side != inputs:
        raise BadSetting(
            "inputs", f"a square, as {side * side} or {(side + 1) ** 2}, of which a picture is made", inputs
        )
    return d.below("flat", Flatten(), d.begin("x", image(1, side, side)))


def ended(d: Drawing, end: End, picture: bool) -> End:
    """Draws what makes a picture of a vector again."""
    side = isqrt(end.shape.features)
    return d.below("picture", Reshape((1, side, side), "image"), end) if picture else end


def dense(d: Drawing, name: str, width: int, activation: str, x: End) -> End:
    """Draws a layer with its activation, if it has one."""
    return d.below(name, Linear(width) if activation == NONE else LinearUnit(width, activation=activation), x)


def restored(d: Drawing, name: str, width: int, activation: str, x: End) -> End:
    """Draws the last layer, and apart from it its activation, which some losses bring along."""
    return bent(d, d.below(name, Linear(width), x), activation)


def bent(d: Drawing, x: End, activation: str, name: str = "") -> End:
    """Draws an activation, if there is one."""
    return x if activation == NONE else d.below(name or activation.lower(), ACTIVATIONS[activation](), x)


@dataclass(frozen=True)
class Tied:
    """Draws layers whose matrices the decoder uses transposed, each with a bias for either way."""

    widths: tuple[int, ...]  # the input first, the code last

    def encode(self, d: Drawing, place: int, activation: str, x: End) -> End:
        """Draws the layer of that place, counted from 1."""
        x = d.below(f"encode{place}", self._matrix(place), x)
        return self._biased(d, f"encode{place}", activation, x)

    def decode(self, d: Drawing, place: int, activation: str, code: End) -> End:
        """Draws the way back through the layer that was encoded `place` from the last, counted from 1."""
        lender = len(self.widths) - place
        x = d.below(f"decode{place}", self._matrix(lender), code=code)
        d.share(f"decode{place}", f"encode{lender}")
        return self._biased(d, f"decode{place}", activation, x)

    def _matrix(self, place: int) -> TiedLinear:
        return TiedLinear(self.widths[place - 1], self.widths[place])

    @staticmethod
    def _biased(d: Drawing, name: str, activation: str, x: End) -> End:
        return bent(d, d.below(f"{name}_bias", Bias(), x), activation, f"{name}_{activation.lower()}")


@template("Autoencoders")
class Autoencoder(Template):
    """Squeezes an example through narrow layers and restores it (Hinton & Salakhutdinov 2006, fig. 1)."""

    source = "https://www.science.org/doi/10.1126/science.1127647"
    keywords = "deep autoencoder dense denoising tied weights encoder decoder reconstruction bottleneck"
    inputs: int = whole(784, low=1, doc=INPUTS)
    hidden: tuple[int, ...] = sizes((1000,), doc="Widths of the layers up to the code; the decoder mirrors them.")
    tied: bool = flag(False, doc="Decode by the transposed matrices of the encoder.")
    activation: str = choice("Sigmoid", _BENDS, doc="After every layer but the code and the last.")
    code_activation: str = choice("Sigmoid", (*_BENDS, NONE), doc="After the code; deep ones have none.")
    output_activation: str = choice("Sigmoid", ("Sigmoid", "Tanh", NONE), doc="After the last layer.")
    noise: str = choice(NONE, (NONE, *_NOISES), doc="How the input is corrupted in training.")
    level: float = number(0.3, low=0.0, doc=LEVEL)
    picture: bool = flag(False, doc=PICTURE)

    def title(self) -> str:
        kind = "Deep autoencoder" if len(self.hidden) > 1 else "Autoencoder"
        return kind if self.noise == NONE else f"Denoising {kind.lower()}"

    def draw(self, d: Drawing) -> None:
        if not self.hidden:
            raise BadSetting("hidden", "the width of one layer at least", self.hidden)
        x = begun(d, self.inputs, self.picture)
        if self.noise != NONE:
            x = d.below("noise", corruption(self.noise, self.level), x)
        code = self._encoded(d, x)
        y = self._decoded(d, code)
        d.end("output", ended(d, y, self.picture))
        d.end_aside("code", code, 1.0)

    def _encoded(self, d: Drawing, x: End) -> End:
        for place, width in enumerate(self.hidden, 1):
            bend = self.code_activation if place == len(self.hidden) else self.activation
            x = self._tied().encode(d, place, bend, x) if self.tied else dense(d, f"encode{place}", width, bend, x)
        return x

    def _decoded(self, d: Drawing, x: End) -> End:
        for place, width in enumerate((*self.hidden[-2::-1], self.inputs), 1):
            last = place == len(self.hidden)
            bend = self.output_activation if last else self.activation
            if self.tied:
                x = self._tied().decode(d, place, bend, x)
            else:
                x = (restored if last else dense)(d, f"decode{place}", width, bend, x)
        return x

    def _tied(self) -> Tied:
        return Tied((self.inputs, *self.hidden))


@template("Autoencoders")
class StackedDenoisingAutoencoder(Template):
    """A classifier, and the denoising autoencoders that teach its layers one by one (Vincent et al. 2010, fig. 3).

    `Layer1` restores corrupted examples, `Layer2` corrupted codes of `Layer1`, and so on; then the encoders become
    the layers of `Classifier`, which is trained further as a whole.
    """

    source = "https://www.jmlr.org/papers/v11/vincent10a.html"
    keywords = "sdae denoising autoencoder pretraining greedy layerwise fine-tuning classifier tied"
    inputs: int = whole(784, low=1, doc=INPUTS)
    hidden: tuple[int, ...] = sizes((1000, 1000, 1000), doc="Widths of the layers.")
    classes: int = whole(10, low=1, doc="Classes told apart.")
    tied: bool = flag(True, doc="Decode by the transposed matrices of the encoder.")
    activation: str = choice("Sigmoid", _BENDS, doc="After every layer but the last.")
    noise: str = choice("masking", _NOISES, doc="How what a layer learns from is corrupted.")
    level: float = number(0.3, low=0.0, doc=LEVEL)
    picture: bool = flag(False, doc="Take a square grey picture instead of a vector.")

    def title(self) -> str:
        return "Stacked denoising autoencoder"

    def networks(self) -> Mapping[str, Drawing]:
        drawn = {"Classifier": self._classifier()}
        for place, (below, width) in enumerate(zip((self.inputs, *self.hidden), self.hidden, strict=False)):
            drawn[f"Layer{place + 1}"] = self._stage(below, width, self.picture and place == 0)
        return drawn

    def _classifier(self) -> Drawing:
        d = Drawing()
        x = begun(d, self.inputs, self.picture)
        for place, width in enumerate(self.hidden):
            x = d.below(f"encode{place + 1}", LinearUnit(width, activation=self.activation), x)
        d.end("output", d.below("classes", Linear(self.classes), x))
        return d

    def _stage(self, inputs: int, width: int, picture: bool) -> Drawing:
        d = Drawing()
        told = {name: self.value(name) for name in ("tied", "activation", "noise", "level")}
        Autoencoder(inputs, (width,), picture=picture, code_activation=self.activation, **told).draw(d)
        return d


@template("Autoencoders")
class ConvolutionalAutoencoder(Template):
    """Halves a picture step by step, and doubles what is left back to its size (Masci et al. 2011)."""

    source = "https://doi.org/10.1007/978-3-642-21735-7_7"
    keywords = "conv autoencoder convolution transposed encoder decoder image denoising"
    channels: int = whole(1, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(28, low=1, unit="px", doc="Height and width: 2 for each halving divides it.")
    filters: tuple[int, ...] = sizes((16, 32), doc="Channels after each halving.")
    code: int = whole(0, low=0, doc="Numbers of a dense code in the middle; 0: the last channels are the code.")
    normalization: str = choice(NONE, (NONE, "BatchNorm"), doc="After every convolution but the last.")
    output_activation: str = choice("Sigmoid", ("Sigmoid", "Tanh", NONE), doc="After the last layer.")
    noise: str = choice(NONE, (NONE, *_NOISES), doc="How the input is corrupted in training.")
    level: float = number(0.3, low=0.0, doc=LEVEL)

    def title(self) -> str:
        return "Convolutional autoencoder"

    def draw(self, d: Drawing) -> None:
        self._refuse_sizes()
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        if self.noise != NONE:
            x = d.below("noise", corruption(self.noise, self.level), x)
        for place, width in enumerate(self.filters):
            x = d.below(f"encode{place + 1}", ConvUnit(width, 3, 2, 1, normalization=self.normalization), x)
        code = x
        if self.code:
            code, x = self._squeezed(d, x)
        for place, width in enumerate(self.filters[-2::-1]):
            x = d.below(f"decode{place + 1}", GeneratorStage(width, normalization=self.normalization), x)
        y = d.below(f"decode{len(self.filters)}", ConvTranspose2d(self.channels, 4, 2, 1), x)
        d.end("output", bent(d, y, self.output_activation))
        d.end_aside("code", code, 1.0)

    def _squeezed(self, d: Drawing, x: End) -> tuple[End, End]:
        """The dense code, and what is unfolded of it."""
        maps: Shape = x.shape
        code = d.below("squeeze", Linear(self.code), d.below("flat", Flatten(), x))
        x = d.below("widen", LinearUnit(maps.numel), code)
        return code, d.below("unfold", Reshape(maps.sizes, "image"), x)

    def _refuse_sizes(self) -> None:
        if not self.filters:
            raise BadSetting("filters", "the channels of one halving at least", self.filters)
        parts = 1 << len(self.filters)
        if self.resolution % parts:
            expected = f"a multiple of {parts}, which {len(self.filters)} halvings and doublings restore"
            raise BadSetting("resolution", expected, self.resolution)


@template("Autoencoders")
class VariationalAutoencoder(Template):
    """Codes an example as a normal distribution and restores it from a draw of that (Kingma & Welling 2014)."""

    source = "https://arxiv.org/abs/1312.6114"
    keywords = "vae variational latent generative reparameterization mean variance sampling"
    inputs: int = whole(784, low=1, doc=INPUTS)
    hidden: tuple[int, ...] = sizes((400,), doc="Widths of the layers before the code; the decoder mirrors them.")
    latents: int = whole(20, low=1, doc="Numbers of the code.")
    activation: str = choice("ReLU", _BENDS, doc="After every hidden layer.")
    output_activation: str = choice("Sigmoid", ("Sigmoid", "Tanh", NONE), doc="After the last layer.")
    picture: bool = flag(False, doc=PICTURE)

    def title(self) -> str:
        return "Variational autoencoder"

    def draw(self, d: Drawing) -> None:
        x = begun(d, self.inputs, self.picture)
        x = self._layers(d, "encode", self.hidden, x)
        branches = [[(name, Linear(self.latents))] for name in ("mean", "log_variance")]
        mean, log_variance = d.beside(branches, x)
        x = d.below("draw", Sampling(), mean, log_variance)
        x = self._layers(d, "decode", self.hidden[::-1], x)
        x = restored(d, "restore", self.inputs, self.output_activation, x)
        d.end("output", ended(d, x, self.picture))
        d.end_aside("mean_out", mean, -1.5)
        d.end_aside("log_variance_out", log_variance, 1.5)

    def _layers(self, d: Drawing, stem: str, widths: Sequence[int], x: End) -> End:
        for place, width in enumerate(widths):
            x = d.below(f"{stem}{place + 1}", LinearUnit(width, activation=self.activation), x)
        return x
