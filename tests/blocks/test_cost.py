"""Receptive fields of the published networks, against gradients; memory against what torch saves; the summary."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.cost import LayerRow, field_text, receptive_field, summary, training_memory
from blocks.ends import Use
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.merge import Add, Multiply
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.pooling_global import AdaptiveAvgPool2d, GlobalAvgPool
from blocks.recurrent import LSTM
from blocks.reshape import Flatten, Reshape
from blocks.resize import Upsample2d
from blocks.separable import SeparableConv2d
from blocks.shape import image
from blocks.transposed import ConvTranspose2d
from runtime.source import print_networks
from tests.blocks.drawn import drawn


def chain(*blocks: Block | Node, size: int = 224) -> Graph:
    named = {f"n{i}": block for i, block in enumerate(blocks)}
    return drawn(" -> ".join(["image", *named, "out"]), image=(3, size, size), **named)


def seen(*blocks: Block | Node, size: int = 224) -> str:
    graph = chain(*blocks, size=size)
    return field_text(receptive_field(check(graph))[f"n{len(blocks) - 1}"])


def vgg16() -> list[Block]:
    stages = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
    return [b for n, width in stages for b in (*(Conv2d(width) for _ in range(n)), MaxPool2d(2))]


def alexnet() -> list[Block]:
    stem = [Conv2d(96, 11, 4, "valid"), MaxPool2d(3, 2), Conv2d(256, 5), MaxPool2d(3, 2)]
    return [*stem, Conv2d(384), Conv2d(384), Conv2d(256), MaxPool2d(3, 2)]


@pytest.mark.parametrize("count, field", [(1, "3 × 3"), (2, "5 × 5"), (3, "7 × 7")])
def test_small_kernels_in_a_row_see_as_much_as_a_large_one(count: int, field: str) -> None:
    assert seen(*[Conv2d(8)] * count) == field
    assert seen(Node(Conv2d(8), count)) == field


def test_vgg_and_alexnet_see_what_is_published() -> None:
    assert seen(*vgg16()) == "212 × 212"
    assert seen(*alexnet()) == "195 × 195"


def test_a_pointwise_layer_sees_no_more() -> None:
    assert seen(Conv2d(8), ReLU(), Conv2d(8, 1), ReLU()) == "3 × 3"


def test_axes_are_counted_apart() -> None:
    assert receptive_field(check(chain(Conv2d(8, (1, 7), (1, 2)))))["n0"] == ((1, 1), (7, 2))


def test_the_widest_branch_counts() -> None:
    graph = drawn(
        "image -> a -> b -> add.parts[0]", "a -> add.parts[1]", "add -> out", a=Conv2d(8), b=Conv2d(8), add=Add()
    )
    assert field_text(receptive_field(check(graph))["add"]) == "5 × 5"


def test_composites_and_networks_are_seen_through() -> None:
    assert seen(SeparableConv2d(8, 5), Node(SeparableConv2d(8), 2)) == "9 × 9"
    graph = drawn("image -> use -> out", use=Use("inner"))
    inner = drawn("image -> a -> b -> out", a=Conv2d(4), b=Conv2d(4))
    assert receptive_field(check(graph, {"inner": inner}))["use"] == ((5, 1), (5, 1))


def test_after_global_pooling_all_of_the_input_is_seen() -> None:
    assert seen(Conv2d(8), GlobalAvgPool(), Linear(10), size=32) == "32 × 32"
    assert seen(Conv2d(8), AdaptiveAvgPool2d(1), Conv2d(8, 1), size=32) == "32 × 32"
    graph = drawn(
        "image -> a -> pool -> mul.parts[0]",
        "a -> mul.parts[1]",
        "mul -> out",
        a=Conv2d(3),
        pool=GlobalAvgPool(),
        mul=Multiply(),
    )
    assert field_text(receptive_field(check(graph))["mul"]) == "28 × 28"


def test_nothing_is_said_of_what_has_no_pixels() -> None:
    graph = drawn("image -> lstm -> out", image=(28, 28), lstm=LSTM(8))
    assert receptive_field(check(graph))["lstm"] is None
    assert receptive_field(check(drawn("image -> fc -> out", fc=Linear(3))))["fc"] is None


def test_an_image_made_of_noise_counts_its_own_pixels() -> None:
    graph = drawn("image -> fold -> up -> out", image=(64,), fold=Reshape((4, 4, 4)), up=ConvTranspose2d(8))
    assert receptive_field(check(graph))["up"] == ((2, 0.5), (2, 0.5))


LAYERS = [
    (Conv2d(2, 3, 2), Conv2d(2, 3, dilation=2)),
    (MaxPool2d(3, 2, "same"), Conv2d(2, 5)),
    (AvgPool2d(2), ConvTranspose2d(2, 4, 2), Conv2d(2)),
    (Conv2d(2, 3, 2), Upsample2d(2), Conv2d(2)),
    (Conv2d(2, 3, 2), Upsample2d(2, mode="bilinear")),
    (Conv2d(2, 3, 2), ConvTranspose2d(2, 3, 2)),
]


@pytest.mark.parametrize("blocks", LAYERS, ids=lambda blocks: "-".join(b.kind() for b in blocks))
def test_no_gradient_comes_from_beyond_the_receptive_field(blocks: tuple[Block, ...]) -> None:
    graph = chain(*(b for b in blocks), size=32)
    field = receptive_field(check(graph))[f"n{len(blocks) - 1}"]
    extent = field[0][0] if field else 0
    reach = [_reach(graph, row) for row in range(10, 16)]
    assert max(reach) <= extent <= max(reach) + 2  # resizing counts whole pixels of a coarser grid


def _reach(graph: Graph, row: int) -> int:
    """How many rows of the input one row of the result depends on."""
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    _module(graph)(x)[:, :, row].sum().backward()
    assert x.grad is not None
    rows = x.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    return int(rows.max() - rows.min()) + 1


def _module(graph: Graph) -> torch.nn.Module:
    source = print_networks("net", {"net": graph})
    scope: dict[str, object] = {"__name__": "printed"}
    exec(source.text, scope)
    torch.manual_seed(0)
    made = scope[source.classes["net"]]
    assert isinstance(made, type)
    module = made()
    assert isinstance(module, torch.nn.Module)
    return module


LENET = (Conv2d(6, 5), ReLU(), MaxPool2d(2), Conv2d(16, 5), ReLU(), MaxPool2d(2), Flatten(), Linear(120), ReLU())


@pytest.mark.parametrize("blocks", [LENET, (SeparableConv2d(32), SeparableConv2d(64, stride=2), GlobalAvgPool())])
def test_the_estimate_of_activations_is_what_torch_keeps_or_up_to_twice_as_much(blocks: tuple[Block, ...]) -> None:
    graph = chain(*blocks, size=28)
    assert 1 <= training_memory(check(graph), 16).activations / _kept(graph, 16) <= 2


def _kept(graph: Graph, batch: int) -> int:
    """Bytes that torch saves for the backward pass, parameters left out."""
    module, kept = _module(graph), dict[int, int]()

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = module(torch.randn(batch, *check(graph).shape("image").sizes))  # type: ignore[union-attr]
    own = {p.untyped_storage().data_ptr() for p in module.parameters()}
    assert result.requires_grad
    return sum(size for at, size in kept.items() if at not in own)


def test_memory_of_weights_follows_the_optimizer() -> None:
    checked = check(chain(Flatten(), Linear(4096), size=10))
    weights = 4 * (300 * 4096 + 4096)
    totals = [training_memory(checked, 1, states) for states in (0, 1, 2)]
    assert [m.parameters + m.gradients + m.optimizer for m in totals] == [2 * weights, 3 * weights, 4 * weights]
    assert totals[0].total == 2 * weights + totals[0].activations


def test_the_summary_has_a_row_for_every_node_in_order() -> None:
    rows = summary(check(chain(SeparableConv2d(8), GlobalAvgPool(), size=8)))
    assert [r.node for r in rows] == ["image", "n0", "n1", "out"]
    assert rows[1] == LayerRow("n0", "SeparableConv2d", image(8, 8, 8), 73, 95, 3264, 8448, ((3, 1), (3, 1)), 1.0)
    assert rows[-1].shape == rows[-2].shape


def test_the_summary_leaves_blank_what_is_not_known() -> None:
    rows = summary(check(drawn("image -> bad -> relu -> out", bad=Linear(3), relu=ReLU())))
    assert [(r.node, r.shape, r.field) for r in rows][1:] == [
        ("bad", None, None),
        ("relu", None, None),
        ("out", None, None),
    ]
