"""Prints the training of a design as `train.py`: the very script that the training process runs, and a person can."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from blocks.call import literal, quoted
from runtime.carrying import carried, definitions, features_of, helpers_for, helpers_in_steps
from runtime.data.split import split, streams
from runtime.design import Design
from runtime.objective_text import ObjectiveText, helpers, print_optimizers, print_rates
from runtime.page import Page, Place, comment, wrapped, wrapped_statement
from runtime.places import in_code, network_of
from runtime.plan import Stretch, plan, seed_of
from runtime.source import Source, print_design
from runtime.sources import DataSource
from runtime.step_carried import carried_in_steps
from runtime.step_text import StepBody, share_metrics
from runtime.terms import PRECISIONS
from runtime.together import alone

_TORCH_TYPES = {"float32": "torch.float32", "int64": "torch.int64", "bool": "torch.bool"}
_IMPORTS = (
    ("import math", "math."),
    ("import os", "os."),
    ("import sys", "sys."),
    ("from collections.abc import Callable, Iterator", "Callable"),
    ("from dataclasses import dataclass", "@dataclass"),
    ("from itertools import islice", "islice("),
    ("from pathlib import Path", "Path"),
    ("from typing import Any", "Any"),
)


ALL = "2**31 - 1"  # more examples in a step than there are


def print_training(design: Design) -> Source:
    """The script `train.py` of a design, which needs `model.py` beside it; raises CannotPlan, CannotPrint, NoData."""
    stretches = plan(design)
    assert design.data is not None  # plan has seen to that
    model = print_design(design)
    classes = model.classes
    objectives = [objective for stretch in stretches for objective in stretch.objectives]
    used = dict.fromkeys(classes[n] for s in stretches for n in (*s.networks, *map(network_of, s.learning)))
    page = Page()
    lonely = alone(stretches, design.networks)
    features = features_of(stretches) | ({"alone"} if lonely else set())
    features |= {"norms"} if "nn.BatchNorm" in model.text else set()
    page.add(carried("types", features))
    page.add("\n\n# --- data and networks ---")
    _print_data(page, design.data)
    _print_build(page, list(used))
    page.add("\n\n# --- steps ---")
    for text in carried_in_steps(stretches, classes):
        page.add("\n\n" + text)
    for part in dict.fromkeys((*(p for each in objectives for p in helpers(each)), *helpers_in_steps(features))):
        page.add("\n\n" + definitions(part))
    for function in dict.fromkeys(f for objective in objectives for f in objective.schedule.carried()):
        page.add("\n\n" + inspect.getsource(function).strip())
    known: dict[str, str] = {}
    writers = [_Writer(page, stretch, classes, len(stretches) == 1, known) for stretch in stretches]
    for writer in writers:
        writer.write()
    _print_phases(page, writers)
    page.add(carried("loop", features))
    for part in (*helpers_for(features), "several processes", "command line"):
        page.add("\n\n" + carried(part, features))
    constants = [line for writer in writers for line in writer.constants()]
    return _finish(page, design, list(used), [*constants, *_refusal(lonely)], classes)


def printed(design: Design) -> dict[str, str]:
    """The files of a run that follow from its design: `model.py` and `train.py`."""
    return {"model.py": print_design(design).text, "train.py": print_training(design).text}


def _refusal(lonely: str) -> list[str]:
    """The constant that says why several processes are refused, where they are."""
    line = f"ALONE = {quoted(lonely)}"
    return [line if len(line) <= 100 else f"ALONE = (\n    {quoted(lonely)}\n)"] if lonely else []


def _print_build(page: Page, used: list[str]) -> None:
    page.add("\n\ndef build() -> Networks:")
    page.add('    """The networks, with the weights that the seed gives."""')
    page.add("    torch.manual_seed(SEED)")
    page.add(wrapped("    return {", [f"{quoted(name)}: {name}()" for name in used], "}"))


def _print_data(page: Page, data: DataSource) -> None:
    cut: Callable[..., Any] = streams if data.in_order else split
    for function in (*data.functions, cut):
        page.add("\n\n" + _without_numpy(textwrap.dedent(inspect.getsource(function)).strip()))
    fields = data.fields()
    kinds = [f"{quoted(name)}: {_TORCH_TYPES[shape.dtype]}" for name, shape in fields.items()]
    first = quoted(next(iter(fields)))
    page.add("\n\ndef load(device: torch.device) -> tuple[Batch, Batch]:")
    page.add('    """The examples to learn from and those held out, as tensors on the device."""')
    page.add(wrapped("    kinds = {", kinds, "}"))
    page.add(wrapped_statement("    ", f"fields = {data.load()}"))
    by = "BATCH_SIZE" if data.in_order else "SPLIT_SEED"
    page.add(f"    parts = {cut.__name__}(len(fields[{first}]), VALIDATION, {by})")
    page.add("    kept, held_out = (")
    page.add("        {name: torch.from_numpy(fields[name][rows]).to(device, kinds[name]) for name in kinds}")
    page.add("        for rows in parts")
    page.add("    )")
    page.add("    return kept, held_out")


def _without_numpy(function: str) -> str:
    """A function without an import of its own of what the script imports at its top."""
    return re.sub(r'(?<=""")\n    import numpy as np\n\n|    import numpy as np\n', _line_end, function, count=1)


