"""Turns what went wrong in the training process into a sentence, the node it began at, and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

import torch
from torch import nn

from runtime.memory import TooLarge, free_memory, largest_batch
from runtime.messages import Failed
from runtime.model import Program
from runtime.page import Place
from runtime.recipe import CannotPlan
from runtime.source import CannotPrint
from runtime.sources import NoData
from runtime.store import CannotRead, CannotSave

_LOG = 4096  # characters of the traceback that go with the event
_OUT = ("out of memory", "can't allocate memory", "not enough memory", "Unable to allocate")
_COARSE = ("Half", "BFloat16", "could not create a primitive", "unsafe to autocast")  # torch on 16 bits
_ONE_VALUE = "Expected more than 1 value per channel"  # torch on batch normalization
_NO_SAME_BITS = "does not have a deterministic implementation"
_OWN_WORDS = (CannotPlan, NoData, CannotRead)


def failure_of(
    error: BaseException,
    program: Program | None = None,
    step: int = 0,
    networks: Mapping[str, nn.Module] | None = None,
    device: torch.device | None = None,
    place: Place | None = None,
) -> Failed:
    """The event for an error; its `place` is known where it happened on a printed line."""
    log = "".join(traceback.format_exception(error))[-_LOG:]
    if isinstance(error, CannotPrint):
        return Failed(error.message, "Repair it on the canvas and train again.", error.network, error.node, step, log)
    if isinstance(error, TooLarge):
        return Failed(f"{error}", f"Make {error.node} smaller.", error.network, error.node, step, log)
    if isinstance(error, CannotSave):
        return Failed(f"Cannot save {error.path}: {error.reason}.", f"{error.repair}.", step=step, log=log)
    if isinstance(error, _OWN_WORDS):
        return Failed(f"{error}", step=step, log=log)
    place = place or (program.place_of_error(error) if program else None)
    network, node = place or ("", "")
    told = f"{error}".strip() or type(error).__name__
    if _out_of_memory(error):
        at = f" at {node} of {network}" if place else ""
        repair = _smaller_batch(program, networks, device) if program else "Use a smaller network."
        return Failed(f"The memory was not enough{at}.", repair, network, node, step, log)
    if _NO_SAME_BITS in told:
        at = f"{node} of {network}" if place else "An operation"
        repair = "Use another node, or train without the setting deterministic."
        words = f"{at} has no way to give the same bits each time: {_first_lines(told)}"
        return Failed(words, repair, network, node, step, log)
    if place and any(words in told for words in _COARSE):
        repair = "Choose the precision 32-true, or another device."
        words = f"{node} of {network} cannot be computed in 16 bits: {_first_lines(told)}"
        return Failed(words, repair, network, node, step, log)
    if place and _ONE_VALUE in told:
        words = f"{node} of {network} normalizes by a batch, but of one number there is no variance"
        return Failed(f"{words}.", "Set a batch size of 2 or more, or use LayerNorm.", network, node, step, log)
    if place:
        repair = f"Look at the settings of {node} and at the shapes of what comes in."
        return Failed(f"{node} of {network} failed: {_first_lines(told)}", repair, network, node, step, log)
    if isinstance(error, ValueError | OSError):  # as the functions that read data raise them
        return Failed(_first_lines(told), step=step, log=log)
    return Failed(f"{type(error).__name__}: {_first_lines(told)}", "The log says more.", step=step, log=log)


def _first_lines(told: str) -> str:
    """The start of a message of torch's, which may go on for pages, as a sentence."""
    start = " ".join(told.split("\n")[:3])[:400].rstrip()
    return start if start.endswith((".", "!", "?")) else f"{start}."


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in f"{error}" for words in _OUT)


def _smaller_batch(program: Program, networks: Mapping[str, nn.Module] | None, device: torch.device | None) -> str:
    size = int(program.script.BATCH_SIZE)
    fits = min(largest_batch(program.stretches, networks or {}, free_memory(device)), size // 2)
    if fits < 1:
        return "Not even one example fits. Use a smaller network or a device with more memory."
    return f"Lower the batch size from {size} to {fits} (estimated), and train again."
