"""Borders that are not zeros: mirrored, repeated, carried round, or of one value."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import Change, Unfit, block, gives, takes
from blocks.call import Call, call
from blocks.resize import Sided
from blocks.setting import number, whole
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape


def _added(side: str) -> Any:
    return whole(1, low=0, high=4096, unit="px", doc=f"Pixels added at the {side}.")


class _Pad(Sided):
    """What kinds of padding share; `reach` says how far beyond its size an axis can be padded."""

    source = "https://docs.pytorch.org/docs/stable/nn.html#padding-layers"
    name: ClassVar[str] = ""
    reach: ClassVar[int | None] = None

    def shape(self, x: Shape) -> Shape:
        if self.reach is not None:
            self._refuse_too_far(x)
        return super().shape(x)

    def _refuse_too_far(self, x: Shape) -> None:
        """Mirrored or carried round, there is no more to add than the axis has."""
        sides, names = self.sides(), self.side_names()
        for i, side in enumerate(sides):
            most = x.space[-1 - i // 2] - (self.reach or 0)
            if side > most:
                raise Unfit(
                    f"{side} pixels at the {names[i]} of {x}",
                    f"at most {most} there",
                    setting=names[i],
                    remedies=(Change({names[i]: max(most, 0)}),) if most >= 0 else (),
                )

    def window(self, x: Shape) -> None:
        return None

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> None:
        """Never: where only sizes are to match, zeros do, and are offered."""

    def module(self, x: Shape) -> Call:
        sides = self.sides()
        return call(f"nn.{self.name}Pad{self.rank}d", sides[0] if len(set(sides)) == 1 else sides, **self._more())

    def _more(self) -> dict[str, Any]:
        return {}


class _Pad1d(_Pad):
    rank: ClassVar[int] = 1
    left: int = _added("beginning")
    right: int = _added("end")
    x = takes(SIGNAL)
    y = gives(SIGNAL)


class _Pad2d(_Pad):
    rank: ClassVar[int] = 2
    left: int = _added("left")
    right: int = _added("right")
    top: int = _added("top")
    bottom: int = _added("bottom")
    x = takes(IMAGE)
    y = gives(IMAGE)


class _Pad3d(_Pad):
    rank: ClassVar[int] = 3
    left: int = _added("left")
    right: int = _added("right")
    top: int = _added("top")
    bottom: int = _added("bottom")
    front: int = _added("front")
    back: int = _added("back")
    x = takes(VOLUME)
    y = gives(VOLUME)


class _Reflection(_Pad):
    name: ClassVar[str] = "Reflection"
    reach: ClassVar[int | None] = 1
    formula = "y_i = x_|i − before|, mirrored at either end"
    keywords = "mirror border margin padding"


class _Replication(_Pad):
    name: ClassVar[str] = "Replication"
    formula = "y_i = x_min(max(i − before, 0), n − 1)"
    keywords = "repeat edge border margin padding"


class _Circular(_Pad):
    name: ClassVar[str] = "Circular"
    reach: ClassVar[int | None] = 0
    formula = "y_i = x_((i − before) mod n)"
    keywords = "periodic wrap around border margin padding"


class _Constant(_Pad):
    name: ClassVar[str] = "Constant"
    formula = "y_i = x_(i − before) within x, value around it"
    keywords = "value border margin padding"
    value_: float = number(0.0, short="of {}", doc="What stands at the border.")

    def _more(self) -> dict[str, Any]:
        return {"value": self.value_}


@block("Join and reshape")
class ReflectionPad1d(_Reflection, _Pad1d):
    """Adds a border that mirrors what lies within: (C, L) → (C, L + left + right)."""


@block("Join and reshape")
class ReflectionPad2d(_Reflection, _Pad2d):
    """Adds a border that mirrors what lies within: (C, H, W) → (C, H + top + bottom, W + left + right)."""


@block("Join and reshape")
class ReflectionPad3d(_Reflection, _Pad3d):
    """Adds a border that mirrors what lies within: (C, D, H, W) → (C, D', H', W')."""


@block("Join and reshape")
class ReplicationPad1d(_Replication, _Pad1d):
    """Adds a border that repeats the edge: (C, L) → (C, L + left + right)."""


@block("Join and reshape")
class ReplicationPad2d(_Replication, _Pad2d):
    """Adds a border that repeats the edge: (C, H, W) → (C, H + top + bottom, W + left + right)."""


@block("Join and reshape")
class ReplicationPad3d(_Replication, _Pad3d):
    """Adds a border that repeats the edge: (C, D, H, W) → (C, D', H', W')."""


@block("Join and reshape")
class CircularPad1d(_Circular, _Pad1d):
    """Adds at each end what stands at the other: (C, L) → (C, L + left + right)."""


@block("Join and reshape")
class CircularPad2d(_Circular, _Pad2d):
    """Adds at each side what stands at the other: (C, H, W) → (C, H + top + bottom, W + left + right)."""


@block("Join and reshape")
class CircularPad3d(_Circular, _Pad3d):
    """Adds at each side what stands at the other: (C, D, H, W) → (C, D', H', W')."""


@block("Join and reshape")
class ConstantPad1d(_Constant, _Pad1d):
    """Adds a border of one value: (C, L) → (C, L + left + right)."""


@block("Join and reshape")
class ConstantPad2d(_Constant, _Pad2d):
    """Adds a border of one value: (C, H, W) → (C, H + top + bottom, W + left + right)."""


@block("Join and reshape")
class ConstantPad3d(_Constant, _Pad3d):
    """Adds a border of one value: (C, D, H, W) → (C, D', H', W')."""
