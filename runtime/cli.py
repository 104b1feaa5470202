"""The command line: the same engine as the window, without Qt and, in this process, without torch."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn

from blocks.catalogue import BROKEN, CATALOGUE
from blocks.compare import compared
from runtime.beginning import CannotBegin
from runtime.cli_new import add_new, new
from runtime.console import console, print_json, print_lines
from runtime.design import Design
from runtime.export import CannotExport, Smaller, export, run_files
from runtime.file import BadDesign, dumps, open_design
from runtime.follow import Follower
from runtime.learning import learning_text
from runtime.manual import ManualPage, pages
from runtime.manual_text import facts as manual_facts
from runtime.manual_text import lines, listed, whole
from runtime.recipe import CannotPlan
from runtime.report import facts, problems, side_by_side, table, timed, totals
from runtime.run import DESIGN, AlreadyRunning, Run, search_path, start_worker
from runtime.source import CannotPrint
from runtime.sources import NoData
from runtime.store import CannotRead, CannotSave
from runtime.verdict import Verdict, judge

FINE, WRONG, REFUSED, BUG = 0, 1, 2, 70


class CannotTrain(Exception):
    """A training that this machine has no room for, as a sentence."""


REFUSALS = (
    AlreadyRunning,
    BadDesign,
    CannotBegin,
    CannotExport,
    CannotPlan,
    CannotPrint,
    CannotRead,
    CannotSave,
    CannotTrain,
    NoData,
)
EPILOG = """\
A FILE alone opens the window. Examples:
  layerwright samples/lenet_digits.json
  layerwright check samples/lenet_digits.json
  layerwright train samples/lenet_digits.json --epochs 5
  layerwright export samples/lenet_digits.json -o lenet/ --run runs/2026-11-21-101502-lenet

