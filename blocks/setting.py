"""The fields a person sets: their type, default, bounds, unit and help, and how they are read and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.arithmetic import arithmetic
from blocks.bounds import WHOLE_LIMIT, span, within
from blocks.where import Where

TEXT_LIMIT = 4096


class BadSetting(ValueError):
    """A value that a setting cannot take. The sentence names the setting, what it takes and what it got."""

    def __init__(self, setting: str, expected: str, received: object) -> None:
        self.setting, self.expected, self.received = setting, expected, received
        shown = repr(received)
        shown = shown if len(shown) <= 80 else shown[:77] + "…"
        super().__init__(f"{setting} expects {expected}, received {shown}")


@dataclass(frozen=True)
class Setting:
    """One field of a definition. `parse` takes JSON values, `read` takes typed text, `dump` gives JSON back."""

    default: Any
    doc: str
    unit: str = ""
    short: str = ""  # shorthand on the card, e.g. "{}" or "/{}"; empty: not shown there
    always: bool = False  # in the shorthand even while it has its default
    name: str = ""
    group: str = ""  # under which heading a form shows it, after those without one
    where: Where | None = None  # where it has an effect; a form shows it only there

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        return "a value"

    def parse(self, raw: object) -> Any:
        """The canonical value of a JSON value; raises BadSetting."""
        raise self.bad(raw)

    def read(self, text: str) -> Any:
        """The canonical value of typed text, where whole numbers may be sums; raises BadSetting."""
        return self.parse(text)

    def dump(self, value: Any) -> object:
        """The JSON value that parses back to `value`."""
        return list(value) if isinstance(value, tuple) else value

    def differs(self, value: Any) -> bool:
        """Whether a file has to say the value."""
        return bool(value != self.default)

    def show(self, value: Any) -> str:
        """The value as a person would type it."""
        return str(value)

    def examples(self) -> tuple[Any, ...]:
        """Values at the bounds, for tests over the whole catalogue."""
        return (self.default,)

    def brief(self, value: Any) -> str:
        """The value in the card's shorthand; empty where it says nothing new."""
        told = self.short and (self.always or value != self.default)
        return self.short.format(self.show(value)) if told else ""

    def bind(self, name: str, owner: type) -> Setting:
        """The same setting under its name in the class that owns it."""
        return replace(self, name=name)

    def bad(self, received: object) -> BadSetting:
        """The error that says what this setting takes."""
        return BadSetting(self.name or "value", self.expected, received)


@dataclass(frozen=True)
class Whole(Setting):
    """A whole number, or None where `optional`."""

    low: int | None = None
    high: int | None = None
    optional: bool = False

    @property
    def expected(self) -> str:
        return f"a whole number{span(self.low, self.high)}" + (" or nothing" if self.optional else "")

    def parse(self, raw: object) -> int | None:
        if raw is None and self.optional:
            return None
        if type(raw) is not int or not within(raw, self.low, self.high):
            raise self.bad(raw)
        return raw

    def read(self, text: str) -> int | None:
        if self.optional and text.strip().lower() in {"", "none"}:
            return None
        return self.parse(arithmetic(text, self.bad))

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def examples(self) -> tuple[Any, ...]:
        ends = [n for n in (self.low, self.high) if n is not None and abs(n) <= 64]
        return tuple(dict.fromkeys((self.default, *ends)))


@dataclass(frozen=True)
class Number(Setting):
    """A finite number, whole or not, or None where `optional`."""

    low: float | None = None
    high: float | None = None
    optional: bool = False

    @property
    def expected(self) -> str:
        return f"a number{span(self.low, self.high)}" + (" or nothing" if self.optional else "")

    def parse(self, raw: object) -> float | None:
        if raw is None and self.optional:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise self.bad(raw)
        if not within(raw, self.low, self.high):
            raise self.bad(raw)
        return float(raw)

    def read(self, text: str) -> float | None:
        if self.optional and text.strip().lower() in {"", "none"}:
            return None
        return self.parse(arithmetic(text, self.bad))

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)

    def examples(self) -> tuple[Any, ...]:
        ends = map(float, (n for n in (self.low, self.high) if n is not None))
        return tuple(dict.fromkeys((self.default, *ends, *((None,) if self.optional else ()))))


