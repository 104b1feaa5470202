"""The command `new`: a design from an architecture of the literature, and the list of those."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from blocks.zoo import Template
from runtime.beginning import CannotBegin, begun, template_meant, with_typed
from runtime.console import print_json, print_lines
from runtime.file import save_design
from runtime.run import search_path
from runtime.template_text import facts, listed


def add_new(commands: Any) -> None:
    """What can be asked of `new`."""
    parser = commands.add_parser("new", help="a design from an architecture of the literature")
    parser.add_argument("template", nargs="?", metavar="TEMPLATE", help="its name, as ResNet or resnet50")
    said = "a setting, as depth=50; may be given several times"
    parser.add_argument("-s", "--set", action="append", default=[], type=_pair, metavar="KEY=VALUE", help=said)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the design file to write")
    told = "a checkpoint of torchvision's (.pth, .safetensors), written beside FILE under our names"
    parser.add_argument("--weights", type=Path, metavar="CHECKPOINT", help=told)
    parser.add_argument("--list", action="store_true", help="all templates with their settings")
    parser.add_argument("--json", action="store_true", help="the list as JSON")


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, as depth=50, found {text!a}")
    return key.strip(), value.strip()


def new(options: argparse.Namespace) -> int:
    """Writes a design drawn by a template, or lists the templates; raises CannotBegin or CannotSave."""
    if options.list:
        if options.json:
            print_json(facts())
        else:
            print_lines(listed())
        return 0
    if not options.template or not options.output:
        raise CannotBegin("Name a TEMPLATE and a file: layerwright new ResNet -s depth=50 -o resnet.json")
    template = with_typed(template_meant(options.template), dict(options.set))
    design, weights = begun(template), options.output.with_suffix(".safetensors")
    for file in (options.output, *([weights] if options.weights else [])):
        if file.exists():
            raise CannotBegin(f"{file} is there already. Choose another name, or remove it first.")
    if options.weights:
        _adopt(template, options.weights, weights)
    save_design(options.output, design)
    print(options.output)
    return 0


def _adopt(template: Template, checkpoint: Path, out: Path) -> None:
    """Has a checkpoint written under our names by a process that knows torch; raises CannotBegin."""
    words = [os.fspath(checkpoint), template.kind(), json.dumps(template.stored()), os.fspath(out)]
    command = [sys.executable, "-P", "-m", "runtime.adopted", *words]
    environment = {**os.environ, "PYTHONPATH": search_path()}
    asked = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if asked.returncode:
        raise CannotBegin(asked.stdout.strip() or "The checkpoint could not be read.")
    print(out)
