"""Every schedule of torch stands here as a formula that gives its very rates, or says why not."""

from __future__ import annotations

import inspect
import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from blocks.setting import BadSetting
from runtime.schedule import (
    SCHEDULES,
    WITHOUT_SCHEDULERS,
    WITHOUT_SETTINGS,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    Formula,
    Held,
    InverseSquareRoot,
    Linear,
    MultiSteps,
    OneCycle,
    Plateau,
    Polynomial,
    Product,
    Schedule,
    Sequential,
    Steps,
)

LR = 0.3
STEPS, EPOCHS = 3, 40
TOTAL = STEPS * EPOCHS
Make = Callable[[torch.optim.Optimizer], Any]


def of_torch() -> Iterator[tuple[str, type[Any]]]:
    """The schedulers that torch has, by name."""
    for name in lr_scheduler.__all__:
        if inspect.isclass(kind := getattr(lr_scheduler, name)):
            yield name, kind


def rates(make: Make, count: int) -> list[float]:
    """The learning rates that torch's scheduler gives one after another."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants the optimizer to step
        scheduler = make(optimizer)
        for _ in range(count):
            found.append(float(optimizer.param_groups[0]["lr"]))
            scheduler.step()
    return found


def ours(schedule: Schedule, by: str = "step", count: int = TOTAL) -> list[float]:
    """Ours, at every step or at the first step of every epoch."""
    return [LR * schedule.scale(t * (STEPS if by == "epoch" else 1), STEPS, TOTAL) for t in range(count)]


S = lr_scheduler
SAME: list[tuple[Schedule, Make]] = [
    (Constant(), lambda o: S.LambdaLR(o, lambda _: 1.0)),
    *((Held(factor=f, total_iters=n), lambda o, f=f, n=n: S.ConstantLR(o, f, n)) for f in (0.01, 1.0) for n in (1, 5)),
    *((Steps(every=n, gamma=g), lambda o, n=n, g=g: S.StepLR(o, n, g)) for n in (1, 7) for g in (0.94, 1.0)),
    *((MultiSteps(milestones=m), lambda o, m=m: S.MultiStepLR(o, list(m))) for m in ((3, 9), (9,), (4, 4, 17))),
    *((Exponential(gamma=g), lambda o, g=g: S.ExponentialLR(o, g)) for g in (0.9, 0.5, 1.0)),
    *(
        (Linear(start_factor=a, end_factor=b, total_iters=n), lambda o, a=a, b=b, n=n: S.LinearLR(o, a, b, n))
        for a, b in ((1 / 3, 1.0), (1.0, 0.0), (0.5, 0.25))
        for n in (1, 8)
    ),
    *(
        (Polynomial(total_iters=n, power=p), lambda o, n=n, p=p: S.PolynomialLR(o, n, p))
        for n in (1, 9)
        for p in (1, 3)
    ),
    *(
        (Cosine(period=n, lowest=e), lambda o, n=n, e=e: S.CosineAnnealingLR(o, n, LR * e))
        for n in (1, 8, 200)
        for e in (0.0, 0.3, 1.0)
    ),
    *(
        (
            CosineRestarts(first=n, growth=g, lowest=e),
            lambda o, n=n, g=g, e=e: S.CosineAnnealingWarmRestarts(o, n, g, LR * e),
        )
        for n in (1, 5)
        for g in (1, 2, 3, 5)
        for e in (0.0, 0.2)
    ),
    *(
        (
            Cyclic(by="epoch", up=u, down=d, lowest=0.1, mode=m, gamma=0.97),
            lambda o, u=u, d=d, m=m: S.CyclicLR(o, LR / 10, LR, u, d or None, m, 0.97, cycle_momentum=False),
        )
        for u, d in ((4, 0), (3, 7), (1, 1))
        for m in ("triangular", "triangular2", "exp_range")
    ),
    (Formula(formula="0.95**n"), lambda o: S.LambdaLR(o, lambda n: 0.95**n)),
    (
        Formula(formula="max(cos(pi * n / 9), 1/8)"),
        lambda o: S.LambdaLR(o, lambda n: max(math.cos(math.pi * n / 9), 1 / 8)),
    ),
    (
        Sequential(at=6, first=Held(factor=0.1, total_iters=6), second=Exponential(gamma=0.9)),
        lambda o: S.SequentialLR(o, [S.ConstantLR(o, 0.1, 6), S.ExponentialLR(o, 0.9)], [6]),
    ),
    (
        Sequential(at=4, first=Linear(total_iters=4), second=Sequential(at=9, first=Steps(every=3), second=Constant())),
        lambda o: S.SequentialLR(
            o, [S.LinearLR(o, total_iters=4), S.StepLR(o, 3), S.LambdaLR(o, lambda _: 1.0)], [4, 13]
        ),
    ),
    (
        Product(first=Held(factor=0.5, total_iters=4), second=Exponential(gamma=0.9)),
        lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.5, 4), S.ExponentialLR(o, 0.9)]),
    ),
]


@pytest.mark.parametrize("by", ["epoch", "step"])
@pytest.mark.parametrize(
    ("schedule", "make"), SAME, ids=lambda value: repr(value) if isinstance(value, Schedule) else ""
)
def test_every_schedule_gives_the_rates_of_torchs_scheduler(schedule: Schedule, make: Make, by: str) -> None:
    if by == "step":
        schedule = _by_step(schedule)
    count = EPOCHS if by == "epoch" else TOTAL
    assert ours(schedule, by, count) == pytest.approx(rates(make, count), abs=1e-12)


def _by_step(schedule: Schedule) -> Schedule:
    """The same, counting steps where it counted epochs."""
    changed: dict[str, object] = {"by": "step"} if "by" in schedule.settings else {}
    if "formula" in schedule.settings:
        changed["formula"] = schedule.value("formula").replace("n", "t").replace("mit", "min")
    if "second" in schedule.settings:
        changed |= {name: _by_step(schedule.value(name)) for name in ("first", "second")}
    return schedule.with_settings(**changed)


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("rise", [0.0, 0.1, 0.3, 0.45])
def test_one_cycle_gives_torchs_rates(rise: float, strategy: str, three_phase: bool) -> None:
    schedule = OneCycle(pct_start=rise, anneal_strategy=strategy, three_phase=three_phase, div_factor=10.0)
    told: dict[str, Any] = {
        "pct_start": rise,
        "anneal_strategy": strategy,
        "three_phase": three_phase,
        "div_factor": 10.0,
    }
    found = rates(lambda o: S.OneCycleLR(o, LR, total_steps=TOTAL + 1, cycle_momentum=False, **told), TOTAL)
    longer = [LR * schedule.scale(t, 1, TOTAL + 1) for t in range(TOTAL)]
    assert longer == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("mode", ["rel", "abs"])
@pytest.mark.parametrize(("patience", "cooldown", "lowest"), [(0, 0, 0.0), (2, 0, 0.0), (1, 3, 0.1), (3, 1, 1.0)])
def test_a_plateau_gives_torchs_rates(patience: int, cooldown: int, lowest: float, mode: str) -> None:
    told: dict[str, Any] = {
        "patience": patience,
        "cooldown": cooldown,
        "threshold": 0.05,
        "threshold_mode": mode,
        "factor": 0.5,
    }
    schedule, chance = Plateau(lowest=lowest, **told), random.Random(patience)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = S.ReduceLROnPlateau(optimizer, min_lr=LR * lowest, eps=0.0, **told)
    history: list[float] = []
    for epoch in range(60):
        assert LR * schedule.scale(epoch, 1, 60, history) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        history.append(math.exp(-epoch / 20) + chance.uniform(0.0, 0.2))
        scheduler.step(history[-1])


def test_the_inverse_square_root_is_the_papers_formula() -> None:
    model, warm = 512, 4000
    paper = [model**-0.5 * min((t + 1) ** -0.5, (t + 1) * warm**-1.5) for t in range(12_000)]
    rate = (model * warm) ** -0.5
    mine = [rate * InverseSquareRoot(warmup=warm).scale(t, 1, 12_000) for t in range(12_000)]
    assert mine == pytest.approx(paper, abs=1e-12)


def test_every_scheduler_of_torch_is_offered_or_left_out_with_a_reason() -> None:
    offered = {kind.torch for kind in SCHEDULES if kind.torch}
    assert {name for name, _ in of_torch()} == offered | set(WITHOUT_SCHEDULERS)


@pytest.mark.parametrize("kind", [kind for kind in SCHEDULES if kind.torch], ids=lambda kind: kind.kind())
def test_every_setting_of_torchs_scheduler_is_offered_or_left_out_with_a_reason(kind: type[Schedule]) -> None:
    for name in inspect.signature(getattr(lr_scheduler, kind.torch)).parameters:
        left_out = name in WITHOUT_SETTINGS or f"{kind.torch}.{name}" in WITHOUT_SETTINGS
        assert (kind.same.get(name, name) in kind.settings) is not left_out, name


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.kind())
def test_every_schedule_warms_up_in_a_line_by_steps_and_by_epochs(kind: type[Schedule]) -> None:
    plain, warm = kind(), kind(warmup_epochs=2.0, warmup_steps=4)
    for step in range(TOTAL):
        expected = plain.scale(step, STEPS, TOTAL) * min(1.0, (step + 1) / 10)
        assert warm.scale(step, STEPS, TOTAL) == pytest.approx(expected, abs=1e-12)


def test_each_stretch_of_a_sequence_has_a_progress_of_its_own() -> None:
    schedule = Sequential(at=10, first=Cosine(), second=Cosine(lowest=0.5))
    shares = [schedule.scale(t, STEPS, TOTAL) for t in range(TOTAL)]
    assert shares[0] == shares[30] == 1.0
    assert shares[29] == pytest.approx(0.0, abs=0.01)
    assert shares[-1] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "typed", ["q * 2", "x", "__import__('os')", "t.real", "relu(t)", "t if t else 1", "1", "sum(t)"]
)
def test_a_formula_that_is_none_is_refused_with_what_there_is(typed: str) -> None:
    with pytest.raises(BadSetting, match="a formula such as"):
        Formula(formula=typed)


def test_a_formula_is_written_for_pythons_own_numbers() -> None:
    assert Formula(formula="exp(-t/10) * (1 - p)**2").expression() == "math.exp(-step / 10) * (1 - progress) ** 2"
