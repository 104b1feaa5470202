"""From the plain tree of a design file to a Design; every mistake is a BadDesign that names its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from blocks.arithmetic import LARGEST, Scope
from blocks.block import Block, Port
from blocks.catalogue import CATALOGUE
from blocks.definition import Catalogue, D
from blocks.ends import Unknown
from blocks.graph import BadWire, Graph, Node, Wire, read_wire, split_wire, wire_text
from blocks.setting import TEXT_LIMIT, BadSetting, Part, Setting
from blocks.shape import ANY
from blocks.sharing import path
from blocks.sums import BadSum, why_no_name
from runtime.data import SOURCES
from runtime.design import Bends, Design, Drawn, Frame, Layout, Note, Phase, Point, drawn_steps
from runtime.given import Sums, may_hold_sums, without_sums
from runtime.optimizer import OPTIMIZERS
from runtime.recipe import FOLLOWED, Objective
from runtime.recipes import RECIPES
from runtime.schedule import SCHEDULES
from runtime.sources import DataSource
from runtime.strict_json import BadDesign, refuse, shown, within
from runtime.unknown import UnknownRecipe, UnknownSource

MOST_NODES = 100_000
MOST_REPEATS = 1_000
MARKS = ("muted", "frozen", "checkpointed", "shares")  # what a node's entry says beside its block
FARTHEST = 1e7  # canvas pixels from the middle
KNOWN = ("format", "title", "networks", "data", "training", "layout", "notes", "frames", "bends", "variables")
_COLORS = ("grey", "blue", "green", "amber", "red", "violet")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NAMED = "a name of letters, digits and _, at most 64, not beginning with a digit"
_LIST, _OBJECT = "a list", "an object"


class _Newer(Exception):
    """Part of a definition is not known here, so the whole is kept as it stands."""


class Reader:
    """Reads one file, whose name is in its errors."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._nodes = 0
        self._blocks: dict[str, Block] = {}  # large networks repeat themselves
        self._variables: Scope = {}
        self._summed: dict[str, tuple[dict[str, Any], Sums]] = {}  # within one network, by their entries

    def design(self, tree: Mapping[str, Any]) -> Design:
        """The whole document; entries that are not known here are kept."""
        self._variables = self.amounts(tree.get("variables", {}), "variables")
        networks = {
            self.name(name, "networks"): self.graph(raw, within("networks", name))
            for name, raw in self.entries(tree.get("networks", {}), "networks").items()
        }
        training = self.phases(tree.get("training", []))
        canvases = {**networks, **drawn_steps(training)}
        return Design(
            title=self.text(tree.get("title", "Untitled"), "title"),
            networks=networks,
            data=self.data(tree["data"]) if "data" in tree else None,
            training=training,
            layout=self.layouts(tree.get("layout", {}), canvases),
            notes=self.notes(tree.get("notes", {})),
            frames=self.frames(tree.get("frames", {})),
            bends=self.bends(tree.get("bends", {}), canvases),
            variables=self._variables,
            kept={key: value for key, value in tree.items() if key not in KNOWN},
        )

    # --- networks -------------------------------------------------------------------------

    def graph(self, raw: object, place: str) -> Graph:
        """Nodes and wires of a network or a step."""
        entry = self.exact(raw, place, ("nodes", "wires", "settings"))
        stored = self.entries(entry.get("nodes", {}), f"{place}.nodes")
        texts = self.series(entry.get("wires", []), f"{place}.wires")
        settings = self.amounts(entry.get("settings", {}), f"{place}.settings")
        scope, self._summed = {**self._variables, **settings}, {}
        self._limit(len(stored), place)
        nodes = {
            self.name(n, f"{place}.nodes"): self.node(each, f"{place}.nodes.{n}", scope) for n, each in stored.items()
        }
        self._lend(nodes, f"{place}.nodes")
        self._give_ports(nodes, texts)
        return Graph(nodes, self.wires(texts, nodes, f"{place}.wires"), settings, self._variables)

    def _limit(self, more: int, place: str) -> None:
        self._nodes += more
        if self._nodes > MOST_NODES:
            raise BadDesign(self.file, f"{place}.nodes", f"at most {MOST_NODES:,} nodes", f"{self._nodes:,} so far")

    def node(self, raw: object, place: str, scope: Scope) -> Node:
        """A block and how often it stands in a row; an unknown block is kept as it is."""
        entry = self.entries(raw, place)
        kind = self.text(entry.get("block"), f"{place}.block", "the name of a block")
        marks = self.marks(entry, place)
        if kind not in CATALOGUE:
            kept = {key: value for key, value in entry.items() if key not in ("block", *MARKS)}
            return Node(Unknown(kind, kept), **marks)
        key, given = repr(entry), Sums()
        if may_hold_sums(key):
            entry, given = self._summed.get(key) or self._worked_out(kind, entry, place, scope)
            self._summed[key] = entry, given
            key = repr(entry)
        block = self._blocks.get(key)
        if block is None:
            stored = {key: value for key, value in entry.items() if key not in ("block", "repeat", *MARKS)}
            block = self._blocks[key] = self.definition(CATALOGUE, kind, stored, place)
        repeat = self.whole(entry.get("repeat", 1), f"{place}.repeat", 1, MOST_REPEATS)
        return Node(block, repeat, given=given, **marks)

    def marks(self, entry: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Whether a node is muted, frozen and checkpointed, and whose weights it shares, as far as the file says."""
        for key in ("muted", "frozen", "checkpointed"):
            if type(entry.get(key, False)) is not bool:
                refuse(self.file, f"{place}.{key}", "true or false", entry[key])
        if "shares" in entry and not (isinstance(entry["shares"], str) and _NAME.fullmatch(entry["shares"])):
            refuse(self.file, f"{place}.shares", "the name of another node, whose weights it uses", entry["shares"])
        return {key: entry[key] for key in MARKS if key in entry}

    def _lend(self, nodes: dict[str, Node], place: str) -> None:
        """Lets nodes that share weights name the node that owns them."""
        for name, node in nodes.items():
            if not node.shares:
                continue
            passed = path(nodes, name)
            if passed[-1] in passed[:-1]:
                told = f"a circle, {' → '.join(passed)}"
                raise BadDesign(self.file, f"{place}.{name}.shares", "a node with weights of its own", told)
            if passed[-1] not in nodes:
                refuse(self.file, f"{place}.{name}.shares", "the name of a node of this network", passed[-1])
            nodes[name] = replace(node, shares=passed[-1])

    def _worked_out(self, kind: str, entry: dict[str, Any], place: str, scope: Scope) -> tuple[dict[str, Any], Sums]:
        try:
            return without_sums(kind, entry, scope)
        except BadSum as bad:
            received = f"{shown(f'={bad.received}')}: {bad.reason}"
            raise BadDesign(self.file, within(place, bad.setting), bad.expected, received) from bad

    def wires(self, texts: list[Any], nodes: Mapping[str, Node], place: str) -> tuple[Wire, ...]:
        """The wires that the lines of a file mean; one at most for each place of a port."""
        wires: dict[tuple[str, str, int], Wire] = {}
        for index, text in enumerate(texts):
            wire = self._wire(text, nodes, f"{place}[{index}]")
            end = wire.target, wire.input, wire.place
            if end in wires:
                refuse(self.file, f"{place}[{index}]", f"one wire to {'.'.join(end[:2])} at this place", text)
            wires[end] = wire
        return tuple(wires.values())

    def _wire(self, text: object, nodes: Mapping[str, Node], place: str) -> Wire:
        if not isinstance(text, str):
            refuse(self.file, place, "a wire as text, as 'node -> node'", text)
        try:
            return read_wire(text, nodes)
        except BadWire as bad:
            raise BadDesign(self.file, place, "a wire between nodes and ports of this network", f"{bad}") from bad

    def _give_ports(self, nodes: dict[str, Node], texts: list[Any]) -> None:
        """Lets unknown blocks have the ports that the wires of the file name."""
        unknown = {name: node.block for name, node in nodes.items() if isinstance(node.block, Unknown)}
        if not unknown:
            return
        entrances: dict[str, dict[str, bool]] = {name: {} for name in unknown}
        exits: dict[str, dict[str, bool]] = {name: {} for name in unknown}
        for text in texts:
            try:
                source, out, target, into, index = split_wire(text if isinstance(text, str) else "")
            except BadWire:
                continue  # told with its place when the wires are read
            exits.get(source, {})[out or ""] = False
            entrances.get(target, {})[into or ""] = index is not None
        for name, block in unknown.items():
            ports = _ports(entrances[name], "x", into=True), _ports(exits[name], "y", into=False)
            nodes[name] = replace(nodes[name], block=Unknown(block.name, block.kept, *ports))

    # --- definitions ----------------------------------------------------------------------

    def definition(self, catalogue: Catalogue[D], kind: str, stored: Mapping[str, Any], place: str) -> D:
        """A definition with its settings; those that are not known here are kept."""
        known = catalogue.get(kind)
        assert known is not None
        given = {key: value for key, value in stored.items() if key in known.settings}
        for key, value in given.items():
            setting = known.settings[key]
            if isinstance(setting, Part):
                given[key] = self.part(setting.catalogue, value, within(place, key))
        try:
            made = catalogue.make(kind, given)
        except BadSetting as bad:
            received = shown(stored[bad.setting]) if bad.setting in stored else ascii(bad.received)[:80]
            raise BadDesign(self.file, within(place, bad.setting), bad.expected, received) from bad
        return made.keeping({key: value for key, value in stored.items() if key not in known.settings})

    def part(self, catalogue: Catalogue[D], raw: object, place: str) -> D:
        """A definition inside another, as the optimizer of a recipe."""
        entry = self.entries(raw, place)
        kind = self.text(entry.get("kind"), f"{place}.kind", f"the kind of {catalogue.sort}")
        if kind not in catalogue:
            raise _Newer
        return self.definition(catalogue, kind, {key: value for key, value in entry.items() if key != "kind"}, place)

    def data(self, raw: object) -> DataSource:
        """The data source; one that is not known here is kept."""
        entry = self.entries(raw, "data")
        kind = self.text(entry.get("source"), "data.source", "the name of a data source")
        if kind not in SOURCES:
            return UnknownSource().keeping(entry)
        stored = {key: value for key, value in entry.items() if key != "source"}
        try:
            return self.definition(SOURCES, kind, stored, "data")
        except _Newer:
            return UnknownSource().keeping(entry)

    # --- training -------------------------------------------------------------------------

    def phases(self, raw: object) -> tuple[Phase, ...]:
        """The phases in order, each with a name of its own."""
        known: dict[str, Phase] = {}
        for i, each in enumerate(self.series(raw, "training")):
            phase = self.phase(each, f"training[{i}]")
            if not phase.name.strip() or phase.name in known:
                return refuse(self.file, f"training[{i}].phase", "a name that no other phase has", phase.name)
            known[phase.name] = phase
        return tuple(known.values())

    def phase(self, raw: object, place: str) -> Phase:
        """A phase by its recipe, or drawn."""
        entry = self.entries(raw, place)
        name = self.text(entry.get("phase"), f"{place}.phase", "the name of the phase")
        if "step" in entry:
            return Phase(name, self._drawn(entry, place))
        kind = self.text(entry.get("recipe"), f"{place}.recipe", "the name of a recipe, or a step that was drawn")
        stored = {key: value for key, value in entry.items() if key not in ("phase", "recipe")}
        try:
            known = RECIPES.get(kind)
            if known is not None:
                return Phase(name, self.definition(RECIPES, kind, known.renewed(stored), place))
        except _Newer:
            pass
        return Phase(name, UnknownRecipe().keeping({"recipe": kind} | stored))

    def _drawn(self, raw: Mapping[str, Any], place: str) -> Drawn | UnknownRecipe:
        entry = self.entries(raw, place)
        objectives = self.series(entry.get("objectives", []), f"{place}.objectives")
        step = self.graph(entry["step"], f"{place}.step")
        terms = {
            name: self.setting(setting, entry[name], f"{place}.{name}")
            for name, setting in Drawn.settings.items()
            if name in entry
        }
        try:
            if entry.keys() - {"phase", "step", "objectives", *Drawn.settings}:
                raise _Newer
            followed = tuple(self._objective(each, f"{place}.objectives[{i}]") for i, each in enumerate(objectives))
            return Drawn(**terms, step=step, objectives=followed)
        except _Newer:
            return UnknownRecipe().keeping({key: value for key, value in entry.items() if key != "phase"})

    def _objective(self, raw: object, place: str) -> Objective:
        entry = self.entries(raw, place)
        if entry.keys() - {each.name for each in fields(Objective)}:
            raise _Newer
        networks = self.series(entry.get("networks", []), f"{place}.networks")
        return Objective(
            self.text(entry.get("minimize"), f"{place}.minimize", "the name of a node of the step"),
            tuple(self.text(each, f"{place}.networks[{i}]") for i, each in enumerate(networks)),
            self.part(OPTIMIZERS, entry.get("optimizer", {"kind": "Adam"}), f"{place}.optimizer"),
            self.part(SCHEDULES, entry.get("schedule", {"kind": "Constant"}), f"{place}.schedule"),
            **{
                name: self.setting(setting, entry[name], f"{place}.{name}")
                for name, setting in FOLLOWED.items()
                if name in entry and name not in ("optimizer", "schedule")
            },
        )

    def setting(self, setting: Setting, raw: object, place: str) -> Any:
        """The value of a setting that stands by itself."""
        try:
            return setting.parse(raw)
        except BadSetting as bad:
            raise BadDesign(self.file, place, bad.expected, shown(raw)) from bad

    # --- the canvas -----------------------------------------------------------------------

    def layouts(self, raw: object, networks: Mapping[str, Graph]) -> dict[str, Layout]:
        """Where nodes stand; those of nodes that are gone are left out."""
        layouts: dict[str, Layout] = {}
        for name, stored in self.entries(raw, "layout").items():
            place = within("layout", self.text(name, "layout"))
            points = {n: self.point(at, within(place, n)) for n, at in self.entries(stored, place).items()}
            if name in networks:
                points = {n: at for n, at in points.items() if n in networks[name].nodes}
            layouts[name] = points
        return layouts

    def point(self, raw: object, place: str) -> Point:
        """[x, y] in canvas pixels."""
        pair = self.series(raw, place)
        if len(pair) != 2:
            refuse(self.file, place, "two numbers, [x, y]", raw)
        x, y = (self.number(value, place, -FARTHEST, FARTHEST) for value in pair)
        return x, y

    def notes(self, raw: object) -> dict[str, tuple[Note, ...]]:
        """The notes on each canvas."""
        return {
            self.text(name, "notes"): tuple(
                self._note(each, f"{within('notes', name)}[{i}]")
                for i, each in enumerate(self.series(stored, within("notes", name)))
            )
            for name, stored in self.entries(raw, "notes").items()
        }

    def _note(self, raw: object, place: str) -> Note:
        entry = self.exact(raw, place, ("text", "at", "width"))
        text = entry.get("text")
        if not isinstance(text, str) or len(text) > TEXT_LIMIT:
            refuse(self.file, f"{place}.text", f"text of at most {TEXT_LIMIT:,} characters", text)
        at = self.point(entry.get("at", [0, 0]), f"{place}.at")
        return Note(text, at, self.number(entry.get("width", Note.width), f"{place}.width", 40.0, 4000.0))

    def frames(self, raw: object) -> dict[str, tuple[Frame, ...]]:
        """The frames on each canvas."""
        return {
            self.text(name, "frames"): tuple(
                self._frame(each, f"{within('frames', name)}[{i}]")
                for i, each in enumerate(self.series(stored, within("frames", name)))
            )
            for name, stored in self.entries(raw, "frames").items()
        }

    def _frame(self, raw: object, place: str) -> Frame:
        entry = self.exact(raw, place, ("title", "at", "size", "color"))
        title = self.text(entry.get("title", ""), f"{place}.title")
        at, size = (self.point(entry.get(k, [*getattr(Frame, k)]), f"{place}.{k}") for k in ("at", "size"))
        color = entry.get("color", "grey")
        if min(size) < 16:
            refuse(self.file, f"{place}.size", "a width and a height of at least 16", list(size))
        if color not in _COLORS:
            refuse(self.file, f"{place}.color", f"one of {', '.join(_COLORS)}", color)
        return Frame(title, at, size, color)

    def bends(self, raw: object, networks: Mapping[str, Graph]) -> dict[str, Bends]:
        """The points through which wires are led; those of wires that are gone are left out."""
        found: dict[str, Bends] = {}
        for network, stored in self.entries(raw, "bends").items():
            place, graph = within("bends", network), networks.get(network)
            wires = {} if graph is None else {wire_text(w, graph.nodes): w for w in graph.wires}
            read = {
                text: tuple(self.point(p, within(place, text)) for p in self.series(points, within(place, text)))
                for text, points in self.entries(stored, place).items()
            }
            found[network] = {wires[text]: points for text, points in read.items() if text in wires}
        return {network: bends for network, bends in found.items() if bends}

    # --- plain values ---------------------------------------------------------------------

    def entries(self, raw: object, place: str) -> dict[str, Any]:
        """A JSON object."""
        return raw if isinstance(raw, dict) else refuse(self.file, place, _OBJECT, raw)

    def exact(self, raw: object, place: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """A JSON object with no other entries than these."""
        entry = self.entries(raw, place)
        for key in entry:
            if key not in keys:
                raise BadDesign(self.file, within(place, key), f"one of the entries {', '.join(keys)}", shown(key))
        return entry

    def series(self, raw: object, place: str) -> list[Any]:
        """A JSON list."""
        return raw if isinstance(raw, list) else refuse(self.file, place, _LIST, raw)

    def name(self, raw: str, place: str) -> str:
        """A name that can stand in code."""
        return raw if _NAME.fullmatch(raw) else refuse(self.file, within(place, raw), _NAMED, raw)

    def text(self, raw: object, place: str, expected: str = "a line of text") -> str:
        """One line of text."""
        if isinstance(raw, str) and len(raw) <= TEXT_LIMIT and (raw.isprintable() or not raw):
            return raw
        return refuse(self.file, place, f"{expected}, at most {TEXT_LIMIT:,} characters", raw)

    def whole(self, raw: object, place: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        if type(raw) is int and low <= raw <= high:
            return raw
        return refuse(self.file, place, f"a whole number from {low:,} to {high:,}", raw)

    def amounts(self, raw: object, place: str) -> dict[str, float]:
        """Names with the numbers that sums over them take."""
        for name, value in self.entries(raw, place).items():
            if why_no_name(name):
                refuse(self.file, within(place, name), _NAMED, name, f"{why_no_name(name)}.")
            if type(value) not in (int, float) or not abs(value) <= LARGEST:
                refuse(self.file, within(place, name), f"a number of at most {LARGEST:,}", value)
        return dict(raw)  # type: ignore[call-overload, no-any-return]

    def number(self, raw: object, place: str, low: float, high: float) -> float:
        """A number within bounds."""
        if type(raw) in (int, float) and low <= raw <= high:  # type: ignore[operator]
            return float(raw)  # type: ignore[arg-type]
        return refuse(self.file, place, f"a number from {low:,g} to {high:,g}", raw)


def _ports(named: Mapping[str, bool], first: str, *, into: bool) -> tuple[Port, ...]:
    """Ports as the wires of an unknown block name them, in an order that writes the same names again.

    The first single port goes unnamed in a file; where no wire does, an empty one stands there.
    """
    many = [name for name, counted in named.items() if counted and name]
    single = [name for name, counted in named.items() if name and not counted]
    unnamed = "" in named or (bool(single) and not many)
    while first in named:
        first += "_"
    order = [(first, named.get("", False))] if unnamed else []
    order += [(name, True) for name in many] + [(name, False) for name in single]
    return tuple(Port(ANY, counted, True, name=name, into=into) for name, counted in order)
