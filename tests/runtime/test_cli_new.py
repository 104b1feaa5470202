"""The command `new`: designs from templates, the list of them, and torchvision's checkpoints under our names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from blocks.check import check
from blocks.zoo import TEMPLATES
from blocks.zoo.residual import ResNet
from runtime.adopted import on_meta
from runtime.cli import main
from runtime.file import open_design
from runtime.torchvision_names import renamed


def test_a_template_with_settings_becomes_a_design_that_checks(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    assert main(["new", "ResNet", "-s", "depth=50", "-s", "classes=10", "-o", str(file)]) == 0
    found = check(next(iter(open_design(file).networks.values())))
    assert not found.errors
    assert found.parameters == 25_557_032 - 2049 * 1000 + 2049 * 10
    assert main(["check", str(file)]) == 0


@pytest.mark.parametrize("name", ["resnet", "ResNet50", "resnet-50"])
def test_the_name_is_found_in_whichever_letters(name: str, tmp_path: Path) -> None:
    assert main(["new", name, "-o", str(tmp_path / "r.json")]) == 0
    assert open_design(tmp_path / "r.json").title == "ResNet-50"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ResNett"], "ResNet"),
        (["ResNet", "-s", "dept=50"], "depth"),
        (["ResNet", "-s", "depth=51"], "18, 34, 50, 101, 152"),
        (["ResNet", "-s", "classes=0"], "at least 1"),
        (["ResNet", "-s", "resolution=big"], "resolution"),
        (["ResNet", "-s", "depth"], "KEY=VALUE"),
        ([], "Name a TEMPLATE"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_would_do(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    try:
        status = main(["new", *words, "-o", str(file)])
    except SystemExit as left:
        status = int(str(left.code))
    assert status == 2
    assert told in capsys.readouterr().err
    assert not file.exists()


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.json"
    file.write_text("mine")
    assert main(["new", "ResNet", "-o", str(file)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_the_list_names_every_family_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--list"]) == 0
    families = [line for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")]
    assert families == list(dict.fromkeys(kind.family for kind in TEMPLATES))


def test_the_list_gives_every_template_with_types_bounds_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--list", "--json"]) == 0
    listed = {each["template"]: each for each in json.loads(capsys.readouterr().out)}
    assert listed.keys() == {kind.kind() for kind in TEMPLATES}
    settings = {each["name"]: each for each in listed["ResNet"]["settings"]}
    assert settings["depth"]["type"] == "choice"
    assert settings["depth"]["options"] == ["18", "34", "50", "101", "152"]
    assert (settings["classes"]["low"], settings["classes"]["high"], settings["classes"]["default"]) == (1, None, 1000)
    assert all(setting["doc"] for each in listed.values() for setting in each["settings"])


def test_the_list_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--list"]) == 0
    assert "ResNet  " in capsys.readouterr().out


# --- torchvision's checkpoints ------------------------------------------------------------


def checkpoint(path: Path, template: ResNet) -> dict[str, torch.Tensor]:
    """A checkpoint with torchvision's names and random weights, written as torchvision's are."""
    ours = {name: torch.randn(t.shape).to(t.dtype) for name, t in on_meta(template).state_dict().items()}
    names = renamed(template, ours)
    torch.save({names[name]: tensor for name, tensor in ours.items()}, path)
    return ours


def test_a_checkpoint_is_written_under_our_names(tmp_path: Path) -> None:
    ours = checkpoint(tmp_path / "theirs.pth", ResNet("18", classes=20))
    out = tmp_path / "r.json"
    words = ["new", "ResNet", "-s", "depth=18", "-s", "classes=20", "--weights", str(tmp_path / "theirs.pth")]
    assert main([*words, "-o", str(out)]) == 0
    found = safetensors.torch.load_file(out.with_suffix(".safetensors"))
    assert found.keys() == ours.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in ours.items())


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"classes": "10"}, "another shape"), pytest.param({"depth": "34"}, "another network", marks=pytest.mark.slow)],
)
def test_a_checkpoint_that_does_not_fit_is_refused_by_the_name_of_the_weight(
    settings: dict[str, str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path / "theirs.pth", ResNet("18", classes=20))
    typed = {"depth": "18", "classes": "20"} | settings
    words = [word for name, value in typed.items() for word in ("-s", f"{name}={value}")]
    out = str(tmp_path / "r.json")
    assert main(["new", "ResNet", *words, "--weights", str(tmp_path / "theirs.pth"), "-o", out]) == 2
    assert told in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["theirs.pth"]


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "theirs.pth").write_bytes(b"not a checkpoint")
    out = str(tmp_path / "r.json")
    assert main(["new", "ResNet", "--weights", str(tmp_path / "theirs.pth"), "-o", out]) == 2
    told = capsys.readouterr().err
    assert "cannot be read as a checkpoint" in told
    assert "Take the state dict of a model" in told
    assert "weights_only" not in told  # torch's advice to run what is in the file is none
