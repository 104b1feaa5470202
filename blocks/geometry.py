"""The arithmetic of windows sliding over axes: sizes after padding and stride, and the zeros that 'same' adds."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Any

from blocks.block import Change, Trials, Unfit
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape, shape_of

Axes = tuple[int, ...]
Padding = str | int | Axes
Sides = tuple[tuple[int, int], ...]  # zeros before and after each axis

MEANING: Mapping[int, tuple[Meaning, ...]] = {1: SIGNAL, 2: IMAGE, 3: VOLUME}


_TRIED = 65_536  # divisors looked at, however large a number a file names


def largest_divisor(n: int, most: int) -> int:
    """The largest number up to `most` that divides `n`, as a number of groups or heads must; both are at least 1."""
    small = [d for d in range(1, min(isqrt(n), _TRIED) + 1) if n % d == 0]
    return max(d for divisor in small for d in (divisor, n // divisor) if d <= most)


def largest_square_root(n: int, most: int) -> int:
    """The largest number up to `most` whose square divides `n`."""
    return max(d for d in range(1, min(isqrt(n), most, _TRIED) + 1) if n % d**2 == 0)


def per_axis(value: Any, rank: int) -> Axes:
    """One number for every axis."""
    return value if isinstance(value, tuple) else (value,) * rank


def same_pads(n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and after an axis of `n` so that ceil(n / stride) remain, the odd one after (TensorFlow's rule)."""
    total = max((-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
    return total // 2, total - total // 2


def pads(space: Axes, padding: Padding, kernel: Axes, stride: Axes, dilation: Axes) -> Sides:
    """Zeros before and after each axis under 'same', 'valid' or pixels a side."""
    if padding == "same":
        axes = zip(space, kernel, stride, dilation, strict=True)
        return tuple(same_pads(n, k, s, d) for n, k, s, d in axes)
    sides = (0,) * len(space) if padding == "valid" else per_axis(padding, len(space))
    return tuple((side, side) for side in sides)


def symmetric(sides: Sides) -> bool:
    """Whether every axis gets as much before as after, as torch's `padding=` can say."""
    return all(before == after for before, after in sides)


def pad_text(sides: Sides) -> str:
    """The sides as `F.pad` wants them: the last axis first."""
    return "(" + ", ".join(f"{before}, {after}" for before, after in reversed(sides)) + ")"


def slid(n: int, sides: tuple[int, int], kernel: int, stride: int, dilation: int, *, ceil: bool = False) -> int:
    """How many places a window finds on an axis; 0 or less where it does not fit."""
    room = n + sides[0] + sides[1] - dilation * (kernel - 1) - 1
    places = (-(-room // stride) if ceil else room // stride) + 1
    # torch drops a last window that would start beyond the input and its left padding
    return places - 1 if ceil and (places - 1) * stride >= n + sides[0] else places


def window_unfit(x: Shape, sides: Sides, kernel: Axes, dilation: Axes, setting: str = "kernel_size") -> Unfit:
    """The error of a window larger than the padded input, with the sizes that fit."""
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    rooms = [n + sum(side) for n, side in zip(x.space, sides, strict=True)]
    fitting = tuple(min(k, max((n - 1) // d + 1, 1)) for k, n, d in zip(kernel, rooms, dilation, strict=True))
    return Unfit(
        x,
        f"an input of at least {exact(reach)} pixels with its padding",
        "Use a smaller kernel, padding 'same', or fewer reductions before.",
        setting=setting,
        remedies=(Change({setting: exact(fitting)}), Change({"padding": "same"})),
    )


def both_of_rank(rank: int, have: Shape, want: Shape) -> bool:
    """Whether both have channels and so many spatial axes, as signals, images and volumes have."""
    return have.meaning in MEANING[rank] and want.meaning in MEANING[rank]


def tried(rank: int, *settings: Mapping[str, object]) -> Trials:
    """Trials on a small input whose axes have even and odd sizes."""
    x = shape_of((4, 9, 8, 7)[: rank + 1], MEANING[rank][0])
    return tuple(((x,), changed) for changed in settings)


def exact(value: Any) -> Any:
    """A size as code writes it: one number where all axes agree."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