@dataclass(frozen=True)
class Flag(Setting):
    """Yes or no."""

    @property
    def expected(self) -> str:
        return "true or false"

    def parse(self, raw: object) -> bool:
        if type(raw) is not bool:
            raise self.bad(raw)
        return raw

    def read(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in {"true", "false", "yes", "no", "1", "0"}:
            raise self.bad(text)
        return word in {"true", "yes", "1"}

    def show(self, value: Any) -> str:
        return "yes" if value else "no"

    def brief(self, value: Any) -> str:
        return self.short if value and self.short else ""

    def examples(self) -> tuple[Any, ...]:
        return (self.default, not self.default)


@dataclass(frozen=True)
class Choice(Setting):
    """One of a few words."""

    options: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.options)

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in self.options:
            raise self.bad(raw)
        return raw

    def read(self, text: str) -> str:
        word = text.strip().lower()
        return self.parse(next((o for o in self.options if o.lower() == word), text))

    def examples(self) -> tuple[Any, ...]:
        return self.options


@dataclass(frozen=True)
class PerAxis(Setting):
    """A whole number for every spatial axis: one for all, or one for each (`3` or `3×5`). None where `optional`.

    `rank` is bound by the class that owns the setting; a tuple of equal numbers is kept as the one number.
    """

    low: int = 0
    high: int = WHOLE_LIMIT
    optional: bool = False
    words: tuple[str, ...] = ()  # words it takes besides numbers, as padding takes "same" and "valid"
    rank: int = 2

    @property
    def expected(self) -> str:
        words = "".join(f"'{word}', " for word in self.words)
        return f"{words}a whole number of at least {self.low}" + (f", or {self.rank} of them" if self.rank > 1 else "")

    def parse(self, raw: object) -> Any:
        if raw is None and self.optional:
            return None
        if isinstance(raw, str) and raw in self.words:
            return raw
        values = tuple(raw) if isinstance(raw, list | tuple) else (raw,) * self.rank
        if len(values) != self.rank or not all(self._fits(n) for n in values):
            raise self.bad(raw)
        return values[0] if len(set(values)) == 1 else values

    def _fits(self, n: object) -> bool:
        return type(n) is int and within(n, self.low, self.high)

    def read(self, text: str) -> Any:
        if self.optional and text.strip().lower() in {"", "none"}:
            return None
        if text.strip().lower() in self.words:
            return text.strip().lower()
        parts = text.strip(" ()[]").replace("×", ",").replace("x", ",").split(",")
        values = [arithmetic(part, self.bad) for part in parts if part.strip()]
        return self.parse(values[0] if len(values) == 1 else values)

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def brief(self, value: Any) -> str:
        if isinstance(value, int) and self.short == "{}×":
            return "×".join([str(value)] * self.rank) if self.always or value != self.default else ""
        return replace(self, short=self.short.rstrip("×"))._plain_brief(value) if self.short else ""

    def _plain_brief(self, value: Any) -> str:
        return Setting.brief(self, value)

    def bind(self, name: str, owner: type) -> Setting:
        return replace(self, name=name, rank=getattr(owner, "rank", self.rank))

    def examples(self) -> tuple[Any, ...]:
        mixed = (self.low + 1, *([self.low + 2] * (self.rank - 1)))
        numbers = (self.default, self.low, mixed) if self.rank > 1 else (self.default, self.low)
        return tuple(dict.fromkeys((*numbers, *self.words)))


@dataclass(frozen=True)
class Sizes(Setting):
    """A tuple of whole numbers of any length: the sizes of a tensor, or an order of axes."""

    low: int = 1
    most: int = 8

    @property
    def expected(self) -> str:
        return f"up to {self.most} whole numbers of at least {self.low}"

    def parse(self, raw: object) -> tuple[int, ...]:
        if not isinstance(raw, list | tuple) or len(raw) > self.most:
            raise self.bad(raw)
        if not all(type(n) is int and self.low <= n <= WHOLE_LIMIT for n in raw):
            raise self.bad(raw)
        return tuple(raw)

    def read(self, text: str) -> tuple[int, ...]:
        parts = text.strip(" ()[]").replace("×", ",").replace("x", ",").split(",")
        return self.parse([arithmetic(part, self.bad) for part in parts if part.strip()])

    def show(self, value: Any) -> str:
        return " × ".join(map(str, value))


