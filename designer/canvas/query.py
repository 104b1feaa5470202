"""The search box's understanding: which blocks are meant by a few letters, and which settings follow them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from blocks.block import CATALOGUE, Block
from blocks.ends import Input
from blocks.graph import Graph, Node
from blocks.keras import DEFAULTS, LAYERS, layers_of, names_choice, setting_of, value_of, wider
from blocks.nesting import within
from blocks.setting import BadSetting, Choice, Flag, Names, PerAxis, Setting, Sizes, Text
from blocks.shape import Shape
from runtime.by_hand import fits_step

_REPEAT = re.compile(r"[x×](\d{1,4})")
_SETTING = re.compile(r"[\d/(\-+.'\"]|.*=")
_CALL = re.compile(r"(?:(\w+)\.)*([A-Za-z_]\w*)\((.*?)\)?")  # Conv2D(64, 3, strides=2), perhaps not yet closed
_KERAS = re.compile(r"\w*[123]D")
_PART = re.compile(r"""(?:\([^()]*\)?|\[[^\[\]]*\]?|"[^"]*"?|'[^']*'?|[^\s,(\['"])+""")


@dataclass(frozen=True)
class Offer:
    """One line of the search: a kind of block, with settings where it stands for more than its defaults."""

    kind: type[Block]
    title: str
    preset: Mapping[str, object] = field(default_factory=dict)
    doc: str = ""
    name: str = ""  # the one that its node must have

    @cached_property
    def key(self) -> str:
        """What it is remembered by as recent."""
        return f"{self.kind.kind()} {self.name or self.preset.get('network', '')}".rstrip()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What it may be called, in small letters."""
        return tuple(dict.fromkeys((self.title.lower(), self.kind.kind().lower(), *layers_of(self.kind.kind()))))

    @cached_property
    def initials(self) -> str:
        """Its capitals in small letters: `bn`, `se`."""
        return "".join(letter.lower() for letter in self.kind.kind() if letter.isupper())

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All other words by which it is found."""
        return tuple(f"{self.kind.keywords} {self.title} {self.kind.category}".lower().split())


@dataclass(frozen=True)
class Query:
    """What was typed: words that name a block, then settings; `keras` where it is a line of Keras."""

    words: tuple[str, ...]
    settings: tuple[str, ...]
    keras: bool = False


def parse(text: str) -> Query:
    """Splits `conv 64 3 /2` where the settings begin, and `Conv2D(64, 3, strides=2)` likewise."""
    text = re.sub(r"\s*=\s*", "=", text.strip())
    call = _CALL.fullmatch(text)
    if call:
        keras = call[1] in ("keras", "layers") or bool(_KERAS.fullmatch(call[2])) or call[2].lower() in LAYERS
        return Query((call[2],), tuple(_PART.findall(call[3])), keras)
    parts = _PART.findall(text)
    for i, part in enumerate(parts):
        if _SETTING.match(part) or (i and _REPEAT.fullmatch(part)):
            return Query(tuple(parts[:i]), tuple(parts[i:]))
    return Query(tuple(parts), ())


def offers(networks: Mapping[str, Graph], current: Graph, in_step: bool = False) -> tuple[Offer, ...]:
    """Everything that can be placed in `current`: the catalogue, and as blocks those networks that do not hold it."""
    able = (kind for kind in CATALOGUE if kind.role != "network" and (not in_step or fits_step(kind)))
    kinds = [Offer(kind, kind.label(), doc=kind.summary()) for kind in able]
    carrier = next((kind for kind in CATALOGUE if kind.role == "network"), None)
    others = (n for n, g in networks.items() if not any(each is current for each in (g, *within(g, networks).values())))
    return (*kinds, *(_network(carrier, name, networks[name]) for name in others if carrier))


def fields(shapes: Mapping[str, Shape]) -> tuple[Offer, ...]:
    """Fields of the data that a training step can begin with, each under its own name."""
    made = {name: Input.of(shape) for name, shape in shapes.items()}
    told = "The field {} of the data, as each batch brings it."
    return tuple(Offer(Input, name, made[name].stored(), told.format(name), name) for name in shapes)


def _network(kind: type[Block], name: str, graph: Graph) -> Offer:
    ends: dict[str, object] = {"takes": list(graph.inputs()), "gives": list(graph.outputs())}
    steps = {"over_time": True} if graph.delays() else {}  # it can be used in no other way
    return Offer(kind, name, {"network": name, **ends, **steps}, f"The network {name} of this design as one block.")


def found(
    query: Query, known: Sequence[Offer], recent: Sequence[str], fits: Callable[[Offer], bool] = lambda _: True
) -> tuple[list[Offer], Query]:
    """The offers meant, best first, and the query as it was understood: last words may be settings (`unit relu`)."""
    for cut in range(len(query.words), 0, -1):
        read = Query(query.words[:cut], (*query.words[cut:], *query.settings), query.keras)
        hits = _ranked(read.words, known, recent, fits)
        if hits:
            return hits, read
    if query.words:
        return [], query
    first = sorted(filter(fits, known), key=lambda o: recent.index(o.key) if o.key in recent else len(recent))
    return first, query


def _ranked(
    words: Sequence[str], known: Iterable[Offer], recent: Sequence[str], fits: Callable[[Offer], bool]
) -> list[Offer]:
    scored = ((score(words, offer) + (4.0 if offer.key in recent else 0.0), offer) for offer in known)
    hits = [(points, offer) for points, offer in scored if points >= 10.0 and fits(offer)]
    return [offer for _, offer in sorted(hits, key=lambda hit: -hit[0])]


def score(words: Sequence[str], offer: Offer) -> float:
    """How well words name an offer, 0 to 100; two-dimensional kinds come a little before the others."""
    joined = "".join(words).lower()
    spaced = " ".join(words).lower()
    whole = max(_named(w, name) for w in (joined, spaced) for name in offer.names)
    parts = [max(_named(w.lower(), n) for n in (*offer.names, *offer.words)) for w in words]
    short = 95.0 if len(joined) > 1 and joined == offer.initials else 0.0
    points = max(whole, short, 0.8 * min(parts, default=0.0))
    return points - (0.5 if offer.kind.rank != 2 else 0.0) if points else 0.0


def _named(typed: str, name: str) -> float:
    if typed == name:
        return 100.0
    if name.startswith(typed):
        return 90.0 - 0.5 * (len(name) - len(typed))
    if any(word.startswith(typed) for word in name.split()):
        return 75.0
    if typed in name:
        return 60.0 - 0.5 * name.index(typed)
    return _scattered(typed, name)


def _scattered(typed: str, name: str) -> float:
    """Letters in order with others between: `bn` in batchnorm; worth less the wider they are strewn."""
    at, first = -1, name.find(typed[:1])
    for letter in typed:
        at = name.find(letter, at + 1)
        if at < 0:
            return 0.0
    return 40.0 - 2.0 * (at - first + 1 - len(typed)) if first == 0 else 0.0


def build(offer: Offer, tokens: Sequence[str], keras: bool = False) -> Node:
    """The node that is meant, with the settings typed in our words or Keras's; raises BadSetting with a sentence.

    A convolution with an activation is the unit of both. A line of Keras leaves unsaid what is so there.
    """
    named = {token.partition("=")[0] for token in tokens if "=" in token}
    kind = wider(offer.kind, named | {"activation" for token in tokens if _is_activation(token, offer)}, CATALOGUE)
    if kind is not offer.kind:
        offer = Offer(kind, offer.title, {**offer.preset, **kind.bare}, offer.doc)
    typed, repeat = _typed(offer, tokens, keras)
    values = {**offer.preset, **typed}
    if keras:
        unsaid = {name: word for name, word in DEFAULTS.items() if name not in typed and name in kind.settings}
        values |= {n: w for n, w in unsaid.items() if w in getattr(kind.settings[n], "words", ())}
    return Node(kind(**{kind._fields[n]: v for n, v in values.items() if n in kind.settings}), repeat)


def _typed(offer: Offer, tokens: Sequence[str], keras: bool) -> tuple[dict[str, object], int]:
    """The settings that are typed, and how often the block is repeated."""
    values: dict[str, object] = {}
    repeat, numbers = 1, []
    for token in tokens:
        times = _REPEAT.fullmatch(token)
        if times:
            repeat = max(1, min(int(times[1]), 1000))
        elif token.startswith("/"):
            values["stride"] = _setting(offer, "stride").read(token[1:])
        elif "=" in token:
            name, _, value = token.partition("=")
            setting = _setting(offer, name)
            values[setting.name] = value_of(setting, value, keras)
        elif token[0].isalpha() or token[0] in "'\"":
            setting = _word(offer, token, values)
            values[setting.name] = value_of(setting, token)
        else:
            numbers.append(token)
    return values | _in_order(offer, numbers, {**offer.preset, **values}), repeat


def _is_activation(token: str, offer: Offer) -> bool:
    """Whether a word that the block does not take names an activation that what extends it takes."""
    if "=" in token or not (token[0].isalpha() or token[0] in "'\"") or _REPEAT.fullmatch(token):
        return False
    if any(_takes(setting, token) for setting in offer.kind.settings.values()):
        return False
    wide = wider(offer.kind, {"activation"}, CATALOGUE)
    return "activation" in wide.settings and names_choice(wide.settings["activation"], token)


def _in_order(offer: Offer, numbers: list[str], taken: Mapping[str, object]) -> dict[str, object]:
    """Numbers go to the settings in their order; one that holds several takes all that are left."""
    values: dict[str, object] = {}
    left = list(numbers)
    for name, setting in offer.kind.settings.items():
        if not left:
            return values
        if name in taken or isinstance(setting, Choice | Flag | Text | Names):
            continue
        if isinstance(setting, Sizes):
            values[name], left = setting.read(",".join(left)), []
        else:
            values[name] = setting.read(left.pop(0))
    if left:
        raise BadSetting(offer.title, f"at most {len(numbers) - len(left)} numbers", " ".join(numbers))
    return values


def _setting(offer: Offer, name: str) -> Setting:
    setting = setting_of(offer.kind, name)
    if setting is None:
        raise BadSetting(offer.title, f"settings among {', '.join(offer.kind.settings) or 'none'}", name)
    return setting


def _word(offer: Offer, word: str, taken: Mapping[str, object]) -> Setting:
    """The first setting left that has this word among its choices."""
    for name, setting in offer.kind.settings.items():
        if name not in taken and _takes(setting, word):
            return setting
    raise BadSetting(offer.title, "numbers, /stride or name=value after it", word)


def _takes(setting: Setting, word: str) -> bool:
    """Whether a word is one that a setting takes, in our words or Keras's."""
    if isinstance(setting, PerAxis):
        return word.strip("'\"").lower() in setting.words
    return names_choice(setting, word)
