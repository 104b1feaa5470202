"""Recipes draw the step graph of a phase, so that a beginner never has to; what they draw is an ordinary graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from blocks.block import Block
from blocks.definition import Catalogue, catalogued
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.headings import grouped, where
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from blocks.measure import flow
from blocks.metric import Accuracy, BinaryAccuracy, MeanAbsoluteDifference
from blocks.setting import Whole, choice, number, part, whole
from blocks.shape import Shape
from runtime.factors import Factors, factors
from runtime.losses import OF_CLASSES, OF_NUMBERS
from runtime.mixing import MIXINGS, why_not_mixed, with_mixing
from runtime.optimizer import OPTIMIZERS, Adam, Optimizer
from runtime.places import Places, PlacesSetting, network_name, network_of
from runtime.schedule import SCHEDULES, Constant, Schedule
from runtime.sources import DataSource
from runtime.terms import GRADIENTS, LEARNING, Terms

RECIPES: Catalogue[Recipe] = Catalogue("recipe")
CLIPS = ("norm", "value")


class CannotPlan(Exception):
    """A recipe cannot draw its step graph from this design; the sentence says what is missing and what to do."""


@dataclass(frozen=True)
class Objective:
    """What is minimized (a node of the step graph), the networks it updates, and how.

    Gradients are clipped by norm or by value, made from several batches, and followed at every n-th step; `rates` are
    factors of the learning rate for some nodes. Of a network of which `parts` names nodes, only those learn from it.
    """

    minimize: str
    networks: tuple[str, ...]
    optimizer: Optimizer
    schedule: Schedule
    gradient_clip_val: float = 0.0
    every: int = 1
    clip_by: str = "norm"
    accumulate: int = 1
    rates: Factors = ()
    parts: Places = ()

    @property
    def places(self) -> Places:
        """The networks that learn, those of which only nodes do as these nodes."""
        of = {network: [p for p in self.parts if network_of(p) == network] for network in self.networks}
        return tuple(place for network in self.networks for place in of[network] or [network])


class Recipe(Terms):
    """Draws a step graph and its objectives from the networks and the data of a design."""

    network: str = network_name(doc="The network to train; empty for the only one.")
    optimizer: Optimizer = grouped(part(Adam(), OPTIMIZERS, doc="How weights follow their gradients."), LEARNING)
    schedule: Schedule = grouped(
        part(Constant(), SCHEDULES, doc="How the learning rate changes over the run."), LEARNING
    )
    gradient_clip_val: float = grouped(
        number(0.0, low=0.0, high=1e6, doc="Gradients longer than this are scaled down to it; 0 leaves them."),
        GRADIENTS,
    )
    clip_by: str = grouped(
        where(
            choice("norm", CLIPS, doc="Scale all gradients down together, or cut off each number that is larger."),
            "gradient_clip_val",
        ),
        GRADIENTS,
    )
    accumulate: int = grouped(
        whole(1, low=1, high=100_000, unit="batches", doc="Batches of which the mean gradient makes one step."),
        GRADIENTS,
    )
    rates: Factors = grouped(
        factors(
            doc="Factors of the learning rate for some nodes, as body: 0.1; what is not named learns at the full rate."
        ),
        GRADIENTS,
    )

    @classmethod
    def kind(cls) -> str:
        return cls.__name__.lower()

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        """The step graph and what is minimized in it; raises CannotPlan or NoData."""
        name = self._network(networks)
        fields = data.fields()
        graph = networks[name]
        nodes: dict[str, Node] = {field: Node(Input.of(shape)) for field, shape in fields.items()}
        call = _free(nodes, _snake(name))
        nodes[call] = Node(Use(name, tuple(graph.inputs()), tuple(graph.outputs())))
        given, wanted = self._split(graph, fields)
        wires = [Wire(field, "y", call, entrance) for field, entrance in given]
        result = graph.outputs()[0]
        for label, block in self.judges(_result(graph, networks), fields[wanted]).items():
            place = _free(nodes, label)
            nodes[place] = Node(block)
            wires.append(Wire(call, result, place, block.inputs[0].name))
            wires.append(Wire(wanted, "y", place, block.inputs[1].name))
        return Graph(nodes, tuple(wires)), (self.objective("loss", name),)

    def settings_of(self, node: str) -> tuple[str, ...]:
        """The settings from which a node of the step comes: who changes it there changes them."""
        return ("loss",) if node == "loss" and "loss" in self.settings else ()

    @classmethod
    def renewed(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        """Settings as a file holds them, with those of earlier versions as they are called today."""
        return stored

    def objective(self, minimize: str, *networks: str) -> Objective:
        """What makes a loss small by updating networks, as the settings say."""
        told = {field.name: self.value(field.name) for field in fields(Objective) if field.name in self.settings}
        return Objective(minimize, networks, **told)

    def judges(self, result: Shape | None, wanted: Shape) -> Mapping[str, Block]:
        """The loss and the metrics by name, each fed with the network's result and what is wanted."""
        return {}

    def _network(self, networks: Mapping[str, Graph]) -> str:
        if self.network in networks:
            return self.network
        if self.network:
            raise CannotPlan(f"There is no network named {self.network}; there are: {', '.join(networks)}.")
        if len(networks) != 1:
            raise CannotPlan("Name the network to train: " + (", ".join(networks) or "the design has none yet") + ".")
        return next(iter(networks))

    def _split(self, graph: Graph, fields: Mapping[str, Shape]) -> tuple[list[tuple[str, str]], str]:
        """Which field feeds which entrance, and the field that says what is wanted: the last one."""
        *given, wanted = fields
        entrances = graph.inputs()
        if len(entrances) != len(given) or not graph.outputs():
            raise CannotPlan(
                f"The data gives {', '.join(given)} to put in and {wanted} to compare with; the network has the inputs "
                f"{', '.join(entrances) or 'none'} and the outputs {', '.join(graph.outputs()) or 'none'}."
            )
        return list(zip(given, entrances, strict=True)), wanted


