"""What a file or a folder dropped on the window is: a design to open, data to learn from, or a sentence why neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blocks.shape import Meaning, Shape
from runtime.design import Design
from runtime.sources import SOURCES, DataSource, NoData

_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff"}
_WEIGHTS = {".pt", ".pth", ".safetensors", ".ckpt", ".bin"}
_SIZES = "channels", "height", "width"
_OFFER = "Drop a design (.json), a folder of images with one folder a class, a table (.csv) or a text (.txt)."


@dataclass(frozen=True)
class Dropped:
    """One of the three: a design's file, a source of data, or why neither can be had."""

    design: Path | None = None
    data: DataSource | None = None
    why_not: str = ""


def taken(paths: Sequence[Path], design: Design) -> Dropped:
    """What is meant by dropping `paths` on a window that shows `design`."""
    if len(paths) != 1:
        return Dropped(why_not=f"{len(paths)} files were dropped; drop one at a time. {_OFFER}")
    path = paths[0]
    if path.is_dir():
        inside = path / "design.json"  # as the folder of a run has it
        return Dropped(design=inside) if inside.is_file() else _data("folder", path, design)
    if path.suffix.lower() == ".json":
        return Dropped(design=path)
    known = any(path.suffix.lower() in kind.endings for kind in SOURCES)
    return _data("file", path, design) if known else Dropped(why_not=_refusal(path))


def _data(place: str, path: Path, design: Design) -> Dropped:
    """The first kind of source that can read a place; else why the last one cannot."""
    why = "No kind of data is read from there."
    ending = path.suffix.lower()
    for kind in (k for k in SOURCES if place in k.settings and (place == "folder" or ending in k.endings)):
        source = kind().with_settings(**{**_known(kind, design), place: str(path)})
        try:
            source.recognize()
        except NoData as error:
            why = str(error)
        else:
            return Dropped(data=source)
    return Dropped(why_not=f"{why} {_OFFER}")


def _known(kind: type[DataSource], design: Design) -> dict[str, object]:
    """Settings for a source of this kind: those of the data there is, else such that pictures fit the first network."""
    held = design.data
    if type(held) is kind:
        return {name: held.value(name) for name in kind.settings if name != "target"}
    sizes = _picture(design)
    return dict(zip(_SIZES, sizes, strict=True)) if sizes and set(_SIZES) <= set(kind.settings) else {}


def _picture(design: Design) -> tuple[int, ...] | None:
    """Channels, height and width of the pictures that a network of the design takes."""
    for graph in design.networks.values():
        for name in graph.inputs():
            shape: Shape = graph.block(name).shape()
            if shape.meaning is Meaning.IMAGE and shape.channels in (1, 3):
                return shape.sizes
    return None


def _refusal(path: Path) -> str:
    ending = path.suffix.lower()
    if not path.exists():
        return f"{path.name} is not there any more."
    if ending in _PICTURES:
        return f"{path.name} is a single picture. Drop the folder that holds a folder of pictures for each class."
    if ending in _WEIGHTS:
        return f"{path.name} holds weights, and a design holds none. To go on from them, open their run under Runs."
    if ending == ".onnx":
        return f"{path.name} is an ONNX file. Copy the model's PyTorch code instead and paste it (Ctrl+V)."
    if ending == ".py":
        return f"{path.name} is code. Copy its layers and paste them on the canvas (Ctrl+V)."
    return f"{path.name} is nothing that can be taken here. {_OFFER}"
