"""The text of modules that torch lacks, as printed code carries it along: one class a file, which needs only torch."""

from __future__ import annotations

import ast
import re
from importlib import resources

# What the head of printed code imports where it is used; a carried file can have nothing else.
IMPORTS = (
    "from __future__ import annotations",
    "import math",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import Tensor, nn",
)


class CannotCarry(Exception):
    """A file of a module that code could not carry along, and why, in a sentence."""


def is_carried(name: str) -> bool:
    """Whether a call names a class that is no part of torch."""
    return not name.startswith(("nn.", "torch."))


def carried_text(name: str, package: str) -> str:
    """The class of that name out of a package of modules, without docstring and imports; raises CannotCarry."""
    file = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() + ".py"
    root, *rooms = package.split(".")
    try:
        text = resources.files(root).joinpath(*rooms, file).read_text(encoding="utf-8")
    except (OSError, ImportError, TypeError, UnicodeDecodeError) as error:
        raise CannotCarry(f"{package} has no file {file} that could be read, in which {name} would stand.") from error
    if not package.startswith("runtime."):
        _refuse_foreign(name, file, text)
    return re.sub(r'\A""".*?"""\n|^(?:from|import) [^\n]*\n', "", text, flags=re.S | re.M).strip()


def _refuse_foreign(name: str, file: str, text: str) -> None:
    """Raises CannotCarry for a file that would not stand alone in printed code."""
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise CannotCarry(f"{file} is not Python: {error.msg} in line {error.lineno}.") from error
    for line in (ast.unparse(part) for part in body if isinstance(part, ast.Import | ast.ImportFrom)):
        if line not in IMPORTS:
            raise CannotCarry(f"{file} has “{line}”, but may have only {', '.join(f'“{known}”' for known in IMPORTS)}.")
    if not any(isinstance(part, ast.ClassDef) and part.name == name for part in body):
        raise CannotCarry(f"{file} defines no class {name}.")