Exit status: 0 fine, 1 errors in the design or a training that failed, 2 a file or an option that cannot be used."""


def main(words: Sequence[str] | None = None) -> int:
    """Does what the words ask and gives the exit status; whatever goes wrong is told in one sentence."""
    words = sys.argv[1:] if words is None else list(words)
    try:
        status = run(words)
        sys.stdout.flush()
        return status
    except REFUSALS as error:
        return complain(error, REFUSED)
    except BrokenPipeError:
        # Whoever read us has gone; at exit Python would flush into nothing and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("LAYERWRIGHT_TRACEBACK"):
            raise
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        return complain(f"This is a bug in Layerwright ({told}). LAYERWRIGHT_TRACEBACK=1 shows where.", BUG)


def complain(problem: object, status: int) -> int:
    """Tells a problem on standard error and gives the status."""
    print(f"layerwright: {problem}", file=sys.stderr)
    return status


def run(words: Sequence[str]) -> int:
    """Finds the command and does it; a file, or nothing, opens the window."""
    commands = parser()
    if not words or (words[0] not in COMMANDS and not words[0].startswith("-")):
        if len(words) > 1:
            commands.error(f"{words[0]} is no command; to open a file, give it alone")
        return show_window(Path(words[0]) if words else None)
    options = commands.parse_args(words)
    if options.command != "check":  # which lists them among the problems
        for broken in BROKEN:
            complain(broken, FINE)
    return COMMANDS[options.command](options)


def parser() -> argparse.ArgumentParser:
    """What can be asked."""
    top = argparse.ArgumentParser(
        prog="layerwright",
        description="Draw a neural network, check it, train it, and keep readable PyTorch code.",
        usage="layerwright [FILE]\n       layerwright COMMAND …",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"Layerwright {_version()}")
    commands = top.add_subparsers(dest="command", prog="layerwright", required=True, metavar="COMMAND")
    _add_checks(commands)
    add_new(commands)
    _add_outputs(commands)
    _add_train(commands)
    _add_sample(commands)
    blocks = commands.add_parser("blocks", help="the catalogue of blocks: the reference manual")
    blocks.add_argument("name", nargs="?", metavar="NAME", help="only the page of this block")
    blocks.add_argument("--list", action="store_true", help="only the names, with a line on each")
    blocks.add_argument("--json", action="store_true", help="the pages as JSON")
    return top


def _version() -> str:
    try:
        return version("layerwright")
    except PackageNotFoundError:
        return "(not installed)"


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a design file")


def _add_checks(commands: Any) -> None:
    check = commands.add_parser("check", help="what is wrong with a design, and how to repair it")
    _file(check)
    check.add_argument("--json", action="store_true", help="shapes, counts and problems as JSON")
    summary = commands.add_parser("summary", help="the layer table: shapes, parameters, MACs, memory, receptive field")
    _file(summary)
    summary.add_argument("--network", default="", metavar="NAME", help="only this network")
    summary.add_argument("--json", action="store_true", help="shapes, counts and problems as JSON")
    summary.add_argument("--time", action="store_true", help="measure how long one example takes on this computer")
    compare = commands.add_parser("compare", help="networks side by side: costs, and of which blocks they are made")
    compare.add_argument("files", type=Path, nargs="+", metavar="FILE", help="design files")
    compare.add_argument("--json", action="store_true", help="the same as JSON")


def _add_outputs(commands: Any) -> None:
    out = commands.add_parser("export", help="readable PyTorch code, and trained weights")
    _file(out)
    target = "a folder, or a file that ends in .py (code) or .safetensors (weights)"
    out.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=target)
    out.add_argument("--run", type=Path, metavar="RUN", help="the run folder whose best weights are taken along")
    told = "set this share of the weights, those nearest to zero, to zero (0 to 1)"
    out.add_argument("--prune", type=_share, default=0.0, metavar="SHARE", help=told)
    out.add_argument("--int8", action="store_true", help="keep weights in eight bits, with a function that reads them")
    _add_picture(commands)


def _add_picture(commands: Any) -> None:
    picture = commands.add_parser("picture", help="a network as a figure for a paper")
    _file(picture)
    picture.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=".svg, .png or .pdf")
    picture.add_argument("--network", default="", metavar="NAME", help="this network; the first one if none is named")
    styles = "as on the canvas, or feature maps as papers draw them (cards)"
    picture.add_argument("--style", choices=("cards", "stack"), default="cards", help=styles)
    colors = ("light", "dark", "contrast", "print")
    picture.add_argument("--colors", choices=colors, default="light", help="of a theme, or for paper (light)")
    dots = "pixels of a PNG for one of the drawing, 96 of which are an inch (2, or what fits)"
    picture.add_argument("--scale", type=_scale, default=0.0, metavar="S", help=dots)
    picture.add_argument("--nodes", default="", metavar="A,B", help="only these nodes")
    picture.add_argument("--transparent", action="store_true", help="without a ground")
    for part, told in (("shapes", "shapes"), ("counts", "parameter counts"), ("notes", "notes and frames")):
        picture.add_argument(f"--no-{part}", action="store_true", help=f"without {told}")


def _add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="train a design; Ctrl+C stops it and saves a checkpoint")
    train.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a design file; not needed with --resume")
    train.add_argument("--epochs", type=_positive, metavar="N", help="epochs of each phase instead of its own")
    train.add_argument("--device", choices=("cuda", "mps", "cpu"), default="", help="the fastest one if none is named")
    train.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where run folders are made (runs)"
    )
    train.add_argument(
        "--nproc", type=_positive, default=1, metavar="N", help="train in N processes, one a GPU or core"
    )
    train.add_argument("--resume", type=Path, metavar="RUN", help="go on with this run from its last checkpoint")


def _add_sample(commands: Any) -> None:
    sample = commands.add_parser("sample", help="what a trained language model writes")
    sample.add_argument("run", type=Path, metavar="RUN", help="the run folder of the training")
    sample.add_argument("--start", default="", metavar="TEXT", help="what it goes on with")
    sample.add_argument("--length", type=_positive, default=400, metavar="N", help="signs to write (400)")
    told = "above 1 more daring, below more careful; 0 takes the likeliest sign (0.8)"
    sample.add_argument("--temperature", type=_temperature, default=0.8, metavar="T", help=told)
    sample.add_argument("--seed", type=int, default=0, metavar="S", help="decides which signs are drawn (0)")


def _temperature(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.0 <= found <= 100.0:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 100, found {text!a}")
    return found


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0.01 <= scale <= 100.0:
        raise argparse.ArgumentTypeError(f"expected a number from 0.01 to 100, found {text!a}")
    return scale


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, found {text!a}")
    return share


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1,000,000, found {text!a}")
    return int(text)


# --- the commands -------------------------------------------------------------------------


def show_window(file: Path | None) -> NoReturn:
    """Becomes the window."""
    words = [sys.executable, "-m", "designer.app", *([os.fspath(file)] if file else [])]
    sys.stdout.flush()
    if sys.platform == "win32":
        raise SystemExit(subprocess.call(words))
    os.execv(sys.executable, words)


def check(options: argparse.Namespace) -> int:
    """Tells what is wrong; 1 if anything is an error."""
    verdict = judge(open_design(options.file))
    if options.json:
        print_json(facts(verdict))
    else:
        print_lines(problems(verdict))
    return WRONG if verdict.errors else FINE


def summary(options: argparse.Namespace) -> int:
    """Prints the layer table of each network."""
    verdict = judge(open_design(options.file))
    _refuse_network(options.network, verdict, options.file)
    if options.json:
        print_json(facts(verdict, options.network))
        return FINE
    printer = console()
    batch = verdict.design.data.at_once() if verdict.design.data else 1
    for name, checked in verdict.networks.items():
        if options.network in ("", name):
            printer.print(table(name, checked))
            printer.print(totals(checked, batch), highlight=False, soft_wrap=True)
            if options.time and not checked.errors:
                printer.print(_measured(options.file, name), highlight=False, soft_wrap=True)
            printer.print()
    if len(verdict.phases) > 1 and not options.network:
        print_lines(learning_text(each, verdict.networks) for each in verdict.phases if not each.problem)
    return FINE


def _measured(file: Path, network: str) -> str:
    """Asks a process that knows torch how long a network takes."""
    command = [sys.executable, "-P", "-m", "runtime.latency", os.fspath(file), network, "1"]
    environment = {**os.environ, "PYTHONPATH": search_path()}
    asked = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return timed(json.loads(asked.stdout))


def compare(options: argparse.Namespace) -> int:
    """Prints all networks of some designs side by side."""
    verdicts = {file: judge(open_design(file)) for file in options.files}
    several = len(verdicts) > 1
    networks = {
        f"{file.stem}: {name}" if several else name: checked
        for file, verdict in verdicts.items()
        for name, checked in verdict.networks.items()
    }
    found = compared(networks)
    if options.json:
        print_json({"networks": found.names, "figures": found.figures, "blocks": found.kinds})
    else:
        console().print(side_by_side(found))
    return FINE


def _refuse_network(name: str, verdict: Verdict, file: Path) -> None:
    if name and name not in verdict.networks:
        raise BadDesign(str(file), "networks", f"one named {name}", ", ".join(verdict.networks) or "none")


def write(options: argparse.Namespace) -> int:
    """Exports, and prints the paths of what was written."""
    run = Run.open(options.run) if options.run else None
    smaller = Smaller(options.prune, options.int8)
    files, remark = export(open_design(options.file), options.output, run, smaller)
    for file in files:
        print(file)
    if remark:
        complain(remark, FINE)
    return FINE


def picture(options: argparse.Namespace) -> int:
    """Has the canvas drawn by a process that knows Qt."""
    if options.output.suffix.lower() not in {".svg", ".png", ".pdf"}:
        raise CannotExport(f"{options.output} is no picture. Choose a name that ends in .svg, .png or .pdf.")
    open_design(options.file)
    words = [sys.executable, "-P", "-m", "designer.figures.command"]
    named = ("output", "network", "style", "colors", "scale", "nodes")
    words += [f"--{name}={getattr(options, name)}" for name in named]
    flags = ("transparent", "no_shapes", "no_counts", "no_notes")
    words += [f"--{flag.replace('_', '-')}" for flag in flags if getattr(options, flag)]
    words += ["--", os.fspath(options.file)]
    return subprocess.call(words, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": search_path()})


def train(options: argparse.Namespace) -> int:
    """Starts the training process and follows it to its end."""
    if options.nproc > 1:
        _refuse_too_many(options.nproc, options.device)
    if options.resume:
        run = Run.open(_run_folder(options.resume, options.runs))
        if options.file:
            _refuse_other_design(open_design(options.file), run)
    elif options.file is None:
        parser().error("train needs a FILE, or a RUN to --resume")
    else:
        design = open_design(options.file)
        verdict = judge(design)
        if verdict.errors:
            print_lines(problems(verdict), error=True)
            return WRONG
        run = Run.create(options.runs, design.title, run_files(design))
    arguments = ["--epochs", str(options.epochs)] if options.epochs else []
    arguments += ["--nproc", str(options.nproc)] if options.nproc > 1 else []
    follower = Follower(run, console())
    return follower.follow(start_worker(run, resume=bool(options.resume), device=options.device, arguments=arguments))


def sample(options: argparse.Namespace) -> int:
    """Has a process that knows torch write on; what it refuses it has said."""
    run = Run.open(options.run)
    words = (run.folder, options.start, options.length, options.temperature, options.seed)
    command = [sys.executable, "-P", "-m", "runtime.sampling", *map(str, words)]
    return subprocess.call(command, env={**os.environ, "PYTHONPATH": search_path()})


def _refuse_too_many(size: int, device: str) -> None:
    """Asks a process that knows torch whether there is room for so many; raises CannotTrain."""
    command = [sys.executable, "-P", "-m", "runtime.team", str(size), device]
    environment = {**os.environ, "PYTHONPATH": search_path()}
    asked = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if asked.returncode:
        raise CannotTrain(asked.stdout.strip())


def _run_folder(named: Path, runs: Path) -> Path:
    """The folder that a person means: a path, or the name of one in the folder of runs."""
    return runs / named if not named.exists() and (runs / named).exists() else named


def _refuse_other_design(design: Design, run: Run) -> None:
    if dumps(open_design(run.folder / DESIGN)) != dumps(design):
        told = "Leave FILE out to go on with the run as it was, or start a new one without --resume."
        raise CannotExport(f"The run {run.name} was begun with another version of this design. {told}")


def blocks(options: argparse.Namespace) -> int:
    """Prints the reference manual, or a page of it."""
    chosen = [_page(options.name)] if options.name else pages()
    if options.json:
        print_json(manual_facts(chosen))
    elif options.name:
        print_lines(lines(chosen[0]))
    else:
        print_lines(listed() if options.list else whole())
    return FINE


def _page(name: str) -> ManualPage:
    """The page of a block, in whichever letters it is asked for; raises CannotExport."""
    known = {kind.kind().lower(): kind for kind in CATALOGUE}
    if name.lower() in known:
        return ManualPage(known[name.lower()])
    near = [known[each].kind() for each in difflib.get_close_matches(name.lower(), known)]
    meant = f" Is {' or '.join(near)} meant?" if near else ""
    raise CannotExport(f"There is no block {name!a}.{meant} `layerwright blocks --list` lists all of them.")


COMMANDS = {
    "check": check,
    "summary": summary,
    "compare": compare,
    "new": new,
    "export": write,
    "train": train,
    "sample": sample,
    "picture": picture,
    "blocks": blocks,
}


if __name__ == "__main__":
    raise SystemExit(main())
