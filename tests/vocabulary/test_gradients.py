"""Rows T11, T12 and T13 of the vocabulary: gradients through time, forward in time, and against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.gradcheck import GradcheckError
from torch.func import functional_call
from torch.nn import functional

from blocks.activation import Tanh
from blocks.block import CATALOGUE, Block
from blocks.convolution import Conv2d
from blocks.edits import checkpoint
from blocks.linear import Linear
from blocks.normalization import BatchNorm2d
from blocks.recurrent import RNN
from blocks.recurrent_kinds import GatedLSTM, SimpleRNN
from blocks.reshape import Flatten
from blocks.residual import Residual
from blocks.shape import image
from tests.blocks import oracle
from tests.blocks.test_in_time import LAYERS, in_time, network, of_cells, printed, told
from tests.vocabulary.rows import chained, compiled

Step = Callable[[Tensor, Tensor], Tensor]


def gradients(module: nn.Module, *given: Tensor) -> dict[str, Tensor]:
    """The gradients of all weights, and of what comes in, for a loss over all results."""
    for tensor in given:
        tensor.grad = None
        tensor.requires_grad_(True)
    results = module(*given)
    results = results if isinstance(results, tuple) else (results,)
    weighted = (r.pow(2) * torch.linspace(1, 2, r.numel()).view_as(r) for r in results)
    sum((k + 1) * each.sum() for k, each in enumerate(weighted)).backward()
    found = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    return found | {f"input {i}": tensor.grad.clone() for i, tensor in enumerate(given) if tensor.grad is not None}


# --- T11 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [False, True], ids=["from zeros", "from given states"])
@pytest.mark.parametrize("block", LAYERS[:5], ids=str)
def test_T11_the_gradient_of_the_layer_laid_out_in_time_is_that_of_the_layer(block: Block, given: bool) -> None:
    graph = network(block, *([f"{port.name}0" for port in block.outputs[1:]] if given else []))
    layer, cells = printed({"Net": graph}).double(), printed(in_time(graph)).double()
    weights = {of_cells(name): tensor for name, tensor in layer.state_dict().items()}
    cells.load_state_dict({name: weights[told(name)] for name in cells.state_dict()})
    numbers = [torch.randn(2, *graph.block(name).shape().sizes, dtype=torch.float64) for name in graph.inputs()]
    recurrent, unrolled = gradients(layer, *numbers), gradients(cells, *numbers)
    named = {of_cells(name) if name.startswith("layer") else name: value for name, value in recurrent.items()}
    assert len(unrolled) == len(named) == len([*layer.parameters()]) + len(numbers)
    for name, value in unrolled.items():
        torch.testing.assert_close(value, named[told(name) if name.startswith("layer") else name], rtol=1e-9, atol=1e-9)


OWN = [
    (GatedLSTM(3, forget="coupled"), {"weight_ih": "read.weight", "weight_hh": "kept.weight", "bias": "read.bias"}),
    (SimpleRNN(3), {"weight_ih": "read.weight", "weight_hh": "kept.weight", "bias": "read.bias"}),
]


@pytest.mark.parametrize("block, names", OWN, ids=lambda value: str(value) if isinstance(value, Block) else "")
def test_T11_so_is_that_of_a_layer_of_our_own_drawn_as_a_network_for_each_step(
    block: Block, names: dict[str, str]
) -> None:
    states = [f"{port.name}0" for port in block.outputs[1:]]
    graph = network(block, *states)
    layer, cells = printed({"Net": graph}).double(), printed(in_time(graph)).double()
    here = {f"layer.{own}": f"layer_0.{there}" for own, there in names.items()}
    cells.load_state_dict({here[name]: tensor for name, tensor in layer.state_dict().items()})
    numbers = [torch.randn(2, *graph.block(name).shape().sizes, dtype=torch.float64) for name in graph.inputs()]
    recurrent, unrolled = gradients(layer, *numbers), gradients(cells, *numbers)
    assert len(unrolled) == len(recurrent) == len([*layer.parameters()]) + len(numbers)
    for name, value in recurrent.items():
        torch.testing.assert_close(unrolled[here.get(name, name)], value, rtol=1e-9, atol=1e-9)


# --- T12 -----------------------------------------------------------------------------------


def real_time(weights: list[Tensor], x: Tensor, loss: Step) -> Iterator[list[Tensor]]:
    """After each step the gradient of all losses so far: sensitivities of the state go forward with it.

    Williams & Zipser 1989: P' = φ'(s) (∂s/∂w + W_hh P), where P = ∂h/∂w; nothing of the past is kept but P.
    """
    read, kept, *biases = weights
    size = len(kept)
    h = torch.zeros(size, dtype=x.dtype)
    before = [torch.zeros(size, *w.shape, dtype=x.dtype) for w in weights]
    total = [torch.zeros_like(w) for w in weights]
    each = torch.eye(size, dtype=x.dtype)
    for t, arriving in enumerate(x):
        direct = [torch.einsum("ij,k->ijk", each, now) for now in (arriving, h)] + [each] * len(biases)
        h = torch.tanh(read @ arriving + kept @ h + sum(biases))
        slope = 1 - h * h
        before = [
            torch.einsum("i,i...->i...", slope, now + torch.einsum("ij,j...->i...", kept, then))
            for now, then in zip(direct, before, strict=True)
        ]
        error = loss(h, torch.tensor(t))
        total = [sum_ + torch.einsum("i,i...->...", error, p) for sum_, p in zip(total, before, strict=True)]
        yield total


def test_T12_real_time_recurrent_learning_finds_the_gradient_of_back_propagation_through_time_at_every_step() -> None:
    module = printed({"Net": network(RNN(3))}).double()
    x, wanted = torch.randn(5, 4, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    weights = [p.detach() for p in module.parameters()]
    assert [tuple(w.shape) for w in weights] == [(3, 4), (3, 3), (3,), (3,)]
    forward = real_time(weights, x, lambda h, t: h - wanted[t])
    for steps, found in enumerate(forward, 1):
        module.zero_grad()
        results, _ = module(x[None])
        (0.5 * (results[0, :steps] - wanted[:steps]).pow(2).sum()).backward()
        for parameter, gradient in zip(module.parameters(), found, strict=True):
            torch.testing.assert_close(parameter.grad, gradient, rtol=1e-10, atol=1e-12)
    assert steps == 5


# --- T13 -----------------------------------------------------------------------------------

UNSMOOTH = {
    "Step": "its slope is 0, or said to be 1",
    "ReverseGradient": "its slope is said to be the opposite",
    "Distillation": "the teacher's slope is said to be 0",
    "MaxUnpool1d": "of numbers that go to one place any may win",
    "MaxUnpool2d": "of numbers that go to one place any may win",
    "MaxUnpool3d": "of numbers that go to one place any may win",
}


def differentiable(case: oracle.Case) -> tuple[Callable[..., Any], list[Tensor]]:
    """A printed block as a function of all numbers that have a gradient: what comes in, and its weights."""
    module = oracle.built(case).double().eval()
    given = [t.double() if t.is_floating_point() else t for t in oracle.batch(case)]
    names = [name for name, _ in module.named_parameters()]
    smooth = [i for i, t in enumerate(given) if t.is_floating_point()]

    def run(*numbers: Tensor) -> tuple[Tensor, ...]:
        torch.manual_seed(1)  # what is drawn is the same each time
        arriving = list(given)
        for place, tensor in zip(smooth, numbers, strict=False):
            arriving[place] = tensor
        results = functional_call(module, dict(zip(names, numbers[len(smooth) :], strict=True)), tuple(arriving))
        results = results if isinstance(results, tuple) else (results,)
        return tuple(r for r in results if r.requires_grad)

    # away from where weights begin: a bias of 0 behind a ReLU that is shut is a kink
    weights = [p.detach() + 0.1 * torch.randn_like(p) for p in module.parameters()]
    return run, [n.requires_grad_(True) for n in [*(given[i] for i in smooth), *weights]]


def checked(kind: type[Block]) -> bool:
    """Whether the gradients of a block are those of finite differences, along random directions in double precision."""
    torch.manual_seed(0)
    run, numbers = differentiable(oracle.fitting(kind)[0])
    if not any(result.requires_grad for result in run(*numbers)):
        return not list(oracle.built(oracle.fitting(kind)[0]).parameters())  # as of a metric, or a mask
    return torch.autograd.gradcheck(run, numbers, fast_mode=True, atol=1e-4)


ALL = [kind for kind in oracle.RUNS_ALONE if oracle.fitting(kind) and kind.kind() not in UNSMOOTH]
SOME = """
    Conv2d ConvTranspose2d DepthwiseConv1d LocallyConnected2d SubSampling2d MaxPool2d AvgPool2d GlobalAvgPool LPPool2d
    GridSample Concat Gather Upsample2d PixelShuffle RoIAlign L2Norm BatchNorm2d LayerNorm RMSNorm LocalResponseNorm
    GELU SELU PReLU Softmax Maxout Linear RadialBasis Embedding TiedLinear Bilinear RNN GRU LSTM GatedLSTM LSTMCell
    MultiheadAttention Einsum GramMatrix CosineSimilarity L1Gate ConvUnit Highway Residual SqueezeExcite MBConv
    RestrictedBoltzmann Hopfield
