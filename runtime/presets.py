"""Optimizer, schedule, clipping and batch size as papers chose them together, to be picked as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from runtime.design import Design, Drawn, Phase
from runtime.optimizer import SGD, Adam, AdamW, Optimizer, RMSprop
from runtime.schedule import Constant, Cosine, Exponential, InverseSquareRoot, MultiSteps, Plateau, Schedule, Steps


@dataclass(frozen=True)
class Preset:
    """One way to train, under the name of the network that made it known. A batch size of 0 leaves the data's own."""

    name: str
    told: str
    source: str
    optimizer: Optimizer
    schedule: Schedule
    gradient_clip_val: float = 0.0
    batch_size: int = 0

    def settings(self) -> dict[str, Any]:
        """What it sets in a recipe or in an objective."""
        return {
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "gradient_clip_val": self.gradient_clip_val,
            "clip_by": "norm",
        }


PERCEPTRON = Preset(
    "Perceptron",
    "The perceptron rule: plain steps of a tenth, one example at a time. It wants the perceptron criterion.",
    "https://doi.org/10.1037/h0042519",
    SGD(lr=0.1),
    Constant(),
    batch_size=1,
)
ALEXNET = Preset(
    "AlexNet",
    "Momentum and weight decay; a tenth of the rate whenever the validation loss stands still.",
    "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    SGD(lr=0.01, momentum=0.9, weight_decay=5e-4),
    Plateau(factor=0.1),
    batch_size=128,
)
VGG = Preset(
    "VGG",
    "As AlexNet, in batches of 256.",
    "https://arxiv.org/abs/1409.1556",
    SGD(lr=0.01, momentum=0.9, weight_decay=5e-4),
    Plateau(factor=0.1),
    batch_size=256,
)
INCEPTION = Preset(
    "Inception",
    "RMSprop with an epsilon of 1, the rate times .94 every two epochs, gradients clipped at 2.",
    "https://arxiv.org/abs/1512.00567",
    RMSprop(lr=0.045, alpha=0.9, eps=1.0),
    Steps(every=2, gamma=0.94),
    gradient_clip_val=2.0,
    batch_size=32,
)
RESNET = Preset(
    "ResNet on CIFAR-10",
    "Momentum and weight decay; a tenth of the rate after 32,000 and again after 48,000 steps.",
    "https://arxiv.org/abs/1512.03385",
    SGD(lr=0.1, momentum=0.9, weight_decay=1e-4),
    MultiSteps(by="step", milestones=(32_000, 48_000)),
    batch_size=128,
)
MOBILENET = Preset(
    "MobileNetV2",
    "RMSprop with momentum, the rate times .98 every epoch.",
    "https://arxiv.org/abs/1801.04381",
    RMSprop(lr=0.045, alpha=0.9, momentum=0.9, weight_decay=4e-5),
    Exponential(gamma=0.98),
    batch_size=96,
)
TRANSFORMER = Preset(
    "Transformer",
    "Adam with a warm-up of 4,000 steps, then down by the root of the step; the rate is that of 512 features.",
    "https://arxiv.org/abs/1706.03762",
    Adam(lr=round((512 * 4000) ** -0.5, 9), beta2=0.98, eps=1e-9),
    InverseSquareRoot(warmup=4000),
)
TODAY = Preset(
    "AdamW, warm-up and cosine",
    "What many networks of today begin with: five epochs of warm-up, half a cosine down, gradients clipped at 1.",
    "https://arxiv.org/abs/1711.05101",
    AdamW(lr=0.001, weight_decay=0.05, decay_all=False),
    Cosine(warmup_epochs=5.0),
    gradient_clip_val=1.0,
)
PRESETS = (PERCEPTRON, ALEXNET, VGG, INCEPTION, RESNET, MOBILENET, TRANSFORMER, TODAY)


def with_preset(phase: str, preset: Preset) -> Callable[[Design], Design]:
    """The edit that trains a phase in the way of a preset, every loss of it where several are minimized."""

    def edit(design: Design) -> Design:
        phases = tuple(_trained(each, preset) if each.name == phase else each for each in design.training)
        data = design.data
        if data is not None and preset.batch_size:
            data = data.with_settings(batch_size=preset.batch_size)
        return replace(design, training=phases, data=data)

    return edit


def _trained(phase: Phase, preset: Preset) -> Phase:
    plan, told = phase.plan, preset.settings()
    if isinstance(plan, Drawn):
        objectives = tuple(replace(objective, **told) for objective in plan.objectives)
        return replace(phase, plan=replace(plan, objectives=objectives))
    known = {name: value for name, value in told.items() if name in plan.settings}
    return replace(phase, plan=plan.with_settings(**known))
