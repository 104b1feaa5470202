"""Pictures in the files of MNIST, Fashion-MNIST and their kin, read from where torchvision puts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import choice, text, whole
from blocks.shape import Shape, image, labels
from runtime.sources import SOURCES, DataSource, refusals


def find_idx(folder: str, part: str) -> tuple[str, str]:
    """The files of pictures and of labels in a folder, or where torchvision puts them below it."""
    from pathlib import Path

    root = Path(folder).expanduser()
    places = [root, root / "raw", root / "MNIST" / "raw", *sorted(root.glob("*/raw"))]
    for place in places:
        for name in (f"{part}-images-idx3-ubyte", f"{part}-images.idx3-ubyte"):
            for end in ("", ".gz"):
                pictures = place / (name + end)
                answers = place / (name.replace("images", "labels").replace("idx3", "idx1") + end)
                if pictures.is_file() and answers.is_file():
                    return str(pictures), str(answers)
    raise ValueError(
        f"{folder}: expected the files {part}-images-idx3-ubyte and {part}-labels-idx1-ubyte, plain or .gz. "
        "Name the folder that holds them."
    )


def read_idx(path: str, axes: int, header_only: bool = False) -> Any:
    """The whole numbers of an IDX file of so many axes, or only its sizes; raises ValueError for any other file."""
    import gzip
    import math
    import struct
    import zlib

    import numpy as np

    wrong = f"{path}: expected"
    try:
        with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
            head = file.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
                raise ValueError(
                    f"{wrong} an IDX file of bytes with {axes} axes. Download it again."
                )
            sizes = struct.unpack(f">{axes}I", head[4:])
            count = math.prod(sizes)
            if not 0 < count <= 2**31:
                raise ValueError(
                    f"{wrong} 1 to 2,147,483,648 numbers, not sizes of {sizes}. Download it again."
                )
            if header_only:
                return sizes
            data = file.read(count + 1)
    except (OSError, EOFError, zlib.error) as error:
        cause = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{wrong} a file that can be read ({cause}). Download it again."
        ) from error
    if len(data) != count:
        told = f"{len(data):,}" if len(data) < count else "more"
        raise ValueError(
            f"{wrong} {count:,} bytes after the header, found {told}. Download it again."
        )
    return np.frombuffer(data, np.uint8).reshape(sizes)


def read_pictures_idx(folder: str, part: str, classes: int) -> dict[str, Any]:
    """The pictures (1, H, W) from 0 to 1 and labels of one part of an MNIST-like data set."""
    import numpy as np

    pictures_path, labels_path = find_idx(folder, part)
    pictures, answers = read_idx(pictures_path, 3), read_idx(labels_path, 1)
    if len(pictures) != len(answers):
        raise ValueError(
            f"{labels_path}: expected {len(pictures):,} labels, found {len(answers):,}. Download it again."
        )
    if answers.max() >= classes:
        raise ValueError(
            f"{labels_path}: expected labels below {classes}, found {answers.max()}. Set classes higher."
        )
    return {"image": pictures[:, None].astype(np.float32) / 255, "label": answers.astype(np.int64)}


@catalogued(SOURCES)
class Idx(DataSource):
    """A folder of MNIST, Fashion-MNIST, KMNIST or EMNIST in IDX files: images (1, H, W) from 0 to 1 and labels."""

    folder: str = text(
        "data", doc="The folder of the files, or the one given to torchvision as root."
    )
    part: str = choice(
        "train", ("train", "t10k"), doc="Which files to read: the training or the test pictures."
    )
    classes: int = whole(10, low=2, high=256, doc="How many different labels there are.")
    functions = (find_idx, read_idx, read_pictures_idx)

    def fields(self) -> Mapping[str, Shape]:
        _, height, width = self._sizes()
        return {"image": image(1, height, width), "label": labels(self.classes)}

    def samples(self) -> int:
        return self._sizes()[0]

    def _sizes(self) -> tuple[int, int, int]:
        with refusals():
            pictures, _ = find_idx(self.folder, self.part)
            count, height, width = read_idx(pictures, 3, header_only=True)
        return count, height, width

    def load(self) -> Call:
        return call("read_pictures_idx", self.folder, self.part, self.classes)
