"""The command line as people and scripts use it: exit status, what is printed where, and no traceback ever."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.catalogue import CATALOGUE
from blocks.edits import configure, connect, remove
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.recurrent import GRU
from blocks.shape import vector
from blocks.zoo.drawing import Drawing
from runtime.cli import main
from runtime.data.table import Table
from runtime.design import Design, Phase
from runtime.file import dumps, save_design
from runtime.messages import Ended, Stepped
from runtime.recipe import Regression
from runtime.run import Run
from runtime.source import print_design
from tests.make_samples import lenet_digits, resnet_digits, xor_mlp

ROOT = Path(__file__).resolve().parents[2]
FINDING = {"level", "network", "node", "setting", "message", "fixes"}
NETWORK = {"parameters", "parameters_total", "macs", "nodes"}
NODE = {"block", "shape", "parameters", "macs"}


def saved(folder: Path, design: Design, name: str = "a.json") -> str:
    save_design(folder / name, design)
    return str(folder / name)


def broken() -> Design:
    """A picture that goes straight into a Linear."""
    wire = Wire("pool2", "y", "fc1", "x")
    return lenet_digits().edited("LeNet", lambda graph: connect(remove(graph, ["flatten"]), wire))


def began(*words: str) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "runtime.cli", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run long enough to tell the classes apart."""
    folder = tmp_path_factory.mktemp("runs")
    words = ["train", saved(folder, xor_mlp()), "--runs", str(folder), "--epochs", "12", "--device", "cpu"]
    assert main(words) == 0
    return Run.list(folder)[0]


# --- check and summary ----------------------------------------------------------------------


def test_a_sound_design_has_no_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", saved(tmp_path, lenet_digits())]) == 0
    assert capsys.readouterr().out == "No problems.\n"


def test_a_broken_design_exits_with_1_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", saved(tmp_path, broken())]) == 1
    out = capsys.readouterr().out
    assert "error   LeNet.fc1  fc1 expects a vector" in out
    assert "→ Insert Flatten" in out
    assert out.endswith("1 error\n")


