"""What a step did, in words worked out from the design before and after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from blocks.block import Block
from blocks.definition import Definition
from blocks.graph import Graph, Node
from blocks.setting import Flag, Part, Setting
from blocks.sums import OF_NETWORK
from runtime.design import Design, Drawn, Objective, Phase

_LONGEST = 40  # characters of a value
_KIND = "kind"  # what is chosen out of a catalogue, itself
_HELD = ("networks", "layout", "notes", "frames", "bends")  # by network
_MARKS = {
    "muted": ("Mute", "Unmute"),
    "frozen": ("Freeze", "Unfreeze"),
    "checkpointed": ("Checkpoint", "Do not checkpoint"),
}


class Turn(NamedTuple):
    """One setting that was turned: its name, what it shows now, and what it showed before."""

    name: str
    now: str
    was: str


def told(before: Design, after: Design) -> str:
    """What leads from one design to the other, in a few words."""
    parts = [*_of_design(before, after)]
    for name in after.networks:
        if name in before.networks:
            parts += _of_network(name, before, after)
    if len(parts) > 2:
        return f"{parts[0]} and {len(parts) - 1} more changes"
    return " and ".join([*parts[:1], *(_lowered(part) for part in parts[1:])]) or "Edit the design"


def differing(before: Design, after: Design) -> tuple[str, ...]:
    """The names of the networks that differ, with what is on their canvas."""
    held = [(getattr(before, each), getattr(after, each)) for each in _HELD]
    names = dict.fromkeys(name for old, new in held if old is not new for name in (*new, *old))
    return tuple(name for name in names if any(_differ(old.get(name), new.get(name)) for old, new in held))


def turned(old: Definition, new: Definition) -> list[Turn]:
    """The settings in which two values of one definition differ; a part that stayed the same kind one by one."""
    found = []
    for name, setting in new.settings.items():
        was, now = old.value(name), new.value(name)
        if was == now:
            continue
        if isinstance(setting, Part) and type(was) is type(now) and isinstance(now, Definition):
            found += turned(was, now)
        else:
            found.append(Turn(name, _value(setting, now), _value(setting, was)))
    return found


def typed(old: Definition | None, new: Definition) -> str:
    """The one setting that differs, or `kind`, where each letter typed into its field changes it; else nothing."""
    if old is None or type(old) is not type(new):
        return _KIND
    names = [name for name in new.settings if old.value(name) != new.value(name)]
    if len(names) != 1 or isinstance(new.settings[names[0]], Flag):
        return ""
    if isinstance(new.settings[names[0]], Part):
        value = new.value(names[0])
        inner = _KIND if value is None else typed(old.value(names[0]), value)
        return inner and f"{names[0]}.{inner}"
    return names[0]


def listed(names: Sequence[str]) -> str:
    """A few names in words: one or two as they are, more as a number of nodes."""
    return " and ".join(names) if len(names) <= 2 else f"{len(names):,} nodes"


# --- parts ----------------------------------------------------------------------------------


def _of_design(before: Design, after: Design) -> Iterator[str]:
    if before.title != after.title:
        yield f"Change the title to {_shown(after.title)} (was {_shown(before.title)})"
    if before.data is not after.data and before.data != after.data:
        yield _of_data(before.data, after.data)
    old = {phase.name: phase for phase in before.training}
    for phase in after.training:
        if phase.name in old and old[phase.name].plan != phase.plan:
            yield from _of_phase(old[phase.name], phase, len(after.training) > 1)
    yield from (f"Add the training {phase.name}" for phase in after.training if phase.name not in old)
    left = {phase.name for phase in after.training}
    yield from (f"Delete the training {name}" for name in old if name not in left)
    yield from _of_numbers(before.variables, after.variables, "variable ")
    yield from (f"Add the network {name}" for name in after.networks if name not in before.networks)
    yield from (f"Delete the network {name}" for name in before.networks if name not in after.networks)


def _of_data(old: Definition | None, new: Definition | None) -> str:
    if new is None:
        return "Take the data away"
    if old is None or type(old) is not type(new):
        return f"Take the data from {new.kind()}" + (f" (was {old.kind()})" if old is not None else "")
    return _set("the data's", turned(old, new))


def _of_phase(old: Phase, new: Phase, several: bool) -> Iterator[str]:
    whose = f"the training {new.name}'s" if several else "the training's"
    if isinstance(old.plan, Drawn) and isinstance(new.plan, Drawn):
        yield from _of_drawn(old.plan, new.plan, whose)
    elif isinstance(new.plan, Drawn):
        yield f"Draw the step of {new.name} by hand"
    elif type(old.plan) is not type(new.plan):
        was = "a step drawn by hand" if isinstance(old.plan, Drawn) else old.plan.kind()
        yield f"Plan the training {new.name} by {new.plan.kind()} (was {was})"
    elif isinstance(old.plan, Definition):
        yield _set(whose, turned(old.plan, new.plan))


def _of_drawn(old: Drawn, new: Drawn, whose: str) -> Iterator[str]:
    yield from _of_graph(old.step, new.step)
    was, now = old.objectives, new.objectives
    if len(was) == len(now):
        changed = [(a, b) for a, b in zip(was, now, strict=True) if a != b and a.minimize in new.step.nodes]
        yield from (_set(f"{b.minimize}'s", list(_followed(a, b))) for a, b in changed)
    yield from (f"Minimize {each.minimize}" for each in now if len(now) > len(was) and each not in was)
    yield from (f"Do not minimize {each.minimize}" for each in was if len(now) < len(was) and each not in now)
    terms = turned(old, new)
    if terms:
        yield _set(whose, terms)


def _followed(old: Objective, new: Objective) -> Iterator[Turn]:
    """In what two objectives differ; an optimizer or schedule that stayed the same kind setting by setting."""
    for each in fields(Objective):
        was, now = getattr(old, each.name), getattr(new, each.name)
        if was == now:
            continue
        if isinstance(now, Definition) and type(was) is type(now):
            yield from turned(was, now)
        else:
            yield Turn(each.name, _plain(now), _plain(was))


def _plain(value: Any) -> str:
    if isinstance(value, Definition):
        return value.kind()
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else f"{value}"


def _of_numbers(old: Mapping[str, Any], new: Mapping[str, Any], what: str) -> Iterator[str]:
    for name, value in new.items():
        if name not in old:
            yield f"Add the {what}{name} = {value:g}"
        elif old[name] != value:
            yield f"Set the {what}{name} to {value:g} (was {old[name]:g})"
    yield from (f"Delete the {what}{name}" for name in old if name not in new)


def _of_network(name: str, before: Design, after: Design) -> Iterator[str]:
    old, new = before.networks[name], after.networks[name]
    if old is not new:
        yield from _of_graph(old, new)
    elif before.layout.get(name) != after.layout.get(name):
        was, now = before.layout.get(name, {}), after.layout.get(name, {})
        yield f"Move {listed([node for node in now if was.get(node) != now[node]])}"
    for held, thing in ((("notes"), "note"), ("frames", "frame"), ("bends", "bend point")):
        yield from _of_things(getattr(before, held).get(name, ()), getattr(after, held).get(name, ()), thing)


def _of_things(old: Any, new: Any, thing: str) -> Iterator[str]:
    if not _differ(old, new):
        return
    if len(old) == len(new):
        yield f"Change a {thing}"
    else:
        yield f"Add a {thing}" if len(new) > len(old) else f"Delete a {thing}"


def _of_graph(old: Graph, new: Graph) -> Iterator[str]:
    came = [name for name in new.nodes if name not in old.nodes]
    went = [name for name in old.nodes if name not in new.nodes]
    if came:
        yield f"Add {listed(came)}"
    if went:
        yield f"Delete {listed(went)}"
    if not came and not went and old.wires != new.wires:
        more = len(new.wires) - len(old.wires)
        yield "Connect nodes" if more > 0 else "Disconnect nodes" if more < 0 else "Change wires"
    changed = {n: (old.nodes[n], new.nodes[n]) for n in new.nodes if n in old.nodes and old.nodes[n] != new.nodes[n]}
    yield from _of_nodes(changed)
    yield from _of_numbers(old.settings, new.settings, "setting ")


def _of_nodes(changed: Mapping[str, tuple[Node, Node]]) -> Iterator[str]:
    """Nodes to which the same happened are told together."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    was: dict[tuple[Any, ...], set[str]] = {}
    for name, (old, new) in changed.items():
        turns = _of_node(old, new)
        if not turns and type(new.block) is type(old.block) and new.given == old.given:
            continue  # its sums were worked out for other values, which is told where they are given
        key = (type(new.block), type(old.block), *((turn.name, turn.now) for turn in turns))
        alike.setdefault(key, []).append(name)
        was.setdefault(key, set()).add(turns[0].was if len(turns) == 1 else "")
    for key, names in alike.items():
        old, new = changed[names[0]]
        turns = _of_node(old, new)
        if len(was[key]) > 1:
            turns = [turn._replace(was="") for turn in turns]
        yield _node_words(names, type(old.block), new.block, turns)


