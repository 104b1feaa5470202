"""Examples that are to be restored: as they were, or as they were before they were corrupted."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.activation import Sigmoid
from blocks.block import Block
from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.headings import where
from blocks.loss import BinaryCrossEntropy, MeanAbsoluteError, MeanSquaredError
from blocks.loss_classes import BinaryCrossEntropyOfProbabilities
from blocks.metric import MeanAbsoluteDifference
from blocks.noise import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from blocks.setting import choice, number
from blocks.shape import Shape
from runtime.places import field_name, network_name, network_names
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource
from runtime.step_drawing import Result, StepDrawing, field_of, network_of

_IN_NETWORK = "in the network"
_NOISES = (_IN_NETWORK, "masking", "gaussian", "salt and pepper")
_CORRUPTING = (GaussianNoise, MaskingNoise, SaltAndPepperNoise)


@catalogued(RECIPES)
class Autoencoder(Recipe):
    """The input restored through a narrow code: squared or absolute errors, or binary cross-entropy, of each number.

    The network restores by itself, or it encodes and another one decodes. Networks named in `before` come first and do
    not learn: what the last of them gives is then restored, layer after layer (Vincent et al. 2010).
    """

    field: str = field_name(doc="The field that is restored; empty for the first one of plain numbers.")
    before: tuple[str, ...] = network_names(doc="Networks that come first and do not learn; their codes are restored.")
    decoder: str = network_name(doc="The network that restores what the other one encodes; empty: it does so itself.")
    loss: str = choice(
        "squared",
        ("squared", "absolute", "cross-entropy"),
        doc="Errors squared or absolute; or cross-entropy, for numbers from 0 to 1, of scores or behind a Sigmoid.",
    )

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        step = StepDrawing(networks, data.fields())
        learning = self._learning(networks)
        given, wanted = self._ends(step, learning[0])
        result = step.use(learning[0], given)
        for decoder in learning[1:]:
            result = step.use(decoder, code_of(result))
        self._judge(step, "loss", next(iter(result.values())), wanted, learning[-1])
        return step.graph(), (self.objective("loss", *learning),)

    def _learning(self, networks: Mapping[str, Graph]) -> tuple[str, ...]:
        for name in (*self.before, *([self.decoder] if self.decoder else [])):
            network_of("network", name, networks)
        taken = (*self.before, self.decoder)
        name = network_of("network that learns to restore", self.network, networks, taken)
        if name in taken:
            raise CannotPlan(f"{name} cannot play two parts. Name another network to learn.")
        return (name, self.decoder) if self.decoder else (name,)

    def _ends(self, step: StepDrawing, network: str) -> tuple[Result, Result]:
        """What the network gets, and what is wanted of it."""
        end = self._field(step)
        for each in self.before:
            end = code_of(step.use(each, end))
        return end, end

    def _field(self, step: StepDrawing) -> Result:
        wanted = "an autoencoder restores plain numbers. Choose data with images or vectors."
        return step.field(field_of(self.field, step.fields, _plain, wanted))

    def _judge(self, step: StepDrawing, name: str, result: Result, wanted: Result, network: str) -> Result:
        """Draws the loss under a name, and what is judged beside it; gives the loss."""
        told: Block = MeanAbsoluteError() if self.loss == "absolute" else MeanSquaredError()
        restored = result
        if self.loss == "cross-entropy":
            squashed = isinstance(step.last(result, network), Sigmoid)
            told = BinaryCrossEntropyOfProbabilities() if squashed else BinaryCrossEntropy()
        loss = step.add(name, told, result, wanted)
        if isinstance(told, BinaryCrossEntropy):
            restored = step.add("squashed", Sigmoid(), result)
        step.add("mae", MeanAbsoluteDifference(), restored, wanted)
        return loss


@catalogued(RECIPES)
class Denoising(Autoencoder):
    """A corrupted input restored: what comes out is compared with what there was before (Vincent et al. 2008).

    The network corrupts by a noise block of its own, in training only; or noise is put in front of it, which is there
    when the held-out examples are measured too; or the data holds both, corrupted and clean.
    """

    noise: str = choice(_IN_NETWORK, _NOISES, doc="What corrupts: a noise block in the network, or one in front of it.")
    level: float = where(
        number(0.3, low=0.0, doc="Part of the numbers that are lost, or deviation of the noise in front."),
        "noise",
        *_NOISES[1:],
    )
    clean: str = field_name(doc="The field that holds the clean example, where the data is corrupted; empty: the same.")

    def _ends(self, step: StepDrawing, network: str) -> tuple[Result, Result]:
        end, same = super()._ends(step, network)
        if self.clean:
            same = step.field(field_of(self.clean, step.fields, _plain, ""))
            for each in self.before:
                same = code_of(step.use(each, same))
        if self.noise != _IN_NETWORK:
            return step.add("noise", self._corruption(), end), same
        if not self.clean and not _corrupts(step.networks, network):
            told = "Choose a noise, place a noise block in it, or name the field that holds clean examples"
            raise CannotPlan(f"Nothing corrupts what {network} restores. {told}.")
        return end, same

    def settings_of(self, node: str) -> tuple[str, ...]:
        return ("noise", "level") if node == "noise" else super().settings_of(node)

    def _corruption(self) -> Block:
        if self.noise == "gaussian":
            return GaussianNoise(self.level)
        if self.level > 1.0:
            raise CannotPlan(f"The noise is to corrupt {self.level:g} of all numbers. Set a level from 0 to 1.")
        return MaskingNoise(self.level) if self.noise == "masking" else SaltAndPepperNoise(self.level)


def code_of(results: Mapping[str, Result]) -> Result:
    """What a network gives to the next one: its output `code`, if it has one, else the first."""
    return results.get("code") or next(iter(results.values()))


def _plain(shape: Shape) -> bool:
    return shape.dtype == "float32" and shape.rank > 0


def _corrupts(networks: Mapping[str, Graph], network: str) -> bool:
    blocks = [node.block for node in networks[network].nodes.values()]
    return any(isinstance(block, _CORRUPTING) for block in blocks)
