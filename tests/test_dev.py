from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

FILES = ("dev.py", "pyproject.toml", "constraints.txt")


@pytest.fixture
def dev(repository: Path, tmp_path: Path) -> ModuleType:
    """Return dev.py as loaded from a bare copy of the checkout."""
    for name in FILES:
        shutil.copy(repository / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("dev_of_a_copy", tmp_path / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def prepared(dev: ModuleType) -> ModuleType:
    """Return a dev.py whose environment exists, without pip, and bears all the stamps."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(dev.VENV)], check=True)
    for name in ("installed", "offscreen", "display"):
        dev.stamp(name, dev.wanted_digest())
    return dev


def test_python_3_10_is_refused_with_a_sentence(dev: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.10\.4"):
        dev.refuse_old_python((3, 10, 4))


def test_python_3_11_is_accepted(dev: ModuleType) -> None:
    dev.refuse_old_python((3, 11, 0))


def test_a_second_start_adds_less_than_two_seconds(prepared: ModuleType) -> None:
    began = time.perf_counter()
    prepared.set_up(display=True)
    assert time.perf_counter() - began < 2


def test_a_changed_pin_asks_for_a_new_installation(prepared: ModuleType) -> None:
    with prepared.CONSTRAINTS.open("a") as file:
        file.write("numpy==1.0\n")
    assert not prepared.stamped("installed", prepared.wanted_digest())


def test_a_moved_checkout_asks_for_a_new_installation(
    prepared: ModuleType, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = prepared.wanted_digest()
    monkeypatch.setattr(prepared, "ROOT", repository)
    assert prepared.wanted_digest() != here


def test_an_environment_whose_python_has_gone_is_made_anew(prepared: ModuleType) -> None:
    prepared.PYTHON.unlink()
    prepared.make_venv(with_pip=False)
    assert prepared.works(prepared.PYTHON)


def test_an_environment_without_pip_is_served_by_the_pip_outside(prepared: ModuleType) -> None:
    pytest.importorskip("pip")
    listing = prepared.quiet([*prepared.pip(), "list", "--format=freeze"])
    assert prepared.pip()[-2:] == ["--python", str(prepared.PYTHON)]
    assert (listing.returncode, "torch" in listing.stdout) == (0, False)


def test_a_qt_that_does_not_start_is_reported_in_its_own_words(prepared: ModuleType) -> None:
    assert "No module named 'PySide6'" in prepared.qt_problem(display=False)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
@pytest.mark.parametrize(
    "environment, seen",
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_a_window_is_shown_where_there_is_a_display(dev: ModuleType, environment: dict[str, str], seen: bool) -> None:
    assert dev.has_display(environment) is seen


def test_words_after_test_go_to_pytest(dev: ModuleType) -> None:
    options, rest = dev.parse(["test", "--all", "-k", "lenet"])
    assert (options.all, rest) == (True, ["-k", "lenet"])


def test_words_after_bench_go_to_the_benchmark(dev: ModuleType) -> None:
    assert dev.parse(["bench", "check", "--json", "out.json"])[1] == ["check", "--json", "out.json"]


def test_lint_takes_no_further_words(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dev.parse(["lint", "--fix"])
    assert "lint does not know --fix" in capsys.readouterr().err


@pytest.mark.parametrize("verb", "run test lint types bench screenshots samples".split())
def test_help_names_every_verb(dev: ModuleType, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    with pytest.raises(SystemExit):
        dev.parse(["--help"])
    assert f"python3 dev.py {verb} " in capsys.readouterr().out


def test_the_status_of_a_child_is_the_status_of_the_verb(prepared: ModuleType) -> None:
    assert prepared.python("-c", "raise SystemExit(3)") == 3
