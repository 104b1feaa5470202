"""Settings of what is selected as commands: `filters` goes to the field, `strides 2` or `padding=same` sets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from blocks.keras import setting_of, value_of
from blocks.setting import BadSetting, Setting
from designer import actions
from designer.commands import Command, always
from designer.fields import told_name
from designer.form import shared

if TYPE_CHECKING:
    from designer.window import MainWindow

_TYPED = re.compile(r"\s*([A-Za-z_]\w{2,})\s*(?:[=:\s]\s*(.+?))?\s*")


def settings_typed(window: MainWindow, text: str) -> Iterator[Command]:
    """The command that a setting's name stands for, ours or Keras's, with a value behind it or without."""
    read, chosen = _TYPED.fullmatch(text), window.stage.canvas.selection()
    setting = _meant(window, read[1]) if read and chosen else None
    if read is None or setting is None:
        return
    nodes = chosen[0] if len(chosen) == 1 else f"{len(chosen):,} nodes"
    name, value = told_name(setting), read[2]
    if not value:
        told = f"{setting.doc} Takes {setting.expected}."
        yield Command("Setting", f"{name} of {nodes}", lambda: _go(window, setting.name), help=told)
        return
    why, shown = "", value
    try:
        shown = setting.show(value_of(setting, value)) or "none"
    except BadSetting as refusal:
        why = str(refusal)
    locked = window.stage.scene.locked
    yield Command(
        "Setting",
        f"{name} = {shown} on {nodes}",
        lambda: _put(window, setting, value),
        why=lambda: locked or why or always(),
        help=setting.doc,
    )


def _meant(window: MainWindow, word: str) -> Setting | None:
    """The setting that a word names for all that is selected."""
    graph = window.stage.scene.graph
    blocks = [graph.block(name) for name in window.stage.canvas.selection()]
    names = {found.name if (found := setting_of(type(block), word)) else "" for block in blocks}
    held = {setting.name: setting for setting in shared(blocks)}
    return held.get(names.pop()) if len(names) == 1 else None


def _go(window: MainWindow, name: str) -> None:
    """Puts the keyboard into the field of a setting."""
    docks = window.bench.docks.items()
    window.bench.raise_dock(next(panel for panel, dock in docks if dock.isAncestorOf(window.inspector)))
    row = window.inspector.nodes.form.rows[name]
    window.inspector.ensureWidgetVisible(row.field)
    (row.field.focusProxy() or row.field).setFocus(Qt.FocusReason.ShortcutFocusReason)


def _put(window: MainWindow, setting: Setting, value: str) -> None:
    stage = window.stage
    edit = actions.configured(stage.scene.canvas, stage.canvas.selection(), {setting.name: value_of(setting, value)})
    window.do("", edit)
