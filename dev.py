#!/usr/bin/env python3
"""Sets up Layerwright's environment and runs everything a developer runs.

    python3 dev.py run [FILE]       open the window; without a display, train a sample and show it
    python3 dev.py test [--all] ..  the tests, with --all the slow ones too; the rest goes to pytest
    python3 dev.py lint             ruff check, ruff format --check, import contracts
    python3 dev.py types            mypy, strict
    python3 dev.py bench [NAME] [--json FILE]   the figures of the README's speed table
    python3 dev.py screenshots      drive the real window and renew docs/images
    python3 dev.py samples          write the sample designs anew

Only Python 3.11 or newer with pip is needed. The first call makes .venv beside this file and
installs what pyproject.toml and constraints.txt name; later calls do so only after one of these
changed.
pip obeys its own settings. For example, the small CPU build of torch comes with
    PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu python3 dev.py run
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
CONSTRAINTS = ROOT / "constraints.txt"
EXTRAS = "test,onnx"
OLDEST = (3, 11)
SAMPLE = ROOT / "samples" / "lenet_digits.json"

# Debian's names of the libraries Qt loads: without a screen, and what an X display adds to that.
OFFSCREEN_PACKAGES = [
    "libglib2.0-0",
    "libegl1",
    "libgl1",
    "libxkbcommon0",
    "libdbus-1-3",
    "libfontconfig1",
]
DISPLAY_PACKAGES = [
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
]
MODULES = {
    "bench": "tests.bench",
    "screenshots": "tests.screenshots",
    "samples": "tests.make_samples",
}
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
# Without a window manager Qt complains of every window once; nobody can act on that.
DRAWN = {**OFFSCREEN, "QT_LOGGING_RULES": "default.warning=false"}
# Two test processes on two cores: a second torch thread in each only gets in the way. They start
# hundreds of processes, which would compile every module anew if none was allowed to write it down.
TEST_ENVIRONMENT = {**OFFSCREEN, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
QT_PROBE = "from PySide6 import QtSvg, QtWidgets; QtWidgets.QApplication([])"


def main(words: Sequence[str]) -> int:
    """Return the exit status of the verb in `words`, after setting up what it needs."""
    options, rest = parse(words)
    refuse_old_python()
    display = options.verb == "run" and has_display(os.environ)
    set_up(display)
    if options.verb == "run":
        return show_window(options.file) if display else demonstrate(options.file or SAMPLE)
    if options.verb == "test":
        return test(options.all, rest)
    if options.verb == "lint":
        return lint()
    if options.verb == "types":
        return python("-m", "mypy")
    return python("-m", MODULES[options.verb], *rest, environment=OFFSCREEN)


def parse(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the verb with its options, and the words meant for the program behind it."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("run").add_argument("file", nargs="?", type=Path, help="a design file")
    verbs.add_parser("test").add_argument("--all", action="store_true", help="the slow tests too")
    verbs.add_parser("lint")
    verbs.add_parser("types")
    for verb in MODULES:
        verbs.add_parser(verb, add_help=False)
    options, rest = parser.parse_known_args(words)
    if rest and options.verb in {"run", "lint", "types"}:
        parser.error(f"{options.verb} does not know {' '.join(rest)}")
    return options, rest


# --- the verbs --------------------------------------------------------------------------------


def show_window(file: Path | None) -> int:
    return python("-m", "designer.app", *([str(file.resolve())] if file else []))


def demonstrate(design: Path) -> int:
    """Train `design` without a screen, and leave its code, curves and a picture of the window."""
    runs = ROOT / "runs"
    say(f"No display: training {design.name} here, with the window drawn into a file.")
    before = folders(runs)
    failed = python("-m", "runtime.cli", "train", str(design), "--runs", str(runs))
    if failed:
        return failed
    made = folders(runs) - before
    if not made:
        stop(f"The training ended, but left no run folder in {runs}.")
    folder = max(made, key=lambda path: path.stat().st_mtime)
    shown = folder / "pictures"
    code = folder / "export"
    words = ["export", str(design), "-o", str(code), "--run", str(folder)]
    failed = python("-m", "runtime.cli", *words)
    if not failed:
        words = [str(folder), "--out", str(shown)]
        failed = python("-m", "designer.headless", *words, environment=DRAWN)
    if failed:
        return failed
    say("")
    report("run folder", folder)
    report("exported code", code)
    report("curves", shown / "curves.png")
    report("window", shown / "window.png")
    return 0


def folders(parent: Path) -> set[Path]:
    return {path for path in parent.iterdir() if path.is_dir()} if parent.is_dir() else set()


def report(what: str, path: Path) -> None:
    if not path.exists():
        stop(f"The {what} should be at {path}, but nothing was written there.")
    say(f"{what + ':':<15}{path}")


def test(everything: bool, rest: Sequence[str]) -> int:
    # An empty -m overrides the `not slow` of pyproject.toml.
    slow = ["-m", "", "--hypothesis-profile", "all"] if everything else []
    return python("-m", "pytest", "-n", "2", *slow, *rest, environment=TEST_ENVIRONMENT)


def lint() -> int:
    """Return 0 if all three checks pass; each runs, so that one call shows everything."""
    imports = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return max(
        python("-m", "ruff", "check"),
        python("-m", "ruff", "format", "--check"),
        python("-c", imports, "--no-logo"),
    )


# --- the set-up -------------------------------------------------------------------------------


def refuse_old_python(version: Sequence[int] = sys.version_info[:3]) -> None:
    if tuple(version[:2]) < OLDEST:
        found = ".".join(map(str, version))
        wanted = ".".join(map(str, OLDEST))
        stop(f"Layerwright needs Python {wanted} or newer; this is {found} ({sys.executable}).")


def set_up(display: bool) -> None:
    """Make `.venv` ready for this checkout; a stamp from the last time makes it cost nothing."""
    digest = wanted_digest()
    if not works(PYTHON):
        make_venv()
    if not stamped("installed", digest):
        install()
        stamp("installed", digest)
    platform = "display" if display else "offscreen"
    if not stamped(platform, digest):
        ready_qt(display)
        stamp(platform, digest)


def wanted_digest() -> str:
    """Return a digest of all that decides what belongs in `.venv`."""
    content = f"{EXTRAS}\n{ROOT}\n".encode()
    for file in (ROOT / "pyproject.toml", CONSTRAINTS):
        content += file.read_bytes()
    return hashlib.sha256(content).hexdigest()


def stamped(name: str, digest: str) -> bool:
    file = VENV / f"layerwright-{name}.stamp"
    return file.is_file() and file.read_text() == digest


def stamp(name: str, digest: str) -> None:
    (VENV / f"layerwright-{name}.stamp").write_text(digest)


def works(interpreter: Path) -> bool:
    # exists() follows the link: it is False where the Python behind the environment has gone.
    return interpreter.exists()


def make_venv(with_pip: bool = importlib.util.find_spec("ensurepip") is not None) -> None:
    """Make `.venv`, without a pip of its own where Debian has split ensurepip off."""
    say(f"Making {VENV}")
    if importlib.util.find_spec("venv") is None:
        stop("This Python has no module venv. On Debian: apt-get install python3-venv")
    flags = ["--clear"] if with_pip else ["--clear", "--without-pip"]
    must([sys.executable, "-m", "venv", *flags, str(VENV)])


def install() -> None:
    say("Installing what pyproject.toml and constraints.txt name (once; some minutes)")
    words = ["install", "-e", f".[{EXTRAS}]", "-c", CONSTRAINTS.name]
    # A person likes to see the downloads move; a log does not.
    must([*pip(), *words, *([] if sys.stdout.isatty() else ["--quiet"])])


def pip() -> list[str]:
    """Return the words that start a pip which installs into `.venv`."""
    if quiet([str(PYTHON), "-m", "pip", "--version"]).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        stop("This Python has no pip. On Debian: apt-get install python3-pip")
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def ready_qt(display: bool) -> None:
    """Make sure that Qt starts, fetching the system's libraries where this may be done."""
    problem = qt_problem(display)
    if problem is None:
        return
    packages = [*OFFSCREEN_PACKAGES, *(DISPLAY_PACKAGES if display else [])]
    if may_install_packages():
        say(f"Qt lacks system libraries: {problem}")
        install_packages(packages)
        problem = qt_problem(display)
    if problem is not None:
        stop(
            f"Qt does not start here: {problem}\n"
            f"On Debian or Ubuntu, run:\n  sudo apt-get install {' '.join(packages)}\n"
            "Without a screen, run:\n  QT_QPA_PLATFORM=offscreen python3 dev.py run"
        )


