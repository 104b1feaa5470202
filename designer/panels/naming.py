"""What a hand wants of names in the inspector, as edits: variables, a network's settings, and what is promoted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from blocks.naming import fresh_name
from blocks.sums import OF_NETWORK, value_at
from designer import actions
from designer.document import Edit
from designer.form import PROMOTE
from designer.panels.design_page import DesignPage
from runtime import variables
from runtime.design import Design

FIRST, FIRST_VALUE = "width", 32
Try = Callable[[str, Edit, str], None]


class Naming(QObject):
    """Turns what is done to the names on the page of a design into edits."""

    wanted = Signal(str, object, str)  # words (none: worked out), the edit, and what it may merge with

    def __init__(self, page: DesignPage, seen: Callable[[], tuple[Design, str]]) -> None:
        super().__init__(page)
        self._page, self._seen = page, seen
        page.variables.changed.connect(self._change)
        page.variables.renamed.connect(self._rename)
        page.variables.removed.connect(self._remove)
        page.add_variable.clicked.connect(self._add)
        page.add_setting.clicked.connect(self._add_own)
        page.settings.changed.connect(self._change_own)
        page.settings.renamed.connect(self._rename_own)
        page.settings.removed.connect(self._remove_own)

    def _add(self) -> None:
        design, _ = self._seen()
        name = fresh_name(_taken(design), FIRST)
        self._want("", lambda design: variables.with_variable(design, name, FIRST_VALUE))
        self._page.variables.focus_name(name)

    def _change(self, name: str, value: float) -> None:
        self._want("", lambda design: variables.with_variable(design, name, value), f"variable.{name}")

    def _rename(self, old: str, new: str) -> None:
        self._want(f"Rename the variable {old} to {new}", lambda d: variables.renamed_variable(d, old, new))

    def _remove(self, name: str) -> None:
        self._want(f"Remove the variable {name}", lambda design: variables.without_variable(design, name))

    def _add_own(self) -> None:
        design, network = self._seen()
        name = fresh_name({*design.variables, *design.networks[network].settings}, FIRST)
        words, edit = f"Add the setting {name} to {network}", partial(_with_own, network, name, FIRST_VALUE)
        self._want(words, edit)
        self._page.settings.focus_name(name)

    def _change_own(self, name: str, value: float) -> None:
        _, network = self._seen()
        edit: Edit = partial(_with_own, network, name, value)
        self._want("", edit, f"{network}.setting.{name}")

    def _rename_own(self, old: str, new: str) -> None:
        _, network = self._seen()
        words = f"Rename the setting {old} of {network} to {new}"
        self._want(words, lambda design: variables.renamed_own_setting(design, network, old, new))

    def _remove_own(self, name: str) -> None:
        _, network = self._seen()
        words = f"Remove the setting {name} of {network}"
        self._want(words, lambda design: variables.without_own_setting(design, network, name))

    def _want(self, words: str, edit: Edit, merge: str = "") -> None:
        self.wanted.emit(words, edit, merge)


def _taken(design: Design) -> set[str]:
    """The names of variables and of all networks' settings."""
    return {*design.variables, *(name for graph in design.networks.values() for name in graph.settings)}


def _with_own(network: str, name: str, value: float, design: Design) -> Design:
    return variables.with_own_setting(design, network, name, value)


def setting_menu(parent: QWidget, design: Design, network: str, node: str, setting: str, do: Try) -> QMenu:
    """What can be done with a setting of a node: make it the network's own, or put an end to its sum."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    told, placed = setting.removeprefix(OF_NETWORK), design.networks[network].nodes[node]
    promote = menu.addAction(f"Promote to {network}'s settings")
    promote.setShortcut(PROMOTE)
    promote.setShortcutVisibleInContextMenu(True)
    promote.triggered.connect(lambda: promoted(design, network, node, setting, do))
    why = variables.why_not_promote(design, network, node, setting)
    promote.setEnabled(not why)
    promote.setToolTip(why or f"{told} becomes a setting of {network}, which each of its uses can give another value")
    text = dict(placed.given).get(setting)
    if text is not None:
        value = value_at(placed.block, setting)
        plain = actions.configured(network, [node], {setting: value})
        menu.addAction(f"Keep {_shown(value)} instead of {text}", lambda: do("", plain, ""))
    return menu


def promoted(design: Design, network: str, node: str, setting: str, do: Try) -> None:
    """Promotes a setting under a name that is free."""
    name = variables.name_for_promoted(design, network, node, setting)
    told = setting.removeprefix(OF_NETWORK)
    do(f"Promote {told} of {node} to {network}'s settings", actions.promoted(network, node, setting, name), "")


def _shown(value: object) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
