"""A row of numbers as a setting: the weights of classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from blocks.arithmetic import arithmetic
from blocks.setting import Setting

_MOST = 1024
_LARGEST = 1e18


@dataclass(frozen=True)
class Numbers(Setting):
    """A row of finite numbers of any length; none where nothing is to be said."""

    low: float | None = None

    @property
    def expected(self) -> str:
        least = "" if self.low is None else f" of at least {self.low:g}"
        return f"up to {_MOST} numbers{least}, or none"

    def parse(self, raw: object) -> tuple[float, ...]:
        if not isinstance(raw, list | tuple) or len(raw) > _MOST:
            raise self.bad(raw)
        if not all(type(n) in (int, float) and self._fits(n) for n in raw):
            raise self.bad(raw)
        return tuple(map(float, raw))

    def _fits(self, n: float) -> bool:
        return abs(n) <= _LARGEST and (self.low is None or n >= self.low)

    def read(self, text: str) -> tuple[float, ...]:
        parts = text.strip(" ()[]").replace(";", ",").split(",")
        return self.parse([arithmetic(part, self.bad) for part in parts if part.strip()])

    def show(self, value: Any) -> str:
        return ", ".join(f"{n:g}" if float(f"{n:g}") == n else repr(n) for n in value)


def numbers(*, doc: str, low: float | None = None, short: str = "") -> Any:
    """A field that holds a row of numbers, at first none."""
    return field(default=(), metadata={"setting": Numbers((), doc, short=short, low=low)})
