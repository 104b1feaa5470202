"""Row T16 of the vocabulary: a deeper network from a shallower one, which answers as before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from blocks import edits
from blocks.activation import ReLU, Tanh
from blocks.block import CATALOGUE, Block
from blocks.check import check
from blocks.convolution import Conv1d, Conv2d, Conv3d, DepthwiseConv2d
from blocks.deepening import deepened, why_not
from blocks.embedding import Embedding
from blocks.ends import Input
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.merge import Add
from blocks.normalization import BatchNorm1d, BatchNorm2d
from blocks.recurrent import GRU
from blocks.reshape import Flatten
from blocks.residual import Bottleneck, PreActivation, Residual
from blocks.shape import FLOATS, Meaning, image, sequence, shape_of, vector
from blocks.zoo.residual import ResNet
from runtime.model import network_class
from tests.blocks.drawn import drawn
from tests.blocks.oracle import made

LENET = drawn(
    "image -> conv1 -> norm1 -> relu1 -> conv2 -> tanh -> flat -> fc1 -> norm2 -> relu2 -> fc2 -> out",
    image=(3, 9, 9),
    conv1=Conv2d(6),
    norm1=BatchNorm2d(),
    relu1=ReLU(),
    conv2=Conv2d(4, 3, 2),
    tanh=Tanh(),
    flat=Flatten(),
    fc1=Linear(10),
    norm2=BatchNorm1d(),
    relu2=ReLU(),
    fc2=Linear(5),
)


def deeper(graph: Graph, source: str, *targets: str) -> Graph:
    """With an identity after a node, before those named, or before all that it feeds."""
    output = graph.block(source).outputs[0].name
    wires = [w for w in graph.out_of(source) if w.output == output and (not targets or w.target in targets)]
    shape = check(graph).shape(source, output)
    assert shape is not None
    return deepened(graph, wires, source, output, shape)


def built(graph: Graph, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    module: nn.Module = network_class({"N": graph}, "N")()
    return module


def trained(graph: Graph) -> nn.Module:
    """A network that has seen some batches, so that its normalizations have averages of their own."""
    module = built(graph)
    with torch.no_grad():
        for _ in range(5):
            module(batch(graph))
    return module


def batch(graph: Graph) -> Tensor:
    return torch.randn(16, *graph.block(graph.inputs()[0]).value("shape"))


def carried(graph: Graph, module: nn.Module) -> nn.Module:
    """A deeper network with the weights of a shallower one by name, all others as they begin."""
    grown = built(graph, seed=1)
    missing, unexpected = grown.load_state_dict(module.state_dict(), strict=False)
    assert not unexpected
    assert missing
    return grown


@pytest.mark.parametrize("source", [n for n in LENET.nodes if n != "out"])
def test_T16_an_identity_after_any_node_keeps_the_outputs_to_a_millionth(source: str) -> None:
    shallow = trained(LENET)
    graph = deeper(LENET, source)
    assert not check(graph).errors
    deep = carried(graph, shallow)
    for mode in (True, False):
        given = batch(LENET)
        results = [network.train(mode)(given) for network in (shallow, deep)]
        torch.testing.assert_close(results[1], results[0], rtol=0, atol=1e-6)


def test_T16_after_an_activation_that_may_stand_twice_there_is_really_a_layer_more() -> None:
    graph = deeper(LENET, "relu1")
    assert [graph.block(name).kind() for name in ("conv3", "relu3")] == ["Conv2d", "ReLU"]
    order = graph.structure.order
    assert order[order.index("relu1") : order.index("conv2") + 1] == ("relu1", "conv3", "relu3", "conv2")
    alone = deeper(LENET, "tanh")
    assert alone.nodes.keys() - LENET.nodes.keys() == {"conv3"}


def test_T16_only_the_chosen_wire_goes_through_it() -> None:
    ends = "image -> one -> sum.parts[0]", "one -> two -> sum.parts[1]", "sum -> out"
    graph = drawn(*ends, image=(4, 8, 8), one=Conv2d(4), two=Conv2d(4), sum=Add())
    grown = deeper(graph, "one", "two")
    assert {w.target for w in grown.out_of("one")} == {"sum", "conv1"}
    assert [w.source for w in grown.into("two")] == ["conv1"]
    assert [w.source for w in deeper(graph, "one").into("sum")] == ["conv1", "two"]


SHAPES = {
    Conv1d: shape_of((5, 7), Meaning.SIGNAL),
    Conv2d: image(5, 7, 6),
    Conv3d: shape_of((3, 4, 5, 6), Meaning.VOLUME),
    Linear: vector(5),
    GRU: sequence(4, 5),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_T16_the_layer_gives_back_exactly_what_it_gets_and_its_weights_learn(kind: type[Block]) -> None:
    shape = SHAPES[kind]
    plain = drawn("image -> out")
    graph = deeper(plain.with_node("image", replace(plain.nodes["image"], block=Input.of(shape))), "image")
    module, given = built(graph), torch.randn(3, *shape.sizes)
    result = module(given)
    torch.testing.assert_close(result, given, rtol=0, atol=1e-6)
    result.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())


def test_T16_groups_and_channels_of_their_own_begin_as_the_identity_too() -> None:
    given = torch.randn(2, 6, 5, 5)
    for plain in (Conv2d(6, groups=3), DepthwiseConv2d(), DepthwiseConv2d(5, dilation=2), Conv2d(6, 1)):
        block = plain.with_settings(init="identity")
        torch.testing.assert_close(made(block, image(6, 5, 5))(given), given, rtol=0, atol=1e-6)


def test_T16_where_no_such_layer_can_be_it_is_said() -> None:
    words = drawn("image -> table -> out", image=(4,), table=Embedding(5, 3))
    tokens = shape_of((4,), Meaning.TOKENS, "int64", 5)
    assert "no linear layer of the same width" in why_not(words, "image", tokens)
    assert "gives nothing on" in why_not(words, "out", None)
    assert "connect its input first" in why_not(words, "table", None)


def idempotent() -> Iterator[tuple[type[Block], bool]]:
    """Every activation without weights, and whether it says that it may stand twice in a row."""
    for kind in CATALOGUE:
        if kind.category == "Activation" and set(FLOATS) <= set(kind.inputs[0].meanings) and len(kind.inputs) == 1:
            yield kind, kind.idempotent


@pytest.mark.parametrize("kind, said", [*idempotent()])
def test_T16_an_activation_that_says_so_changes_nothing_the_second_time(kind: type[Block], said: bool) -> None:
    module = made(kind(), vector(401)).eval()
    once = module(torch.linspace(-9, 9, 401)[None])
    assert torch.equal(module(once), once) is said or kind.kind() in {"Threshold"}


# --- zero-initialised branches --------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        Residual(8, zero_init_residual=True),
        Residual(8, normalization="GroupNorm", zero_init_residual=True),
        Residual(8, normalization="none", zero_init_residual=True),
        Residual(8, normalization="InstanceNorm", squeeze_excite=4, zero_init_residual=True),
        Bottleneck(2, zero_init_residual=True),
    ],
    ids=str,
)
def test_T16_a_fresh_branch_from_zero_passes_on_what_is_positive(block: Block) -> None:
    given = torch.rand(3, 8, 6, 6)
    for mode in (True, False):
        assert torch.equal(made(block, image(8, 6, 6)).train(mode)(given), given)


def test_T16_a_branch_before_its_activation_passes_on_anything() -> None:
    for bottleneck, normalization in itertools.product((0, 4), ("BatchNorm", "none")):
        block = PreActivation(8, bottleneck=bottleneck, normalization=normalization, zero_init_residual=True)
        given = torch.randn(3, 8, 6, 6)
        assert torch.equal(made(block, image(8, 6, 6))(given), given)


def resnet(*layers: int, zero: bool = True) -> Graph:
    """A small ResNet with so many blocks a stage."""
    made = ResNet(depth="18", layers=layers, width=4, classes=5, resolution=32, zero_init_residual=zero)
    [drawing] = made.networks().values()
    return drawing.graph()


def by_place(weights: dict[str, Tensor], shallow: Graph, deep: Graph) -> dict[str, Tensor]:
    """The weights under the names that the same blocks have in a deeper network."""
    own = built(deep).state_dict().keys()
    found = {}
    for name, value in weights.items():
        stage, _, rest = name.partition(".")
        same = name if name in own else f"{stage}.0.{rest}"
        found[same if same in own else name] = value
    return found


@pytest.mark.parametrize("mode", [True, False])
def test_T16_a_fresh_deeper_resnet_answers_as_the_one_without_its_further_blocks(mode: bool) -> None:
    shallow, deep = resnet(2, 2, 2, 2), resnet(3, 4, 6, 3)
    one, other = built(shallow), built(deep, seed=1)
    missing, unexpected = other.load_state_dict(by_place(dict(one.state_dict()), shallow, deep), strict=False)
    assert not unexpected
    assert missing
    given = batch(shallow)
    torch.testing.assert_close(other.train(mode)(given), one.train(mode)(given), rtol=0, atol=1e-6)


def test_T16_without_it_the_further_blocks_change_the_answer() -> None:
    shallow, deep = resnet(2, 2, 2, 2, zero=False), resnet(3, 4, 6, 3, zero=False)
    one, other = built(shallow).eval(), built(deep, seed=1).eval()
    other.load_state_dict(by_place(dict(one.state_dict()), shallow, deep), strict=False)
    given = batch(shallow)
    assert (other(given) - one(given)).abs().max() > 1e-3


def test_T16_of_every_branch_the_last_norm_and_no_other_begins_at_zero() -> None:
    zero = {name for name, p in built(resnet(2, 2, 2, 2)).named_parameters() if not p.any() and name.endswith("weight")}
    assert len(zero) == 8
    assert {name.rsplit(".", 2)[-2] for name in zero} == {"norm2"}


def test_T16_copies_all_begin_from_zero() -> None:
    graph = edits.repeat(drawn("image -> a -> out", image=(8, 6, 6), a=Residual(8, zero_init_residual=True)), "a", 3)
    given = torch.rand(2, 8, 6, 6)
    assert torch.equal(built(graph)(given), given)
