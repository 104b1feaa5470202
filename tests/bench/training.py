"""How fast a design trains: against modules and loops written by hand, measured in turn in one run."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from blocks.activation import ReLU
from blocks.composite import Sketch
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import LSTM, LastStep
from blocks.regularization import Dropout
from blocks.reshape import Reshape
from blocks.residual import Residual
from blocks.shape import image, vector
from blocks.units import ConvUnit
from runtime.data.digits import Digits
from runtime.design import Design, Phase
from runtime.file import open_design
from runtime.messages import Command, Continued, Ended, Event, Pause, Paused, Resume, Stepped, Stop, Tail
from runtime.model import Program, compiled, network_class
from runtime.optimizer import SGD
from runtime.recipe import Classification
from runtime.run import Run
from runtime.train import Training
from runtime.worker import Worker
from tests.bench.checking import chain, row
from tests.by_hand import LeNet, Lstm, Mlp, ResNet, ResNet18
from tests.designs import digits, points
from tests.training import run_of, start, until

Row = dict[str, Any]
CPU = torch.device("cpu")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
WARM_UP = 4  # pieces that do not count


def lenet() -> Design:
    """LeNet on the digits, nothing held out."""
    return _alone(digits(epochs=1, optimizer=SGD(lr=0.05, momentum=0.9)))


def _mlp() -> Design:
    g = Sketch()
    x = g.input("point", vector(2))
    for i in (1, 2):
        x = g.add(ReLU(), g.add(Linear(64), x, name=f"fc{i}"), name=f"relu{i}")
    g.output("logits", g.add(Linear(2), x, name="fc3"))
    recipe = Classification(epochs=1, optimizer=SGD(lr=0.05, momentum=0.9))
    design = replace(points(samples=20_000, batch_size=64), training=(Phase("fit", recipe),))
    return _alone(replace(design, networks={"Points": g.graph()}))


def _resnet18() -> Design:
    """ResNet-18 on digits of 32 × 32, eight at a time."""
    g = Sketch()
    x = g.add(ConvUnit(64), g.input("image", image(1, 32, 32)))
    for before, width in ((64, 64), (64, 128), (128, 256), (256, 512)):
        x = g.add(Residual(width), g.add(Residual(width, stride=1 if before == width else 2), x))
    g.output("logits", g.add(Linear(10), g.add(GlobalAvgPool(), x)))
    return _on_digits("ResNet18", g.graph(), resolution=32, batch_size=8)


def _lstm() -> Design:
    """An LSTM of two layers on the rows of digits."""
    g = Sketch()
    x = g.add(Reshape((8, 8), "sequence"), g.input("image", image(1, 8, 8)))
    x, *_ = g.add(LSTM().with_settings(hidden_size=128, num_layers=2), x)
    g.output("logits", g.add(Linear(10), g.add(Dropout(0.2), g.add(LastStep(), x))))
    return _on_digits("Rows", g.graph())


def _on_digits(name: str, graph: Graph, **data: int) -> Design:
    recipe = Classification(epochs=1, optimizer=SGD(lr=0.05, momentum=0.9))
    return _alone(Design(name, {name: graph}, Digits(**data), (Phase("fit", recipe),)))


def _alone(design: Design) -> Design:
    """Without held-out examples, so that both sides do nothing but steps."""
    assert design.data is not None
    return replace(design, data=design.data.with_settings(validation=0.0))


def rows() -> Iterator[Row]:
    """Every line of the table, each as it is measured."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from _modules()
        yield _runnable()
        yield from _loops()
        yield from _latencies()
    finally:
        torch.set_num_threads(threads)


# --- measuring ---


def _ratio(ours: Iterator[int], theirs: Iterator[int], rounds: int, clock: Callable[[], float]) -> float:
    """The median of our time a step ÷ theirs, over pieces of both in turn."""
    ratios = []
    gc.disable()
    for i in range(rounds + WARM_UP):
        first, second = (a_step(each, clock) for each in ((ours, theirs) if i % 2 else (theirs, ours)))
        ratios.append(first / second if i % 2 else second / first)
    gc.enable()
    return statistics.median(ratios[WARM_UP:])


def a_step(steps: Iterator[int], clock: Callable[[], float]) -> float:
    """Time a step of the next piece."""
    begin = clock()
    count = next(steps)
    return (clock() - begin) / count


