"""Several training processes as one: the first starts the others, tells them every step, and notices when one is lost.

They talk through torch.distributed over the loopback, the one exception to having no socket; a file in the run folder
is where they meet. `python -m runtime.team N [DEVICE]` says whether this machine has room for N.
"""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import psutil
import torch
import torch.distributed as dist
from torch import Tensor

from runtime.messages import BadMessage, Failed, decode_event
from runtime.model import best_device
from runtime.run import Run

FAILED, REFUSED, LEFT_ALONE = 1, 2, 3
GRACE = 3.0  # seconds after which a first process that still waits for a lost one is ended
FOR_EVER = timedelta(days=365)  # a pause may be long


class NoRoom(Exception):
    """More processes than this machine can train with, as a sentence."""


class Do(IntEnum):
    """What the first process tells the others to do together with it."""

    TRAIN, MEASURE, TELL_CHANCE, END = range(4)


@dataclass(frozen=True)
class Order:
    """One thing to do: the phase, the epoch and the batch that it is about, and the factor of every learning rate.

    `watched` is the watched loss of the epoch before.
    """

    do: Do
    phase: int = 0
    epoch: int = 0
    position: int = 0
    rate: float = 1.0
    watched: float = math.inf

    def tensor(self) -> Tensor:
        """As it is sent."""
        return torch.tensor(astuple(self), dtype=torch.float64)

    @staticmethod
    def of(sent: Tensor) -> Order:
        """As it arrives."""
        do, phase, epoch, position, rate, watched = sent.tolist()
        return Order(Do(int(do)), int(phase), int(epoch), int(position), rate, watched)


class Line:
    """How the processes of a team talk: orders from the first to all others, and what these tell it."""

    def __init__(self, meeting: Path, rank: int, size: int, device: torch.device) -> None:
        for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
            os.environ.setdefault(name, _loopback())
        if device.type == "cuda":
            torch.cuda.set_device(device)
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, init_method=meeting.resolve().as_uri(), rank=rank, world_size=size)
        self._group = dist.new_group(backend="gloo", timeout=FOR_EVER)
        self._device, self._rank, self._size = device, rank, size

    def send(self, order: Order) -> None:
        """Tells all others, who are waiting for it."""
        dist.broadcast(order.tensor(), 0, self._group)

    def receive(self) -> Order:
        """Waits for what is to be done next."""
        sent = Order(Do.END).tensor()
        dist.broadcast(sent, 0, self._group)
        return Order.of(sent)

    def gather(self, own: Tensor) -> list[Tensor]:
        """What all others gave, at the first process; all give tensors of one size."""
        room = [torch.empty_like(own) for _ in range(self._size)] if self._rank == 0 else None
        dist.gather(own, room, 0, self._group)
        return room[1:] if room else []