@dataclass(frozen=True)
class Text(Setting):
    """A line of text: a name, a path."""

    @property
    def expected(self) -> str:
        return f"a line of text of at most {TEXT_LIMIT} characters"

    def parse(self, raw: object) -> str:
        if not isinstance(raw, str) or len(raw) > TEXT_LIMIT or not (raw == "" or raw.isprintable()):
            raise self.bad(raw)
        return raw


@dataclass(frozen=True)
class Names(Setting):
    """A few names, as the ends of a network."""

    @property
    def expected(self) -> str:
        return "a list of names"

    def parse(self, raw: object) -> tuple[str, ...]:
        if not isinstance(raw, list | tuple):
            raise self.bad(raw)
        if not all(isinstance(n, str) and n.isidentifier() and len(n) <= 64 for n in raw):
            raise self.bad(raw)
        return tuple(raw)

    def read(self, text: str) -> tuple[str, ...]:
        return self.parse([part.strip() for part in text.split(",") if part.strip()])

    def show(self, value: Any) -> str:
        return ", ".join(value)


@dataclass(frozen=True)
class Part(Setting):
    """Another definition with settings of its own, as the optimizer of a recipe: `{"kind": "Adam", "lr": 0.001}`."""

    catalogue: Any = None

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(d.kind() for d in self.catalogue)

    def parse(self, raw: object) -> Any:
        if any(type(raw) is known for known in self.catalogue):
            return raw
        if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str):
            raise self.bad(raw)
        stored = {str(key): value for key, value in raw.items() if key != "kind"}
        if raw["kind"] not in self.catalogue:
            raise self.bad(raw["kind"])
        return self.catalogue.make(raw["kind"], stored)

    def read(self, text: str) -> Any:
        return self.parse({"kind": text.strip()})

    def dump(self, value: Any) -> object:
        return {"kind": value.kind(), **value.stored()}

    def differs(self, value: Any) -> bool:
        return bool(value != self.default or value.stored() != self.default.stored())  # what a newer file said of it

    def show(self, value: Any) -> str:
        return str(value.kind())

    def examples(self) -> tuple[Any, ...]:
        return tuple(known() for known in self.catalogue)


def _field(setting: Setting) -> Any:
    return field(default=setting.default, metadata={"setting": setting})


def whole(
    default: int | None,
    *,
    doc: str,
    low: int | None = None,
    high: int | None = WHOLE_LIMIT,
    unit: str = "",
    short: str = "",
    always: bool = False,
    optional: bool = False,
) -> Any:
    """A field that holds a whole number."""
    return _field(Whole(default, doc, unit, short, always, low=low, high=high, optional=optional))


def number(
    default: float | None,
    *,
    doc: str,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    short: str = "",
    always: bool = False,
    optional: bool = False,
) -> Any:
    """A field that holds a finite number."""
    return _field(Number(default, doc, unit, short, always, low=low, high=high, optional=optional))


def flag(default: bool, *, doc: str, short: str = "") -> Any:
    """A field that holds yes or no."""
    return _field(Flag(default, doc, short=short))


def choice(default: str, options: Sequence[str], *, doc: str, short: str = "", always: bool = False) -> Any:
    """A field that holds one of a few words."""
    return _field(Choice(default, doc, short=short, always=always, options=tuple(options)))


def per_axis(
    default: int | None,
    *,
    doc: str,
    low: int = 0,
    unit: str = "px",
    short: str = "",
    always: bool = False,
    optional: bool = False,
) -> Any:
    """A field that holds one whole number, or one for each spatial axis."""
    return _field(PerAxis(default, doc, unit, short, always, low=low, optional=optional))


def padding(default: int | str, *, doc: str) -> Any:
    """A field for zeros around: 'same', 'valid', or pixels a side."""
    return _field(PerAxis(default, doc, "px", "pad {}", low=0, words=("same", "valid")))


def sizes(default: tuple[int, ...], *, doc: str, low: int = 1, short: str = "", always: bool = False) -> Any:
    """A field that holds several whole numbers."""
    return _field(Sizes(default, doc, short=short, always=always, low=low))


def text(default: str, *, doc: str, short: str = "") -> Any:
    """A field that holds a line of text."""
    return _field(Text(default, doc, short=short, always=True))


def names(default: tuple[str, ...], *, doc: str) -> Any:
    """A field that holds a few names."""
    return _field(Names(default, doc))


def part(default: Any, catalogue: Any, *, doc: str) -> Any:
    """A field that holds another definition out of a catalogue."""
    return _field(Part(default, doc, catalogue=catalogue))
