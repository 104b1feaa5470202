"""One phase of the training in the page of the design: its name and place among the others, and how it learns."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from designer import phases
from designer.document import Edit
from designer.fields import PartField
from designer.icons import icon
from designer.panels.objectives import StepForm
from designer.panels.pace import Pace
from designer.panels.parts import Section, Title, label, paragraph
from designer.theme import GAP, Theme
from runtime.design import Drawn, Phase
from runtime.learning import learning
from runtime.verdict import Verdict

_SHUT = "training/shut"


class PhaseCard(Section):
    """A section that folds. What a person wants leaves through `wanted`, `plan_edited` and `step_wanted`."""

    wanted = Signal(str, object, str)  # words, the edit of the design, what it may merge with
    plan_edited = Signal(str, object)  # the phase, its Recipe
    step_wanted = Signal(str)

    def __init__(self, phase: Phase, place: int, of: int, recipe: PartField, theme: Theme) -> None:
        super().__init__()
        self.name, self._theme, self.recipe = phase.name, theme, recipe
        self.fold, self.title = _button("chevron-down", theme), Title("Name of the phase")
        self.title.setProperty("role", "strong")
        self.up, self.down = _button("arrow-up", theme), _button("arrow-down", theme)
        self.duplicate, self.remove = _button("copy", theme), _button("x", theme)
        self.pace, self.show_step = Pace(theme), QPushButton("Show the step graph")
        self.learning = paragraph("", "small")
        self.step = StepForm(theme) if isinstance(phase.plan, Drawn) else None
        self.body = QWidget()
        self._lay_out(place, of)
        self._connect(place, of)
        self.open(self.name not in _shut())

    def _lay_out(self, place: int, of: int) -> None:
        head, name = QHBoxLayout(), QWidget()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(2)
        head.addWidget(self.fold)
        self.heading = label(f"TRAINING {place + 1} OF {of}" if of > 1 else "TRAINING", "heading")
        head.addWidget(self.heading, 1)
        for button in (self.up, self.down, self.duplicate, self.remove):
            head.addWidget(button)
        name.setLayout(head)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GAP)
        for widget in (self.recipe, self.pace, self.learning, self.step or self.recipe.form, self.show_step):
            inner.addWidget(widget)
        if self.step is not None:
            self.recipe.form.setParent(self.body)  # and in no layout: there is no recipe to set
            self.recipe.form.hide()
        for widget in (name, self.title, self.body):
            self.add(widget)

    def _connect(self, place: int, of: int) -> None:
        self.title.show_name(self.name)
        self.title.renamed.connect(self._rename)
        named = self.name
        self.show_step.setToolTip("What is done with every batch, on the canvas")
        self.show_step.clicked.connect(self._show_step)
        self.recipe.edited.connect(self._edit_plan)
        self.fold.clicked.connect(self._turn)
        for button, words, edit in (
            (self.up, f"Move the training {named} before the one above", phases.moved(named, -1)),
            (self.down, f"Move the training {named} after the one below", phases.moved(named, 1)),
            (self.duplicate, f"Duplicate the training {named}", phases.duplicated(named)),
            (self.remove, f"Delete the training {named}", phases.removed(named)),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.clicked.connect(partial(self._want, words, edit))
        self.up.setVisible(of > 1)
        self.down.setVisible(of > 1)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(place < of - 1)
        self.pace.wanted.connect(self.wanted)
        if self.step is not None:
            self.step.wanted.connect(self.wanted)

    def show_phase(self, verdict: Verdict, phase: Phase) -> None:
        """Shows the phase as it is now, and how much of the networks learns in it."""
        design, planned = verdict.design, next(each for each in verdict.phases if each.name == phase.name)
        self.learning.setText(f"{learning(planned, verdict.networks)}.")
        self.learning.setVisible(not planned.problem)
        self.pace.show_phase(design, phase)
        self.recipe.look_around(partial(phases.around, design, phase.name))
        self.recipe.show_value(None if isinstance(phase.plan, Drawn) else phase.plan)
        if isinstance(phase.plan, Drawn) and self.step is not None:
            self.recipe.combo.setPlaceholderText("drawn by hand")
            self.step.show_plan(design, phase.name, phase.plan)

    def open(self, opened: bool) -> None:
        """Shows how the phase learns, or its name alone."""
        self.body.setVisible(opened)
        self.fold.setIcon(icon("chevron-down" if opened else "chevron-right", self._theme, "muted"))
        told = f"Fold the training {self.name}" if opened else f"Open the training {self.name}"
        self.fold.setToolTip(told)
        self.fold.setAccessibleName(told)

    def _turn(self) -> None:
        opened = self.body.isHidden()
        others = [name for name in _shut() if name != self.name]
        QSettings().setValue(_SHUT, others if opened else [*others, self.name])
        self.open(opened)

    def _want(self, words: str, edit: Edit, *_: object) -> None:
        self.wanted.emit(words, edit, "")

    def _rename(self, new: str) -> None:
        self.wanted.emit(f"Rename the training {self.name} to {new}", phases.renamed(self.name, new), "")

    def _edit_plan(self, plan: object) -> None:
        self.plan_edited.emit(self.name, plan)

    def _show_step(self) -> None:
        self.step_wanted.emit(self.name)


def _button(name: str, theme: Theme) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(name, theme, "muted"))
    made.setIconSize(QSize(14, 14))
    made.setFixedSize(22, 22)
    made.setStyleSheet("QToolButton { padding: 0; }")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def _shut() -> list[str]:
    stored = QSettings().value(_SHUT)
    return [str(each) for each in stored] if isinstance(stored, list) else [str(stored)] if stored else []
