"""The printed training: readable, formatted, safe, and able to run by itself."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import CrossEntropy
from blocks.merge import Add
from blocks.reduction import Sum
from runtime.design import Design, Drawn, Phase
from runtime.file import open_design
from runtime.model import compiled
from runtime.naming import class_name
from runtime.optimizer import OPTIMIZERS, SGD, AdamW, Muon, Optimizer
from runtime.plan import plan
from runtime.recipe import CannotPlan, Classification, Objective
from runtime.schedule import SCHEDULES, Constant, Cosine, Plateau, Schedule, Sequential
from runtime.script import print_training, printed
from runtime.source import CannotPrint
from runtime.sources import SOURCES, DataSource
from tests.designs import digits, mlp, points, two_losses

SAMPLES = Path(__file__).parents[2] / "samples"


def ruff(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True, check=False)


def written(design: Design, folder: Path) -> Path:
    for name, text in printed(design).items():
        (folder / name).write_text(text)
    return folder


def ran(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "train.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "design",
    [
        points(patience=2, schedule=Cosine(warmup_epochs=1.5), gradient_clip_val=1.0),
        digits(loss=CrossEntropy(label_smoothing=0.1)),
        points(optimizer=Muon(decay_all=False), schedule=Sequential(second=Sequential(warmup_steps=9)), epochs=20),
        points(
            optimizer=AdamW(decay_all=False),
            rates=(("fc1", 0.1), ("fc2", 0.25)),
            schedule=Plateau(threshold_mode="abs", cooldown=2, lowest=0.001),
            gradient_clip_val=0.5,
            clip_by="value",
            accumulate=3,
        ),
        two_losses(),
    ],
    ids=["moons", "digits", "muon", "groups", "two"],
)
def test_the_script_is_formatted_and_has_no_loose_end(design: Design, tmp_path: Path) -> None:
    written(design, tmp_path)
    formatted = ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path))
    assert formatted.returncode == 0, formatted.stdout
    checked = ruff("check", "--isolated", "--select", "F,E7,E9,B,I001", "--ignore", "I001", str(tmp_path))
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda kind: kind.kind())
def test_every_schedule_is_printed_as_it_is_drawn(schedule: type[Schedule]) -> None:
    drawn = schedule(warmup_epochs=1.5)
    text = print_training(points(schedule=drawn, optimizer=SGD(lr=0.01))).text
    functions = text[text.index("# --- steps ---") : text.index("def fit_loss")] + text[text.index("def fit_rates") :]
    names: dict[str, object] = {"LEARNING_RATE": 0.01}
    exec("import math\n" + functions[: functions.index("\n\n\ndef fit_step")], names)
    for step in range(50):
        rate = names["fit_rates"](step, 10, 5, [1.0] * 30)["loss"]  # type: ignore[operator]
        assert rate == pytest.approx(0.01 * drawn.scale(step, 10, 50, [1.0] * 30))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda kind: kind.kind())
def test_every_optimizer_is_printed_formatted(optimizer: type[Optimizer], tmp_path: Path) -> None:
    settings = {"weight_decay": 0.015, "lr": 0.0123456, "momentum": 0.9, "eps": 1e-7, "beta1": 0.89}
    known = {name: value for name, value in settings.items() if name in optimizer.settings}
    written(points(optimizer=optimizer(**known)), tmp_path)
    formatted = ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path))
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.parametrize("source", SOURCES, ids=lambda kind: kind.kind())
def test_what_reads_the_data_is_formatted_for_the_page(source: type[DataSource], tmp_path: Path) -> None:
    functions = (inspect.getsource(function).strip() for function in source.functions)
    (tmp_path / "data.py").write_text("\n\n\n".join(functions) + "\n")
    formatted = ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path))
    assert formatted.returncode == 0, formatted.stdout


def test_lines_know_the_node_of_the_step_graph() -> None:
    source = print_training(points())
    lines = source.text.splitlines()
    named = {place.node: lines[i] for i, place in enumerate(source.lines) if place}
    assert len(lines) == len(source.lines)
    assert "F.cross_entropy" in named["loss"]
    assert "argmax" in named["accuracy"]


def test_the_script_alone_trains_and_writes_losses_and_weights(tmp_path: Path) -> None:
    written(points(), tmp_path)
    told = ran(tmp_path, "--losses", "losses.json", "--device", "cpu")
    losses = json.loads((tmp_path / "losses.json").read_text())
    assert len(losses) == 18  # three epochs of six steps
    assert losses[-1] < losses[0]
    assert told.count("\n") == 3
    assert "validation: loss" in told
    assert (tmp_path / "Points.pt").exists()


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda kind: kind.kind())
def test_every_schedule_is_printed_formatted(schedule: type[Schedule], tmp_path: Path) -> None:
    written(points(schedule=schedule(warmup_epochs=0.3333, warmup_steps=9)), tmp_path)
    formatted = ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path))
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.slow
def test_the_script_ends_after_the_steps_asked_for(tmp_path: Path) -> None:
    written(two_losses(), tmp_path)
    ran(tmp_path, "--losses", "losses.json", "--steps", "10", "--device", "cpu")
    assert len(json.loads((tmp_path / "losses.json").read_text())) == 10


@pytest.mark.slow
def test_two_losses_and_two_phases_are_trained_one_after_the_other(tmp_path: Path) -> None:
    written(two_losses(), tmp_path)
    told = ran(tmp_path, "--device", "cpu").splitlines()
    assert [line.split("  ")[0] for line in told] == ["tug 1/2", "tug 2/2", "tug again 1/1"]
    assert "draw" in told[0]
    assert "push" in told[0]


def test_a_title_cannot_leave_its_comment() -> None:
    hostile = '"""\nimport os\r\nos.system("x")\n# \\'
    told, plain = (ast.parse(print_training(replace(points(), title=t)).text) for t in (hostile, "Moons"))
    assert [ast.dump(node) for node in told.body[1:]] == [ast.dump(node) for node in plain.body[1:]]