def _node_words(names: Sequence[str], old: type[Block], new: Block, turns: list[Turn]) -> str:
    if type(new) is not old:
        return f"Replace {listed(names)} by {new.label()}"
    if len(turns) == 1 and turns[0].name in _MARKS:
        return f"{_MARKS[turns[0].name][turns[0].now != 'yes']} {listed(names)}"
    if len(turns) == 1 and turns[0].name == "repeat":
        return f"Repeat {listed(names)} {turns[0].now} times" + (f" (was {turns[0].was})" if turns[0].was else "")
    if len(turns) == 1 and turns[0].name == "shares":
        return f"Share the weights of {turns[0].now} with {listed(names)}" if turns[0].now else f"Unshare {names[0]}"
    return _set(names[0], turns) if len(names) == 1 else _set("", turns, f" of {listed(names)}")


def _of_node(old: Node, new: Node) -> list[Turn]:
    """What was turned at a node: its settings, where one follows from a sum the sum; how often; its marks."""
    sums, were = dict(new.given), dict(old.given)
    found = turned(old.block, new.block) if type(old.block) is type(new.block) else []
    found = [turn for turn in found if turn.name not in sums and turn.name not in were]
    for name in dict.fromkeys((*sums, *were)):
        if sums.get(name) != were.get(name) and name in new.block.settings:
            setting = new.block.settings[name]
            was = were.get(name) or _value(setting, old.block.value(name))
            found.append(Turn(name, sums.get(name) or _value(setting, new.block.value(name)), was))
    if new.block.role == old.block.role == "network":
        found = [*(turn for turn in found if turn.name != "settings"), *_handed(old, new)]
    if old.repeat != new.repeat:
        found.append(Turn("repeat", str(new.repeat), str(old.repeat)))
    found += [Turn(m, *_yes(getattr(new, m), getattr(old, m))) for m in _MARKS if getattr(new, m) != getattr(old, m)]
    if old.shares != new.shares:
        found.append(Turn("shares", new.shares, old.shares))
    return found