def chance(device: torch.device) -> Tensor:
    """The states of the generators that a step draws from, as bytes."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return torch.cat(states)


def restore_chance(state: Tensor, device: torch.device) -> None:
    """Puts them where they were."""
    size = len(torch.get_rng_state())
    torch.set_rng_state(state[:size])
    if device.type == "cuda" and len(state) > size:
        torch.cuda.set_rng_state(state[size:], device)


class Team:
    """The other processes of a training, as the first one has started them.

    `words` are the options of theirs. Where one is lost and the first process still waits for it after three seconds,
    `say` is called with the failure, and then the first process ends.
    """

    def __init__(
        self, run: Run, size: int, device: torch.device, words: Sequence[str], say: Callable[[Failed], object]
    ) -> None:
        self.size, self._run, self._say = size, run, say
        self._lost: Failed | None = None
        self._over = False
        for old in run.folder.glob(".meeting-*"):
            old.unlink(missing_ok=True)
        self._meeting = run.folder / f".meeting-{os.getpid()}"
        command = [sys.executable, "-P", "-m", "runtime.parallel", os.fspath(run.folder), os.fspath(self._meeting)]
        command += [str(size), device.type]
        self._others = [_started([*command, str(rank), *words]) for rank in range(1, size)]
        self._watches = [threading.Thread(target=self._watch, args=each, daemon=True) for each in self._ranks()]
        for watch in self._watches:
            watch.start()
        self.line = Line(self._meeting, 0, size, own_device(device, 0))

    def _ranks(self) -> list[tuple[int, subprocess.Popen[bytes]]]:
        return list(enumerate(self._others, 1))

    def _watch(self, rank: int, process: subprocess.Popen[bytes]) -> None:
        """Waits for the end of a process; one that was not told to end is lost."""
        assert process.stdout is not None
        last_words = process.stdout.read()
        code = process.wait()
        if self._over:
            return
        if code == LEFT_ALONE:  # it lost another one, which will be noticed
            time.sleep(0.5)
        self._lost = self._lost or _read_failure(last_words) or self._death(rank, code)
        time.sleep(GRACE)
        if not self._over:
            self._say(self._lost)
            self.kill()
            os._exit(FAILED)

    def _death(self, rank: int, code: int) -> Failed:
        failed = self._run.failure(code)
        who = f"Training process {rank + 1} of {self.size}"
        return replace(failed, message=failed.message.replace("The training process", who))

    def loss(self) -> Failed | None:
        """Why one of the others ended, where one did; it is given a second to be noticed."""
        end = time.monotonic() + 1.0
        while self._lost is None and time.monotonic() < end:
            time.sleep(0.02)
        return self._lost

    def end(self) -> None:
        """Lets the others end, waits for that, and forgets them."""
        if self._over:
            return
        self._over = True
        with contextlib.suppress(RuntimeError):
            self.line.send(Order(Do.END))
        for process in self._others:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5.0)
        self.kill()
        dist.destroy_process_group()

    def kill(self) -> None:
        """Ends the others at once."""
        self._over = True
        for process in self._others:
            process.kill()
            process.wait()
        self._meeting.unlink(missing_ok=True)


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """One of the others: its standard input tells it whether we live, its standard output what it failed of."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _read_failure(last_words: bytes) -> Failed | None:
    """The failure that a process told before it ended."""
    with contextlib.suppress(BadMessage, ValueError):
        event = decode_event(last_words.decode())
        return event if isinstance(event, Failed) else None
    return None


def leave(status: int) -> NoReturn:
    """Ends this process without taking the interpreter apart, which threads of torch.distributed may not survive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def own_device(device: torch.device, rank: int) -> torch.device:
    """The device of one process: each has a GPU to itself."""
    return torch.device("cuda", rank) if device.type == "cuda" else device


def share_threads(size: int) -> None:
    """Leaves each process its part of the processor's cores."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // size))


def refuse_too_many(size: int, device: str) -> None:
    """Raises NoRoom where this machine cannot train in so many processes on a device."""
    try:
        kind = best_device(device).type
    except ValueError as error:
        raise NoRoom(f"{error}") from error
    if kind == "mps":
        raise NoRoom("On mps there is no training in several processes. Choose cpu, or one process.")
    room = torch.cuda.device_count() if kind == "cuda" else os.cpu_count() or 1
    have = {"cuda": "GPU", "cpu": "processor core"}[kind] + "s" * (room != 1)
    if size > room:
        raise NoRoom(f"This machine has {room} {have}, too few for {size} processes. Choose {room} or fewer.")


def _loopback() -> str:
    """The network interface over which this machine talks to itself."""
    addresses = psutil.net_if_addrs()
    return next((name for name, each in addresses.items() if any(a.address == "127.0.0.1" for a in each)), "lo")


def main(words: Sequence[str]) -> int:
    """Says whether there is room for so many processes on a device: 0, or 2 and a sentence."""
    try:
        refuse_too_many(int(words[0]), "".join(words[1:2]))
    except NoRoom as error:
        print(error)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
