"""F1: the manual in the place of the whole window, open at what is selected, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from blocks.block import Block

if TYPE_CHECKING:
    from designer.manual import Manual
    from designer.window import MainWindow


def asked_for(window: MainWindow) -> str:
    """The block that F1 means: of the palette's or the search's line where the keyboard is, else of the selection."""
    focus = QApplication.focusWidget()
    if focus is not None and window.palette_panel.isAncestorOf(focus):
        return _name(window.palette_panel.current())
    search = window.stage.canvas.search
    if search.isVisible():
        return _name(search.current())
    chosen = window.stage.canvas.selection()
    return _name(window.stage.scene.graph.block(chosen[-1])) if chosen else ""


def _name(block: Block | type[Block] | None) -> str:
    return "" if block is None or block.role == "unknown" else block.kind()


def open_manual(window: MainWindow, name: str | None = None) -> Manual:
    """Shows the manual at a block, at what is meant at the moment where none is named; F1 again leaves it."""
    wanted = asked_for(window) if name is None else name
    manual = _manual(window)
    if window.pages.currentWidget() is manual and name is None:
        leave(window)
        return manual
    manual.came_from = window.pages.currentWidget()
    manual.show_page(wanted)
    window.pages.setCurrentWidget(manual)
    window.status.show_facts(False)
    window.commands.refresh()
    manual.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
    return manual


def leave(window: MainWindow) -> None:
    """Shows what was in sight before the manual."""
    before = _manual(window).came_from
    if before is window.welcome:
        window.show_welcome()
    else:
        window.show_bench()


def _manual(window: MainWindow) -> Manual:
    """The manual of a window, made when it is first wanted."""
    # What draws pages and figures is not loaded before.
    from designer.manual import Manual

    for page in (window.pages.widget(i) for i in range(window.pages.count())):
        if isinstance(page, Manual):
            return page
    manual = Manual(lambda: window.theme)
    manual.left.connect(lambda: leave(window))
    manual.placed.connect(lambda block: _placed(window, block))
    window.pages.addWidget(manual)
    return manual


def _placed(window: MainWindow, block: Block) -> None:
    """Back to the canvas, with one more block there."""
    if not window.document.design.networks:
        window.files.new()
    window.show_bench()
    window.stage.add(block)


__all__ = ["asked_for", "leave", "open_manual"]
