"""A classifier behind encoders that another training made: to measure their features, or to tune them finely."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.definition import catalogued
from blocks.graph import Graph
from runtime.places import network_names
from runtime.recipe import RECIPES, CannotPlan, Classification, Objective
from runtime.recipes.autoencoder import code_of
from runtime.sources import DataSource
from runtime.step_drawing import StepDrawing, network_of


@catalogued(RECIPES)
class Probe(Classification):
    """How useful features are: a classifier learns from what encoders give, which stay as they are.

    Of an encoder with several outputs that named code is taken, else the first.
    """

    encoders: tuple[str, ...] = network_names(
        doc="The networks in front, in order; each reads what the one before gives."
    )

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        name = self._classifier(networks)
        step = StepDrawing(networks, data.fields())
        *given, wanted = step.fields
        ends = [step.field(each) for each in given]
        for encoder in self.encoders:
            ends = [code_of(step.use(encoder, *ends))]
        logits = next(iter(step.use(name, *ends).values()))
        label = step.field(wanted)
        for place, block in self.judges(step.shape(logits), step.fields[wanted]).items():
            step.add(place, block, logits, label)
        return step.graph(), (self.objective("loss", *self._learning(name)),)

    def _classifier(self, networks: Mapping[str, Graph]) -> str:
        if not self.encoders:
            told = "Name the encoders, as they stand in front of the classifier"
            raise CannotPlan(f"{told}: of {', '.join(networks) or 'no networks yet'}.")
        for each in self.encoders:
            network_of("encoder", each, networks)
        name = network_of("classifier", self.network, networks, self.encoders)
        if name in self.encoders:
            raise CannotPlan(f"{name} cannot be encoder and classifier. Name another network as the classifier.")
        return name

    def _learning(self, classifier: str) -> tuple[str, ...]:
        return (classifier,)


@catalogued(RECIPES)
class FineTuning(Probe):
    """Encoders and the classifier behind them learn together, beginning with the weights that they have.

    `rates` let what has learned before learn slower: 0.1 for its nodes.
    """

    def _learning(self, classifier: str) -> tuple[str, ...]:
        return (*dict.fromkeys(self.encoders), classifier)
