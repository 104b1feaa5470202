"""Language by counting: what followed how often is learned in one pass over a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from blocks.counting import NGram
from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.headings import last
from blocks.loss_classes import NegativeLogLikelihood
from blocks.metric import Perplexity
from blocks.setting import part, whole
from runtime.optimizer import OPTIMIZERS, SGD, Optimizer
from runtime.recipe import RECIPES, CannotPlan, Objective, Recipe
from runtime.sources import DataSource
from runtime.step_drawing import StepDrawing


@catalogued(RECIPES)
class Counting(Recipe):
    """What follows what how often, counted in one pass: the baseline of every language model.

    An NGram that holds counts gives logarithms of shares, and the gradient of their likelihood is how often each of
    them was asked for; a plain step against it, as long as there are signs in a batch, counts every sign once.
    """

    epochs: int = last(
        whole(1, low=1, high=1_000_000, unit="epochs", doc="Passes over the text; one counts everything.")
    )
    optimizer: Optimizer = part(SGD(lr=1.0), OPTIMIZERS, doc="Plain SGD; at a rate of 1 every sign counts once.")

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        name = self._network(networks)
        self._refuse(name, networks[name])
        step = StepDrawing(networks, data.fields())
        *given, wanted = step.fields
        shares = next(iter(step.use(name, *(step.field(each) for each in given)).values()))
        following = step.field(wanted)
        step.add("loss", NegativeLogLikelihood(), shares, following)
        step.add("perplexity", Perplexity(), shares, following)
        signs = data.at_once() * step.fields[wanted].numel
        counting = self.optimizer.with_settings(lr=self.optimizer.lr * signs)
        return step.graph(), (replace(self.objective("loss", name), optimizer=counting),)

    def _refuse(self, name: str, network: Graph) -> None:
        """Raises CannotPlan where a step would not be a count."""
        if not any(isinstance(b, NGram) and b.holds == "counts" for b in (n.block for n in network.nodes.values())):
            told = f"{name} holds no counts"
            raise CannotPlan(f"{told}. Place an NGram in it that holds counts, or choose language_model.")
        if self.optimizer != SGD(lr=self.optimizer.lr) or self.gradient_clip_val:
            told = "Only plain SGD counts, without momentum, decay and clipping"
            raise CannotPlan(f"{told}. Choose it, or language_model to train scores.")
