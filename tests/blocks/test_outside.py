"""Blocks of other packages: found by their entry points, carried by the code, and refused by name where broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from blocks.block import Block, gives, takes
from blocks.check import check
from blocks.edits import connect
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.shape import IMAGE, Shape
from runtime.file import dumps, loads
from runtime.verdict import judge

GUESTS = Path(__file__).parents[1] / "guests"
HEAD = "from blocks.block import block, Block, gives, takes\nfrom blocks.shape import IMAGE\n"
PORTS = "    x = takes(IMAGE)\n    y = gives(IMAGE)\n"
MODULES = {
    "absent": "import no_such_module\n",
    "clashing": f'{HEAD}@block("Mine")\nclass Fine(Block):\n    """Fine."""\n{PORTS}\n'
    f'@block("Mine")\nclass Conv2d(Block):\n    """Ours?"""\n{PORTS}',
    "failing": f'{HEAD}@block("Mine")\nclass Failing(Block):\n    """Fails."""\n{PORTS}'
    "    def shape(self, x):\n        return x.nothing\n\n"
    f'@block("Mine")\nclass Sound(Block):\n    """Stays."""\n{PORTS}',
    "torches": "import torch\n",
    "empty": "",
    "homeless": f'{HEAD}from blocks.call import call\n@block("Mine")\nclass Homeless(Block):\n    """No file."""\n'
    f'    carried = "homeless.modules"\n{PORTS}    def module(self, x):\n        return call("Homeless")\n',
    "leaving": "raise SystemExit(3)\n",
}
REASONS = {
    "absent": "ModuleNotFoundError: No module named 'no_such_module'",
    "clashing": "two definitions of the block Conv2d",
    "failing, Failing": "AttributeError",
    "torches": "it imports torch",
    "empty": "holds no class of Block that is decorated",
    "homeless, Homeless": "homeless.modules has no file homeless.py",
    "leaving": "SystemExit: 3",
}
DESIGN = {
    "format": 1,
    "title": "Swirling",
    "networks": {
        "net": {
            "nodes": {
                "image": {"block": "Input", "shape": [3, 8, 8]},
                "unit": {"block": "SwirlUnit", "out_channels": 4},
                "swirl": {"block": "Swirl", "start": 2.0},
                "out": {"block": "Output"},
            },
            "wires": ["image -> unit", "unit -> swirl", "swirl -> out"],
        }
    },
}


def ran(
    *words: str, path: Path = GUESTS, also: Path | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter beside an installed package, or several."""
    folders = [str(folder) for folder in (path, also, Path(__file__).parents[2]) if folder]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture
def design(tmp_path: Path) -> str:
    """A file in which blocks of the package stand."""
    file = tmp_path / "design.json"
    file.write_text(dumps(loads(json.dumps(DESIGN))), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages of which each is wrong in a way of its own."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
        info = folder / f"bad_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bad-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[layerwright.blocks]\n{name} = {name}\n")
    return folder


def test_a_package_adds_blocks_that_the_worker_knows_and_exported_code_carries_along(
    design: str, tmp_path: Path
) -> None:
    assert ran("-m", "runtime.cli", "export", design, "-o", str(tmp_path / "model.py")).returncode == 0
    program = """
        import runtime.worker
        from blocks.catalogue import BROKEN, CATALOGUE
        print([kind.kind() for kind in CATALOGUE if kind.package == "swirls"], BROKEN)
        import runpy
        assert "swirls.modules" not in __import__("sys").modules
        runpy.run_path("model.py", run_name="__main__")
    """
    told = ran("-c", dedent(program), folder=tmp_path).stdout.splitlines()
    assert told == ["['Swirl', 'SwirlUnit'] ()", f"{3 * 4 * 9 + 4 + 4 + 4} parameters", "(2, 4, 8, 8)"]


def test_the_manual_says_what_package_a_block_comes_from() -> None:
    (page,) = json.loads(ran("-m", "runtime.cli", "blocks", "--json", "SwirlUnit").stdout)
    assert (page["package"], page["category"], page["related"]["parts"]) == ("swirls", "Swirls", ["Conv2d", "Swirl"])
    assert "class Swirl(nn.Module):" in page["example"]["code"]


def test_broken_packages_are_named_and_leave_everything_else_working(broken: Path) -> None:
    told = ran("-m", "runtime.cli", "blocks", "--list", path=broken, also=GUESTS)
    assert told.returncode == 0
    here = {line.split()[0] for line in told.stdout.splitlines() if line.startswith("  ")}
    assert {"Swirl", "SwirlUnit", "Sound", "Conv2d"} <= here
    assert not {"Fine", "Failing", "Homeless"} & here
    said = told.stderr.splitlines()
    assert len(said) == len(MODULES)
    for entry, reason in REASONS.items():
        line = next(line for line in said if f"“{entry}”" in line)
        assert f"of the package bad-{entry.partition(',')[0]} are left out: " in line
        assert reason in line
        assert "everything else works" in line


def test_a_check_lists_broken_packages_among_the_problems(broken: Path, design: str) -> None:
    told = ran("-m", "runtime.cli", "check", design, "--json", path=broken, also=GUESTS)
    found = json.loads(told.stdout)["diagnostics"]
    assert (told.returncode, told.stderr) == (0, "")
    assert {(each["level"], each["network"]) for each in found} == {("warning", "")}
    assert len(found) == len(MODULES)


def test_a_file_with_blocks_of_a_missing_package_opens_and_is_written_back_untouched(design: str) -> None:
    opened = loads(Path(design).read_text("utf-8"))
    assert opened.networks["net"].block("unit").role == "unknown"
    assert dumps(opened) == Path(design).read_text("utf-8")
    assert any(finding.level == "error" and finding.node == "unit" for finding in judge(opened).diagnostics)


class Brittle(Block):
    """Breaks on wide images: (C, H, W) → (C, H, W)."""

    package = "brittle"
    x = takes(IMAGE)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        if x.sizes[-1] > 9:
            raise KeyError("wide")
        return x


def test_a_rule_of_a_package_that_breaks_later_is_a_problem_of_its_node() -> None:
    nodes = {"image": Node(Input((3, 8, 10))), "odd": Node(Brittle()), "out": Node(Output())}
    graph = connect(connect(Graph(nodes), Wire("image", "y", "odd", "x")), Wire("odd", "y", "out", "x"))
    (problem,) = check(graph).errors
    assert problem.node == "odd"
    assert "KeyError: 'wide'" in problem.message
    assert "Tell the authors of brittle." in problem.message
