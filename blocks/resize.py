"""Larger and smaller images without learning: enlarged, padded with zeros, cut."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any, ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Argument, Call, call, unless
from blocks.geometry import Axes, both_of_rank, exact, per_axis, tried
from blocks.setting import choice, flag, number, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape

_SIDES = ("left", "right", "top", "bottom", "front", "back")  # torch's order: the last axis first


def _mode(*smooth: str) -> Any:
    options = ("nearest", "nearest-exact", *smooth)
    return choice("nearest", options, short="{}", doc="Repeat the nearest pixel, or blend its neighbours.")


class _Upsample(Block):
    """What Upsample1d, Upsample2d and Upsample3d share."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html"
    formula = "y_i = x at i / scale: the nearest number, or a blend of its neighbours"
    keywords = "upsampling resize interpolate enlarge scale unpool decoder"
    if TYPE_CHECKING:  # declared by the subclasses with the modes they know
        mode: str
    scale_factor: float = number(2.0, low=0.01, short="×{}", always=True, doc="How many times larger the result is.")
    size: int | Axes | None = axes(
        None, low=1, optional=True, short="to {}", doc="Size of the result, instead of the factor; empty: the factor."
    )
    align_corners: bool = flag(
        False, short="corners", doc="Let the corner pixels keep their values; only where neighbours are blended."
    )

    def shorthand(self) -> str:
        """The size takes the place of the factor where it is given."""
        plain = super().shorthand()
        return plain if self.size is None else plain.partition(" · ")[2]

    def shape(self, x: Shape) -> Shape:
        if self.align_corners and self.mode.startswith("nearest"):
            raise Unfit(
                f"align_corners with mode {self.mode}",
                "align_corners only where neighbours are blended",
                setting="align_corners",
                remedies=(Change({"align_corners": False}), Change({"mode": self.settings["mode"].examples()[2]})),
            )
        if self.size is not None:
            return x.with_sizes(x.channels, *per_axis(self.size, self.rank))
        return x.with_sizes(x.channels, *(floor(n * self.scale_factor) for n in x.space))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        seen = {"nearest": 1, "nearest-exact": 1, "bicubic": 4}.get(self.mode, 2)
        return tuple((seen, n / m) for n, m in zip(x.space, self.shape(x).space, strict=True))

    def module(self, x: Shape) -> Call:
        how: dict[str, Argument] = {"size": self.size}
        if self.size is None:
            whole_factor = float(self.scale_factor).is_integer()
            how = {"scale_factor": int(self.scale_factor) if whole_factor else self.scale_factor}
        told = unless("nearest", mode=self.mode) | unless(False, align_corners=self.align_corners)
        return call("nn.Upsample", **how, **told)

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Enlarges an image to the wanted size."""
        if not isinstance(want, Shape) or not both_of_rank(cls.rank, have, want):
            return None
        if have.channels != want.channels or not _larger(want.space, have.space):
            return None
        factors = {m / n for n, m in zip(have.space, want.space, strict=True)}
        factor = factors.pop()
        return cls(factor) if not factors and factor.is_integer() else cls(size=exact(want.space))

    @classmethod
    def trials(cls) -> Trials:
        smooth = cls.settings["mode"].examples()[2:]
        corners = [{"mode": mode, "align_corners": True, "scale_factor": 1.5} for mode in smooth]
        return tried(cls.rank, {"scale_factor": 0.3}, {"size": 5}, {"size": tuple(range(4, 4 + cls.rank))}, *corners)


def _larger(one: Axes, other: Axes) -> bool:
    return one != other and all(n >= m for n, m in zip(one, other, strict=True))


class Sided(Block):
    """What padding and cropping share: so many pixels at each side."""

    direction: ClassVar[int] = 1
    expected: ClassVar[str] = ""

    def side_names(self) -> tuple[str, ...]:
        """The settings in torch's order."""
        return _SIDES[: 2 * self.rank]

    def sides(self) -> tuple[int, ...]:
        """Pixels at each side, in torch's order."""
        return tuple(self.value(side) for side in self.side_names())

    def shape(self, x: Shape) -> Shape:
        sides = self.sides()
        both = [sides[i] + sides[i + 1] for i in range(0, len(sides), 2)][::-1]
        space = tuple(n + self.direction * extra for n, extra in zip(x.space, both, strict=True))
        if min(space) < 1:
            raise Unfit(
                x,
                f"an input larger than the {exact(tuple(both))} pixels cut off",
                "Cut off less.",
                setting=_SIDES[0],
                remedies=(Change(dict.fromkeys(self.side_names(), 0), "Cut off nothing"),),
            )
        return x.with_sizes(x.channels, *space)

    def shorthand(self) -> str:
        """The sides in torch's order: left, right, top, bottom."""
        sides = self.sides()
        return str(sides[0]) if len(set(sides)) == 1 else " ".join(map(str, sides))

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Adds or cuts off what the sizes differ by, half of it at each side, the odd one at the end."""
        if not isinstance(want, Shape) or not both_of_rank(cls.rank, have, want):
            return None
        differ = [cls.direction * (m - n) for n, m in zip(have.space, want.space, strict=True)]
        if have.channels != want.channels or min(differ) < 0 or max(differ) == 0:
            return None
        return cls(*(side for extra in reversed(differ) for side in (extra // 2, extra - extra // 2)))


class _ZeroPad(Sided):
    """What ZeroPad1d, ZeroPad2d and ZeroPad3d share."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html"
    formula = "y_i = x_(i − before) within x, 0 around it"
    keywords = "padding zeros border margin asymmetric"

    def window(self, x: Shape) -> None:
        return None

    def module(self, x: Shape) -> Call:
        sides = self.sides()
        return call(f"nn.ZeroPad{self.rank}d", sides[0] if len(set(sides)) == 1 else sides)


