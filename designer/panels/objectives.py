"""What a step drawn by hand minimizes, as forms: one for every objective, and how long the phase is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from blocks.definition import Definition
from blocks.graph import Graph
from blocks.setting import Choice, Flag, Setting
from designer import phases
from designer.document import Edit
from designer.fields import ChoiceField, TextField
from designer.form import Form
from designer.icons import icon
from designer.panels.elided import WrappedButton
from designer.panels.parts import EDGE, label
from designer.theme import GAP, Theme
from designer.wording import typed
from runtime import by_hand
from runtime.design import Design, Drawn, Objective
from runtime.places import Around
from runtime.recipe import FOLLOWED

MINIMIZE = Choice("", "The node of the step that training makes small.", name="minimize")
_LEARNS = "learns: "  # before the name of a network
Want = Callable[[str, Edit, str], None]
Held = list[tuple[Setting, list[Any]]]


def rows_of(objective: Objective, step: Graph) -> Held:
    """What can be set of an objective: the node, a tick for every network of the step, and how it is followed."""
    gone = () if objective.minimize in step.nodes else (objective.minimize,)
    options = tuple(dict.fromkeys((*gone, *by_hand.losses(step), objective.minimize)))
    rows: Held = [(replace(MINIMIZE, default=objective.minimize, options=options), [objective.minimize])]
    for network in dict.fromkeys((*step.uses, *objective.networks)):
        learns = network in objective.networks
        told = f"Whether the weights of {network} are changed to make {objective.minimize} small."
        rows.append((Flag(learns, told, name=f"{_LEARNS}{network}"), [learns]))
    return rows + [(setting, [getattr(objective, name)]) for name, setting in FOLLOWED.items()]


def with_value(objective: Objective, name: str, value: Any) -> Objective:
    """An objective with one of its rows set to something else."""
    if not name.startswith(_LEARNS):
        return replace(objective, **{name: value})
    network = name.removeprefix(_LEARNS)
    others = tuple(each for each in objective.networks if each != network)
    return replace(objective, networks=(*others, network) if value else others)


class ObjectiveForm(QWidget):
    """One objective of a step: its rows under a heading, with a button that takes it away."""

    edited = Signal(object, str)  # the Objective, and the row that is typed into, if it is typed
    removed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._objective: Objective | None = None
        self.heading, self.form, self.remove = label("", "heading"), Form(theme), QToolButton()
        self.remove.setIcon(icon("x", theme, "muted"))
        self.remove.setIconSize(QSize(12, 12))
        self.remove.setFixedSize(20, 24)
        self.remove.setStyleSheet("QToolButton { padding: 0; }")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.heading, 1)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self.form)
        self.form.edited.connect(self._edit)
        self.remove.clicked.connect(self._remove)

    def show_objective(self, objective: Objective, step: Graph, of_node: bool, around: Callable[[], Around]) -> None:
        """Shows an objective as it is now; without its node where that is what is looked at."""
        self._objective = objective
        self.heading.setText("OBJECTIVE" if of_node else f"OBJECTIVE · {objective.minimize}".upper())
        told = f"Do not minimize {objective.minimize} any more"
        self.remove.setToolTip(told)
        self.remove.setAccessibleName(told)
        self.form.around = around
        self.form.look_at([], rows_of(objective, step)[of_node:])

    def _edit(self, name: str, value: object) -> None:
        if self._objective is None:
            return
        old = getattr(self._objective, name, None)
        inner = typed(old, value) if isinstance(value, Definition) else ""
        letters = isinstance(self.form.rows[name].field, TextField | ChoiceField)
        word = name if letters else inner and f"{name}.{inner}"
        self.edited.emit(with_value(self._objective, name, value), word)

    def _remove(self) -> None:
        self.removed.emit()


class ObjectiveList(QWidget):
    """The objectives of a phase whose step is drawn by hand, all or those of one node, and a button for one more."""

    wanted = Signal(str, object, str)  # words, the edit of the design, what it may merge with

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._phase, self._node = theme, "", ""
        self.forms: dict[int, ObjectiveForm] = {}  # by the place of the objective
        self.add = WrappedButton()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._column.addWidget(self.add)
        self.add.clicked.connect(self._add)

    def show_plan(self, design: Design, phase: str, plan: Drawn, node: str = "") -> None:
        """Shows what a step minimizes; where a node is named, only what is done to make that one small."""
        self._phase, self._node = phase, node
        places = [i for i, each in enumerate(plan.objectives) if node in ("", each.minimize)]
        if places != list(self.forms):
            self._rebuild(places)
        for place, form in self.forms.items():
            form.show_objective(plan.objectives[place], plan.step, bool(node), partial(phases.around, design, phase))
        self.add.setText(f"Minimize {node}" if node else "Add an objective")
        self.add.setToolTip(self.add.text())
        self.add.setVisible(not node or not places)

    def _rebuild(self, places: list[int]) -> None:
        for form in self.forms.values():
            self._column.removeWidget(form)
            form.hide()
            form.deleteLater()
        self.forms = {}
        for line, place in enumerate(places):
            form = self.forms[place] = ObjectiveForm(self._theme)
            form.edited.connect(partial(self._edit, place))
            form.removed.connect(partial(self._remove, place))
            self._column.insertWidget(line, form)

    def _edit(self, place: int, objective: Objective, word: str) -> None:
        merge = word and f"objective.{self._phase}.{place}.{word}"
        self.wanted.emit("", by_hand.with_objective(self._phase, place, objective), merge)

    def _remove(self, place: int) -> None:
        self.wanted.emit("", by_hand.without_objective(self._phase, place), "")

    def _add(self) -> None:
        self.wanted.emit("", by_hand.with_another(self._phase, self._node), "")


class StepForm(QWidget):
    """The training form of a phase whose step is drawn by hand: how long it is, and what is minimized."""

    wanted = Signal(str, object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._phase = ""
        self.length, self.objectives = Form(theme), ObjectiveList(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.length)
        column.addWidget(self.objectives)
        self.length.edited.connect(self._edit)
        self.objectives.wanted.connect(self.wanted)

    def show_plan(self, design: Design, phase: str, plan: Drawn) -> None:
        """Shows a phase as it is now."""
        self._phase = phase
        self.length.around = partial(phases.around, design, phase)
        self.length.look_at([], [(setting, [plan.value(name)]) for name, setting in plan.settings.items()])
        self.objectives.show_plan(design, phase, plan)

    def _edit(self, name: str, value: object) -> None:
        self.wanted.emit("", by_hand.with_term(self._phase, name, value), f"plan.{self._phase}.{name}")


class Aim(QWidget):
    """In the page of a selected node of such a step: what is done to make it small."""

    wanted = Signal(str, object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.objectives = ObjectiveList(theme)
        rule, inner = QFrame(), QVBoxLayout()
        rule.setProperty("role", "line")
        inner.setContentsMargins(EDGE, 14 - GAP, EDGE, 16)
        inner.addWidget(self.objectives)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule)
        column.addLayout(inner)
        self.objectives.wanted.connect(self.wanted)
        self.hide()

    def show_node(self, design: Design, phase: str, chosen: tuple[str, ...]) -> None:
        """Shows what is done about one selected node; nothing where it is not, and could not be, minimized."""
        plan = by_hand.drawn_plan(design, phase) if len(chosen) == 1 else None
        if plan is None or chosen[0] not in plan.step.nodes:
            self.hide()
            return
        able = plan.step.block(chosen[0]).role == "loss"
        if able or any(each.minimize == chosen[0] for each in plan.objectives):
            self.objectives.show_plan(design, phase, plan, chosen[0])
            self.show()
        else:
            self.hide()