def test_what_keeps_a_design_from_training_is_said() -> None:
    with pytest.raises(CannotPlan, match="no data"):
        plan(replace(points(), data=None))
    with pytest.raises(CannotPlan, match="no training"):
        plan(replace(points(), training=()))
    with pytest.raises(CannotPrint, match="received"):
        plan(replace(points(), networks={"Points": mlp(classes=3)}))


def test_weights_outside_of_a_network_are_refused() -> None:
    nodes = {"point": Node(Input((2,))), "fc": Node(Linear(2)), "net": Node(Use("Points", ("x",), ("y",)))}
    graph = Graph(nodes, (Wire("point", "y", "fc", "x"), Wire("fc", "y", "net", "x")))
    step = Drawn(graph, (Objective("net", ("Points",), SGD(), Constant()),))
    with pytest.raises(CannotPrint, match="weights of its own"):
        plan(replace(points(), training=(Phase("fit", step),)))


def test_two_phases_of_one_name_get_functions_of_their_own() -> None:
    twice = (Phase("fit", Classification(epochs=1)), Phase("fit", Classification(epochs=1)))
    text = print_training(replace(points(), training=twice)).text
    assert "def fit_loss(" in text
    assert "def fit2_step(" in text


def test_data_stands_before_the_networks_and_imports_once() -> None:
    text = print_training(digits()).text
    assert text.index("def load(") < text.index("def build(") < text.index("def fit_loss(") < text.index("def train(")
    assert text.count("import numpy") == 1


def test_results_of_several_networks_are_named_by_network_and_no_field_gives_way() -> None:
    text = print_training(open_design(SAMPLES / "distillation_digits.json")).text
    assert "    student_logits = student(image)\n    teacher_logits = teacher(image)\n" in text
    film = print_training(open_design(SAMPLES / "film_frames.json")).text
    assert '    film_network = networks["Film"]\n    film = batch["film"]\n' in film


def test_nothing_is_computed_twice_and_nothing_only_renamed() -> None:
    text = print_training(open_design(SAMPLES / "character_lstm.json")).text
    assert text.count("F.cross_entropy(") == 1
    assert "    perplexity = loss\n" in text
    coded = print_training(open_design(SAMPLES / "variational_autoencoder.json")).text
    assert "loss = reconstruction_share + kl\n" in coded


def test_what_is_frozen_as_a_whole_is_not_given_to_an_optimizer() -> None:
    text = print_training(open_design(SAMPLES / "finetuning_digits.json")).text
    body = text.partition("def new_head_optimizers(")[2].partition("def ")[0]
    assert 'networks["Head"].parameters()' in body
    assert "Body" not in body
    assert "frozen" not in text.partition("PHASES = (")[2].partition("# --- loop ---")[0]


def test_no_network_takes_a_name_of_the_script() -> None:
    own: set[str] = set()
    for part in ast.parse(print_training(points()).text).body:
        match part:
            case ast.ClassDef(name=name):
                own.add(name)
            case ast.Import(names=names) | ast.ImportFrom(module=str(), names=names):
                own |= {alias.asname or alias.name for alias in names}
            case ast.Assign(targets=[ast.Name(id=name)]):
                own.add(name)
    own.discard("Points")
    assert {name for name in own if class_name(name) == name} == set()


@pytest.mark.parametrize("gated", [False, True])
def test_what_is_told_of_each_example_is_minimized_in_the_mean(gated: bool) -> None:
    """As what gates cost, which a network gives beside its result."""
    design = two_losses()
    drawn = design.training[0].plan
    assert isinstance(drawn, Drawn)
    other = Wire("cost", "y", "sum", "parts", 1) if gated else Wire("push", "y", "sum", "parts", 1)
    wires = (Wire("point", "y", "cost", "x"), Wire("draw", "y", "sum", "parts", 0), other)
    nodes = {**drawn.step.nodes, "cost": Node(Sum()), "sum": Node(Add())}
    step = replace(drawn.step, nodes=nodes, wires=(*drawn.step.wires, *wires))
    objective = replace(drawn.objectives[0], minimize="sum")
    phase = Phase("tug", replace(drawn, step=step, objectives=(objective,)))
    text = print_training(replace(design, training=(phase,))).text
    assert ("sum.mean()" in text or "sum_.mean()" in text) is gated


@pytest.mark.parametrize(("option", "text"), [("--epochs", "0"), ("--steps", "-1"), ("--epochs", "many")])
def test_a_script_takes_epochs_and_steps_from_1(
    option: str, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", option, text])
    with pytest.raises(SystemExit):
        compiled(points()).script.main()
    assert f"argument {option}: " in capsys.readouterr().err
