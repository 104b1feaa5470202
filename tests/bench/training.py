"""How fast a design trains: against modules and loops written by hand, measured in turn in one run."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.activation import ReLU
from blocks.composite import Sketch
from blocks.linear import Linear
from blocks.shape import vector
from runtime.design import Design, Phase
from runtime.messages import Command, Continued, Ended, Event, Pause, Paused, Resume, Stepped, Stop, Tail
from runtime.model import Program, compiled, network_class
from runtime.optimizer import SGD
from runtime.recipe import Classification
from runtime.run import Run
from runtime.train import Training
from runtime.worker import Worker
from tests.bench.checking import chain, row
from tests.designs import digits, points
from tests.training import run_of, start, until

Row = dict[str, Any]
CPU = torch.device("cpu")
ROUNDS = 15


class LeNet(nn.Module):
    """What a person would write for `tests.designs.lenet`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5, padding=2)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(64, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.conv1(x)))
        x = self.pool(self.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))  # type: ignore[no-any-return]


class Mlp(nn.Module):
    """What a person would write for the small network on points."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 2)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))  # type: ignore[no-any-return]


def _lenet() -> Design:
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


def _alone(design: Design) -> Design:
    """Without held-out examples, so that both sides do nothing but steps."""
    assert design.data is not None
    return replace(design, data=design.data.with_settings(validation=0.0))


def rows() -> list[Row]:
    """Every line of the table."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [*_modules(), _runnable(), *_loops(), *_latencies()]
    finally:
        torch.set_num_threads(threads)


# --- measuring ---


def _ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """The median over rounds of our processor time ÷ theirs, each round measuring both, in changing order."""
    ratios = []
    for work in (ours, theirs):
        work()
    gc.disable()
    for i in range(ROUNDS):
        pair = (ours, theirs) if i % 2 else (theirs, ours)
        first, second = (_cost(work) for work in pair)
        ratios.append(first / second if i % 2 else second / first)
    gc.enable()
    return statistics.median(ratios)


def _cost(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


# --- modules ---


def _modules() -> list[Row]:
    line = "step time, printed {} ÷ hand-written"
    sides = (("LeNet", _lenet(), LeNet, (64, 1, 8, 8)), ("MLP", _mlp(), Mlp, (64, 2)))
    found = []
    for name, design, by_hand, sizes in sides:
        made = next(iter(compiled(design).script.build().values()))
        written = by_hand()
        written.load_state_dict(made.state_dict())
        value = _ratio(_steps(made, sizes), _steps(written, sizes))
        found.append(row(line.format(name), value, "×", 1.02, against="nn.Module written by hand, same step"))
    return found


def _steps(network: nn.Module, sizes: tuple[int, ...], count: int = 150) -> Callable[[], None]:
    """Forward, backward and update, so many times on one batch."""
    x, y = torch.randn(sizes), torch.zeros(sizes[0], dtype=torch.long)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)

    def work() -> None:
        for _ in range(count):
            optimizer.zero_grad()
            F.cross_entropy(network(x), y).backward()
            optimizer.step()

    return work


def _runnable() -> Row:
    """Printing, compiling and building 1,000 nodes, less what torch itself takes for the same modules."""
    graph = chain(1000)

    def ours() -> nn.Module:
        return network_class({"Chain": graph}, "Chain")()

    def plain() -> list[nn.Module]:
        kinds = (lambda: nn.Conv2d(8, 8, 3, padding=1), lambda: nn.BatchNorm2d(8), nn.ReLU)
        return [kinds[i % 3]() for i in range(998)]

    costs = [(_cost(ours), _cost(plain)) for _ in range(7)]
    value = 1000 * statistics.median(a - b for a, b in costs)
    return row("graph → runnable module, 1,000 nodes", value, "ms", 50.0, against="beside allocating its parameters")


# --- loops ---


def _loops() -> list[Row]:
    told = "steps a second with events logged ÷ plain loop, {}"
    against = "the loop of a torch tutorial over resident tensors, with the same loss and accuracy"
    sides = (("LeNet", _lenet(), LeNet, 0.97, 10), ("MLP", _mlp(), Mlp, 0.95, 3))
    found = []
    for name, design, by_hand, line, epochs in sides:
        program = compiled(design)
        value = 1 / _ratio(_logged(design, program, epochs), _plain(program, by_hand(), epochs))
        found.append(row(told.format(name), value, "×", line, least=True, against=against))
    return found


def _logged(design: Design, program: Program, epochs: int) -> Callable[[], None]:
    """Training as the worker does it: events to the file, heartbeats, a look at the commands."""
    folder = Path(tempfile.mkdtemp(prefix="layerwright-bench-"))
    options = Namespace(device="cpu", resume=False, epochs=0, checkpoint_every=None)
    runs = iter([run_of(design, folder) for _ in range(ROUNDS + 1)])

    def work() -> None:
        run = next(runs)
        with run.log() as log:
            Worker(run, options, log).pull(Training(program, CPU, epochs=epochs, folder=run.folder))

    return work


def _plain(program: Program, network: nn.Module, epochs: int) -> Callable[[], None]:
    script = program.script

    def work() -> None:
        torch.manual_seed(0)
        data, _ = script.load(CPU)
        x, y = data.values()
        optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for chosen in order.split(script.BATCH_SIZE):
                label = y[chosen]
                logits = network(x[chosen])
                loss = F.cross_entropy(logits, label)
                (logits.argmax(dim=1) == label).float().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return work


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
        row("stop: asked → saved and ended", stopped, "ms", 100.0, against="a training process; 50 ms, and a save"),
    ]


def _answer(run: Run, tail: Tail[Event], command: Command, kind: type[Event]) -> float:
    asked = time.perf_counter()
    run.send(command)
    _wait(tail, kind)
    return 1000 * (time.perf_counter() - asked)


def _wait(tail: Tail[Event], kind: type[Event]) -> None:
    until(lambda: any(isinstance(event, kind) for event in tail.read().messages))