def _cost(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


# --- modules ---


def _modules() -> Iterator[Row]:
    small = (64, 1, 8, 8)
    sides: tuple[tuple[str, Design, Callable[[], nn.Module], tuple[int, ...], int, int], ...] = (
        ("LeNet", lenet(), LeNet, small, 30, 60),
        ("MLP", _mlp(), Mlp, (64, 2), 30, 60),
        ("ResNet, small", open_design(SAMPLES / "resnet_digits.json"), ResNet, small, 30, 24),
        ("ResNet-18 at 32 × 32", _resnet18(), ResNet18, (8, 1, 32, 32), 1, 16),
        ("LSTM of one layer", open_design(SAMPLES / "lstm_digits.json"), Lstm, small, 30, 30),
        ("LSTM of two layers", _lstm(), partial(Lstm, 2), small, 30, 30),
    )
    for name, design, by_hand, sizes, piece, rounds in sides:
        made = next(iter(compiled(design).script.build().values()))
        written = by_hand()
        assert sum(p.numel() for p in made.parameters()) == sum(p.numel() for p in written.parameters())
        value = _ratio(_steps(made, sizes, piece), _steps(written, sizes, piece), rounds, time.process_time)
        against = "nn.Module written by hand, same step"
        yield row(f"step time, printed {name} ÷ hand-written", value, "×", 1.02, against=against)


def _steps(network: nn.Module, sizes: tuple[int, ...], piece: int) -> Iterator[int]:
    """Forward, backward and update on one batch, piece by piece."""
    x, y = torch.randn(sizes), torch.zeros(sizes[0], dtype=torch.long)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    while True:
        for _ in range(piece):
            optimizer.zero_grad()
            F.cross_entropy(network(x), y).backward()
            optimizer.step()
        yield piece


def _runnable() -> Row:
    """Printing, compiling and building 1,000 nodes, less what torch itself takes for the same modules."""
    graph = chain(1000)

    def ours() -> nn.Module:
        return network_class({"Chain": graph}, "Chain")()

    def plain() -> list[nn.Module]:
        kinds = (lambda: nn.Conv2d(8, 8, 3, padding=1), lambda: nn.BatchNorm2d(8), nn.ReLU)
        return [kinds[i % 3]() for i in range(998)]

    costs = [(_cost(ours), _cost(plain)) for _ in range(25)]
    value = 1000 * (min(a for a, _ in costs) - min(b for _, b in costs))
    return row("graph → runnable module, 1,000 nodes", value, "ms", 50.0, against="beside allocating its parameters")


# --- loops ---


def _loops() -> Iterator[Row]:
    """Ours against the loop as it is usually written, and against one with the fused optimizer that ours chooses."""
    sides: tuple[tuple[str, Design, Callable[[], nn.Module], float, int, int], ...] = (
        ("LeNet", lenet(), LeNet, 0.97, 100, 24),
        ("MLP", _mlp(), Mlp, 0.95, 400, 24),
        ("ResNet-18 at 32 × 32", _resnet18(), ResNet18, 0.97, 1, 16),
        ("LSTM of two layers", _lstm(), partial(Lstm, 2), 0.97, 30, 16),
    )
    for name, design, by_hand, line, piece, rounds in sides:
        program = compiled(design)
        for fused in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                ours, plain = logged(design, program, Path(folder), piece), _plain(program, by_hand(), piece, fused)
                value = 1 / _ratio(ours, plain, rounds, time.perf_counter)
            told = f"steps a second, every value logged ÷ plain loop{', fused' * fused}, {name}"
            against = f"a loop over resident tensors, {'our fused' if fused else 'the default'} optimizer"
            yield row(told, value, "×", None if fused else line, least=True, against=against)


def logged(design: Design, program: Program, folder: Path, piece: int) -> Iterator[int]:
    """Training as the worker does it, piece by piece: events to the file, heartbeats, a look at the commands."""
    run = run_of(design, folder)
    training, done = Training(program, CPU, epochs=1_000_000), 0
    with run.log() as log:
        worker = Worker(run, Namespace(device="cpu"), log)
        for event in training.events():
            worker.take(event, training)
            if training.course.step - done >= piece:
                yield training.course.step - done
                done = training.course.step


def _plain(program: Program, network: nn.Module, piece: int, fused: bool) -> Iterator[int]:
    script, done = program.script, 0
    data, _ = script.load(CPU)
    x, y = data.values()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, fused=fused or None)
    while True:
        for chosen in torch.randperm(len(x)).split(script.BATCH_SIZE):
            label = y[chosen]
            logits = network(x[chosen])
            loss = F.cross_entropy(logits, label)
            (logits.argmax(dim=1) == label).float().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            if done % piece == 0:
                yield piece


# --- being asked ---


def _latencies() -> list[Row]:
    """Milliseconds from asking a real training process to its answer in the folder."""
    with tempfile.TemporaryDirectory() as folder:
        run = run_of(digits(epochs=100_000), Path(folder))
        process, tail = start(run), run.tail()
        _wait(tail, Stepped)
        pauses = []
        for _ in range(15):
            pauses.append(_answer(run, tail, Pause(), Paused))
            _answer(run, tail, Resume(), Continued)
            time.sleep(0.1)
        stopped = _answer(run, tail, Stop(), Ended)
        process.wait()
    return [
        row("pause: asked → waiting, median", statistics.median(pauses), "ms", 50.0, against="a training process"),
        row("stop: asked → saved and ended", stopped, "ms", 50.0, against="a training process; with its last save"),
    ]


def _answer(run: Run, tail: Tail[Event], command: Command, kind: type[Event]) -> float:
    asked = time.perf_counter()
    run.send(command)
    _wait(tail, kind)
    return 1000 * (time.perf_counter() - asked)


def _wait(tail: Tail[Event], kind: type[Event]) -> None:
    until(lambda: any(isinstance(event, kind) for event in tail.read().messages))
