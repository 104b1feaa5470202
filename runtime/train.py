"""Trains a program as a generator of Events: to pause is not to pull it, to stop is to ask it to end."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.checkpoint import load_state, load_weights, random_states, restore_random, save_checkpoint, weights_of
from runtime.culprit import first_to_break, not_a_number, overflown
from runtime.failure import failure_of
from runtime.messages import Began, Ended, Event, Measured, PhasePlan, Reason, Saved, Stepped
from runtime.model import Program, parameters_of
from runtime.weights import Checkpoint, Manifest, forget_after, newest, prune

TOLD = 0.05  # seconds between two events with what the steps gave
TICK = 0.02  # seconds after which a command is looked for at the latest
_NORM = "gradient_norm"


@dataclass(frozen=True)
class Cadence:
    """How often checkpoints are saved, in seconds: at the end of an epoch, and in the middle of a long one."""

    epoch: float = 5.0
    longest: float = 30.0


@dataclass
class Best:
    """The lowest watched loss so far, when it was, and everything measured then."""

    loss: float = math.inf
    step: int = 0
    epoch: int = 0
    values: dict[str, float] = field(default_factory=dict)


@dataclass
class Progress:
    """How far a training is: everything but weights, optimizers and chance that a resumed one must know.

    `position` counts the batches done in the epoch, `rate` multiplies every learning rate since it was set by hand,
    `total` sums the watched loss over the epoch, `waited` counts the epochs since the best.
    """

    phase: int = 0
    epoch: int = 0
    position: int = 0
    step: int = 0
    rate: float = 1.0
    total: float = 0.0
    waited: int = 0
    best: Best = field(default_factory=Best)
    measured: dict[str, float] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As what a checkpoint can hold."""
        return {**vars(self), "best": vars(self.best)}

    @staticmethod
    def of(plain: dict[str, Any]) -> Progress:
        """Back from there."""
        return Progress(**{**plain, "best": Best(**plain["best"])})


