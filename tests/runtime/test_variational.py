"""A variational autoencoder learns from two parts, which are told apart."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from blocks.composite import Sketch
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.noise import Sampling
from blocks.reshape import Flatten, Reshape
from blocks.shape import image, vector
from blocks.zoo.autoencoder import VariationalAutoencoder
from runtime.data.digits import Digits
from runtime.design import Design, Phase
from runtime.model import Program, compiled
from runtime.recipes.variational import Variational

CPU = torch.device("cpu")


def encoder() -> Graph:
    """Pictures as normal distributions of three numbers, and a draw of them."""
    g = Sketch()
    x = g.add(Flatten(), g.input("image", image(1, 8, 8)))
    mean, log_variance = g.add(Linear(3), x), g.add(Linear(3), x)
    for name, end in (("mean", mean), ("log_variance", log_variance)):
        g.output(name, end)
    g.output("code", g.add(Sampling(), mean, log_variance))
    return g.graph()


def decoder() -> Graph:
    g = Sketch()
    g.output("picture", g.add(Reshape((1, 8, 8), "image"), g.add(Linear(64), g.input("code", vector(3)))))
    return g.graph()


def restoring(recipe: Variational, **networks: Graph) -> Program:
    return compiled(Design("Restored", networks, Digits(), (Phase("restore", recipe),)))


@torch.no_grad()
def judged(program: Program, x: Tensor) -> dict[str, float]:
    """What is judged of examples, each restored from the mean of its code."""
    networks = {name: network.eval() for name, network in program.script.build().items()}
    return {name: float(value) for name, value in program.script.PHASES[0].measure(networks, {"image": x}).items()}


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_loss_is_the_sum_of_reconstruction_and_beta_times_the_divergence(beta: float) -> None:
    told = judged(restoring(Variational(network="In", decoder="Out", beta=beta), In=encoder(), Out=decoder()), DIGITS)
    assert told["loss"] == pytest.approx(64 * told["reconstruction"] + beta * told["kl"], rel=1e-5)
    assert told.keys() == {"loss", "reconstruction", "mae", "kl"}


def test_both_parts_are_those_of_the_paper() -> None:
    [drawing] = VariationalAutoencoder(64, (16,), 3, picture=True).networks().values()
    program = restoring(Variational(), Net=drawing.graph())
    with torch.no_grad():
        restored, mean, log_variance = program.script.build()["Net"].eval()(DIGITS)
    told = judged(program, DIGITS)
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
    assert told["kl"] == pytest.approx(float(divergence), rel=1e-4)
    assert told["reconstruction"] == pytest.approx(float(F.binary_cross_entropy(restored, DIGITS)), rel=1e-4)


def test_a_decoder_of_its_own_reads_the_code_that_was_drawn_and_learns_too() -> None:
    phase = restoring(Variational(network="In", decoder="Out"), In=encoder(), Out=decoder()).script.PHASES[0]
    assert phase.learning == ("In", "Out")


DIGITS = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
