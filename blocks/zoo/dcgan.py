"""Generators and discriminators: DCGAN of any size, and cDCGAN, which draws the digit that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.activation import Sigmoid, Tanh
from blocks.adversarial import CriticStage, GeneratorStage
from blocks.block import Block
from blocks.composite import End
from blocks.convolution import Conv2d
from blocks.embedding import OneHot
from blocks.merge import Concat
from blocks.reshape import Reshape
from blocks.resize import Upsample2d
from blocks.setting import BadSetting, choice, flag, whole
from blocks.shape import Shape, image, labels
from blocks.transposed import ConvTranspose2d
from blocks.units import NONE
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_SIDE = "Height and width of the pictures: a power of 2."
MAPS, NUMBERS = "maps", "whole numbers"
_JUDGED = "End in the probability of being real; without, in a score from which a loss makes it."


class _Adversarial(Template):
    """What both share: two networks, pictures whose side is a power of 2, halved down to 4 pixels."""

    def networks(self) -> Mapping[str, Drawing]:
        self._refuse_side()
        drawn = {"Generator": Drawing(), "Discriminator": Drawing()}
        self.draw(drawn["Generator"])
        self.judge(drawn["Discriminator"])
        return drawn

    def judge(self, d: Drawing) -> None:
        """Draws the network that tells pictures that were made from real ones."""

    def _halvings(self) -> int:
        """How often a picture is halved down to 4 pixels."""
        return int(self.value("resolution")).bit_length() - 3

    def _refuse_side(self) -> None:
        side = self.value("resolution")
        if side & (side - 1):
            near = 1 << (side.bit_length() - 1)
            raise BadSetting("resolution", f"a power of 2, as {near} or {2 * near}", side)

    def _picture(self, d: Drawing, x: End, name: str, bias: bool) -> None:
        """The last doubling, to numbers from -1 to 1."""
        x = d.below(name, ConvTranspose2d(self.value("channels"), 4, 2, 1, bias=bias), x)
        d.end("output", d.below("tanh", Tanh(), x))

    def _verdict(self, d: Drawing, x: End, name: str, bias: bool) -> None:
        """One score of what is left of a picture, 4 × 4 pixels."""
        x = d.below(name, Conv2d(1, 4, 1, 0, bias=bias), x)
        d.end("output", d.below("sigmoid", Sigmoid(), x) if self.value("probability") else x)


@template("Adversarial")
class DCGAN(_Adversarial):
    """Draws pictures from noise, and judges them, by strided convolutions alone (Radford et al. 2016, fig. 1)."""

    source = "https://arxiv.org/abs/1511.06434"
    keywords = "gan generative adversarial generator discriminator critic deep convolutional"
    resolution: int = whole(64, low=8, high=4096, unit="px", doc=_SIDE)
    filters: int = whole(64, low=1, doc="Channels at half the size, of both; each halving doubles them.")
    latents: int = whole(100, low=1, doc="Numbers of the noise.")
    channels: int = whole(3, low=1, doc="Channels of the pictures: 3 for colour, 1 for grey.")
    probability: bool = flag(True, doc=_JUDGED)

    def draw(self, d: Drawing) -> None:
        x = d.begin("noise", image(self.latents, 1, 1))
        top = self._halvings()
        x = d.below("up1", GeneratorStage(self.filters << (top - 1), 4, 1, 0), x)
        for step in range(1, top):
            x = d.below(f"up{step + 1}", GeneratorStage(self.filters << (top - 1 - step)), x)
        self._picture(d, x, f"up{top + 1}", bias=False)

    def judge(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("d1", CriticStage(self.filters, normalization=NONE, bias="no"), x)
        for step in range(1, self._halvings()):
            x = d.below(f"d{step + 1}", CriticStage(self.filters << step), x)
        self._verdict(d, x, f"d{self._halvings() + 1}", bias=False)


@template("Adversarial")
class ConditionalDCGAN(_Adversarial):
    """A DCGAN told what to draw: noise and label, picture and label come in apart and meet (Mirza & Osindero 2014).

    A label is a map for each class, 1 × 1 at the generator and of the picture's size at the discriminator: ones for
    the class that is meant, zeros for the others.
    """

    source = "https://arxiv.org/abs/1411.1784"
    keywords = "cgan cdcgan conditional gan generative adversarial generator discriminator label mnist"
    resolution: int = whole(32, low=16, high=4096, unit="px", doc=_SIDE)
    filters: int = whole(128, low=2, doc="Channels where the discriminator's branches meet.")
    latents: int = whole(100, low=1, doc="Numbers of the noise.")
    classes: int = whole(10, low=1, doc="Classes among which a label tells.")
    channels: int = whole(1, low=1, doc="Channels of the pictures: 3 for colour, 1 for grey.")
    labels: str = choice(MAPS, (MAPS, NUMBERS), doc="Whether a label's maps arrive made, or are made of its number.")
    bias: bool = flag(True, doc="Learn biases also where a normalization follows, as the common form does.")
    probability: bool = flag(True, doc=_JUDGED)

    def title(self) -> str:
        return "cDCGAN"

    def draw(self, d: Drawing) -> None:
        noise, label = d.begin_beside(noise=image(self.latents, 1, 1), label=self._label(1))
        ups = self._halvings()
        branch = self._up(self.filters << (ups - 2), 4, 1, 0)
        branches = [("z_branch", branch)], [*self._maps(1), ("y_branch", branch)]
        x = d.below("join", Concat(), *d.beside(branches, noise, label))
        for step in range(1, ups):
            x = d.below(f"up{step + 1}", self._up(self.filters << (ups - 1 - step)), x)
        self._picture(d, x, f"up{ups + 1}", self.bias)

    def judge(self, d: Drawing) -> None:
        side = self.resolution
        picture, label = d.begin_beside(image=image(self.channels, side, side), label=self._label(side))
        branch = CriticStage(self.filters // 2, normalization=NONE, bias=self._biased())
        branches = [("x_branch", branch)], [*self._maps(side), ("y_branch", branch)]
        x = d.below("join", Concat(), *d.beside(branches, picture, label))
        for step in range(1, self._halvings()):
            x = d.below(f"c{step + 1}", CriticStage(self.filters << step, bias=self._biased()), x)
        self._verdict(d, x, f"c{self._halvings() + 1}", self.bias)

    def _label(self, side: int) -> Shape:
        """How a label arrives."""
        return image(self.classes, side, side) if self.labels == MAPS else labels(self.classes)

    def _maps(self, side: int) -> list[tuple[str, Block]]:
        """What makes maps of a number: a 1 at its place among the classes, and that all over the picture."""
        if self.labels == MAPS:
            return []
        made: list[tuple[str, Block]] = [("one_hot", OneHot()), ("maps", Reshape((self.classes, 1, 1), "image"))]
        return [*made, ("spread", Upsample2d(size=side))] if side > 1 else made

    def _up(self, *told: int) -> GeneratorStage:
        return GeneratorStage(*told, bias=self._biased())

    def _biased(self) -> str:
        return "yes" if self.bias else "auto"