def _line_end(found: re.Match[str]) -> str:
    return "\n" if found[0].startswith("\n") else ""


class _Writer:
    """Prints the functions of one phase and its entry in the list of phases.

    `known` holds the names of functions that are printed, by what they do: a phase calls those of an earlier one.
    """

    def __init__(
        self, page: Page, stretch: Stretch, classes: Mapping[str, str], alone: bool, known: dict[str, str]
    ) -> None:
        self._page, self._stretch, self._classes = page, stretch, classes
        self._known, self._called = known, dict[str, str]()
        self._prefix = "" if alone else f"{stretch.identifier.upper()}_"
        self._shared, self._rest = share_metrics(stretch)
        self._name = stretch.identifier
        self._gathered = [name for name in stretch.judged() if stretch.gathers(name)]
        self._told = [ObjectiveText(stretch, each, classes, self._prefix) for each in stretch.objectives]

    def constants(self) -> Iterator[str]:
        """The lines at the top that a person may want to change."""
        yield f"{self._prefix}EPOCHS = {self._stretch.terms.epochs}"
        if self._stretch.terms.patience:
            yield f"{self._prefix}PATIENCE = {self._stretch.terms.patience}  # epochs"
        for told in self._told:
            yield from told.constants()

    def write(self) -> None:
        """Adds the functions."""
        for loss, results in self._shared.items():
            told = "The loss to make small, and what is judged beside it, for one batch."
            self._values(loss, results, told)
        if self._rest:
            self._values("rest", self._rest, "What is judged beside the losses.")
        if self._measures_apart():
            self._measure()
        if self._gathered:
            self._conclude()
        self._optimizers()
        self._rates()
        self._step()

    def _head(self, line: str, told: str) -> None:
        self._page.add(f"\n\n{line}")
        self._page.add(f'    """{comment(told)}"""')

    def _once(self, part: str, taken: str, told: str, lines: list[tuple[str, Place | None]]) -> None:
        """Adds a function that gives values, unless an earlier phase has one that does the same."""
        own, does = f"{self._name}_{part}", "\n".join([taken, *(line for line, _ in lines)])
        self._called[part] = self._known.setdefault(does, own)
        if self._called[part] == own:
            self._head(f"def {own}({taken}) -> Values:", told)
            for line, place in lines:
                self._page.add(line, place)

    def _values(self, part: str, results: tuple[str, ...], told: str) -> None:
        pad, kind = "    ", PRECISIONS[self._stretch.terms.precision]
        lines: list[tuple[str, Place | None]] = []
        if kind:
            lines.append((f"{pad}with autocast(batch, {kind}):", None))
            pad += "    "
        for node, statement in StepBody(self._stretch, results, self._classes).lines:
            lines.append((wrapped_statement(pad, statement), Place(self._stretch.name, node) if node else None))
        self._once(part, "networks: Networks, batch: Batch", told, lines)

    def _measures_apart(self) -> bool:
        return len(self._shared) > 1 or bool(self._rest)

    def _measure(self) -> None:
        names = [self._called[part] for part in (*self._shared, *(["rest"] * bool(self._rest)))]
        line = "    return {" + ", ".join(f"**{name}(networks, batch)" for name in names) + "}"
        told = "Every loss and metric for one batch."
        self._once("measure", "networks: Networks, batch: Batch", told, [(line, None)])

    def _conclude(self) -> None:
        lines = []
        for name in self._gathered:
            value, pad = f"values[{quoted(name)}]", "    "
            if name in self._rest:  # which a step does not give
                lines.append(f"    if {quoted(name)} in values:")
                pad += "    "
            made = self._stretch.graph.block(name).concluded(value)
            lines.append(wrapped_statement(pad, f"{value} = {made}"))
        told = "Makes numbers of averages that are none yet."
        self._once("conclude", "values: Values", told, [(line, None) for line in (*lines, "    return values")])

    def _optimizers(self) -> None:
        self._head(f"def {self._name}_optimizers(networks: Networks) -> Optimizers:", "What changes the weights.")
        print_optimizers(self._page, self._told)

    def _rates(self) -> None:
        typed = ["step: int", "steps_per_epoch: int", "epochs: int", "history: list[float]"]
        told = "The learning rate of a step, counted from 0; the history is the watched loss of every epoch."
        self._head(wrapped(f"def {self._name}_rates(", typed, ") -> dict[str, float]:"), told)
        print_rates(self._page, self._told)

    def _step(self) -> None:
        page, name = self._page, self._name
        typed = ["networks: Networks", "optimizers: Optimizers", "batch: Batch", "step: int"]
        told = "Makes a step; the values stay on the device, so that nothing waits for them."
        if self._told[0].objective.optimizer.evaluates:
            told = "Makes a step, for which the loss is taken at several places; its values are those before it."
        self._head(wrapped(f"def {name}_step(", typed, ") -> Values:"), told)
        for i, text in enumerate(self._told):
            function = self._called[text.objective.minimize]
            if text.objective.optimizer.evaluates:
                text.search(page, function)
                continue
            page.add(f"    values {'|=' if i else '='} {function}(networks, batch)")
            text.descend(page)
        told = "{name: value.detach() for name, value in values.items()}"
        page.add(f"    return {self._called['conclude']}({told})" if self._gathered else f"    return {told}")

    def entry(self) -> list[str]:
        """The arguments of the phase."""
        stretch, name = self._stretch, self._name
        measure = self._called["measure" if self._measures_apart() else stretch.watched]
        return [
            f"name={quoted(stretch.name)}",
            f"epochs={self._prefix}EPOCHS",
            f"patience={self._prefix + 'PATIENCE' if stretch.terms.patience else 0}",
            f"learning={literal(tuple(in_code(place, self._classes) for place in stretch.learning))}",
            f"watched={quoted(stretch.watched)}",
            *(f"{part}={name}_{part}" for part in ("optimizers", "rates", "step")),
            f"measure={measure}",
            *([f"conclude={self._called['conclude']}"] if self._gathered else []),
            *self._asked(),
        ]

    def _asked(self) -> Iterator[str]:
        """The arguments that only some phases have."""
        terms = self._stretch.terms
        if self._stretch.frozen:
            yield f"frozen={literal(tuple(in_code(place, self._classes) for place in self._stretch.frozen))}"
        if terms.weights:
            yield f"weights={quoted(terms.weights)}"
        if terms.restore_best_weights:
            yield "restore_best_weights=True"
        if terms.stopping_threshold is not None:
            yield f"stopping_threshold={literal(terms.stopping_threshold)}"
        yield from self._averaging()

    def _averaging(self) -> Iterator[str]:
        """The arguments of the averages that it takes."""
        terms, objective = self._stretch.terms, self._stretch.objectives[0]
        if terms.averaging == "ema":
            yield f"ema_decay={literal(terms.ema_decay)}"
        if terms.averaging == "ema" and objective.accumulate > 1:
            yield f"average_every={self._prefix}ACCUMULATE"
        if terms.averaging == "swa":
            yield f"swa_start={literal(terms.swa_start)}"


