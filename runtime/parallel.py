"""Data-parallel training: the first process trains as one alone would, all others do with it what it tells them.

Every batch is cut into one share a process, and gradients are averaged over them. The functions for that are those of
the printed script, which torchrun runs in the same way. `python -m runtime.parallel` is one of the other processes.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from runtime.failure import failure_of
from runtime.file import open_design
from runtime.messages import Began, Ended, Event, Failed, encode
from runtime.model import Program, opened
from runtime.run import DESIGN
from runtime.team import LEFT_ALONE, Do, Line, Order, Team, chance, leave, own_device, restore_chance, share_threads
from runtime.together import alone
from runtime.train import Events, Training
from runtime.weights import Checkpoint, newest

_SILENT = ("gloo", "nccl", "connection closed", "connection reset")  # what torch says when another one is gone


class CannotShare(ValueError):
    """A training that several processes would do otherwise than one, as a sentence."""


class LeadingTraining(Training):
    """The training of the first process, which tells the others every step before it is made."""

    def __init__(self, program: Program, device: torch.device, team: Team, **options: Any) -> None:
        _refuse_lonely(program)
        self._team, self._parted, self._told = team, False, -1
        super().__init__(program, own_device(device, 0), **options)

    def events(self) -> Events:
        """As in one process; to lose another one is a failure."""
        for event in super().events():
            if isinstance(event, Failed) and not self._parted:
                event = self._cause(event)
                self._team.kill()
            elif isinstance(event, Ended):
                self._team.end()
            yield event

    def _cause(self, failed: Failed) -> Failed:
        """What another process ended of, where all that this one knows is that it does not answer."""
        return (self._team.loss() if _is_silence(failed.message) else None) or failed

    def _began(self) -> Began:
        return replace(super()._began(), device=f"{self.device.type} × {self._team.size}")

    def _order(self, do: Do) -> Order:
        course = self.course
        return Order(do, course.phase, course.epoch, course.position, course.rate, (course.history or [math.inf])[-1])

    def _taken(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            self._team.line.send(self._order(Do.TRAIN))
            if self.course.phase != self._told:
                share_weights(self.networks)
                self._told = self.course.phase
            yield batch

    def _stepper(self) -> Callable[..., dict[str, Tensor]]:
        return partial(self._script.step_together, self._phase)

    def _evaluated(self) -> Iterator[dict[str, Tensor]]:
        means = super()._evaluated()
        for position in range(0, max(self._held_out, 1), self._script.BATCH_SIZE):
            self._team.line.send(replace(self._order(Do.MEASURE), position=position))
            yield from islice(means, 1)

    def _state(self) -> dict[str, Any]:
        measuring = self._anew is not None
        self._team.line.send(replace(self._order(Do.TELL_CHANCE), position=int(measuring)))
        return {**super()._state(), "others": self._team.line.gather(chance(self.device))}

    def _culprit(self) -> Generator[Event | None, None, Failed]:
        self._parted = True  # the steps up to the one that broke can be made again alone
        self._team.end()
        return (yield from super()._culprit())


class FollowingTraining(Training):
    """The training of any other process: it decides nothing, and does what it is told."""

    def __init__(self, program: Program, device: torch.device, line: Line, rank: int, **options: Any) -> None:
        self._line, self._rank, self._told = line, rank, -1
        self._batches_left: Iterator[Any] | None = None  # of the epoch under way
        self._means: Iterator[Any] | None = None  # of the measuring under way
        self._before: Tensor | None = None  # chance, when that began
        super().__init__(program, device, **options)

    def _restore(self, checkpoint: Checkpoint, state: dict[str, Any]) -> None:
        super()._restore(checkpoint, state)
        others: list[Tensor] = state.get("others", [])
        if self._rank <= len(others):
            restore_chance(others[self._rank - 1], self.device)
        else:  # there were fewer processes before: it gets a dropout of its own
            torch.manual_seed(self._script.SEED + self._rank + 1_000_003 * self.course.step)

    def follow(self) -> None:
        """Does what it is told until the end."""
        with self.program.same_bits():
            self._follow()

    def _follow(self) -> None:
        while (order := self._line.receive()).do is not Do.END:
            if order.phase != self.course.phase:
                self.course.phase, self.course.history = order.phase, []
                self._optimizers = self._phase.optimizers(self.networks)
                self._begin_averages()
            match order.do:
                case Do.TRAIN:
                    if order.phase != self._told:
                        share_weights(self.networks)
                        self._told = order.phase
                    self._train(order)
                case Do.MEASURE:
                    self._go_on_measuring(order)
                case Do.TELL_CHANCE:
                    before = self._before if order.position else None
                    self._line.gather(chance(self.device) if before is None else before)

    def _train(self, order: Order) -> None:
        if self._batches_left is None:
            self._means = None
            self._script.set_modes(self._phase, self.networks)
            self._batches_left = self._script.batches(self.data, order.epoch, order.position)
        step = order.epoch * self._steps + order.position
        if len(self.course.history) < order.epoch:
            self.course.history.append(order.watched)
        rates = self._phase.rates(step, self._steps, self._length(), self.course.history)
        self._script.set_rates(self._optimizers, {name: rate * order.rate for name, rate in rates.items()})
        batch = next(self._batches_left)
        self._script.step_together(self._phase, self._learners, self._optimizers, batch, step)
        self._average(step)
        if order.position + 1 == self._steps:
            self._batches_left = None

    def _go_on_measuring(self, order: Order) -> None:
        if order.position == 0 or self._means is None:
            self._before, self._means = chance(self.device), self._evaluated()
        next(self._means, None)


def share_weights(networks: Mapping[str, nn.Module]) -> None:
    """Gives all processes the weights of the first one, which a phase may begin with."""
    for network in networks.values():
        for tensor in network.state_dict().values():
            dist.broadcast(tensor, 0)


def _refuse_lonely(program: Program) -> None:
    """Raises CannotShare for what takes a whole batch: the mean over shares of it would be another."""
    told = alone(program.stretches, program.design.networks)
    if told:
        raise CannotShare(told)


def _is_silence(message: str) -> bool:
    return any(word in message.lower() for word in _SILENT)


# --- one of the other processes -----------------------------------------------------------


def main(words: Sequence[str] | None = None) -> int:
    """Trains with the process that started it; gives 0 at the end, 1 after a failure, 3 where another one was lost."""
    options = _options(words)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the first process hears them
    faulthandler.enable()
    last_words = os.dup(1)
    os.dup2(2, 1)  # whatever is printed goes to the log
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    program: Program | None = None
    try:
        device = own_device(torch.device(options.device), options.rank)
        line = Line(options.meeting, options.rank, options.size, device)
        program = opened(options.folder, open_design(options.folder / DESIGN))
        _prepared(program, device, line, options).follow()
        dist.destroy_process_group()
        return 0
    except Exception as error:
        failed = failure_of(error, program, device=device)
        if _is_silence(failed.message):
            return LEFT_ALONE
        print(failed.log or failed.message, file=sys.stderr, flush=True)
        os.write(last_words, encode(failed).encode())
        return 1


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runtime.parallel", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the run")
    parser.add_argument("meeting", type=Path, help="the file through which the processes meet")
    parser.add_argument("size", type=int, help="how many there are")
    parser.add_argument("device", help="cuda or cpu")
    parser.add_argument("rank", type=int, help="which of them this one is, from 1")
    parser.add_argument("--resume", action="store_true", help="go on from the last whole checkpoint")
    parser.add_argument("--epochs", type=int, default=0, help="epochs of each phase instead of its own")
    return parser.parse_args(words)


def _prepared(program: Program, device: torch.device, line: Line, options: argparse.Namespace) -> FollowingTraining:
    program.script.limit_threads()
    share_threads(options.size)
    checkpoint = newest(options.folder).checkpoint if options.resume else None
    return FollowingTraining(program, device, line, options.rank, epochs=options.epochs, checkpoint=checkpoint)


def _end_with_the_first() -> None:
    """Ends this process, whatever it is doing, once the one that started it is gone."""
    os.read(0, 1)
    os._exit(LEFT_ALONE)


if __name__ == "__main__":
    leave(main())
