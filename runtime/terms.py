"""What every phase of training says, whether a recipe draws its step or a hand: how long, from where, what stays."""

from __future__ import annotations

from blocks.definition import Definition
from blocks.headings import last, where
from blocks.setting import choice, flag, number, whole
from runtime.places import Places, places, weights_from

PRECISIONS = {"32-true": "", "bf16-mixed": "torch.bfloat16", "16-mixed": "torch.float16"}  # what autocast is told
AVERAGES = ("none", "ema", "swa")

# The headings under which forms show what phases, recipes and objectives have in common.
LEARNING, GRADIENTS, STOPPING = "Learning", "Gradients and rates", "Stopping"
BEGINNING, AVERAGING, NUMBERS = "Weights", "Averages of weights", "Precision and chance"


class Terms(Definition):
    """The length of a phase, the weights that it begins with, and what does not learn in it."""

    epochs: int = last(
        whole(10, low=1, high=1_000_000, unit="epochs", doc="Passes over the training examples."), LEARNING
    )
    patience: int = last(
        whole(0, low=0, unit="epochs", doc="Stop when the watched loss has not improved for so long; 0 never does."),
        STOPPING,
    )
    stopping_threshold: float | None = last(
        number(None, optional=True, doc="Stop after an epoch whose validation loss is this or less; empty never does."),
        STOPPING,
    )
    restore_best_weights: bool = last(
        flag(False, doc="End the phase with the weights of its best epoch, not with those of the last one."),
        STOPPING,
    )
    frozen: Places = last(
        places(doc="Networks, or nodes as Net.body, that do not learn in this phase and are used in evaluation mode."),
        BEGINNING,
    )
    weights: str = last(
        weights_from(
            doc="What the weights are at first: empty, as the phase before left them; the name of an earlier phase, as "
            "that one left them; or a .safetensors file, a folder of them or a run, of which is taken what fits.",
        ),
        BEGINNING,
    )
    precision: str = last(
        choice(
            "32-true",
            tuple(PRECISIONS),
            doc="The bits of a number: all 32, or products and convolutions in 16, which GPUs do far faster. bf16 has "
            "the range of 32 bits; 16 is finer but narrower, so losses are scaled up lest small gradients vanish.",
        ),
        NUMBERS,
    )
    averaging: str = last(
        choice(
            "none",
            AVERAGES,
            doc="Judge and keep averages of the weights, which wander less than these: ema is their moving mean over "
            "the steps, swa their plain mean over the late epochs.",
        ),
        AVERAGING,
    )
    ema_decay: float = last(
        where(
            number(
                0.999,
                low=0.0,
                high=0.999999,
                doc="The share of a moving average that stays at a step; the weights add the rest.",
            ),
            "averaging",
            "ema",
        ),
        AVERAGING,
    )
    swa_start: float = last(
        where(
            number(0.8, low=0.0, high=0.99, doc="The share of the epochs after which their weights are averaged."),
            "averaging",
            "swa",
        ),
        AVERAGING,
    )
    deterministic: bool = last(
        flag(
            False,
            doc="Choose operations that give the same bits on a GPU each time, though slower; all phases do then.",
        ),
        NUMBERS,
    )
    seed: int = last(whole(0, low=0, doc="Seed of the initial weights, the order of examples and dropout."), NUMBERS)
