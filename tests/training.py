"""What tests of real training processes share: a run folder for a design, and waiting for what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from runtime.design import Design
from runtime.file import dumps
from runtime.messages import Event, Stepped
from runtime.run import Run
from runtime.script import printed
from runtime.weights import last_weights

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def run_of(design: Design, folder: Path) -> Run:
    """A run folder as the window and the command line make it."""
    return Run.create(folder, design.title, {"design.json": dumps(design), **printed(design)})


def start(run: Run, *words: str) -> subprocess.Popen[bytes]:
    """A worker on the processor, started beside us."""
    command = [sys.executable, "-m", "runtime.worker", str(run.folder), "--device", "cpu", *words]
    with open(run.folder / "worker.log", "ab") as log:
        return subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log)


def finish(run: Run, *words: str) -> int:
    """The exit status of a worker that was let alone."""
    return start(run, *words).wait(timeout=120)


def until(question: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until the answer is yes."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)  # to ask more often takes the time from whom we wait for


def said(run: Run, kind: type[Event]) -> list[Event]:
    """What a run has said of one kind."""
    return [event for event in run.events() if isinstance(event, kind)]


def losses(run: Run, name: str = "loss") -> list[float]:
    """The loss of every step, each told once and in order."""
    told = [event for event in run.events() if isinstance(event, Stepped)]
    assert [event.first_step for event in told] == [sum(e.steps for e in told[:i]) for i in range(len(told))]
    return [value for event in told for value in event.values[name]]


def bits(run: Run) -> dict[str, bytes]:
    """The last weights of a run, byte by byte."""
    return {network: path.read_bytes() for network, path in last_weights(run.folder).items()}
