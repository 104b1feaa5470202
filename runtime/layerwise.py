"""Greedy layer-wise pre-training of a network that stands already: its layers learn one by one, then all together.

Bengio et al. 2007; with corrupted inputs Vincent et al. 2010. The whole of it is one edit of the design.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from blocks.block import Block
from blocks.check import Checked, check
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.naming import Refused, fresh_name
from blocks.normalization import BatchNorm1d, LayerNorm
from blocks.reshape import Flatten, Reshape
from blocks.shape import Shape
from blocks.units import LinearUnit
from runtime.design import Design, Phase, Point
from runtime.recipe import Classification
from runtime.recipes.autoencoder import Denoising
from runtime.recipes.probe import FineTuning, Probe

DENSE = (Linear, LinearUnit)
_BESIDE_DENSE = (*DENSE, BatchNorm1d, LayerNorm)  # what may have weights in a stage
_ROW = 80.0  # canvas pixels from a node to the next
_HANDED = ("epochs", "optimizer")  # what the phases of layers take over from the training there was


def layer_by_layer(network: str) -> Callable[[Design], Design]:
    """The edit that lets the layers of a network learn one by one before it is trained as a whole.

    A chain of dense layers is cut into a network for each of them and a classifier. Where a phase of fine-tuning names
    this network as its classifier, or as an encoder, the encoders that it names are taken. Raises Refused.
    """

    def edit(design: Design) -> Design:
        named = _tuning(design, network)
        if named is not None:
            return _taught(design, named)
        opened, tuning = _cut(design, network)
        return _taught(opened, tuning)

    return edit


def why_not_layer_by_layer(design: Design, network: str) -> str:
    """Why a network cannot be trained so, or nothing."""
    try:
        layer_by_layer(network)(design)
    except Refused as refusal:
        return f"{str(refusal)[:1].upper()}{str(refusal)[1:]}."
    return ""


def _tuning(design: Design, network: str) -> Phase | None:
    """The phase that trains a classifier behind encoders, this network among them."""
    for phase in design.training:
        plan = phase.plan
        if isinstance(plan, Probe) and plan.encoders and network in (plan.network, *plan.encoders):
            return phase
    return None


# --- a network cut into its layers ----------------------------------------------------------


def _cut(design: Design, network: str) -> tuple[Design, Phase]:
    """A design with a network for every hidden layer and one for the rest, and its phase of fine-tuning."""
    old = _trained(design, network)
    checked = check(design.networks[network], design.networks)
    stages = list(_stages(checked, network))
    taken = set(design.networks) - {network}
    names = [_new(taken, f"Encoder{i}") for i in range(1, len(stages))] + [_new(taken, "Classifier")]
    notes, opened = design.notes.get(network, ()), design.without_network(network)
    for name, stage in zip(names, stages, strict=True):
        opened = _placed(opened, name, _stage(checked, stage, last=stage is stages[-1]))
    if notes:
        opened = opened.with_notes(names[0], notes)
    *encoders, classifier = names
    tuning = Phase(_named(opened, old), _fine_tuning(old, classifier, tuple(encoders)))
    phases = tuple(tuning if phase is old else phase for phase in design.training)
    return replace(opened, training=phases if old is not None else (*phases, tuning)), tuning


def _trained(design: Design, network: str) -> Phase | None:
    """The phase that trains a network as a classifier, if any; raises Refused where it is trained otherwise."""
    used = [name for name, graph in design.networks.items() if network in graph.uses]
    if used:
        raise Refused(f"{used[0]} uses {network}, which would be cut into its layers")
    for phase in design.training:
        plan = phase.plan
        alone = len(design.networks) == 1
        if isinstance(plan, Classification) and (plan.network == network or (alone and not plan.network)):
            return phase
    if design.training:
        raise Refused(f"no phase trains {network} as a classifier; add one of classification")
    return None


def _stages(checked: Checked, network: str) -> Iterator[list[str]]:
    """The names of the nodes of each stage: up to the next dense layer; the last one answers."""
    chain = _chain(checked.graph, network)
    dense = [name for name in chain if isinstance(checked.graph.block(name), DENSE)]
    for name in chain:
        row = checked.rows[name]
        if row.problem is not None or not row.outputs or row.outputs[0] is None:
            raise Refused(f"{name} of {network} does not fit yet; repair it first")
        if row.parameters and not isinstance(checked.graph.block(name), _BESIDE_DENSE):
            raise Refused(f"{name} of {network} is no dense layer; name its encoders in a phase of fine-tuning")
    if len(dense) < 2:
        raise Refused(f"{network} has no hidden dense layer that could learn before the last one")
    cuts = [0, *(chain.index(name) for name in dense[1:]), len(chain)]
    yield from (chain[begin:end] for begin, end in pairwise(cuts))


def _chain(graph: Graph, network: str) -> list[str]:
    """The nodes between the only input and the only output, one after the other; raises Refused."""
    entrances, exits = graph.inputs(), graph.outputs()
    straight = all(len(graph.into(n)) == (n not in entrances) for n in graph.nodes)
    straight = straight and all(len(graph.out_of(n)) == (n not in exits) for n in graph.nodes)
    if len(entrances) != 1 or len(exits) != 1 or not straight or any(node.shares for node in graph.nodes.values()):
        raise Refused(
            f"{network} is no chain of layers, one after the other; name its encoders in a phase of fine-tuning"
        )
    found, here = [], entrances[0]
    while here != exits[0]:
        here = graph.out_of(here)[0].target
        found.append(here)
    return found[:-1]


def _stage(checked: Checked, names: list[str], last: bool) -> Graph:
    """The network of one stage, from what arrives at it to its code or, of the last one, to the answer."""
    graph = checked.graph
    before = graph.into(names[0])[0]
    begin = before.source if before.source in graph.inputs() else fresh_name(names, "below")
    end = graph.outputs()[0] if last else fresh_name([begin, *names], "code")
    shape = checked.rows[names[0]].inputs[0]
    assert isinstance(shape, Shape)
    nodes = {begin: Node(Input.of(shape)), **{name: graph.nodes[name] for name in names}, end: Node(Output())}
    wires = [wire for wire in graph.wires if wire.source in names and wire.target in names]
    leaving = graph.out_of(names[-1])[0]
    wires += [Wire(begin, "y", names[0], before.input), Wire(names[-1], leaving.output, end, "x")]
    return Graph(nodes, tuple(wires), graph.variables)


def _fine_tuning(old: Phase | None, classifier: str, encoders: tuple[str, ...]) -> FineTuning:
    """Fine-tuning as the classifier was trained before."""
    kept: Mapping[str, Any] = {}
    if old is not None and isinstance(old.plan, Classification):
        told = set(old.plan.changed()) & FineTuning.settings.keys() - {"network", "frozen", "weights"}
        kept = {name: old.plan.value(name) for name in told}
    return FineTuning(network=classifier, encoders=encoders).with_settings(**kept)


def _named(design: Design, old: Phase | None) -> str:
    return old.name if old is not None else fresh_name([p.name for p in design.training], "tune")


# --- the phases -----------------------------------------------------------------------------


def _taught(design: Design, tuning: Phase) -> Design:
    """With a decoder and a phase for every encoder of a phase of fine-tuning, in front of it; raises Refused."""
    plan = tuning.plan
    assert isinstance(plan, Probe)
    phases, taken = list[Phase](), set(design.networks)
    handed = {name: plan.value(name) for name in _HANDED}
    known = {phase.name for phase in design.training}
    for place, encoder in enumerate(plan.encoders):
        if encoder not in design.networks:
            raise Refused(f"there is no network named {encoder}, which {tuning.name} names as an encoder")
        decoder = _new(taken, f"Decoder{place + 1}")
        design = _placed(design, decoder, _decoder(encoder, design))
        before = plan.encoders[:place]
        recipe = Denoising(network=encoder, decoder=decoder, before=before, noise="masking", seed=plan.seed, **handed)
        phases.append(Phase(_new(known, f"layer {place + 1}"), recipe))
    where = next(i for i, phase in enumerate(design.training) if phase.name == tuning.name)
    return replace(design, training=(*design.training[:where], *phases, *design.training[where:]))


def _decoder(encoder: str, design: Design) -> Graph:
    """One dense layer from the code of an encoder back to what it read, in the same shape."""
    graph = design.networks[encoder]
    rows = check(graph, design.networks).rows
    exits = graph.outputs()
    code = rows[("code" if "code" in exits else exits[0])].inputs[0] if exits else None
    wanted = graph.block(graph.inputs()[0]).shape() if len(graph.inputs()) == 1 else None
    if not isinstance(code, Shape) or not isinstance(wanted, Shape) or wanted.dtype != "float32":
        raise Refused(f"{encoder} does not lead from one input of plain numbers to a code")
    layers: dict[str, Block] = {"flatten": Flatten()} if code.rank > 1 else {}
    layers["back"] = Linear(wanted.numel)
    if wanted.rank > 1:
        layers["shape"] = Reshape(wanted.sizes, wanted.meaning.value)
    names = ["code", *layers, "restored"]
    nodes = {
        "code": Node(Input.of(code)),
        **{n: Node(block) for n, block in layers.items()},
        "restored": Node(Output()),
    }
    wires = (Wire(a, "y", b, "x") for a, b in pairwise(names))
    return Graph(nodes, tuple(wires))


def _placed(design: Design, name: str, graph: Graph) -> Design:
    """With another network, its nodes one below the other."""
    order = check(graph, design.networks).order
    places: dict[str, Point] = {node: (0.0, i * _ROW) for i, node in enumerate(order)}
    return design.with_network(name, graph).with_places(name, places)


def _new(taken: set[str], wanted: str) -> str:
    """A name that is not taken yet, which is taken from now on."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(name)
    return name
