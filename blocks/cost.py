"""What a network costs beyond its counts: how far each result sees, what training keeps in memory, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf

from blocks.any_length import Sizes, lengths, node_sizes
from blocks.block import Block
from blocks.check import Checked
from blocks.graph import Graph, Node, Step
from blocks.measure import Row
from blocks.shape import Meaning, Shape, dotted

Field = tuple[tuple[float, float], ...]  # for each axis (extent, step) in pixels of the network's input
FLOAT = 4  # bytes of a weight, a gradient, a moment
ADAM_STATES = 2  # numbers that an optimizer keeps for each weight: 0 plain SGD, 1 with momentum, 2 Adam
_SPATIAL = {Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a result sees, and the sizes of the input that it sees it in."""

    field: Field
    space: tuple[int, ...]

    @classmethod
    def pixels(cls, shape: Shape | None) -> _Seen | None:
        """Each pixel sees itself; nothing is said of what has no pixels."""
        spatial = shape is not None and shape.meaning in _SPATIAL
        return cls(((1, 1),) * len(shape.space), shape.space) if shape is not None and spatial else None

    def whole(self) -> _Seen:
        """Every number sees the whole input."""
        return _Seen(tuple((n, n) for n in self.space), self.space)


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes held while training in float32, estimated: see `training_memory`."""

    parameters: int
    gradients: int
    optimizer: int
    buffers: int
    activations: int

    @property
    def weights(self) -> int:
        """What using the network takes beside its results: parameters and buffers."""
        return self.parameters + self.buffers

    @property
    def total(self) -> int:
        """All of them together."""
        return self.parameters + self.gradients + self.optimizer + self.buffers + self.activations


@dataclass(frozen=True)
class LayerRow:
    """A line of the summary: a node, what leaves it, its trainable parameters, these with buffers, and its cost.

    `macs` and `activations` (bytes) are of one example. `field` is the receptive field, None where there is none.
    """

    node: str
    block: str
    shape: Shape | None
    parameters: int
    total: int
    macs: int
    activations: int
    field: Field | None
    share: float = 0.0  # of the trainable parameters of the network
    sizes: Sizes = ()  # those of `shape`, with letters for what goes with the length of a row

    @property
    def written(self) -> str:
        """What leaves it as on a wire: `T × 128`; empty where it is not known."""
        return dotted(self.sizes or self.shape.sizes) if self.shape is not None else ""


def receptive_field(checked: Checked) -> dict[str, Field | None]:
    """For each node the (extent, step) along each axis, in pixels of the network's input, of what one result sees.

    Along an axis, extent += (window - 1) · step and step *= stride (Araujo et al. 2019, distill.pub); the extent may
    exceed the input, as it does in deep networks. Of several branches the widest counts. After global pooling, and in
    vectors made of an image, the whole input is seen. None where no signal, image or volume comes before.
    """
    seen = _flow(checked.graph, checked.rows, {})
    return {name: ends[0].field if ends and ends[0] else None for name, ends in seen.items()}


def training_memory(checked: Checked, batch: int, states: int = ADAM_STATES) -> TrainingMemory:
    """An estimate of the bytes that training holds: 4 · parameters · (2 + states) + 4 · buffers + batch · results.

    Weights, gradients and `states` numbers of the optimizer for each weight; the results of all layers, kept for the
    backward pass; and the gradient of the largest of them. Of checkpointed nodes only what leaves them is kept, but
    the largest of them is there once while it is computed again. torch keeps fewer where a layer does not need its
    result again, and takes scratch space for some convolutions, so the figure is one to plan with, no measurement.
    """
    weights = FLOAT * checked.parameters
    return TrainingMemory(
        parameters=weights,
        gradients=weights,
        optimizer=states * weights,
        buffers=FLOAT * checked.buffers,
        activations=batch * (checked.activations + _largest(checked.rows.values()) + _again(checked.rows.values())),
    )


def _again(rows: Iterable[Row]) -> int:
    """Bytes of the largest of the results that are computed again together."""
    return max((row.again for row in rows), default=0)


def _largest(rows: Iterable[Row]) -> int:
    """Bytes of the largest single result, also inside composites."""
    most = 0
    for row in rows:
        parts = row.copies or (row.inside.rows.values() if row.inside else ())
        size = (_largest(parts) if parts else 0) or row.activations
        if size > most:
            most = size
    return most


def summary(checked: Checked) -> list[LayerRow]:
    """A row for every node that could be reached, in the order in which they run."""
    fields = receptive_field(checked)
    whole, nodes, rows = checked.parameters, checked.graph.nodes, checked.rows
    layers = [_layer(name, nodes[name], rows[name], fields[name], whole) for name in checked.order]
    if not lengths(checked).sizes:
        return layers
    return [replace(layer, sizes=node_sizes(checked, layer.node) or ()) for layer in layers]


def share_text(share: float) -> str:
    """A share as people read it: `74.3 %`; nothing where there is none."""
    return f"{share:.1%}".replace("%", " %") if share else ""


def field_text(field: Field | None) -> str:
    """A receptive field as people read it: `212 × 212`; nothing where there is none."""
    return dotted(tuple(round(extent) for extent, _ in field)) if field else ""


def _layer(name: str, node: Node, row: Row, field: Field | None, whole: int) -> LayerRow:
    block = node.block
    shapes = row.outputs if block.outputs else row.inputs  # an Output gives on what it gets
    shape = shapes[0] if shapes else None
    total = row.parameters + row.buffers
    share = row.parameters / whole if whole else 0.0
    return LayerRow(name, block.kind(), shape, row.parameters, total, row.macs, row.activations, field, share)


def _flow(graph: Graph, rows: Mapping[str, Row], entrances: Mapping[str, _Seen | None]) -> dict[str, _Ends]:
    """What the results of every node see; `entrances` say what arrives from outside at the inputs of an inner graph."""
    seen: dict[str, _Ends] = {}
    for step in graph.structure.plan:
        node, row = graph.nodes[step.name], rows[step.name]
        if node.block.role == "input":
            seen[step.name] = (entrances[step.name] if entrances else _Seen.pixels(row.outputs[0]),)
            continue
        arriving = [seen[source][slot] if seen[source] else None for source, slot in _feeds(step)]
        if node.muted:
            seen[step.name] = (*arriving[:1], *(None for _ in row.outputs[1:]))
            continue
        seen[step.name] = _after(node.block, row, arriving)
    return seen


_Ends = tuple[_Seen | None, ...]


def _feeds(step: Step) -> Iterator[tuple[str, int]]:
    if step.source is not None:
        yield step.source, step.slot
    for feed in step.feeds:
        yield from feed


def _after(block: Block, row: Row, arriving: Sequence[_Seen | None]) -> _Ends:
    """What the results of a node see, given what each of its wires brings."""
    if row.copies:
        for copy in row.copies:
            arriving = (*_after(block, copy, arriving)[:1], *arriving[1:])
        return tuple(arriving[:1])
    if row.inside is not None:
        return _through(row.inside.graph, row.inside.rows, arriving)
    if row.problem is not None or None in row.outputs:
        return (None,) * len(row.outputs)
    sees = _windowed(block, row, arriving)
    return tuple(_kept(sees, shape) for shape in row.outputs) or (sees,)


def _through(graph: Graph, rows: Mapping[str, Row], arriving: Sequence[_Seen | None]) -> _Ends:
    """The same through the graph inside a composite or a network."""
    seen = _flow(graph, rows, dict(zip(graph.inputs(), arriving, strict=False)))
    return tuple(seen[name][0] for name in graph.outputs())


def _windowed(block: Block, row: Row, arriving: Sequence[_Seen | None]) -> _Seen | None:
    window = block.window(*row.inputs)
    base = _widest(arriving)
    if window is None:
        return base
    if base is None or len(base.field) != len(window):
        base = _Seen.pixels(row.inputs[0])  # an image made of what is none: what it sees is counted from here
    return base and _Seen(tuple(map(_grown, base.field, window, base.space)), base.space)


def _grown(axis: tuple[float, float], window: tuple[float, float], space: int) -> tuple[float, float]:
    extent, step = axis
    reach, stride = window
    return (space if isinf(reach) else _plain(extent + (reach - 1) * step), _plain(step * stride))


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _kept(seen: _Seen | None, shape: Shape | None) -> _Seen | None:
    """Numbers without places of their own see whatever any place saw, so all of the input."""
    return seen if seen is None or (shape is not None and shape.meaning in _SPATIAL) else seen.whole()


def _widest(arriving: Sequence[_Seen | None]) -> _Seen | None:
    """The widest extent and step of several branches, axis by axis."""
    known = [seen for seen in arriving if seen is not None]
    known = [seen for seen in known if len(seen.field) == len(known[0].field)]
    if len(known) < 2:
        return known[0] if known else None
    fields = zip(*(seen.field for seen in known), strict=True)
    field = tuple((max(extent for extent, _ in axis), max(step for _, step in axis)) for axis in fields)
    return _Seen(field, tuple(map(max, *(seen.space for seen in known))))
