"""The printed texts as running modules, and every error inside them led back to the node whose line it was."""

from __future__ import annotations

import contextlib
import linecache
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import torch
from torch import nn

from runtime.design import Design
from runtime.naming import attribute
from runtime.page import Place
from runtime.plan import Stretch, plan
from runtime.script import print_training
from runtime.source import Source, print_design, print_networks
from runtime.store import CannotRead, read

MODEL, TRAIN = "model.py", "train.py"
_LARGEST_TEXT = 64 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Program:
    """A design as it runs: the modules made from `model.py` and `train.py`, and the node behind each line of them."""

    design: Design
    model: ModuleType
    script: Any  # the module made from train.py; its names are those of runtime.carried.loop and of the design
    sources: Mapping[str, Source]  # by the file name in tracebacks

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The phases as they were planned."""
        return plan(self.design)

    @cached_property
    def networks(self) -> Mapping[str, str]:
        """The name of the network behind each class."""
        source = next(iter(self.sources.values()))
        return {made: name for name, made in source.classes.items()}

    @contextlib.contextmanager
    def same_bits(self) -> Iterator[None]:
        """Where operations are those that give the same bits each time, if a phase asks for that."""
        if not any(stretch.terms.deterministic for stretch in self.stretches):
            yield
            return
        before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
        self.script.be_deterministic()
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0])
            torch.backends.cudnn.benchmark = before[1]

    def place_of_error(self, error: BaseException) -> Place | None:
        """The node whose line raised the error, the innermost one where lines call each other."""
        frames = traceback.walk_tb(error.__traceback__)
        return self.place_of_lines(reversed([(f.f_code.co_filename, line) for f, line in frames]))

    def place_of_frame(self, frame: FrameType) -> Place | None:
        """The node whose line is running in a frame or in one that called it."""
        return self.place_of_lines((f.f_code.co_filename, line) for f, line in traceback.walk_stack(frame))

    def place_of_lines(self, lines: Iterator[tuple[str, int]]) -> Place | None:
        """The node behind the first of these lines, as (file, number), that is one of a node's."""
        for file, line in lines:
            source = self.sources.get(file)
            place = source.place(line) if source else None
            if place is not None:
                return place
        return None

    def place_of_parameter(self, made: str, parameter: str) -> Place:
        """The node that owns a parameter, from the class of the network and the parameter's name in its state dict."""
        network, prefix = self.networks.get(made, made), parameter.partition(".")[0]
        nodes = self.design.networks[network].nodes if network in self.design.networks else ()
        return Place(network, next((node for node in nodes if attribute(node) == prefix), prefix))


def compiled(design: Design) -> Program:
    """The design as it would run, without a folder; raises CannotPlan, CannotPrint and NoData."""
    files = (f"<{design.title}/{MODEL}>", f"<{design.title}/{TRAIN}>")
    return _program(design, print_design(design), print_training(design), files)


def opened(folder: Path, design: Design) -> Program:
    """The very texts that lie in a run folder, as long as they are what the design prints; raises CannotRead.

    A text that differs is not run: it came from elsewhere or was changed, and nobody has looked at it here.
    """
    model, train = print_design(design), print_training(design)
    for name, source in ((MODEL, model), (TRAIN, train)):
        if read(folder / name, _LARGEST_TEXT) != source.text.encode():
            told = "what this version prints from design.json; run it by hand, or start a new training from the design"
            raise CannotRead(folder / name, "its text", told)
    return _program(design, model, train, (str(folder / MODEL), str(folder / TRAIN)))


def network_class(networks: Mapping[str, Any], name: str, title: str = "") -> type[nn.Module]:
    """The class of one network, from graphs by name, made by running what is printed for them."""
    source = print_networks(title, networks)
    module = execute(source, "model", f"<{title or name}/{MODEL}>")
    made: type[nn.Module] = getattr(module, source.classes[name])
    return made


def execute(source: Source, name: str, file: str) -> ModuleType:
    """The module that a text makes; the lines of `file` are shown in tracebacks even where there is no such file."""
    lines = source.text.splitlines(keepends=True)
    linecache.cache[file] = (len(source.text), None, lines, file)
    module = ModuleType(name, source.text.partition("\n")[0].strip('"'))
    module.__file__ = file
    code = compile(source.text, file, "exec")
    with _importable({name: module}):
        exec(code, module.__dict__)
    return module


def _program(design: Design, model: Source, train: Source, files: tuple[str, str]) -> Program:
    module = execute(model, "model", files[0])
    with _importable({"model": module}):
        script = execute(train, "train", files[1])
    return Program(design, module, script, dict(zip(files, (model, train), strict=True)))


@contextlib.contextmanager
def _importable(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Lets a text import these by name, for as long as it is being run."""
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


def parameters_of(networks: Mapping[str, nn.Module]) -> int:
    """How many numbers can be learned in networks; those of frozen nodes cannot."""
    return sum(p.numel() for network in networks.values() for p in network.parameters() if p.requires_grad)


def best_device(name: str = "") -> torch.device:
    """The device of that name, or the fastest kind that this machine has; raises ValueError for one it has not."""
    if name:
        try:
            return torch.empty(1, device=name).device
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"This machine has no device {name} that works ({error}). Choose cpu.") from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