""".split()
QUICK = [kind for kind in ALL if kind.kind() in SOME or kind.role == "loss"]


@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.kind())
def test_T13_the_gradients_of_a_printed_block_are_those_of_finite_differences(kind: type[Block]) -> None:
    assert checked(kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in ALL if kind not in QUICK], ids=lambda kind: kind.kind())
def test_T13_so_are_those_of_every_other_block_of_the_catalogue(kind: type[Block]) -> None:
    assert checked(kind)


@pytest.mark.parametrize("kind", UNSMOOTH)
def test_T13_what_is_left_out_exists(kind: str) -> None:
    assert kind in CATALOGUE


def test_T13_the_check_finds_a_gradient_that_is_wrong() -> None:
    with pytest.raises(GradcheckError):
        checked(type(CATALOGUE.make("ReverseGradient", {})))


@pytest.mark.parametrize("again", [False, True], ids=["kept", "computed again"])
def test_T13_a_network_in_training_mode_with_its_loss_passes_through_all_of_them(again: bool) -> None:
    """Normalization over the batch, a sum of branches and a softmax, and where wished what checkpointing gives."""
    layers = Conv2d(3), BatchNorm2d(), Tanh(), Residual(3, activation="GELU"), Flatten(), Linear(4)
    graph = chained(image(2, 6, 6), *layers)
    graph = checkpoint(graph, ["residual"], again) if again else graph
    module = compiled(graph).double()
    x, label = torch.randn(3, 2, 6, 6, dtype=torch.float64), torch.tensor([0, 3, 1])
    names, weights = zip(*module.named_parameters(), strict=True)

    def loss(*numbers: Tensor) -> Tensor:
        scores = functional_call(module, dict(zip(names, numbers, strict=True)), (x,))
        return functional.cross_entropy(scores, label)

    numbers = [w.detach().requires_grad_(True) for w in weights]
    assert torch.autograd.gradcheck(loss, numbers, fast_mode=True, atol=1e-4)
