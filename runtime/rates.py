"""Shares of the learning rate that take more than a line: carried word for word into every script that needs them."""

from __future__ import annotations

import math


def cosine_restarts(t: float, first: int, growth: int, lowest: float) -> float:
    """Half a cosine from 1 down to `lowest`, again and again, each `growth` times as long."""
    round_ = t // first
    if growth > 1:
        round_ = math.floor(math.log(t / first * (growth - 1) + 1, growth) + 1e-9)
    length = first * growth**round_
    start = first * (growth**round_ - 1) / (growth - 1) if growth > 1 else first * round_
    return lowest + (1 - lowest) * (1 + math.cos(math.pi * (t - start) / length)) / 2


def cycle(
    t: float,
    up: int,
    down: int,
    lowest: float,
    halving: bool = False,
    gamma: float = 1.0,
) -> float:
    """Up in a line from `lowest` to 1 and down again; the height may halve or shrink by gamma."""
    rounds = math.floor(t / (up + down))
    place = t - rounds * (up + down)
    height = place / up if place <= up else (up + down - place) / down
    return lowest + (1 - lowest) * height * math.pow(gamma, t) / (2**rounds if halving else 1)


def one_cycle(
    step: int,
    steps: int,
    start: float,
    end: float,
    rise: float,
    mirrored: bool = False,
    line: bool = False,
) -> float:
    """From the share `start` up to 1 within the part `rise` of all steps, then down to `end`."""
    top, last = rise * steps - 1, steps - 1
    stops = [(top, 1.0), (last, end)]
    if mirrored:  # down as fast as up, and only then to the end
        stops[1:] = [(2 * top, start), (last, end)]
    before, high = 0.0, start
    for after, low in stops:
        if step <= after or after == last:
            part = min((step - before) / (after - before), 1.0) if after > before else 1.0
            part = part if line else (1 - math.cos(math.pi * part)) / 2
            return high + (low - high) * part
        before, high = after, low
    return end


def plateau(
    history: list[float],
    factor: float,
    patience: int,
    threshold: float,
    relative: bool = True,
    cooldown: int = 0,
    lowest: float = 0.0,
) -> float:
    """Falls by `factor` when the loss of `history` has not got better for more than `patience`."""
    share, best, waited, resting = 1.0, math.inf, 0, 0
    for loss in history:
        better = loss < (best * (1 - threshold) if relative else best - threshold)
        best, waited = (loss, 0) if better else (best, waited + 1)
        if resting > 0:
            resting, waited = resting - 1, 0
        if waited > patience:
            share, waited, resting = max(share * factor, lowest), 0, cooldown
    return share
