"""What a training has reported so far, metric by metric, every value kept; no Qt."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from designer.monitor.series import Series, Smoothing


class Curve:
    """One metric: its value at each training step, the same smoothed, and its validation values."""

    def __init__(self, name: str, better: str = "lower", weight: float = 0.6) -> None:
        self.name = name
        self.better = better
        self.raw = Series()
        self.smooth = Series(np.float32)
        self.validation = Series()
        self._smoothing = Smoothing(weight)
        self._epochs: dict[int, int] = {}  # step of a validation → its epoch
        self._best_step: float | None = None

    def add_steps(self, steps: ArrayLike, values: ArrayLike) -> None:
        """Adds training values; steps that came before are replaced from the first one on."""
        places = np.atleast_1d(np.asarray(steps, np.float64))
        again = bool(len(self.raw) and len(places) and places[0] <= self.raw.x[-1])
        self.raw.append(places, values)
        if again:
            self.resmooth(self._smoothing.weight)
        else:
            self.smooth.append(places, self._smoothing.extend(values))

    def add_validation(self, step: int, epoch: int, value: float, best: bool) -> None:
        """Adds one validation value; `best` marks it as the one whose weights are kept."""
        self.validation.append(step, value)
        self._epochs[step] = epoch
        if self._best_step is not None and self._best_step > step:
            self._best_step = None  # it stood in the stretch that is now trained again
        if best:
            self._best_step = step

    def resmooth(self, weight: float) -> None:
        """Smooths all that was recorded anew with this weight, from 0 up to below 1."""
        self._smoothing = Smoothing(weight)
        self.smooth = Series(np.float32)
        self.smooth.append(self.raw.x, self._smoothing.extend(self.raw.y))

    def best(self) -> tuple[float, float, int] | None:
        """Step, value and epoch of the best validation: the one marked, else the best by value."""
        places, values = self.validation.x, self.validation.y
        if not np.isfinite(values).any():
            return None
        index = int(np.nanargmax(values) if self.better == "higher" else np.nanargmin(values))
        if self._best_step is not None:
            index = int(np.searchsorted(places, self._best_step))
        return float(places[index]), float(values[index]), self.epoch_at(index)

    def epoch_at(self, index: int) -> int:
        """The epoch after which the validation value at this index was measured."""
        return self._epochs[int(self.validation.x[index])]


class Record:
    """All curves of one training, and the latest of the numbers that have no curve."""

    def __init__(
        self,
        metrics: Sequence[str] = (),
        better: Mapping[str, str] | None = None,
        total_steps: int = 0,
        steps_per_epoch: int = 0,
        weight: float = 0.6,
    ) -> None:
        sides = dict(better or {})
        self.curves = {m: Curve(m, sides.get(m, "lower"), weight) for m in metrics}
        self.notes: dict[str, float] = {}
        self.total_steps = total_steps
        self.steps_per_epoch = steps_per_epoch

    def add_steps(self, first_step: int, values: Mapping[str, Sequence[float]]) -> None:
        """Adds the values of consecutive steps; of a name without a curve the last value is noted."""
        for name, given in values.items():
            if name in self.curves:
                self.curves[name].add_steps(np.arange(first_step, first_step + len(given)), given)
            elif len(given):
                self.notes[name] = float(given[-1])

    def add_validation(self, step: int, epoch: int, values: Mapping[str, float], best: bool) -> None:
        """Adds the validation values measured after `step` steps, in `epoch`."""
        for name in values.keys() & self.curves.keys():
            self.curves[name].add_validation(step, epoch, values[name], best)

    def resmooth(self, weight: float) -> None:
        """Smooths every curve with this weight."""
        for curve in self.curves.values():
            curve.resmooth(weight)

    def last_step(self) -> float:
        """The furthest step that any curve has reached; 0 where there is none."""
        ends = [s.x[-1] for c in self.curves.values() for s in (c.raw, c.validation) if len(s)]
        return float(max(ends, default=0.0))

    def epochs_known(self) -> bool:
        """Whether a step can be said in epochs."""
        return self.steps_per_epoch > 0

    def table(self) -> str:
        """All values as CSV: one row a step, a column for training and validation of each metric."""
        columns: dict[str, dict[float, float]] = {}
        for curve in self.curves.values():
            columns[f"train {curve.name}"] = _column(curve.raw)
            columns[f"validation {curve.name}"] = _column(curve.validation)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["step", "epoch", *columns])
        for step in sorted(set().union(*columns.values())):
            epoch = f"{step / self.steps_per_epoch:.6g}" if self.epochs_known() else ""
            row = [values.get(step) for values in columns.values()]
            writer.writerow([f"{step:.0f}", epoch, *map(_cell, row)])
        return text.getvalue()


def _column(series: Series) -> dict[float, float]:
    return dict(zip(series.x.tolist(), series.y.tolist(), strict=True))


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return repr(value) if math.isfinite(value) else str(value)
