"""Everything the keyboard and the context menu can do: one table with title, keys, deed, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu

from designer.canvas import (
    align,
    beside,
    beside_menu,
    by_key,
    clip,
    deeds,
    deepening,
    extras,
    gates,
    grouping,
    in_time,
    keymap,
    marking,
    replacing,
    walk,
)
from designer.canvas.intent import Intent

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

Deed = Callable[["Canvas"], None]
Why = Callable[["Canvas"], str]


@dataclass(frozen=True)
class Command:
    """Something to do: its words, its keys, whether it stands in the context menu, and why it cannot be done now."""

    name: str
    title: str
    keys: tuple[str, ...]
    run: Deed
    why_not: Why
    listed: bool = True
    group: int = 0
    within: str = ""  # the submenu in which it stands


def _always(canvas: Canvas) -> str:
    return ""


def _editable(canvas: Canvas) -> str:
    return canvas.why_read_only if canvas.read_only else ""


def _some(canvas: Canvas) -> str:
    return "" if canvas.selection() else "Select one or more nodes first."


def _any(canvas: Canvas) -> str:
    return "" if canvas.picked.frames or canvas.picked.notes else _some(canvas)


def _one(canvas: Canvas) -> str:
    return "" if len(canvas.selection()) == 1 else "Select exactly one node first."


def _first(*questions: Why) -> Why:
    """The first reason of several why something cannot be done."""
    return lambda canvas: next(filter(None, (why_not(canvas) for why_not in questions)), "")


_some_editable = _first(_editable, _any)
_markable = _first(_editable, _some)
_fed = _first(_editable, _one)


def _several(least: int, canvas: Canvas) -> str:
    few = len(canvas.selection()) + len(canvas.picked.notes) < least
    return _editable(canvas) or (f"Select at least {_COUNTS[least]} nodes first." if few else "")


def _deletable(canvas: Canvas) -> str:
    return _editable(canvas) or ("" if canvas.selected_wires() or canvas.picked.bend else _any(canvas))


def can_open(canvas: Canvas, name: str) -> bool:
    """Whether a node has an inside: a composite, or a network of the design."""
    block = canvas.sheet.graph.block(name)
    return block.composite or block.role == "network"


def _openable(canvas: Canvas) -> str:
    if len(canvas.picked.notes) == 1 and not canvas.selection():
        return ""
    why = _one(canvas)
    return why or ("" if can_open(canvas, canvas.selection()[0]) else "This block has nothing inside to open.")


def _nameable(canvas: Canvas) -> str:
    return "" if len(canvas.picked.frames) == 1 and not canvas.selection() else _one(canvas)


def _expandable(canvas: Canvas) -> str:
    why = _editable(canvas) or _one(canvas) or _openable(canvas)
    if why:
        return why
    row = canvas.sheet.checked.rows.get(canvas.selection()[0])
    if row is not None and row.copies:
        return "It is repeated; set repeat to 1, then expand it."
    known = row is not None and row.inside is not None
    return "" if known else "Its inside is not known yet: connect its input first."


def _detachable(canvas: Canvas) -> str:
    why = _editable(canvas) or _one(canvas)
    if why:
        return why
    node = canvas.sheet.graph.nodes[canvas.selection()[0]]
    if node.block.role != "network":
        return "Only a network of the design that stands as a node can be detached."
    return "" if canvas.sheet.times_used(node) > 1 else "It is the only use of its network, so it is its own already."


def _joinable(canvas: Canvas) -> str:
    few = "" if len(canvas.selection()) in (1, 2) else "Select one node, or the two to connect, first."
    return _editable(canvas) or few


def _wired(canvas: Canvas) -> str:
    graph, why = canvas.sheet.graph, _fed(canvas)
    names = canvas.selection()
    return why or ("" if graph.into(names[0]) or graph.out_of(names[0]) else "This node has no wires.")


def _repairable(canvas: Canvas) -> str:
    why = _editable(canvas) or _one(canvas)
    return why or ("" if canvas.sheet.problem(canvas.selection()[0]) else "Nothing is wrong with this node.")


def _occupied(canvas: Canvas) -> str:
    return "" if canvas.sheet.names else "The canvas is empty."


def _search(canvas: Canvas) -> None:
    canvas.open_search()


def _delete(heal: bool, canvas: Canvas) -> None:
    if canvas.picked.bend:
        canvas.submit(beside.straightened(*canvas.picked.bend))
    elif canvas.selected_wires():
        canvas.submit(deeds.disconnected(canvas.selected_wires()))
    else:
        canvas.submit(beside.removed(canvas, canvas.selection(), canvas.picked, heal))


def _cut(canvas: Canvas) -> None:
    clip.copy(canvas)
    names, picked = beside.whole(canvas)
    canvas.submit(beside.removed(canvas, names, picked, True))


def _duplicate(fed: bool, canvas: Canvas) -> None:
    names, decor = beside.taken(canvas)
    canvas.submit(deeds.duplicated(canvas.sheet, names, fed, decor))


def _select_all(canvas: Canvas) -> None:
    canvas.select(canvas.sheet.names)


def _open(canvas: Canvas) -> None:
    if canvas.picked.notes:
        canvas.note_field.open(min(canvas.picked.notes))
        return
    canvas.opened.emit(canvas.selection()[0])


def _back(canvas: Canvas) -> None:
    canvas.back.emit()


def _escape(canvas: Canvas) -> None:
    if (canvas.selection() or canvas.selected_wires() or canvas.picked) and not canvas.read_only:
        canvas.select(())
        canvas.select_wires(())
    else:
        canvas.back.emit()


def _detach(canvas: Canvas) -> None:
    canvas.detached.emit(canvas.selection()[0])


def _expand(canvas: Canvas) -> None:
    canvas.submit(deeds.expanded(canvas.sheet, canvas.selection()[0]))


def _arrange(canvas: Canvas) -> None:
    chosen = canvas.selection()
    before = canvas.sheet.shown_layout()
    canvas.submit(deeds.arranged(canvas.sheet, chosen if len(chosen) > 1 else ()))
    canvas.glide.begin(before)


def _rename(canvas: Canvas) -> None:
    if canvas.picked.frames:
        canvas.title_field.open(min(canvas.picked.frames))
        return
    canvas.name_field.open(canvas.selection()[0])


def _group(canvas: Canvas) -> None:
    canvas.group_field.open(canvas.selection())


def _mark(said: Callable[..., Intent], canvas: Canvas) -> None:
    canvas.submit(said(canvas.sheet, canvas.selection()))


def _repeat(canvas: Canvas) -> None:
    canvas.repeat_field.open(canvas.selection())


def _share(canvas: Canvas) -> None:
    canvas.lender_list.open(canvas.selection()[0])


def _fixes(canvas: Canvas) -> None:
    if not canvas.fix_card.enter():
        canvas.say("No repair is known for this problem.")


def _frame(canvas: Canvas) -> None:
    extras.add_frame(canvas, canvas.at_hand().at)


def _note(canvas: Canvas) -> None:
    extras.add_note(canvas, canvas.at_hand().at)


def _align(edge: align.Edge, canvas: Canvas) -> None:
    _gliding(canvas, align.aligned(canvas, edge))


def _distribute(axis: int, canvas: Canvas) -> None:
    _gliding(canvas, align.distributed(canvas, axis))


def _gliding(canvas: Canvas, intent: Intent) -> None:
    before = canvas.sheet.shown_layout()
    canvas.submit(intent)
    canvas.glide.begin(before)


def _previous_view(canvas: Canvas) -> None:
    canvas.look_again(canvas.trail.back())


def _next_view(canvas: Canvas) -> None:
    canvas.look_again(canvas.trail.forward())


def _been(canvas: Canvas) -> str:
    return "" if canvas.trail.has_before else "There is no earlier view of this network."


def _left(canvas: Canvas) -> str:
    return "" if canvas.trail.has_after else "There is no later view of this network."


def _actual_size(canvas: Canvas) -> None:
    canvas.zoom_to(1.0)


_COUNTS = {2: "two", 3: "three"}


def _connect_to(canvas: Canvas) -> None:
    canvas.connect_box.open_to(canvas.selection())


def _connect_from(canvas: Canvas) -> None:
    canvas.connect_box.open_from(canvas.selection()[0])


def _disconnect(canvas: Canvas) -> None:
    canvas.connect_box.open_wires(canvas.selection()[0])


_ALIGN: tuple[tuple[align.Edge, str, str], ...] = (
    ("left", "Align left", "Alt+A"),
    ("center", "Align centres across", "Alt+H"),
    ("right", "Align right", "Alt+D"),
    ("top", "Align top", "Alt+W"),
    ("middle", "Align middles down", "Alt+V"),
    ("bottom", "Align bottom", "Alt+S"),
)


_GO: tuple[tuple[str, str, str, Callable[[walk.Way, Canvas], None], Why], ...] = (
    ("along", "Go {} along the wires", "", partial(by_key.step, wired=True), _occupied),
    ("across", "Go {} across them", "Shift+", partial(by_key.step, wired=False), _occupied),
    ("nudge", "Move {} by a step", "Ctrl+", by_key.nudge, _some_editable),
)
_WAYS = {"Up": walk.UP, "Down": walk.DOWN, "Left": walk.LEFT, "Right": walk.RIGHT}

COMMANDS: tuple[Command, ...] = (
    Command("add", "Add block…", ("Tab",), _search, _editable),
    Command("open", "Open", ("Return", "Enter"), _open, _openable, group=1),
    Command("group", "Group into a network…", ("Ctrl+G",), _group, _first(_editable, grouping.why_not_group), group=1),
    Command("expand", "Expand", ("Ctrl+Shift+G",), _expand, _expandable, group=1),
    Command("detach", "Detach from its other uses", ("Ctrl+Alt+D",), _detach, _detachable, group=1),
    Command("unfold", "Draw gate by gate", ("G",), gates.unfold, _first(_fed, gates.why_not_unfold), group=1),
    Command("in_time", "Lay out in time", ("T",), in_time.lay_out, _first(_fed, in_time.why_not_lay_out), group=1),
    Command("fold", "Close to one layer", ("Shift+G",), gates.fold, _first(_fed, gates.why_not_fold), group=1),
    Command("connect", "Connect to…", ("C",), _connect_to, _joinable, group=1),
    Command("connect_from", "Connect from…", ("Shift+C",), _connect_from, _fed, group=1),
    Command("disconnect", "Disconnect…", ("Shift+Del",), _disconnect, _wired, group=1),
    Command("rename", "Rename", ("F2",), _rename, _nameable, group=1),
    Command("replace", "Replace…", ("Shift+R",), replacing.ask, replacing.why_not, group=1),
    Command("mute", "Mute", ("M",), partial(_mark, marking.muted), _markable, group=1),
    Command("freeze", "Freeze", ("F",), partial(_mark, marking.frozen), _markable, group=1),
    Command("checkpoint", "Checkpoint gradients", ("K",), partial(_mark, marking.checkpointed), _markable, group=1),
    Command("deepen", "Insert identity layer", ("I",), deepening.insert, _first(_editable, deepening.why_not), group=1),
    Command("repeat", "Repeat…", ("R",), _repeat, _markable, group=1),
    Command("share", "Share weights with…", ("L",), _share, lambda c: _editable(c) or _one(c), group=1),
    Command("fixes", "Repair…", ("Alt+Return", "Alt+Enter"), _fixes, _repairable, group=1),
    Command("cut", "Cut", ("Ctrl+X",), _cut, _some_editable, group=2),
    Command("copy", "Copy", ("Ctrl+C",), clip.copy, _any, group=2),
    Command("copy_code", "Copy as PyTorch code", ("Ctrl+Shift+C",), clip.copy_code, _some, group=2),
    Command("paste", "Paste", ("Ctrl+V",), clip.paste, _first(_editable, clip.why_not_paste), group=2),
    Command("duplicate", "Duplicate", ("Ctrl+D",), partial(_duplicate, False), _some_editable, group=2),
    Command(
        "duplicate_fed", "Duplicate with inputs", ("Ctrl+Shift+D",), partial(_duplicate, True), _some_editable, group=2
    ),
    Command("delete", "Delete", ("Del",), partial(_delete, True), _deletable, group=3),
    Command("delete_unhealed", "Delete and cut wires", ("Ctrl+Del",), partial(_delete, False), _deletable, group=3),
    Command("select_all", "Select all", ("Ctrl+A",), _select_all, _occupied, group=4),
    Command("arrange", "Arrange", ("Ctrl+L",), _arrange, lambda c: _editable(c) or _occupied(c), group=4),
    Command("frame", "Frame the selection", ("Ctrl+Shift+F",), _frame, _editable, group=4),
    Command("note", "Add note", ("N",), _note, _editable, group=4),
    *(
        Command(f"align_{edge}", title, (key,), partial(_align, edge), partial(_several, 2), group=4, within="Align")
        for edge, title, key in _ALIGN
    ),
    Command(
        "distribute_across",
        "Distribute across",
        ("Ctrl+Alt+H",),
        partial(_distribute, 0),
        partial(_several, 3),
        group=4,
        within="Align",
    ),
    Command(
        "distribute_down",
        "Distribute down",
        ("Ctrl+Alt+V",),
        partial(_distribute, 1),
        partial(_several, 3),
        group=4,
        within="Align",
    ),
    Command("fit", "Show everything", ("Home",), lambda c: c.fit(), _occupied, group=5),
    Command("fit_selection", "Show selection", ("Shift+Home",), lambda c: c.fit_selection(), _any, group=5),
    Command("actual_size", "Actual size", ("1",), _actual_size, _always, group=5),
    Command("zoom_in", "Zoom in", ("+", "=", "Shift++"), partial(by_key.zoom, by_key.ZOOM), _always, group=5),
    Command("zoom_out", "Zoom out", ("-",), partial(by_key.zoom, 1 / by_key.ZOOM), _always, group=5),
    Command("previous_view", "Previous view", ("Alt+Left",), _previous_view, _been, group=5),
    Command("next_view", "Next view", ("Alt+Right",), _next_view, _left, group=5),
    Command("heat", "Next heat", ("H",), lambda c: c.legend.show_next(), _occupied, group=5),
    Command("back", "Back", ("Backspace",), _back, _always, False),
    Command("escape", "Select nothing, or go back", ("Esc",), _escape, _always, False),
    *(
        Command(f"{name}_{k}", title.format(k.lower()), (f"{keys}{k}",), partial(run, way), why, False)
        for name, title, keys, run, why in _GO
        for k, way in _WAYS.items()
    ),
    Command("next_wire", "Next wire", ("W",), partial(by_key.next_wire, 1), by_key.why_no_wire, False),
    Command("previous_wire", "Previous wire", ("Shift+W",), partial(by_key.next_wire, -1), by_key.why_no_wire, False),
)
BY_NAME = {command.name: command for command in COMMANDS}
KEYS = {command.name: command.keys for command in COMMANDS}


def press(canvas: Canvas, event: QKeyEvent) -> bool:
    """Does what a key stands for, or says why not; False where it stands for nothing here."""
    command = BY_NAME.get(canvas.keymap.name(event) or "")
    if command is not None:
        run(canvas, command)
    return command is not None


def run(canvas: Canvas, command: Command) -> None:
    """Does a command, or says at the hand why it cannot be done."""
    why = command.why_not(canvas)
    if why:
        canvas.say(why)
    else:
        command.run(canvas)


def build_menu(canvas: Canvas) -> QMenu:
    """The context menu: what can be done now, and for the rest the reason in its tooltip."""
    menu = QMenu(canvas)
    menu.setToolTipsVisible(True)
    group, inner = 0, dict[str, QMenu]()
    for command in (c for c in COMMANDS if c.listed):
        if command.group != group:
            menu.addSeparator()
            group = command.group
        if command.within and command.within not in inner:
            inner[command.within] = menu.addMenu(command.within)
            inner[command.within].setToolTipsVisible(True)
        inner.get(command.within, menu).addAction(_entry(canvas, command, menu))
    return menu


def menu(canvas: Canvas, at: QPoint) -> None:
    """Opens the context menu at a point of the screen; a node under the hand is selected first."""
    under = canvas.at_hand().at
    name = canvas.sheet.node_at(under.x(), under.y())
    if name is not None and name not in canvas.selection():
        canvas.select((name,))
    shown = beside_menu.menu_at(canvas, canvas.at_hand()) or build_menu(canvas)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    shown.popup(at)


def _entry(canvas: Canvas, command: Command, menu: QMenu) -> QAction:
    keys = keymap.shown(canvas.keymap.keys(command.name))
    action = QAction(f"{command.title}\t{keys}" if keys else command.title, menu)
    why = command.why_not(canvas)
    action.setEnabled(not why)
    action.setToolTip(why or command.title)
    action.triggered.connect(lambda: run(canvas, command))
    return action
