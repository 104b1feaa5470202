"""What a trained language model writes: from its run folder alone, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from blocks.zoo.language import CharacterModel
from runtime.beginning import begun
from runtime.cli import main
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.model import compiled, network_class
from runtime.optimizer import AdamW
from runtime.recipes.language import LanguageModel
from runtime.sampling import CannotSample, sample, written
from runtime.train import Training
from tests.designs import points
from tests.training import run_of

LINE = "abcdefgh"


def reader(folder: Path) -> Design:
    """A character model on a line that is said again and again."""
    (folder / "text.txt").write_text(LINE * 400, encoding="utf-8")
    design = begun(CharacterModel("GRU", vocabulary=12, hidden=16, steps=8, stateful=True))
    data = Text(file=str(folder / "text.txt"), vocabulary=12, steps=8, batch_size=16)
    recipe = LanguageModel(epochs=12, optimizer=AdamW(lr=0.02))
    return replace(design, title="Line", data=data, training=(Phase("fit", recipe),))


def trained(design: Design, folder: Path) -> Path:
    """The folder of a run that has ended."""
    run = run_of(design, folder)
    list(Training(compiled(design), torch.device("cpu"), folder=run.folder).events())
    return run.folder


def test_a_model_goes_on_with_what_it_has_learned(tmp_path: Path) -> None:
    folder = trained(reader(tmp_path), tmp_path / "runs")
    assert sample(folder, "cd", 14, 0.0, 0) == "cdefghabcdefghab"
    assert sample(folder, "cd", 30, 2.0, 1) == sample(folder, "cd", 30, 2.0, 1)
    assert sample(folder, "cd", 60, 3.0, 1) != sample(folder, "cd", 60, 3.0, 2)
    assert len(sample(folder, "", 10, 1.0, 0)) == 11  # it begins with a sign of its own


def test_states_that_are_kept_write_what_reading_all_again_writes() -> None:
    torch.manual_seed(0)
    pair = []
    for stateful in (True, False):
        design = begun(CharacterModel("LSTM", vocabulary=20, hidden=8, steps=50, stateful=stateful))
        pair.append(network_class(design.networks, "CharacterModel")())
    pair[1].load_state_dict(pair[0].state_dict())
    start = torch.tensor([3, 1, 4])
    told = [list(islice(written(n, start, 50, 20, 1.0, torch.Generator().manual_seed(5)), 30)) for n in pair]
    assert told[0] == told[1]


def test_a_run_that_has_read_no_text_is_refused(tmp_path: Path) -> None:
    run = run_of(points(), tmp_path)
    with pytest.raises(CannotSample, match="not learned from a text"):
        sample(run.folder, "a", 3, 1.0, 0)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(tmp_path)]) == 2
    assert "choose the folder of a run" in capsys.readouterr().err