def _handed(old: Node, new: Node) -> Iterator[Turn]:
    """The own settings of its network to which a use hands something else: a number, a sum, or nothing of its own."""
    was, now = _handing(old), _handing(new)
    yield from (Turn(n, now.get(n, "its default"), was.get(n, "")) for n in {**was, **now} if was.get(n) != now.get(n))


def _handing(use: Node) -> dict[str, str]:
    sums = {key.removeprefix(OF_NETWORK): text for key, text in use.given if key.startswith(OF_NETWORK)}
    return {name: f"{value:g}" for name, value in use.block.value("settings")} | sums


# --- words ----------------------------------------------------------------------------------


def _set(whose: str, turns: Sequence[Turn], after: str = "") -> str:
    """`Set conv1 out_channels to 64 (was 32)`; of several settings only what they are now."""
    whose = f"{whose} " if whose else ""
    if len(turns) == 1:
        name, now, was = turns[0]
        return f"Set {whose}{name}{after} to {now}" + (f" (was {was})" if was else "")
    if not turns:
        return f"Change {whose.strip() or after.removeprefix(' of ')}".removesuffix("'s")
    pairs = [f"{turn.name} to {turn.now}" for turn in turns]
    return f"Set {whose}{', '.join(pairs[:-1])} and {pairs[-1]}{after and f',{after}'}"


def _value(setting: Setting, value: Any) -> str:
    """A value as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _shown(setting.show(value)) if value is not None else "none"


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return (text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…") or "none"


def _yes(now: bool, was: bool) -> tuple[str, str]:
    return ("yes" if now else "no"), ("yes" if was else "no")


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _differ(old: object, new: object) -> bool:
    return old is not new and (old or None) != (new or None)
