"""What a person takes away: the code of a design, its training, the design itself, and trained weights."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from runtime.compression import smaller as compressed
from runtime.design import Design
from runtime.file import dumps, save_design
from runtime.recipe import CannotPlan
from runtime.run import DESIGN, Run
from runtime.script import print_training
from runtime.source import CannotPrint, print_design
from runtime.sources import NoData
from runtime.store import read, save
from runtime.verdict import judge
from runtime.weights import best_weights

MODEL, TRAIN, INT8 = "model.py", "train.py", "int8.py"
_LARGEST_CODE = 64 * 1024 * 1024


class CannotExport(Exception):
    """An export that would not be what was asked for; the sentence says why and what to do."""


@dataclass(frozen=True)
class Smaller:
    """How weights are made smaller on the way out: the share set to zero, and whether they are kept in eight bits."""

    prune: float = 0.0
    int8: bool = False


def export(
    design: Design, target: Path, run: Run | None = None, smaller: Smaller = Smaller()
) -> tuple[list[Path], str]:
    """Writes what the ending of `target` asks for, and gives the files and a remark (often empty).

    `.py` is the model's code, `.safetensors` the trained weights of the only network, anything else a folder with
    model.py, train.py, design.json and, of a `run`, the best weights of each network. Raises CannotExport,
    CannotPrint, CannotRead, CannotSave.
    """
    if target.suffix == ".py":
        return [_written(target, print_design(design).text)], ""
    if target.suffix == ".safetensors":
        return _only_weights(design, target, run, smaller)
    if target.suffix in {".onnx", ".pt2", ".pt", ".pth"}:
        raise CannotExport(f"{target.suffix} cannot be written yet. Choose .py, .safetensors or a folder.")
    return _folder(design, target, run, smaller)


def _folder(design: Design, target: Path, run: Run | None, smaller: Smaller) -> tuple[list[Path], str]:
    model = print_design(design)
    weights = _weights(design, run) if run else {}
    _made(target)
    files = [_written(target / MODEL, model.text)]
    remarks = []
    try:
        text = print_training(design).text
        _refuse_unsound(design)
        files.append(_written(target / TRAIN, text))
    except (CannotPlan, CannotPrint, NoData) as error:
        remarks.append(f"Without {TRAIN}: {error}")
    save_design(target / DESIGN, design)
    files.append(target / DESIGN)
    for network, file in weights.items():
        written, told = _copied(file, target / f"{model.classes[network]}.safetensors", smaller)
        files.append(written)
        remarks += [f"{written.name}: {told}"] if told else []
    if weights and smaller.int8:
        text = resources.files("runtime").joinpath("carried", INT8).read_text(encoding="utf-8")
        files.append(_written(target / INT8, text))
    return files, "\n".join(remarks)


def _refuse_unsound(design: Design) -> None:
    """Raises CannotPrint where a script could be printed, but its training would fail."""
    for wrong in judge(design).errors:
        if wrong.phase:
            raise CannotPrint(wrong.phase, wrong.node, wrong.message)


def _only_weights(design: Design, target: Path, run: Run | None, smaller: Smaller) -> tuple[list[Path], str]:
    if run is None:
        raise CannotExport("Weights come from a training. Name its folder with --run.")
    weights = _weights(design, run)
    if len(weights) != 1:
        raise CannotExport(f"{target} can hold one network, the run has {', '.join(weights)}. Export a folder instead.")
    file, told = _copied(next(iter(weights.values())), target, smaller)
    return [file], told


def _weights(design: Design, run: Run) -> dict[str, Path]:
    """The best weights of a run, which must have trained the very networks of the design."""
    if read(run.folder / MODEL, _LARGEST_CODE).decode("utf-8", "replace") != print_design(design).text:
        told = f"Export the design as it was trained: {run.folder / DESIGN}"
        raise CannotExport(f"The run {run.name} trained other networks than this design has now. {told}")
    return best_weights(run.folder)


def _made(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CannotExport(f"{folder} is a file. Choose a folder, or a name that ends in .py or .safetensors.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotExport(f"The folder {folder} cannot be made ({error.strerror}). Choose another place.") from error


def _written(path: Path, text: str) -> Path:
    save(path, text.encode())
    return path


def _copied(source: Path, target: Path, smaller: Smaller) -> tuple[Path, str]:
    """A file of weights brought there, and what was said of making it smaller."""
    if smaller == Smaller():
        data, told = read(source, source.stat().st_size), ""
    else:
        data, told = compressed(source, smaller.prune, smaller.int8)
    save(target, data)
    return target, told


def run_files(design: Design) -> dict[str, str]:
    """The texts of a new run's folder; raises CannotPlan, CannotPrint, NoData."""
    model, train = print_design(design).text, print_training(design).text
    return {DESIGN: dumps(design), MODEL: model, TRAIN: train}