def qt_problem(display: bool) -> str | None:
    """Return why Qt cannot start, in its own words, or None if it starts."""
    tried = quiet([str(PYTHON), "-c", QT_PROBE], {} if display else OFFSCREEN)
    if tried.returncode == 0:
        return None
    lines = tried.stdout.split("\n\n")[0].strip().splitlines() or [f"status {tried.returncode}"]
    # A traceback says what matters last; a platform plugin that does not load says it first.
    return lines[-1] if lines[0].startswith("Traceback") else " ".join(lines[:2])


def may_install_packages() -> bool:
    is_debian = Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None
    return is_debian and os.geteuid() == 0


def install_packages(packages: Sequence[str]) -> None:
    say(f"Installing {' '.join(packages)}")
    settings = {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = quiet(["apt-get", *words], settings)
        if done.returncode:
            stop(f"apt-get {words[0]} failed:\n{done.stdout}")


def has_display(environment: Mapping[str, str]) -> bool:
    """Return whether a window would be seen by somebody."""
    if environment.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    if WINDOWS or sys.platform == "darwin":
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


# --- processes --------------------------------------------------------------------------------


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> int:
    """Run the environment's Python from the repository's root and return its exit status."""
    return call([str(PYTHON), *arguments], environment)


def call(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, check=False).returncode


def must(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    status = call(command, environment)
    if status:
        stop(f"This failed with exit status {status}:\n  {' '.join(command)}")


def quiet(command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `command` and return its status with stdout and stderr as one text."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    raise SystemExit(f"dev.py: {text}")


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