def test_the_json_of_check_and_summary_is_what_the_contract_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path, broken())
    assert main(["check", file, "--json"]) == 1
    checked = json.loads(capsys.readouterr().out)
    assert main(["summary", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == checked
    assert checked.keys() == {"networks", "diagnostics"}
    assert all(finding.keys() == FINDING for finding in checked["diagnostics"])
    assert checked["networks"]["LeNet"].keys() == NETWORK
    assert all(node.keys() == NODE for node in checked["networks"]["LeNet"]["nodes"].values())
    assert checked["networks"]["LeNet"]["nodes"]["conv1"] == {
        "block": "Conv2d",
        "shape": [32, 8, 8],
        "parameters": 320,
        "macs": 18432,
    }
    assert checked["networks"]["LeNet"]["nodes"]["fc1"]["shape"] is None


def test_the_summary_is_a_table_with_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", saved(tmp_path, resnet_digits())]) == 0
    out = capsys.readouterr().out
    assert re.search(r"stage2 +│ Residual +│ 48 × 4 × 4 +│ +32,544 │ +33.9 % │ +516,096 │.*17 × 17", out)
    assert "95,890 trainable of 96,610 parameters · 2,521,056 MACs (computed)" in out


def test_the_summary_says_what_goes_with_the_length_of_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = {"x": Input((16, 8), varies=True), "rnn": GRU(128), "y": Output()}
    wires = Wire("x", "y", "rnn", "x"), Wire("rnn", "y", "y", "x")
    file = saved(tmp_path, Design("rows", {"net": Graph({name: Node(block) for name, block in stored.items()}, wires)}))
    assert main(["summary", file]) == 0
    assert re.search(r"rnn +│ GRU +│ T × 128 +│", capsys.readouterr().out)
    assert main(["summary", file, "--json"]) == 0
    nodes = json.loads(capsys.readouterr().out)["networks"]["net"]["nodes"]
    assert [nodes[name]["symbolic"] for name in stored] == [["T", 8], ["T", 128], ["T", 128]]
    assert nodes["rnn"]["shape"] == [16, 128]


def test_the_summary_of_one_network_leaves_out_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = replace(lenet_digits(), networks={**lenet_digits().networks, **resnet_digits().networks}, training=())
    file = saved(tmp_path, both)
    assert main(["summary", file, "--network", "ResNet", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["networks"]) == ["ResNet"]
    assert main(["summary", file, "--network", "Nope"]) == 2


# --- what cannot be used --------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 10_000,
        b'{"format": 9}',
        dumps(lenet_digits())[:900].encode(),
        b'{"format": 1, "format": 1}',
    ],
)
@pytest.mark.parametrize("command", ["check", "summary", "train"])
def test_a_malformed_file_is_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, command: str
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert main([command, str(tmp_path / "a.json")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"layerwright: .*a\.json.*: expected .*, found .*\n", told.err)


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["nonsense", "a.json"],
        ["train"],
        ["train", "a.json", "--epochs", "0"],
        ["train", "a.json", "--device", "abacus"],
        ["export", "a.json"],
        ["--nonsense"],
    ],
)
def test_a_wrong_use_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: layerwright" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["export", "FILE", "-o", "a.onnx"],
        ["export", "FILE", "-o", "a.safetensors"],
        ["export", "FILE", "-o", "out", "--run", "missing"],
        ["export", "FILE", "-o", "FILE/below"],
        ["train", "--resume", "missing"],
        ["picture", "FILE", "-o", "a.bmp"],
        ["blocks", "Nope"],
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = saved(tmp_path, lenet_digits())
    assert main([word.replace("FILE", file) for word in words]) == 2
    assert re.fullmatch(r"layerwright: .+\n", capsys.readouterr().err)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    process = began("blocks", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


# --- export -----------------------------------------------------------------------------------


def test_the_code_that_is_exported_is_what_the_window_shows(tmp_path: Path) -> None:
    design = resnet_digits()
    assert main(["export", saved(tmp_path, design), "-o", str(tmp_path / "net.py")]) == 0
    assert (tmp_path / "net.py").read_text() == print_design(design).text


def test_a_folder_holds_code_training_and_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", saved(tmp_path, xor_mlp()), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["design.json", "model.py", "train.py"]
    assert capsys.readouterr().out.splitlines()[0] == str(tmp_path / "out" / "model.py")


def test_a_design_without_training_is_exported_without_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = replace(xor_mlp(), training=(), data=None)
    assert main(["export", saved(tmp_path, design), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["design.json", "model.py"]
    assert "Without train.py: " in capsys.readouterr().err


def test_an_export_with_weights_gives_the_trained_results_where_only_torch_is(tmp_path: Path, trained: Run) -> None:
    words = ["export", str(trained.folder / "design.json"), "-o", str(tmp_path / "out"), "--run", str(trained.folder)]
    assert main(words) == 0
    assert (tmp_path / "out" / "model.py").read_bytes() == (trained.folder / "model.py").read_bytes()
    script = (
        "import sys; sys.path[:0] = ['.']\n"
        "from model import MLP; from safetensors.torch import load_file; import torch\n"
        "net = MLP(); net.load_state_dict(load_file('MLP.safetensors'), strict=True)\n"
        "print((net.eval()(torch.tensor([[1., 1.], [-1., 1.]])).argmax(1)).tolist(), 'runtime' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-P", "-c", script], cwd=tmp_path / "out", capture_output=True, text=True)
    assert ran.stdout == "[0, 1] False\n", ran.stderr


def test_exported_weights_can_be_pruned_and_kept_in_eight_bits(
    tmp_path: Path, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", str(trained.folder / "design.json"), "-o", str(tmp_path), "--run", str(trained.folder)]
    assert main([*words, "--prune", "0.5", "--int8"]) == 0
    out, told = capsys.readouterr()
    assert str(tmp_path / "int8.py") in out
    assert re.search(r"50\.0% of the weights are zero; [\d,]+ bytes \(before: [\d,]+\), [\d,]+ compressed", told)
    [weights] = tmp_path.glob("*.safetensors")
    reader = (
        "import torch, model, int8\n"
        f"made = int8.load_int8(model.{weights.stem}(), {str(weights)!r})\n"
        "print(sum(int((p == 0).sum()) for p in made.parameters() if p.ndim > 1) > 0)"
    )
    ran = subprocess.run([sys.executable, "-c", reader], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stdout == "True\n", ran.stderr


@pytest.mark.slow
def test_the_summary_measures_the_time_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", saved(tmp_path, xor_mlp()), "--time"]) == 0
    assert re.search(r"[\d.]+ ms for one example on this computer's processor", capsys.readouterr().out)


def test_the_weights_of_another_design_are_not_taken(
    tmp_path: Path, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    wider = xor_mlp().edited("MLP", lambda graph: configure(graph, ["hidden"], {"out_features": 9}))
    file = saved(tmp_path, wider)
    assert main(["export", file, "-o", str(tmp_path / "a.safetensors"), "--run", str(trained.folder)]) == 2
    assert "trained other networks than this design has now" in capsys.readouterr().err
    assert not (tmp_path / "a.safetensors").exists()


# --- training -----------------------------------------------------------------------------------


def test_a_training_leaves_a_folder_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", saved(tmp_path, xor_mlp()), "--runs", str(tmp_path / "runs"), "--epochs", "3", "--device", "cpu"]
    assert main(words) == 0
    out = capsys.readouterr().out.splitlines()
    run = Run.list(tmp_path / "runs")[0]
    assert out[0].startswith("Training 42 parameters on cpu, 320 + 80 examples")
    assert [line[:7] for line in out[1:4]] == ["fit 1/3", "fit 2/3", "fit 3/3"]
    assert out[-1] == f"Run folder: {run.folder}"
    assert (run.folder / "model.py").read_text() == print_design(xor_mlp()).text
    assert run.state == "finished"


def test_where_nothing_is_held_out_losses_are_told_without_a_validation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = xor_mlp()
    assert whole.data is not None
    whole = replace(whole, data=whole.data.with_settings(validation=0.0))
    words = ["train", saved(tmp_path, whole), "--runs", str(tmp_path / "runs"), "--epochs", "2", "--device", "cpu"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "\nfit 2/2  loss" in out
    assert "validation" not in out
    assert "Best" not in out


def test_a_design_with_errors_is_not_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", saved(tmp_path, broken()), "--runs", str(tmp_path / "runs")]) == 1
    assert "fc1 expects a vector" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def table_design(folder: Path) -> Design:
    """A design for a table so large that its last row is found to be broken only when it is read."""
    (folder / "t.csv").write_text("a,y\n" + "1,2\n" * 100_000 + "1,oops\n")
    drawing = Drawing()
    drawing.end("y", drawing.below("fc", Linear(1), drawing.begin("features", vector(1))))
    data = Table().with_settings(file=str(folder / "t.csv"), task="number")
    return Design("Table", {"N": drawing.graph()}, data, (Phase("fit", Regression(epochs=1)),))


def test_a_training_that_fails_says_why_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = saved(tmp_path, table_design(tmp_path))
    assert main(["train", file, "--runs", str(tmp_path / "runs"), "--device", "cpu"]) == 1
    told = capsys.readouterr().err
    assert "t.csv, line 100002: expected a number in column 'y', found 'oops'" in told
    assert "Traceback" not in told


def test_ctrl_c_stops_the_training_and_resume_goes_on(tmp_path: Path) -> None:
    long = replace(xor_mlp(), training=(Phase("fit", xor_mlp().training[0].plan.with_settings(epochs=2000)),))
    process = began("train", saved(tmp_path, long), "--runs", str(tmp_path / "runs"), "--device", "cpu")
    _wait_for_steps(tmp_path / "runs")
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (130, "")
    assert "Stopping after this step; a checkpoint is saved." in out
    run = Run.list(tmp_path / "runs")[0]
    assert run.state == "stopped"
    step = run.summary().step
    again = began("train", "--resume", run.name, "--runs", str(tmp_path / "runs"))
    _wait_for_steps(tmp_path / "runs", step)
    again.send_signal(signal.SIGINT)
    out, _ = again.communicate(timeout=60)
    assert f"going on from step {step:,}" in out
    ended = [event for event in run.events() if isinstance(event, Ended)]
    assert ended[-1].step > step


def _wait_for_steps(runs: Path, after: int = 0) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for run in Run.list(runs):
            if any(isinstance(event, Stepped) and event.first_step >= after for event in run.events()):
                return
        time.sleep(0.05)
    pytest.fail("no step within a minute")


def test_a_run_of_another_design_is_not_resumed(
    tmp_path: Path, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", saved(tmp_path, lenet_digits()), "--resume", str(trained.folder)]) == 2
    assert "was begun with another version of this design" in capsys.readouterr().err


# --- the manual ---------------------------------------------------------------------------------


def test_the_manual_has_a_page_for_every_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "--json"]) == 0
    pages: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert {page["block"] for page in pages} == {kind.kind() for kind in CATALOGUE}
    assert all(page["doc"] and all(setting["doc"] for setting in page["settings"]) for page in pages)


def test_the_page_of_a_block_tells_its_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "Conv2d"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Conv2d  (Convolution)\n")
    assert "setting kernel_size" in out


def test_the_usage_of_a_command_is_that_command_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train", "a.json", "--epochs", "0"])
    told = capsys.readouterr().err
    assert told.startswith("usage: layerwright train [")
    assert told.endswith(
        "layerwright train: error: argument --epochs: expected a whole number from 1 to 1,000,000, found '0'\n"
    )