class _Crop(Sided):
    """What Crop1d, Crop2d and Crop3d share."""

    direction: ClassVar[int] = -1
    formula = "y_i = x_(i + before)"
    keywords = "cut trim border margin unet"

    def forward(self, at: At) -> str:
        return f"F.pad({at.x}, ({', '.join(str(-n) for n in self.sides())}))"


def _added(side: str) -> Any:
    return whole(1, low=0, high=4096, unit="px", doc=f"Zeros added at the {side}.")


def _cut(side: str) -> Any:
    return whole(1, low=0, high=4096, unit="px", doc=f"Pixels cut off at the {side}.")


@block("Join and reshape")
class Upsample1d(_Upsample):
    """Enlarges a signal by repeating or blending: (C, L) → (C, L · scale_factor)."""

    rank: ClassVar[int] = 1
    mode: str = _mode("linear")
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Join and reshape")
class Upsample2d(_Upsample):
    """Enlarges an image by repeating or blending: (C, H, W) → (C, H · scale_factor, W · scale_factor)."""

    rank: ClassVar[int] = 2
    mode: str = _mode("bilinear", "bicubic")
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Join and reshape")
class Upsample3d(_Upsample):
    """Enlarges a volume by repeating or blending: (C, D, H, W) → (C, D · factor, H · factor, W · factor)."""

    rank: ClassVar[int] = 3
    mode: str = _mode("trilinear")
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Join and reshape")
class ZeroPad1d(_ZeroPad):
    """Puts zeros at both ends of a signal: (C, L) → (C, L + left + right)."""

    rank: ClassVar[int] = 1
    left: int = _added("beginning")
    right: int = _added("end")
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Join and reshape")
class ZeroPad2d(_ZeroPad):
    """Puts zeros round an image, each side by itself: (C, H, W) → (C, H + top + bottom, W + left + right)."""

    rank: ClassVar[int] = 2
    left: int = _added("left")
    right: int = _added("right")
    top: int = _added("top")
    bottom: int = _added("bottom")
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Join and reshape")
class ZeroPad3d(_ZeroPad):
    """Puts zeros round a volume, each side by itself: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    left: int = _added("left")
    right: int = _added("right")
    top: int = _added("top")
    bottom: int = _added("bottom")
    front: int = _added("front")
    back: int = _added("back")
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Join and reshape")
class Crop1d(_Crop):
    """Cuts both ends off a signal: (C, L) → (C, L - left - right)."""

    rank: ClassVar[int] = 1
    left: int = _cut("beginning")
    right: int = _cut("end")
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Join and reshape")
class Crop2d(_Crop):
    """Cuts the sides off an image: (C, H, W) → (C, H - top - bottom, W - left - right)."""

    rank: ClassVar[int] = 2
    left: int = _cut("left")
    right: int = _cut("right")
    top: int = _cut("top")
    bottom: int = _cut("bottom")
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Join and reshape")
class Crop3d(_Crop):
    """Cuts the sides off a volume: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    left: int = _cut("left")
    right: int = _cut("right")
    top: int = _cut("top")
    bottom: int = _cut("bottom")
    front: int = _cut("front")
    back: int = _cut("back")
    x = takes(VOLUME)
    y = gives(VOLUME)
