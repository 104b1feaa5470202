"""The checkpoints of a run as they lie on the disk: which are whole, which is the best, and the files of its weights.

A checkpoint is a folder under `checkpoints/` with one safetensors file a network, the state to go on from, and, written
last, `manifest.json` with the SHA-256 of each. One without a manifest was cut short and counts for nothing.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from runtime.codec import from_plain, to_plain
from runtime.store import CannotRead, read, save, sha256

MANIFEST, STATE = "manifest.json", "state.pt"
_LARGEST_MANIFEST = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint says of itself: its files with their SHA-256, and the checkpoint with the best weights by then.

    `networks` names the weights' file of each network of the design; `seal` is the SHA-256 of all the rest.
    """

    step: int
    epoch: int
    networks: dict[str, str]
    files: dict[str, str]
    best: str = ""
    values: dict[str, float] = field(default_factory=dict)
    seal: str = ""

    def text(self) -> str:
        """The one way to write it, so that every other is damage."""
        seal = sha256(json.dumps(to_plain(replace(self, seal=""))).encode())
        return json.dumps(to_plain(replace(self, seal=seal)), indent=2) + "\n"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose files are what they were when they were written."""

    folder: Path
    manifest: Manifest

    def weights(self) -> dict[str, Path]:
        """The file of each network's weights, by the network's name in the design."""
        return {network: self.folder / file for network, file in self.manifest.networks.items()}


@dataclass(frozen=True)
class Found:
    """The newest whole checkpoint of a run, and what was wrong with each newer one."""

    checkpoint: Checkpoint | None
    damaged: tuple[CannotRead, ...] = ()


def newest(run: Path) -> Found:
    """The newest checkpoint of a run folder that is whole; damaged ones before it are told, not used."""
    damaged: list[CannotRead] = []
    for folder in reversed(_folders(run, "step")):
        try:
            return Found(verified(folder), tuple(damaged))
        except CannotRead as error:
            damaged.append(error)
    return Found(None, tuple(damaged))


def last_weights(run: Path) -> dict[str, Path]:
    """The files of the latest weights of a run, by network; raises CannotRead where there is no whole checkpoint."""
    found = newest(run)
    if found.checkpoint is None:
        raise found.damaged[0] if found.damaged else _none(run)
    return found.checkpoint.weights()


def best_weights(run: Path) -> dict[str, Path]:
    """The files of the weights with the lowest validation loss, by network; raises CannotRead.

    They are the latest where nothing was measured yet, or where the best have come to harm.
    """
    found = newest(run)
    if found.checkpoint is None or not found.checkpoint.manifest.best:
        return last_weights(run)
    try:
        return verified(run / "checkpoints" / found.checkpoint.manifest.best).weights()
    except CannotRead:
        return found.checkpoint.weights()


def verified(folder: Path) -> Checkpoint:
    """The checkpoint in a folder; raises CannotRead where a file is missing or not what was written."""
    path = folder / MANIFEST
    manifest = _manifest(folder)
    for name, digest in manifest.files.items():
        _verify(folder, name, digest)
    for name in manifest.networks.values():
        if name not in manifest.files:
            raise CannotRead(path, "networks", f"{name} among its files")
    return Checkpoint(folder, manifest)


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    text = read(path, _LARGEST_MANIFEST)
    try:
        manifest = from_plain(Manifest, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise CannotRead(path, "its text", "the manifest of a checkpoint") from error
    if manifest.text().encode() != text:
        raise CannotRead(path, "its seal", "the SHA-256 of the rest; the file was changed or damaged")
    return manifest


def _verify(folder: Path, name: str, digest: str) -> None:
    if Path(name).name != name or not (folder / name).is_file():
        raise CannotRead(folder / name, "the file itself", "the file that the manifest names")
    if sha256(folder / name) != digest:
        raise CannotRead(folder / name, "its SHA-256", f"{digest}; the file was changed or damaged")


def write_checkpoint(folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Writes the files and then the manifest that makes them a checkpoint; raises CannotSave."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # what is rewritten is no checkpoint until it is whole again
    for name, data in files.items():
        save(folder / name, data)
    save(folder / MANIFEST, manifest.text().encode())


def forget_after(run: Path, step: int) -> None:
    """Removes the checkpoints that a run which goes on from `step` will write anew."""
    for folder in (*_folders(run, "step"), *_folders(run, "best")):
        if _step(folder) > step:
            shutil.rmtree(folder, ignore_errors=True)


def prune(run: Path, keep: int = 2) -> None:
    """Removes all but the last checkpoints and the best ones that they name."""
    steps = _folders(run, "step")
    best = set()
    for folder in steps[-keep:]:
        with contextlib.suppress(CannotRead):
            best.add(_manifest(folder).best)
    for folder in (*steps[:-keep], *(f for f in _folders(run, "best") if f.name not in best)):
        shutil.rmtree(folder, ignore_errors=True)


def _folders(run: Path, kind: str) -> list[Path]:
    """The folders `kind-<step>` of a run, the newest last."""
    return sorted(_named(run / "checkpoints", kind), key=_step)


def _named(folder: Path, kind: str) -> Iterator[Path]:
    for path in folder.glob(f"{kind}-*"):
        if path.name.removeprefix(f"{kind}-").isdecimal() and path.is_dir():
            yield path


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])


def _none(run: Path) -> CannotRead:
    return CannotRead(run, "checkpoints", "a checkpoint; train until the first one is saved")