_EVERY = Whole(1, "Follow it at every n-th step only.", "steps", group=GRADIENTS, low=1, high=1_000_000)
PARTS = PlacesSetting((), "Nodes, as Net.head: of their networks nothing else learns from this loss.", name="parts")
_OWN = {"every": _EVERY.bind("every", Recipe), "parts": PARTS}
FOLLOWED = {
    name: setting
    for name, setting in {**Recipe.settings, **_OWN}.items()
    if name in {each.name for each in fields(Objective)}
}  # what says how an objective is followed, in the order of a form


@catalogued(RECIPES)
class Classification(Recipe):
    """One class an example: cross-entropy of the logits, and accuracy (binary where the network gives one number)."""

    loss: Block = part(
        CrossEntropy(), OF_CLASSES, doc="What is made small; of one score for two classes, binary cross-entropy."
    )

    mixing: str = choice(
        "none", MIXINGS, doc="Mix examples with others while learning: blended (mixup), or boxes pasted (cutmix)."
    )
    mixing_alpha: float = where(
        number(0.2, low=0.001, high=100.0, doc="Of Beta(α, α), by which parts are drawn; 1 draws them all alike."),
        "mixing",
    )

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        step, objectives = super().draw(networks, data)
        if self.mixing == "none":
            return step, objectives
        if why := why_not_mixed(step, self.mixing):
            raise CannotPlan(why)
        return with_mixing(step, self.mixing, self.mixing_alpha), objectives

    @classmethod
    def renewed(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        return moved(stored, "label_smoothing", "CrossEntropy")

    def judges(self, result: Shape | None, wanted: Shape) -> Mapping[str, Block]:
        if result is not None and result.sizes == (1,) and wanted.classes == 2:
            binary = BinaryCrossEntropy() if isinstance(self.loss, CrossEntropy) else self.loss
            return {"loss": binary, "accuracy": BinaryAccuracy()}
        return {"loss": self.loss, "accuracy": Accuracy()}


@catalogued(RECIPES)
class Regression(Recipe):
    """Numbers to be met: mean squared error or another distance, and the mean absolute difference."""

    loss: Block = part(MeanSquaredError(), OF_NUMBERS, doc="What is made small: how far numbers are from those wanted.")

    def judges(self, result: Shape | None, wanted: Shape) -> Mapping[str, Block]:
        return {"loss": self.loss, "mae": MeanAbsoluteDifference()}


def moved(stored: Mapping[str, object], name: str, loss: str) -> Mapping[str, object]:
    """Settings of a file in which `name` was one of the recipe, where today it is one of its loss of that kind."""
    if name not in stored or "loss" in stored:
        return stored
    rest = {key: value for key, value in stored.items() if key != name}
    return rest | {"loss": {"kind": loss, name: stored[name]}}


def _result(graph: Graph, networks: Mapping[str, Graph]) -> Shape | None:
    row = flow(graph, networks).get(graph.outputs()[0])
    return row.inputs[0] if row is not None else None


def _snake(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).lower().strip("_") or "network"


def _free(taken: Mapping[str, Node], wanted: str) -> str:
    return wanted if wanted not in taken else _free(taken, f"{wanted}_")
