"""Pictures in folders, one folder a class, as torchvision's ImageFolder reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call
from blocks.definition import catalogued
from blocks.setting import text, whole
from blocks.shape import Shape, image, labels
from runtime.sources import SOURCES, DataSource, refusals


def find_pictures(folder: str) -> dict[str, list[str]]:
    """The pictures of each class: the files in each folder below `folder`, by the folder's name."""
    from pathlib import Path

    endings = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise ValueError(
            f"{folder}: expected a folder with a folder of pictures for each class. Name one that exists."
        )
    found = {
        place.name: sorted(
            str(file)
            for file in place.rglob("*")
            if file.suffix.lower() in endings and file.is_file()
        )
        for place in sorted(root.iterdir())
        if place.is_dir() and not place.name.startswith(".")
    }
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise ValueError(
            f"{folder}: expected folders, one a class, with PNG, JPEG, BMP or WebP files. Choose another."
        )
    return found


def read_picture(path: str, channels: int, height: int, width: int) -> Any:
    """One picture as (channels, height, width) from 0 to 1; raises ValueError for anything else."""
    import struct
    import warnings

    import numpy as np
    from PIL import Image

    broken = (
        OSError,
        ValueError,
        SyntaxError,
        struct.error,
        Image.DecompressionBombError,
        Warning,
        MemoryError,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG", "BMP", "WEBP")) as picture:
                if picture.width * picture.height > 50_000_000:
                    raise ValueError(
                        f"of at most 50,000,000 pixels, not {picture.width} × {picture.height}"
                    )
                scaled = picture.convert("L" if channels == 1 else "RGB").resize((width, height))
                pixels = np.asarray(scaled, np.float32) / 255
    except broken as error:
        raise ValueError(f"{path}: expected a picture that can be read ({error})") from error
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def read_folders(
    folder: str, channels: int, height: int, width: int, most_bad: int
) -> dict[str, Any]:
    """All pictures (channels, height, width) from 0 to 1, labelled by folder; bad ones are named and left out."""
    import sys

    import numpy as np

    found = find_pictures(folder)
    total = sum(map(len, found.values()))
    if total * channels * height * width > 2**31:
        raise ValueError(
            f"{folder}: expected pictures that fit in 8 GB, as scaled. Choose smaller sizes."
        )
    pictures, answers, bad = [], [], []
    for label, files in enumerate(found.values()):
        for file in files:
            try:
                pictures.append(read_picture(file, channels, height, width))
                answers.append(label)
            except ValueError as error:
                bad.append(str(error))
    for sentence in bad[:20]:
        print(f"Left out {sentence}", file=sys.stderr)
    if len(bad) > most_bad or not pictures:
        raise ValueError(
            f"{folder}: expected at most {most_bad} bad pictures, found {len(bad)}; the first: {bad[0]}."
        )
    return {"image": np.stack(pictures), "label": np.array(answers, np.int64)}


@catalogued(SOURCES)
class Images(DataSource):
    """A folder with a folder of pictures for each class, scaled: images (channels, height, width) from 0 to 1."""

    folder: str = text("data", doc="The folder that holds one folder a class.")
    channels: int = whole(3, low=1, high=3, doc="3 for colour, 1 for grey.")
    height: int = whole(64, low=1, high=4096, unit="px", doc="Rows after scaling.")
    width: int = whole(64, low=1, high=4096, unit="px", doc="Columns after scaling.")
    most_bad: int = whole(
        20, low=0, doc="So many pictures that cannot be read are left out; more are an error."
    )
    functions = (find_pictures, read_picture, read_folders)
    packages = ("numpy", "pillow")

    def fields(self) -> Mapping[str, Shape]:
        with refusals():
            found = find_pictures(self.folder)
        return {"image": image(self.channels, self.height, self.width), "label": labels(len(found))}

    def samples(self) -> int:
        with refusals():
            return sum(map(len, find_pictures(self.folder).values()))

    def load(self) -> Call:
        sizes = {"channels": self.channels, "height": self.height, "width": self.width}
        return call("read_folders", self.folder, **sizes, most_bad=self.most_bad)
