"""How fast a network is checked: whole, after an edit, and against peers on the same networks."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from blocks.activation import ReLU
from blocks.check import Checked, check, recheck
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.merge import Add
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.shape import image


def resnet50() -> Graph:
    """ResNet-50 node by node, as the peers see it: 176 nodes, no composites."""
    g = Sketch()
    x = g.input("image", image(3, 224, 224))
    x = g.add(ReLU(), g.add(BatchNorm2d(), g.add(Conv2d(64, 7, 2, 3, bias=False), x)))
    x = g.add(MaxPool2d(3, 2, 1), x)
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for index in range(blocks):
            x = _bottleneck(g, x, width, 2 if stage and not index else 1)
    g.output("logits", g.add(Linear(1000), g.add(GlobalAvgPool(), x)))
    return g.graph()


def _bottleneck(g: Sketch, x: Any, width: int, stride: int) -> Any:
    y = g.add(ReLU(), g.add(BatchNorm2d(), g.add(Conv2d(width, 1, bias=False), x)))
    y = g.add(ReLU(), g.add(BatchNorm2d(), g.add(Conv2d(width, 3, stride, 1, bias=False), y)))
    y = g.add(BatchNorm2d(), g.add(Conv2d(4 * width, 1, bias=False), y))
    if x.shape is not y.shape:
        x = g.add(BatchNorm2d(), g.add(Conv2d(4 * width, 1, stride, bias=False), x))
    return g.add(ReLU(), g.add(Add(), y, x))


def chain(nodes: int) -> Graph:
    """Convolutions, norms and activations in a row."""
    g = Sketch()
    x = g.input("image", image(8, 16, 16))
    kinds = (Conv2d(8, 3, 1, 1), BatchNorm2d(), ReLU())
    for i in range(nodes - 2):
        x = g.add(kinds[i % 3], x, name=f"n{i}")
    g.output("out", x)
    return g.graph()


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """Median processor time of one call in ms."""
    taken = []
    for _ in range(times):
        start = time.process_time_ns()
        work()
        taken.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(taken)


def row(
    name: str, value: float, unit: str, line: float | None, *, least: bool = False, against: str = ""
) -> dict[str, Any]:
    """One line of the table; `least` where the line is a floor, None where there is no line to hold."""
    holds = None if line is None else value >= line if least else value <= line
    return {"name": name, "value": round(value, 4), "unit": unit, "line": line, "holds": holds, "against": against}


def _edits(graph: Graph) -> tuple[float, float]:
    """Median ms of an edit that keeps the shape, and of the check after it."""
    checked = check(graph)
    edits, checks = [], []
    names = [name for name, node in graph.nodes.items() if isinstance(node.block, Conv2d)]
    for i in range(300):
        name = names[i * 37 % len(names)]
        start = time.perf_counter_ns()
        graph = graph.with_node(name, Node(Conv2d(8, 3, 1, 1, bias=bool(i % 2))))
        middle = time.perf_counter_ns()
        after = recheck(checked, graph, [name])
        edits.append((middle - start) / 1e6)
        checks.append((time.perf_counter_ns() - middle) / 1e6)
        checked = after  # only now is the graph before let go, which the history of a person keeps
    return statistics.median(edits), statistics.median(checks)


def _peers(graph: Graph, ours: float) -> list[dict[str, Any]]:
    """The same ResNet-50 through torchinfo, and through ONNX where it is installed."""
    import torch
    import torchinfo

    from runtime.source import print_networks

    namespace: dict[str, Any] = {"__name__": "printed"}
    exec(print_networks("ResNet", {"resnet": graph}).text, namespace)
    model = namespace["Resnet"]().eval()

    def summarize() -> None:
        torchinfo.summary(model, input_size=(1, 3, 224, 224), verbose=0, device=torch.device("cpu"))

    summarize()
    rows = [
        row(
            "faster than torchinfo, ResNet-50", median_ms(summarize, 3) / ours, "×", 60, least=True, against="torchinfo"
        )
    ]
    return rows + _onnx(graph, ours)


def _onnx(graph: Graph, ours: float) -> list[dict[str, Any]]:
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        return []

    def infer() -> None:
        made, weights, names = [], [], {"image": "image"}
        checked = check(graph)
        for name in checked.order:
            block = graph.block(name)
            into = [names[w.source] for w in graph.into(name)]
            names[name] = name
            kind = {"Conv2d": "Conv", "BatchNorm2d": "BatchNormalization", "ReLU": "Relu", "Add": "Add"}.get(
                block.kind()
            )
            if kind is None:
                names[name] = into[0] if into else name
                continue
            for key, sizes in block.parameters(*checked.rows[name].inputs).items():
                weights.append(helper.make_tensor_value_info(f"{name}.{key}", TensorProto.FLOAT, sizes))
                into.append(f"{name}.{key}")
            if kind == "BatchNormalization":
                for key in ("mean", "var"):
                    sizes = (checked.rows[name].inputs[0].channels,)
                    weights.append(helper.make_tensor_value_info(f"{name}.{key}", TensorProto.FLOAT, sizes))
                    into.append(f"{name}.{key}")
            attributes: dict[str, Any] = {}
            if isinstance(block, Conv2d):
                side = block.padding if isinstance(block.padding, int) else 0
                attributes = {"strides": [block.stride] * 2, "pads": [side] * 4}
            made.append(helper.make_node(kind, into, [name], **attributes))
        entry = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 224, 224])
        exits = [helper.make_tensor_value_info(made[-1].output[0], TensorProto.FLOAT, None)]
        model = helper.make_model(helper.make_graph(made, "resnet", [entry, *weights], exits))
        onnx.shape_inference.infer_shapes(model)

    infer()
    value = median_ms(infer, 5) / ours
    return [row("faster than ONNX build and inference, ResNet-50", value, "×", 6, least=True, against="onnx")]


def _first_check(graph: Graph) -> Checked:
    """The check of a graph that nobody has seen: its order is worked out, and no row is remembered."""
    for node in graph.nodes.values():
        node.memo.clear()
    return check(Graph(dict(graph.nodes), graph.wires))


def rows() -> list[dict[str, Any]]:
    """Every line of the table about checking."""
    found = []
    networks = (
        ("ResNet-50", resnet50(), 1.0),
        ("1,000 nodes", chain(1000), 3.0),
        ("10,000 nodes", chain(10_000), 16.0),
    )
    for name, graph, line in networks:
        check(graph)
        found.append(row(f"full check, {name}", median_ms(lambda graph=graph: check(graph), 31), "ms", line))  # type: ignore[misc]
    edit, again = _edits(chain(10_000))
    found.append(row("recheck after an edit that keeps the shape, 10,000 nodes", again, "ms", 0.05))
    found.append(row("the edit itself, 10,000 nodes", edit, "ms", 0.5))
    graph = resnet50()
    first = median_ms(lambda: _first_check(graph), 31)
    found.append(row("first check of a network never seen, ResNet-50", first, "ms", None))
    return found + _peers(graph, median_ms(lambda: check(graph), 31))
