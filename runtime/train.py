"""Trains a program as a generator of Events: to pause is not to pull it, to stop is to ask it to end."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.checkpoint import (
    gradients_of,
    load_state,
    load_tensors,
    load_weights,
    memories_of,
    random_states,
    restore_gradients,
    restore_memories,
    restore_random,
    save_checkpoint,
    weights_of,
)
from runtime.course import Cadence, Course
from runtime.culprit import calmer, exploded, first_to_break, largest_gradient, not_a_number, overflown, place_of
from runtime.failure import failure_of
from runtime.gauge import Gauge
from runtime.memory import refuse_too_large
from runtime.messages import Began, Ended, Event, Failed, Measured, PhasePlan, Reason, Saved
from runtime.model import Program, parameters_of
from runtime.plan import refuse_unfollowed
from runtime.recipe import Objective
from runtime.teller import Teller
from runtime.terms import Terms
from runtime.weights import Checkpoint, Manifest, forget_after, newest, prune, verified

TICK = 0.02  # seconds after which a command is looked for at the latest

Events = Iterator[Event | None]


class Training:
    """One training under way: pull `events`; in between, it may be asked to save, to stop or to change its rate.

    `epochs` replaces the length of every phase. Without a `folder` nothing is saved. Going on from a `checkpoint`
    leads to the same bits, on the CPU, as never having stopped. Raises what the design's own functions raise,
    TooLarge where the weights alone cannot fit, and CannotRead for a checkpoint that does not belong to it.
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
        refuse_too_large(program.design, program.stretches, device)
        self.program, self.device = program, device
        self._script = program.script
        self._folder, self._cadence = folder, cadence or Cadence()
        state = load_state(checkpoint) if checkpoint else {}
        if "threads" in state and state["threads"] != torch.get_num_threads():
            torch.set_num_threads(state["threads"])  # their number decides the last bits of a sum
        self._epochs = epochs or state.get("epochs", 0)
        self.networks = {name: network.to(device) for name, network in self._script.build().items()}
        self._learners = self._script.replicated(self.networks)  # they themselves, but for runtime.parallel
        self.data, self.held_out = self._script.load(device)
        self._examples, self._held_out = (len(next(iter(part.values()))) for part in (self.data, self.held_out))
        self._steps = int(self._script.steps_per_epoch(self.data))
        for stretch, phase in zip(program.stretches, self._script.PHASES, strict=True):
            refuse_unfollowed(stretch, self._steps * int(self._epochs or phase.epochs))
        self.course = Course.of(state["course"]) if state else Course()
        self._ends: dict[str, Any] = state.get("ends", {})  # the weights that earlier phases left behind
        if not state:
            self._take_weights()
        self._optimizers = self._phase.optimizers(self.networks)
        self._begin()
        self._begin_averages()
        if checkpoint:
            self._restore(checkpoint, state)

    def _begin(self) -> None:
        self._teller, self._gauge = Teller(), Gauge(self.program)
        self._ticked = self._saved = time.perf_counter()
        self._rates: dict[str, float] = {}  # those of the last step, before what was set by hand
        self._by_hand: dict[int, float] = {}  # the rates set since the last checkpoint, by step
        self._best_weights: dict[str, dict[str, Tensor]] | None = None  # not yet saved
        self._best_name = ""  # the folder of those that are
        self._stop = False
        self._until = sys.maxsize  # the step before which a replay ends
        self._anew: dict[str, Any] | None = None  # chance and memories, as they were when the measuring began
        self._measuring = math.inf  # seconds that the last measuring took
        self.resumed_from: int | None = None

    def _begin_averages(self) -> None:
        """Makes room for the averages of the weights that the phase asks for."""
        asked = self._terms.averaging != "none"
        self._gauge.leave()  # what is copied does not listen
        self._averages: dict[str, Any] = self._script.averages_of(self._phase, self.networks) if asked else {}

    def _restore(self, checkpoint: Checkpoint, state: dict[str, Any]) -> None:
        for name, count in state.get("averaged", {}).items():
            self._averages[name].n_averaged.fill_(count)
        load_weights(checkpoint, self._kept())
        load_tensors(state.get("learning", {}), {n: self.networks[n] for n in state.get("learning", {})})
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        restore_gradients(self.networks, state["gradients"])
        restore_memories(self.networks, state.get("memories", {}), self.device)
        restore_random(state["random"])
        self.resumed_from = self.course.step
        self._best_name = checkpoint.manifest.best
        if self._folder:
            forget_after(self._folder, self.course.step)

    # --- what may be asked between two events ---

    def stop(self) -> None:
        """Ends the training after the step under way: the next events are the last."""
        self._stop = True

    def set_learning_rate(self, value: float) -> None:
        """Trains on with this rate; a schedule goes on in proportion to it."""
        course, watched = self.course, self._phase.watched
        step = course.epoch * self._steps + course.position
        planned = self._phase.rates(step, self._steps, self._length(), course.history)[watched]
        base = planned or self._phase.rates(0, 1, 1, [])[watched] or 1.0
        course.rate = self._by_hand[course.step] = value / base
        self._rates = {}  # so that the next step sets them

    def flush(self) -> list[Event]:
        """What is known and not yet told; it counts as told."""
        self._read()
        number = self._epochs_done() + (self.course.position > 0)
        examples = min(self._examples / self._steps, self._script.BATCH_SIZE)
        return self._teller.told(self._phase.name, number, self.course.step, self._rate(), examples)

    def save(self) -> Iterator[Event]:
        """Saves a checkpoint; raises CannotSave, and the one before is as it was."""
        yield from self.flush()
        if self._folder is None or not self._is_sound():
            return
        course, folder = self.course, self._folder / "checkpoints"
        if self._best_weights is not None:
            best = course.best
            self._best_name = f"best-{best.step:06d}"
            told = Manifest(best.step, best.epoch, {}, {}, values=best.values)
            save_checkpoint(folder / self._best_name, self._best_weights, None, told, self.program.networks)
            self._best_weights = None
        name = f"step-{course.step:06d}"
        told = Manifest(course.step, self._epochs_done(), {}, {}, self._best_name, course.measured)
        save_checkpoint(folder / name, weights_of(self._kept()), self._state(), told, self.program.networks)
        prune(self._folder)
        self._by_hand.clear()
        self._saved = time.perf_counter()
        best_too = self._best_name == f"best-{course.step:06d}"
        yield Saved(course.step, self._epochs_done(), f"checkpoints/{name}", best=best_too)

    def _is_sound(self) -> bool:
        """Whether losses and weights are numbers; ones that are not make no checkpoint."""
        if self._teller.broken is not None:
            return False
        if all(bool(torch.isfinite(p).all()) for n in self.networks.values() for p in n.parameters()):
            return True
        self._teller.broken = self.course.step
        return False

    def _state(self) -> dict[str, Any]:
        return {
            "course": self.course.plain(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()},
            "random": self._anew["random"] if self._anew else random_states(),
            "gradients": gradients_of(self.networks) if self._accumulates() else {},
            "memories": self._anew["memories"] if self._anew else memories_of(self.networks),
            "ends": self._ends,
            "averaged": {name: int(each.n_averaged) for name, each in self._averages.items()},
            "learning": weights_of({name: self.networks[name] for name in self._averages}),
            "epochs": self._epochs,
            "threads": torch.get_num_threads(),
        }

    # --- the loop ---

    def events(self) -> Events:
        """What happens, as it happens; None where nothing did but a command may be looked for.

        Ends with Ended or Failed.
        """
        yield self._began()
        with self.program.same_bits():
            yield from self._to_the_end()

    def _to_the_end(self) -> Events:
        try:
            reason = yield from self._phases()
            if not self._is_broken():
                yield from self.save()
            if self._is_broken():
                yield (yield from self._culprit())
                return
        except Exception as error:
            batches = self._script.batches(self.data, self.course.epoch, self.course.position)
            place = place_of(error, self.program, self._phase, self.networks, batches)
            yield failure_of(error, self.program, self.course.step, self.networks, self.device, place)
            return
        measured = self.course.measured
        yield Ended(reason, self.course.step, self._epochs_done(), self.course.best.values or measured, measured)

    def _phases(self) -> Generator[Event | None, None, Reason]:
        """Trains all phases that are left; gives the reason why it ended."""
        while True:
            while self.course.epoch < self._length() and not self._is_good_enough():
                if not (yield from self._epoch()):
                    return "stopped"
            if self.course.phase + 1 == len(self._script.PHASES):
                self._end_phase()
                return "early stopping" if self._is_good_enough() else "finished"
            yield from self.flush()
            self._turn_to_next_phase()

    def _turn_to_next_phase(self) -> None:
        self._end_phase()
        if any(stretch.terms.weights for stretch in self.program.stretches):
            self._ends[self._phase.name] = self._script.held(self.networks)
        self.course.begin_phase()
        self._best_weights, self._best_name = None, ""
        self._take_weights()
        self._optimizers, self._rates = self._phase.optimizers(self.networks), {}
        self._begin_averages()

    def _take_weights(self) -> None:
        """Gives the networks what the phase says that it begins with."""
        if self._terms.weights:
            self._script.begin(self._phase, self.networks, self._ends)

    def _end_phase(self) -> None:
        """Goes on with the averages, and goes back to the weights of the best epoch, where the phase says so."""
        if self._averages:
            self._script.take_over(self.networks, self._kept())
            self._averages = {}
        if not self._terms.restore_best_weights:
            return
        if self._best_weights is not None:
            load_tensors(self._best_weights, self.networks)
        elif self._best_name and self._folder:
            load_weights(verified(self._folder / "checkpoints" / self._best_name), self.networks)

    def _epoch(self) -> Generator[Event | None, None, bool]:
        """Trains what is left of an epoch and measures; gives whether to go on."""
        self._script.set_modes(self._phase, self.networks)
        yield from self._batches()
        if self._is_over() or self.course.position < self._steps:
            return False
        if not (yield from self._measure()):
            return False
        if self._folder and time.perf_counter() - self._saved >= self._cadence.epoch:
            yield from self.save()
        return not self._is_over()

    def _batches(self) -> Events:
        """One step a batch; whatever is not needed at every step waits for the tick."""
        course, pending, clock = self.course, self._teller.pending, time.perf_counter
        phase, networks, optimizers = self._phase, self._learners, self._optimizers
        step, steps, epochs = self._stepper(), self._steps, self._length()
        first = course.epoch * steps
        left = max(0, self._until - course.step)
        for batch in self._taken(islice(self._script.batches(self.data, course.epoch, course.position), left)):
            rates = phase.rates(first + course.position, steps, epochs, course.history)
            if rates != self._rates or self._by_hand:
                self._set_rates(rates)
            pending.append(step(networks, optimizers, batch, first + course.position))
            self._average(first + course.position)
            course.position += 1
            course.step += 1
            if clock() - self._ticked >= TICK:
                yield from self._due(clock())
                if self._is_over():
                    return

    def _set_rates(self, rates: dict[str, float]) -> None:
        """Gives the optimizers their rates, in proportion to the one set by hand."""
        self._rates, course = rates, self.course
        if self._until < sys.maxsize:  # a replay
            course.rate = self._by_hand.get(course.step, course.rate)
        if course.rate != 1.0:
            rates = {name: rate * course.rate for name, rate in rates.items()}
        self._script.set_rates(self._optimizers, rates)

    def _due(self, now: float) -> Events:
        """What is due at a tick: the values, a checkpoint in the middle of a long epoch, or a look at the commands."""
        if self._teller.is_due(now):
            yield from self.flush()
        yield from self._gauge.tick(self.networks, self.course.step)
        if now - self._saved >= self._cadence.longest:
            yield from self.save()
        yield None
        self._ticked = time.perf_counter()
        if self._ticked - now > 1.0:  # we were paused
            self._teller.skip(self._ticked - now)

    def _measure(self) -> Generator[Event | None, None, bool]:
        """Measures the held-out examples at the end of an epoch; gives whether that was finished."""
        start = time.perf_counter()
        means: dict[str, Tensor] = {}
        if self._measuring > TICK:
            # resumed in the middle, the measuring begins anew
            self._anew = {"random": random_states(), "memories": memories_of(self.networks)}
        for means in self._evaluated():  # noqa: B007 - the last ones count
            now = time.perf_counter()
            if self._anew is not None and now - self._ticked >= TICK:
                yield from self._due(now)
                if self._is_over():
                    return False
        self._anew, self._measuring = None, time.perf_counter() - start
        self._conclude({name: float(mean) for name, mean in means.items()})
        return True

    def _average(self, step: int) -> None:
        """Lets the averages, where there are any, follow the weights after a step."""
        if self._averages:
            self._script.average(self._phase, self._averages, self.networks, step, self._steps, self._length())

    def _kept(self) -> dict[str, torch.nn.Module]:
        """The networks as they are measured and kept: by the averages of their weights, once there are any."""
        begun = {name: each.module for name, each in self._averages.items() if each.n_averaged > 0}
        return self.networks | begun

    def _taken(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The batches, each just before its step."""
        return batches

    def _stepper(self) -> Callable[..., dict[str, Tensor]]:
        """What makes a step of the phase."""
        step: Callable[..., dict[str, Tensor]] = self._phase.step
        return step

    def _evaluated(self) -> Iterator[dict[str, Tensor]]:
        """The means over the held-out examples so far, batch after batch."""
        networks = self.networks
        if self._averages:
            networks = self._script.averaged(self._phase, self._averages, networks, self.data)
        if self._held_out:
            yield from self._script.evaluate(self._phase, networks, self.held_out)

    def _conclude(self, values: dict[str, float]) -> None:
        """Takes the measures of an epoch: whether they are the best, and that the epoch is over."""
        course = self.course
        if not values:
            self._read()
        watched = values.get(self._phase.watched, course.total / self._steps)
        number = self._epochs_done() + 1
        best = course.end_epoch(watched, values, number)
        if best and (self._folder or self._terms.restore_best_weights):
            self._best_weights = weights_of(self._kept())
        if values:
            self._teller.measured(Measured(self._phase.name, number, course.step, values, best))

    def _culprit(self) -> Generator[Event | None, None, Failed]:
        """Trains again from the last checkpoint up to the step that broke, and gives who was the first to."""
        step, phase = self._teller.broken or 0, self._phase
        repair = calmer(self._rate(), self._objectives)
        self.networks, self._learners, self._optimizers, self._averages = {}, {}, {}, {}  # no room for two
        checkpoint = newest(self._folder).checkpoint if self._folder else None
        again = Training(self.program, self.device, epochs=self._epochs, checkpoint=checkpoint)
        again._until, again._by_hand = step, self._by_hand
        for _ in again._phases():
            yield None
        place = overflown(self.program, again.networks)
        in_weights = place is not None
        for batch in islice(self._script.batches(again.data, again.course.epoch, again.course.position), 1):
            place = place or first_to_break(self.program, phase, again.networks, batch)
            if place is None:
                found = largest_gradient(self.program, phase, again.networks, batch)
                return exploded(phase.watched, step, repair, *(found or (None, math.nan)))
        return not_a_number(phase.watched, step, repair, place, in_weights)

    # --- small questions ---

    @property
    def _phase(self) -> Any:
        return self._script.PHASES[self.course.phase]

    def _accumulates(self) -> bool:
        """Whether gradients of a batch outlive its step."""
        return any(objective.accumulate > 1 for objective in self._objectives)

    def _length(self) -> int:
        return int(self._epochs or self._phase.epochs)

    def _epochs_done(self) -> int:
        """How many epochs are done, those of earlier phases among them."""
        before = self._script.PHASES[: self.course.phase]
        return sum(self._epochs or phase.epochs for phase in before) + self.course.epoch

    def _rate(self) -> float:
        """The learning rate as it is; none once the training has broken and gave its optimizers away."""
        if not self._optimizers:
            return math.nan
        groups = self._optimizers[self._phase.watched].param_groups
        return float(next((g for g in groups if g.get("factor", 1.0) == 1.0), groups[0])["lr"])

    def _read(self) -> None:
        losses = tuple(self._phase.rates(0, 1, 1, []))
        fresh = self._teller.read(losses, self.course.step, scaled=self._terms.precision == "16-mixed")
        for loss in fresh[self._phase.watched]:  # one by one, so that it does not matter how many come at once
            self.course.total += loss

    @property
    def _objectives(self) -> tuple[Objective, ...]:
        return self.program.stretches[self.course.phase].objectives

    @property
    def _terms(self) -> Terms:
        return self.program.stretches[self.course.phase].terms

    def _is_good_enough(self) -> bool:
        """Whether the phase ends before its time: its loss is low enough, or has not improved for long enough."""
        enough, history = self._terms.stopping_threshold, self.course.history
        if enough is not None and history and history[-1] <= enough:
            return True
        return bool(self._phase.patience) and self.course.waited >= self._phase.patience

    def _is_broken(self) -> bool:
        return self._teller.broken is not None

    def _is_over(self) -> bool:
        """Whether the training was asked to stop, or broke."""
        return self._stop or self._is_broken()

    def _began(self) -> Began:
        judged = {name: better for s in self.program.stretches for name, better in s.judged().items()}
        plans = tuple(self._plan(phase) for phase in self._script.PHASES)
        metrics = tuple(name for name in judged if all(name not in plan.objectives for plan in plans))
        parameters = parameters_of(self.networks)
        return Began(str(self.device), plans, metrics, judged, parameters, self.resumed_from)

    def _plan(self, phase: Any) -> PhasePlan:
        epochs, size = self._epochs or phase.epochs, min(self._script.BATCH_SIZE, self._examples)
        losses = tuple(phase.rates(0, 1, 1, []))
        return PhasePlan(phase.name, epochs, self._steps, size, self._examples, self._held_out, losses)
