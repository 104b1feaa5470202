"""Whatever a person can reach has a name and a role for those who hear the window instead of seeing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QSlider,
    QTextEdit,
    QWidget,
)

from designer.window import MainWindow
from tests.designer.hands import CONTROL, key, place

Text, Role = QAccessible.Text, QAccessible.Role
SPEECHLESS = {Role.NoRole, Role.Client, Role.Border, Role.Pane, Role.Grouping}
OPERATED = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QSlider, QTextEdit)
ALT = Qt.KeyboardModifier.AltModifier


def reached() -> Iterator[QWidget]:
    """Every widget in sight that is operated or takes the keyboard, in all windows."""
    for window in QApplication.topLevelWidgets():
        for widget in (window, *window.findChildren(QWidget)):
            if not widget.isVisible() or widget.focusProxy() is not None or isinstance(widget, QHeaderView):
                continue  # a head is read with its table, a proxy for what it stands for
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus or isinstance(widget, OPERATED):
                yield widget


def name(widget: QWidget) -> str:
    """What a reader says of it. Of a list to choose from it says the choice, and its name by other means."""
    found = QAccessible.queryAccessibleInterface(widget)
    own = isinstance(widget, QComboBox) or found is None
    return widget.accessibleName() if own else found.text(Text.Name)


def nameless() -> list[str]:
    return [f"{type(w).__name__} in {type(w.parent()).__name__}" for w in reached() if not name(w).strip()]


def speechless() -> list[str]:
    roles = [(w, QAccessible.queryAccessibleInterface(w)) for w in reached()]
    return [
        f"{type(w).__name__} in {type(w.parent()).__name__}" for w, i in roles if i is None or i.role() in SPEECHLESS
    ]


def look(window: MainWindow) -> None:
    QCoreApplication.processEvents()
    assert nameless() == []
    assert speechless() == []


def canvas_key(pressed: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> Callable[..., None]:
    """A key on the canvas, with one node selected."""

    def do(window: MainWindow) -> None:
        key(window.stage.canvas, pressed, keys)

    return do


def command(text: str) -> Callable[[MainWindow], None]:
    def do(window: MainWindow) -> None:
        window.commands[text].trigger()

    return do


def misfit(window: MainWindow) -> None:
    """A block that does not fit, with the card of its repairs."""
    window.stage.canvas.select(["relu1"])
    place(window, "linear 10")
    key(window.stage.canvas, Qt.Key.Key_Return, ALT)


OPENED = {
    "search box": canvas_key(Qt.Key.Key_Tab),
    "connect box": canvas_key(Qt.Key.Key_C),
    "name field": canvas_key(Qt.Key.Key_F2),
    "repeat field": canvas_key(Qt.Key.Key_R),
    "lenders": canvas_key(Qt.Key.Key_L),
    "network name": canvas_key(Qt.Key.Key_G, CONTROL),
    "note field": canvas_key(Qt.Key.Key_N),
    "repairs": misfit,
    "find bar": command("Find…"),
    "commands": command("Commands…"),
    "shortcuts": command("Keyboard shortcuts…"),
    "templates": command("New from template…"),
    "picture": command("Export picture…"),
}


def test_all_that_stands_on_the_welcome_page_has_a_name_and_a_role(start: Callable[[], MainWindow]) -> None:
    look(start())


def test_all_that_stands_in_the_panels_has_a_name_and_a_role(lenet: MainWindow) -> None:
    for panel in lenet.bench.docks:
        lenet.commands[f"Go to {panel}"].trigger()
        look(lenet)
    lenet.stage.canvas.select(["conv1"])
    look(lenet)


def leave() -> None:
    """Esc, where the keyboard is."""
    focus = QApplication.focusWidget()
    if focus is not None:
        key(focus, Qt.Key.Key_Escape)


def test_all_that_opens_over_the_window_has_a_name_and_a_role(lenet: MainWindow) -> None:
    for what, opened in OPENED.items():
        lenet.stage.canvas.setFocus()
        lenet.stage.canvas.select([lenet.stage.canvas.sheet.names[1]])
        before = set(reached())
        opened(lenet)
        look(lenet)
        assert set(reached()) - before, what
        leave()


def test_every_action_says_what_it_does(lenet: MainWindow) -> None:
    for given, action in lenet.commands.all():
        assert action.text().strip(), given
        assert action.toolTip().strip(), given
    for menu in lenet.main_menu.findChildren(QMenu):
        assert menu.title().strip()
        assert all(a.text().strip() or a.isSeparator() or a.menu() for a in menu.actions())