class Training:
    """One training under way: pull `events`; in between, it may be asked to save, to stop or to change its rate.

    `epochs` replaces the length of every phase. Without a `folder` nothing is saved. Going on from a `checkpoint`
    leads to the same bits, on the CPU, as never having stopped. Raises what the design's own functions raise, and
    CannotRead for a checkpoint that does not belong to it.
    """

    def __init__(
        self,
        program: Program,
        device: torch.device,
        *,
        epochs: int = 0,
        folder: Path | None = None,
        checkpoint: Checkpoint | None = None,
        cadence: Cadence | None = None,
    ) -> None:
        self.program, self.device = program, device
        self._script = program.script
        self._folder, self._cadence = folder, cadence or Cadence()
        state = load_state(checkpoint) if checkpoint else {}
        if "threads" in state and state["threads"] != torch.get_num_threads():
            torch.set_num_threads(state["threads"])  # their number decides the last bits of a sum
        self._epochs = epochs or state.get("epochs", 0)
        self.networks = {name: network.to(device) for name, network in self._script.build().items()}
        self.data, self.held_out = self._script.load(device)
        self._held_out = len(next(iter(self.held_out.values())))
        self._steps = int(self._script.steps_per_epoch(self.data))
        examples = min(len(next(iter(self.data.values()))), self._steps * self._script.BATCH_SIZE)
        self._examples = examples / self._steps  # in a step, on average
        self.progress = Progress.of(state["progress"]) if state else Progress()
        self._optimizers = self._phase.optimizers(self.networks)
        self.resumed_from: int | None = None
        self._begin_buffers()
        if checkpoint:
            self._restore(checkpoint, state)

    def _begin_buffers(self) -> None:
        self._pending: list[dict[str, Tensor]] = []  # still on the device
        self._values: dict[str, list[float]] = {}  # read, not yet told
        self._measures: list[Measured] = []
        self._rates: dict[str, float] = {}  # those of the last step, before what was set by hand
        self._window = self._ticked = self._saved = time.perf_counter()
        self._best_weights: dict[str, dict[str, Tensor]] | None = None
        self._best_name = ""
        self._broken: int | None = None  # the first step whose loss was no number
        self._stop = False
        self._until = sys.maxsize  # the step before which a replay ends
        self._by_hand: dict[int, float] = {}  # the rates set since the last checkpoint, by step
        self._chance: dict[str, Any] | None = None  # as it was when the measuring began
        self._measuring = math.inf  # seconds that the last measuring took

    def _restore(self, checkpoint: Checkpoint, state: dict[str, Any]) -> None:
        load_weights(checkpoint, self.networks)
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        restore_random(state["random"])
        self.resumed_from = self.progress.step
        self._best_name = checkpoint.manifest.best
        if self._folder:
            forget_after(self._folder, self.progress.step)

    # --- what may be asked between two events ---

    def stop(self) -> None:
        """Ends the training after the step under way: the next events are the last."""
        self._stop = True

    def set_learning_rate(self, value: float) -> None:
        """Trains on with this rate; a schedule goes on in proportion to it."""
        planned = self._planned_rates()[self._phase.watched]
        base = planned or self._phase.rates(0, 1, 1)[self._phase.watched] or 1.0
        self.progress.rate = self._by_hand[self.progress.step] = value / base

    def flush(self) -> Iterator[Event]:
        """What is known and not yet told."""
        self._read()
        yield from self._told()

    def save(self) -> Iterator[Event]:
        """Saves a checkpoint; raises CannotSave, and the one before is as it was."""
        yield from self.flush()
        if self._broken is None and not self._finite():
            self._broken = self.progress.step  # weights that are no numbers are no checkpoint
        if self._folder is None or self._broken is not None:
            return
        progress = self.progress
        if self._best_weights is not None:
            self._best_name = f"best-{progress.best.step:06d}"
            told = Manifest(progress.best.step, progress.best.epoch, {}, {}, values=progress.best.values)
            folder = self._folder / "checkpoints" / self._best_name
            save_checkpoint(folder, self._best_weights, None, told, self.program.networks)
            self._best_weights = None
        name = f"step-{progress.step:06d}"
        told = Manifest(progress.step, self._epoch_number(), {}, {}, self._best_name, progress.measured)
        folder, weights = self._folder / "checkpoints" / name, weights_of(self.networks)
        save_checkpoint(folder, weights, self._state(), told, self.program.networks)
        prune(self._folder)
        self._by_hand.clear()
        self._saved = time.perf_counter()
        is_best = self._best_name == f"best-{progress.step:06d}"
        yield Saved(progress.step, self._epoch_number(), f"checkpoints/{name}", best=is_best)

    def _state(self) -> dict[str, Any]:
        return {
            "progress": self.progress.plain(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()},
            "random": self._chance or random_states(),
            "epochs": self._epochs,
            "threads": torch.get_num_threads(),
        }

    # --- the loop ---

    def events(self) -> Iterator[Event | None]:
        """What happens, as it happens; None where nothing did but a command may be looked for.

        Ends with Ended or Failed.
        """
        yield self._began()
        try:
            reason = yield from self._phases()
            if self._broken is None:
                yield from self.save()
        except Exception as error:
            yield failure_of(error, self.program, self.progress.step, self.networks, self.device)
            return
        if self._broken is not None:
            yield from self._not_a_number(self._broken)
            return
        best = self.progress.best.values or self.progress.measured
        yield Ended(reason, self.progress.step, self._epoch_number(), best, self.progress.measured)

    def _phases(self) -> Generator[Event | None, None, Reason]:
        """Trains all phases that are left; gives the reason why it ended."""
        reason: Reason = "finished"
        while True:
            while self.progress.epoch < self._length() and not self._patience_is_over():
                if not (yield from self._epoch()):
                    return "stopped"
            reason = "early stopping" if self._patience_is_over() else "finished"
            if self.progress.phase + 1 == len(self._script.PHASES):
                return reason
            yield from self._next_phase()

    def _next_phase(self) -> Iterator[Event]:
        yield from self.flush()
        kept = replace(self.progress, phase=self.progress.phase + 1, epoch=0, position=0, total=0.0, waited=0)
        self.progress = replace(kept, best=Best())
        self._best_weights, self._best_name = None, ""
        self._optimizers, self._rates = self._phase.optimizers(self.networks), {}

    def _epoch(self) -> Generator[Event | None, None, bool]:
        """Trains what is left of an epoch and measures; gives whether to go on."""
        self._script.set_modes(self._phase, self.networks)
        yield from self._batches()
        if self._is_over() or self.progress.position < self._steps:
            return False
        if not (yield from self._measure()):
            return False
        if self._folder and time.perf_counter() - self._saved >= self._cadence.epoch:
            yield from self.save()
        return not self._is_over()

    def _batches(self) -> Iterator[Event | None]:
        """One step a batch; whatever is not needed at every step waits for the tick."""
        progress, clock = self.progress, time.perf_counter
        phase, networks, optimizers = self._phase, self.networks, self._optimizers
        steps, epochs = self._steps, self._length()
        first = progress.epoch * steps
        left = max(0, self._until - progress.step)
        for batch in islice(self._script.batches(self.data, progress.epoch, progress.position), left):
            rates = phase.rates(first + progress.position, steps, epochs)
            if rates != self._rates or self._by_hand:
                self._set_rates(rates)
            self._pending.append(phase.step(networks, optimizers, batch, first + progress.position))
            progress.position += 1
            progress.step += 1
            if clock() - self._ticked >= TICK:
                yield from self._due(clock())
                if self._is_over():
                    return

    def _is_over(self) -> bool:
        """Whether the training was asked to stop, or broke."""
        return self._stop or self._broken is not None

    def _set_rates(self, rates: dict[str, float]) -> None:
        """Gives the optimizers their rates, in proportion to the one set by hand."""
        self._rates, progress = rates, self.progress
        if self._until < sys.maxsize:  # a replay
            progress.rate = self._by_hand.get(progress.step, progress.rate)
        if progress.rate != 1.0:
            rates = {name: rate * progress.rate for name, rate in rates.items()}
        self._script.set_rates(self._optimizers, rates)

    def _due(self, now: float) -> Iterator[Event | None]:
        """What is due at a tick: the values, a checkpoint in the middle of a long epoch, or a look at the commands."""
        if now - self._window >= TOLD:
            yield from self.flush()
        if now - self._saved >= self._cadence.longest:
            yield from self.save()
        yield None
        self._ticked = time.perf_counter()
        if self._ticked - now > 1.0:  # we were paused: the time does not count
            self._window += self._ticked - now

    def _measure(self) -> Generator[Event | None, None, bool]:
        """Measures the held-out examples at the end of an epoch; gives whether that was finished."""
        start = time.perf_counter()
        means: dict[str, Tensor] = {}
        if self._measuring > TICK:
            self._chance = random_states()  # resumed in the middle, the measuring begins anew
        batches = self._script.evaluate(self._phase, self.networks, self.held_out) if self._held_out else ()
        for means in batches:  # noqa: B007 - the last ones count
            now = time.perf_counter()
            if self._chance is not None and now - self._ticked >= TICK:
                yield from self._due(now)
                if self._stop:
                    return False
        self._chance, self._measuring = None, time.perf_counter() - start
        self._conclude({name: float(mean) for name, mean in means.items()})
        return True

    def _conclude(self, values: dict[str, float]) -> None:
        """Takes the measures of an epoch: whether they are the best, and that the epoch is over."""
        progress = self.progress
        if not values:
            self._read()
        watched = values.get(self._phase.watched, progress.total / self._steps)
        best = watched < progress.best.loss
        number = self._epoch_number() + 1
        if best:
            progress.best = Best(watched, progress.step, number, values)
            self._best_weights = weights_of(self.networks) if self._folder else None
        progress.waited = 0 if best else progress.waited + 1
        progress.epoch, progress.position, progress.total = progress.epoch + 1, 0, 0.0
        if values:
            progress.measured = values
            self._measures.append(Measured(self._phase.name, number, progress.step, values, best))

    # --- what was said ---

    def _began(self) -> Began:
        judged = {name: better for s in self.program.stretches for name, better in s.judged().items()}
        plans = tuple(self._plan(phase) for phase in self._script.PHASES)
        parameters = parameters_of(self.networks)
        metrics = tuple(name for name in judged if all(name not in plan.objectives for plan in plans))
        return Began(str(self.device), plans, metrics, judged, parameters, self.resumed_from)

    def _plan(self, phase: Any) -> PhasePlan:
        train, held_out = len(next(iter(self.data.values()))), self._held_out
        epochs, size = self._epochs or phase.epochs, self._script.BATCH_SIZE
        losses = tuple(phase.rates(0, 1, 1))
        return PhasePlan(phase.name, epochs, self._steps, size, train, held_out, losses)

    def _read(self) -> None:
        """Takes what the steps gave from the device, all at once; notices the first loss that is no number."""
        if not self._pending:
            return
        names = list(self._pending[0])
        flat = torch.stack([values[name] for values in self._pending for name in names]).tolist()
        before = len(next(iter(self._values.values()), ()))
        for i, name in enumerate(names):
            self._values.setdefault(name, []).extend(flat[i :: len(names)])
        self._pending.clear()
        fresh = {name: self._values[name][before:] for name in self._phase.rates(0, 1, 1)}
        self.progress.total += sum(fresh[self._phase.watched])
        bad = [i for losses in fresh.values() for i, loss in enumerate(losses) if not math.isfinite(loss)]
        if bad and self._broken is None:
            self._broken = self.progress.step - len(flat) // len(names) + min(bad)

    def _told(self) -> Iterator[Event]:
        """The events for what was read: the steps up to one that broke, then the measures."""
        count = len(next(iter(self._values.values()), ()))
        first = self.progress.step - count
        if self._broken is not None:
            count = self._broken - first + 1
        now = time.perf_counter()
        if count:
            values = {name: tuple(each[:count]) for name, each in self._values.items()}
            norm = values.pop(_NORM, ())
            speed = count * self._examples / max(now - self._window, 1e-9)
            number = self._epoch_number() + (self.progress.position > 0)
            rate = self._optimizers[self._phase.watched].param_groups[0]["lr"]
            yield Stepped(self._phase.name, number, first, values, speed, rate, norm)
        self._values, self._window = {}, now
        last = math.inf if self._broken is None else self._broken
        yield from (each for each in self._measures if each.step <= last)
        self._measures = []

    def _not_a_number(self, step: int) -> Iterator[Event | None]:
        """Trains again from the last checkpoint up to the step that broke, and tells who was the first to."""
        phase, loss = self._phase, self._phase.watched
        rate = self._optimizers[loss].param_groups[0]["lr"]
        self.networks, self._optimizers = {}, {}  # there may not be room for two
        checkpoint = newest(self._folder).checkpoint if self._folder else None
        again = Training(self.program, self.device, epochs=self._epochs, checkpoint=checkpoint)
        again._until, again._by_hand = step, self._by_hand
        for _ in again._phases():
            yield None
        place = overflown(self.program, again.networks)
        in_weights = place is not None
        for batch in self._script.batches(again.data, again.progress.epoch, again.progress.position):
            place = place or first_to_break(self.program, phase, again.networks, batch)
            break
        yield not_a_number(loss, step, rate, place, in_weights)

    # --- small questions ---

    @property
    def _phase(self) -> Any:
        return self._script.PHASES[self.progress.phase]

    def _length(self) -> int:
        return int(self._epochs or self._phase.epochs)

    def _planned_rates(self) -> dict[str, float]:
        steps = self._steps
        step = self.progress.epoch * steps + self.progress.position
        rates: dict[str, float] = self._phase.rates(step, steps, self._length())
        return rates

    def _patience_is_over(self) -> bool:
        return bool(self._phase.patience) and self.progress.waited >= self._phase.patience

    def _epoch_number(self) -> int:
        """How many epochs are done, those of earlier phases among them."""
        before = self._script.PHASES[: self.progress.phase]
        return sum(self._epochs or phase.epochs for phase in before) + self.progress.epoch

    def _finite(self) -> bool:
        """Whether all weights are numbers; ones that are not are no checkpoint."""
        return all(bool(torch.isfinite(p).all()) for n in self.networks.values() for p in n.parameters())
