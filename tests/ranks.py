"""Several processes that train a printed script together, forked from this one so that nothing is imported again."""

from __future__ import annotations

import contextlib
import io
import json
import os
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from runtime.model import Program
from tests.trained import losses_of_script


@contextlib.contextmanager
def in_double() -> Iterator[None]:
    """Computes with 64 bits, so that what remains of rounding is far from what a wrong formula would give."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def losses_together(program: Program, most: int, folder: Path, ranks: int = 2) -> list[float]:
    """The losses of the first steps of every phase, by so many processes on gloo."""
    started = [_started(program, most, folder, rank, ranks) for rank in range(ranks)]
    assert [os.waitpid(process, 0)[1] for process in started] == [0] * ranks
    losses: list[float] = json.loads((folder / "losses.json").read_text())
    return losses


def _started(program: Program, most: int, folder: Path, rank: int, ranks: int) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            _train(program, most, folder, rank, ranks)
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)  # nothing of the test that was forked shall go on here
    return process


def _train(program: Program, most: int, folder: Path, rank: int, ranks: int) -> None:
    os.environ["GLOO_SOCKET_IFNAME"] = "lo" if os.path.isdir("/sys/class/net/lo") else "lo0"
    place, limit = (folder / "meeting").as_uri(), timedelta(seconds=60)
    dist.init_process_group("gloo", place, limit, rank=rank, world_size=ranks)
    with contextlib.redirect_stdout(io.StringIO()):
        losses = losses_of_script(program, most)
    if rank == 0:
        (folder / "losses.json").write_text(json.dumps(losses))
    dist.destroy_process_group()
