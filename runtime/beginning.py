"""How a design begins from an architecture of the literature: the template that words mean, its settings, its design.

template = with_typed(template_named("res net"), {"depth": "18", "classes": "10"})
design = begun(template)                                   # networks, layout, and a note on what to do next
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache

from blocks.block import Unfit
from blocks.setting import BadSetting, Choice, Setting
from blocks.zoo import TEMPLATES, Template
from blocks.zoo.drawing import COLUMN, Drawing
from runtime.design import Design, Layout, Note
from runtime.manual import cited_as

NOTE = 320.0  # canvas pixels across a note
_WIDE = 4 * COLUMN
_NEAR = 0.6  # how alike a name must be to be offered
_SIZE, _DOUBLED = "resolution", 9  # the setting for the image, and how often it is doubled where that is too small
_NEXT = (
    "1. Click a card: its settings stand at the right. Press Enter on a block to look inside.\n"
    "2. Click the empty canvas: choose data and training there, then press ▶.\n"
    "3. *Summary* says what every layer costs, *Code* is the same network in PyTorch."
)


class CannotBegin(Exception):
    """A template that is not known, or settings it cannot be drawn with, in a sentence that says what would do.

    `setting` is the one to blame where it is known.
    """

    def __init__(self, sentence: str, setting: str = "") -> None:
        super().__init__(sentence)
        self.setting = setting


def begun(template: Template, note: str = "") -> Design:
    """A design of what a template draws, as the paper lays it out; `note` stands beside it, or one on what to do next.

    Raises CannotBegin where the settings do not go together.
    """
    drawn = drawings(template)
    layout = {name: drawing.layout() for name, drawing in drawn.items()}
    first = next(iter(drawn))
    return Design(
        title=template.title(),
        networks={name: drawing.graph() for name, drawing in drawn.items()},
        layout=layout,
        notes={first: (Note(note or first_note(template), _beside(layout[first]), NOTE),)},
    )


def drawings(template: Template) -> Mapping[str, Drawing]:
    """The networks of a template by name; raises CannotBegin where its settings do not go together."""
    try:
        return template.networks()
    except BadSetting as bad:
        raise CannotBegin(f"{bad}.", bad.setting if bad.setting in template.settings else "") from bad
    except Unfit as unfit:
        large = _large_enough(template)
        if large:
            raise CannotBegin(_misfit(unfit, f"A {_SIZE} of {large} is enough."), _SIZE) from unfit
        raise CannotBegin(_misfit(unfit)) from unfit


def first_note(template: Template) -> str:
    """What stands beside a network that was just begun: what it is, where to read of it, and what to do next."""
    kind = type(template)
    parts = [f"# {template.title()}", kind.summary()]
    if kind.source:
        parts.append(f"[{cited_as(kind.source)}]({kind.source})" if "//" in kind.source else kind.source)
    return "\n\n".join([*parts, _NEXT])


def _beside(layout: Layout) -> tuple[float, float]:
    """Right of a network, at its top; left of one that is so wide that its right is far from where data enters."""
    left, right = min(x for x, _ in layout.values()), max(x for x, _ in layout.values())
    return (left - NOTE - 40, 0.0) if right - left > _WIDE else (right + COLUMN + 40, 0.0)


def _misfit(unfit: Unfit, repair: str = "") -> str:
    way = ".".join(unfit.way)
    expected = unfit.expected.removesuffix(f" (inside, at {way})")
    sentence = f"{way or 'A block'} expects {expected}, received {unfit.received}."
    return f"{sentence} {repair or unfit.repair}".strip()


def _large_enough(template: Template) -> int | None:
    """The least image that a template can be drawn for, which is all a reader of a paper can change of its layers."""
    small = template.value(_SIZE) if _SIZE in template.settings else None
    if not isinstance(small, int):
        return None
    large = next((small << n for n in range(1, _DOUBLED) if _fits(template, small << n)), None)
    while large is not None and large - small > 1:
        middle = (small + large) // 2
        small, large = (small, middle) if _fits(template, middle) else (middle, large)
    return large


def _fits(template: Template, size: int) -> bool:
    try:
        template.with_settings(**{_SIZE: size}).networks()
    except (BadSetting, Unfit):
        return False
    return True


# --- which template, and which settings -----------------------------------------------------


def template_named(words: str) -> type[Template]:
    """The template of that name, title or keyword in whichever letters; raises CannotBegin with the nearest names."""
    return type(template_meant(words))


def template_meant(words: str) -> Template:
    """The same with the settings that the words name: of `resnet18` and `ResNet-18` the depth is 18."""
    found = meant(words)
    if found is not None:
        return found
    names = _near(words, (name for name, _ in _called(tuple(TEMPLATES))))
    told = f"Is {_or(names)} meant?" if names else f"Known are {', '.join(kind.kind() for kind in TEMPLATES)}."
    raise CannotBegin(f"There is no template {words!a}. {told}")


def meant(words: str) -> Template | None:
    """The template that words are exactly a name of; else None."""
    return _meanings(tuple(TEMPLATES)).get(plain(words))


def near(words: str) -> list[type[Template]]:
    """The templates whose names are most like words that name none, the best first."""
    names = _near(words, (name for name, _ in _called(tuple(TEMPLATES))))
    return list(dict.fromkeys(template_named(name) for name in names))


def plain(words: str) -> str:
    """Words without what people write differently: capitals, dashes, points and spaces."""
    return re.sub(r"[^a-z0-9]", "", words.lower())


def _near(words: str, names: Iterable[str]) -> list[str]:
    """Of some names those most like what was typed, the best first."""
    known = {plain(name): name for name in reversed(list(names))}
    return [known[each] for each in difflib.get_close_matches(plain(words), known, 3, _NEAR)]


@cache
def _meanings(kinds: tuple[type[Template], ...]) -> Mapping[str, Template]:
    """The templates under all their plain names; of one name for two the first holds."""
    return {plain(name): template for name, template in reversed(list(_called(kinds)))}


def _called(kinds: tuple[type[Template], ...]) -> Iterator[tuple[str, Template]]:
    """Every name under which a template can be meant, those that say most of it first."""
    yield from ((kind.kind(), kind()) for kind in kinds)
    for kind in kinds:
        yield from ((template.title(), template) for template in (kind(), *_chosen(kind)))
    for kind in kinds:
        yield from ((word, kind()) for word in kind.keywords.split())


def _chosen(kind: type[Template]) -> Iterator[Template]:
    """A template with one of its choices made otherwise, each in turn."""
    for setting in kind.settings.values():
        for option in setting.options if isinstance(setting, Choice) else ():
            with suppress(BadSetting):  # some choices need another beside them
                yield kind().with_settings(**{setting.name: option})


def with_typed(start: type[Template] | Template, typed: Mapping[str, str]) -> Template:
    """A template with settings from typed text, the others as they are.

    Raises CannotBegin with the nearest name of a setting, or with what the setting takes.
    """
    template = start if isinstance(start, Template) else start()
    read = {}
    for name, text in typed.items():
        setting = _setting(template, name)
        read[setting.name] = _read(setting, text)
    try:
        return template.with_settings(**read)
    except BadSetting as bad:
        raise CannotBegin(f"{bad}.") from bad


def _setting(template: Template, name: str) -> Setting:
    known = {plain(each): setting for each, setting in template.settings.items()}
    if plain(name) in known:
        return known[plain(name)]
    names = _near(name, template.settings)
    told = f"Is {_or(names)} meant?" if names else f"Its settings are {', '.join(template.settings) or 'none'}."
    raise CannotBegin(f"{template.kind()} has no setting {name!a}. {told}")


def _read(setting: Setting, text: str) -> object:
    try:
        return setting.read(text)
    except BadSetting as bad:
        names = _near(text, setting.options) if isinstance(setting, Choice) else []
        raise CannotBegin(f"{bad}." + (f" Is {names[0]} meant?" if names else "")) from bad


def _or(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
