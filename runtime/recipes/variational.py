"""Examples coded as distributions, from which new ones can be drawn (Kingma and Welling 2014)."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.definition import catalogued
from blocks.graph import Graph
from blocks.loss_numbers import GaussianKL
from blocks.setting import choice, number
from runtime.recipe import RECIPES, CannotPlan, Objective
from runtime.recipes.autoencoder import Autoencoder, code_of
from runtime.sources import DataSource
from runtime.step_drawing import Result, StepDrawing, mixed

_TOLD = ("mean", "log_variance")


@catalogued(RECIPES)
class Variational(Autoencoder):
    """The input restored from a draw of its code, and codes kept near the standard normal (Kingma and Welling 2014).

    The loss is the reconstruction, summed over the numbers of an example, plus beta times the KL divergence; both are
    told apart. What encodes has two more outputs, whose names begin with mean and log_variance. Held-out examples are
    restored from the mean of their code.
    """

    loss: str = choice(
        "cross-entropy",
        ("squared", "absolute", "cross-entropy"),
        doc="Errors squared or absolute; or cross-entropy, for numbers from 0 to 1, of scores or behind a Sigmoid.",
    )
    beta: float = number(
        1.0, low=0.0, high=1e6, doc="What the KL divergence counts for; above 1 codes say less (Higgins et al. 2017)."
    )

    def draw(self, networks: Mapping[str, Graph], data: DataSource) -> tuple[Graph, tuple[Objective, ...]]:
        step = StepDrawing(networks, data.fields())
        learning = self._learning(networks)
        given, wanted = self._ends(step, learning[0])
        coded = restored = step.use(learning[0], given)
        mean, log_variance = _distribution(coded, learning[0])
        for decoder in learning[1:]:
            restored = step.use(decoder, code_of(coded))
        error = self._judge(step, "reconstruction", next(iter(restored.values())), wanted, learning[-1])
        apart = step.add("kl", GaussianKL(), mean, log_variance)
        shape = step.shape(wanted)
        mixed(step, {"reconstruction": (error, float(shape.numel if shape else 1)), "kl": (apart, self.beta)})
        return step.graph(), (self.objective("loss", *learning),)


def _distribution(coded: Mapping[str, Result], network: str) -> tuple[Result, Result]:
    """The outputs that tell of which distribution a code was drawn; raises CannotPlan."""
    found = [end for stem in _TOLD for name, end in coded.items() if name.startswith(stem)]
    if len(found) != len(_TOLD):
        told = f"{network} gives {', '.join(coded)}, and no distribution of codes"
        raise CannotPlan(f"{told}. Give it two more outputs, mean and log_variance.")
    return found[0], found[1]