def _print_phases(page: Page, writers: list[_Writer]) -> None:
    page.add("\n\nPHASES = (")
    for writer in writers:
        page.add("    Phase(")
        for line in writer.entry():
            page.add(f"        {line},")
        page.add("    ),")
    page.add(")\n\n")


def _finish(page: Page, design: Design, used: list[str], constants: list[str], classes: Mapping[str, str]) -> Source:
    """Puts the head before the lines: what it is, how to run it, imports and constants."""
    assert design.data is not None
    body = "\n".join(page.lines)
    head = Page()
    needs = ["torch", *design.data.packages]
    head.add(f'"""Trains: {comment(design.title)}\n')
    head.add("    python train.py [--epochs N] [--steps N] [--device cuda] [--losses FILE]\n")
    head.add(f"Written by Layerwright. It needs model.py beside it, and {_listed(needs)}.")
    head.add('"""\n\nfrom __future__ import annotations\n')
    head.add("import argparse\nimport json")
    head.add("\n".join(line for line, sign in _IMPORTS if sign in body) + "\n")
    head.add("\n".join(_third_party(body)) + "\n")
    imported = f"from model import {', '.join(sorted(used))}"
    head.add(imported if len(imported) <= 100 else _long_import(used))
    head.add(f"\nSEED = {seed_of(design)}  # of weights, order and dropout")
    head.add(f"BATCH_SIZE = {design.data.batch_size or ALL}  # examples")
    head.add(f"SHUFFLED = {not design.data.in_order}  # whether each epoch has an order of its own")
    head.add(f"VALIDATION = {design.data.validation!r}  # the share of the examples that is held out")
    if not design.data.in_order:
        head.add(f"SPLIT_SEED = {design.data.seed}  # decides which they are")
    head.add("\n".join(constants) + "\n")
    text = "\n".join([*head.lines, *page.lines]) + "\n"
    return Source(text, (*head.places, *page.places), dict(classes))


def _third_party(body: str) -> Iterator[str]:
    if re.search(r"\bnp\.", body):
        yield "import numpy as np"
    yield "import torch"
    yield "import torch.distributed as dist"
    if re.search(r"\bF\.", body):
        yield "import torch.nn.functional as F"
    yield "from torch import Tensor, nn"
    averaging = [name for name in ("AveragedModel", "get_ema_multi_avg_fn") if f"{name}(" in body]
    if averaging:
        yield f"from torch.optim.swa_utils import {', '.join(averaging)}"


def _long_import(used: list[str]) -> str:
    return "from model import (\n" + "".join(f"    {name},\n" for name in sorted(used)) + ")"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
