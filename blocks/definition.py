"""What blocks, data sources, optimizers, schedules and recipes share: a name, settings, and a catalogue to stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from blocks.setting import BadSetting, Setting


class Definition:
    """A frozen value whose fields are settings; every subclass becomes a frozen dataclass by itself.

    A value is checked as it is made: a wrong setting raises BadSetting, so an instance is always valid.
    """

    settings: ClassVar[Mapping[str, Setting]] = {}
    unknown: ClassVar[Mapping[str, object]] = {}  # what a file says beyond the settings: kept, without effect
    _fields: ClassVar[Mapping[str, str]] = {}  # a field `shape_` holds the setting "shape"

    if TYPE_CHECKING:  # values are checked as they arrive, see __post_init__
        __dataclass_fields__: ClassVar[dict[str, Any]]

        def __init__(self, *values: Any, **settings: Any) -> None: ...

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(frozen=True, repr=False)(cls)
        held = [f for f in fields(cls) if "setting" in f.metadata]
        held.sort(key=lambda f: f.kw_only is True)  # what many share stands after what is a block's own
        cls._fields = {f.name.rstrip("_"): f.name for f in held}
        before = cls.settings  # those of the class that it is made from
        bound = {name: f.metadata["setting"].bind(name, cls) for name, f in zip(cls._fields, held, strict=True)}
        cls.settings = {name: _as_before(setting, before.get(name)) for name, setting in bound.items()}

    def __post_init__(self) -> None:
        for name, setting in self.settings.items():
            object.__setattr__(self, self._fields[name], setting.parse(self.value(name)))

    def value(self, name: str) -> Any:
        """What the setting of that name is set to."""
        return getattr(self, self._fields[name])

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={self.value(name)!r}" for name in self.changed())
        return f"{type(self).__name__}({told})"

    @classmethod
    def kind(cls) -> str:
        """The name under which files and people know it."""
        return cls.__name__

    @classmethod
    def summary(cls) -> str:
        """The first line of its docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    def changed(self) -> list[str]:
        """The names of the settings that differ from their defaults."""
        return [n for n, s in self.settings.items() if s.differs(self.value(n))]

    def stored(self) -> dict[str, object]:
        """The settings that differ from their defaults, as JSON values, and what else a file said."""
        return {n: self.settings[n].dump(self.value(n)) for n in self.changed()} | dict(self.unknown)

    def with_settings(self, **values: object) -> Self:
        """The same with other settings; raises BadSetting, also for a setting it does not have."""
        for name in values:
            if name not in self.settings:
                raise BadSetting(name, f"to be one of {', '.join(self.settings)}", values[name])
        changed = type(self)(**self._values() | {self._fields[name]: value for name, value in values.items()})
        return changed.keeping(self.unknown)

    def keeping(self, unknown: Mapping[str, object]) -> Self:
        """The same, holding on to settings of a newer file that are not known here, so that saving writes them back."""
        if not unknown:
            return self
        kept = copy(self)
        object.__setattr__(kept, "unknown", dict(unknown))
        return kept

    def _values(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self._fields.values()}

    def shorthand(self) -> str:
        """The telling settings on one line, as on a card: `64 · 3×3 · /2`."""
        told = (s.brief(self.value(n)) for n, s in self.settings.items())
        return " · ".join(part for part in told if part)


def _as_before(setting: Setting, before: Setting | None) -> Setting:
    """A setting under the heading of the one that it takes the place of, unless it names its own."""
    return replace(setting, group=before.group) if before is not None and not setting.group else setting


D = TypeVar("D", bound=Definition)


class Catalogue(Generic[D]):
    """The definitions of one sort by name. Being in it is being known, offered, readable and tested."""

    def __init__(self, sort: str) -> None:
        self.sort = sort
        self._by_name: dict[str, type[D]] = {}

    def add(self, definition: type[D]) -> type[D]:
        """Takes a definition in; two of one name are a mistake of the programmer."""
        name = definition.kind()
        if name in self._by_name:
            raise ValueError(f"two definitions of the {self.sort} {name}")
        self._by_name[name] = definition
        return definition

    def remove(self, name: str) -> None:
        """Takes a definition out again, where there is one of that name."""
        self._by_name.pop(name, None)

    def arrange(self, modules: Sequence[str]) -> None:
        """Puts the definitions in the order of their modules, whichever happened to be imported first."""
        place = {name: i for i, name in enumerate(modules)}
        ordered = sorted(self._by_name.items(), key=lambda item: place.get(item[1].__module__, len(place)))
        self._by_name = dict(ordered)

    def __iter__(self) -> Iterator[type[D]]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def get(self, name: str) -> type[D] | None:
        """The definition of that name, or None."""
        return self._by_name.get(name)

    def make(self, name: str, stored: Mapping[str, object]) -> D:
        """The definition of that name with these stored settings; raises BadSetting."""
        known = self._by_name.get(name)
        if known is None:
            raise BadSetting(self.sort, "one of " + ", ".join(self._by_name), name)
        for key in stored:
            if key not in known.settings:
                raise BadSetting(key, f"to be one of {', '.join(known.settings) or 'none'}", stored[key])
        return known(**{known._fields[key]: value for key, value in stored.items()})


def catalogued(catalogue: Catalogue[D]) -> Callable[[type[D]], type[D]]:
    """A decorator that takes a class into a catalogue."""
    return catalogue.add


def offered(sort: str, *definitions: type[D]) -> Catalogue[D]:
    """A few definitions out of a larger catalogue: those that fit where one of them is to be chosen."""
    few: Catalogue[D] = Catalogue(sort)
    for definition in definitions:
        few.add(definition)
    return few
