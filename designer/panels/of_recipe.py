"""In the page of a node of a recipe's step: the settings of the recipe that make the node, and how it is made small."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from blocks.block import Block
from blocks.setting import Part, Setting
from designer import actions, phases
from designer.form import Form
from designer.panels.parts import EDGE, label, paragraph
from designer.theme import GAP, Theme
from runtime.design import Design
from runtime.planning import Planned
from runtime.recipe import FOLLOWED, Recipe


class OfRecipe(QWidget):
    """A form over a few settings of a recipe, as in its training form: an edit here is that very edit."""

    wanted = Signal(str, object, str)  # words, the edit of the design, what it may merge with

    def __init__(self, theme: Theme, heading: str) -> None:
        super().__init__()
        self._phase, self._recipe = "", Recipe()
        self.heading, self.form, self.told = label(heading, "heading"), Form(theme), paragraph("", "small")
        rule, inner = QFrame(), QVBoxLayout()
        rule.setProperty("role", "line")
        inner.setContentsMargins(EDGE, 14, EDGE, 16)
        inner.setSpacing(GAP)
        for widget in (self.heading, self.form, self.told):
            inner.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule)
        column.addLayout(inner)
        self.form.edited.connect(self._edit)
        self.hide()

    def show_making(self, planned: Planned | None, chosen: tuple[str, ...]) -> bool:
        """Shows the settings that make the one chosen node; gives whether there are any."""
        recipe = _recipe(planned, chosen)
        names = recipe.settings_of(chosen[0]) if recipe is not None else ()
        self._show(planned, recipe, names, _drawn(planned, chosen))
        self.told.setText(f"Also in the training form of {planned.name}." if planned else "")
        return bool(names)

    def show_following(self, design: Design, planned: Planned | None, chosen: tuple[str, ...]) -> None:
        """Shows how the one chosen node is made small, where it is."""
        if planned is not None:
            self.form.around = partial(phases.around, design, planned.name)
        recipe = _recipe(planned, chosen)
        objectives = [each for each in planned.objectives if each.minimize in chosen] if planned else []
        names = tuple(name for name in FOLLOWED if recipe is not None and name in recipe.settings)
        self._show(planned, recipe, names if objectives else (), None)
        learning = list(dict.fromkeys(name for each in objectives for name in each.networks))
        self.told.setText(f"It is made small by changing the weights of {' and '.join(learning)}.")

    def _show(
        self, planned: Planned | None, recipe: Recipe | None, names: tuple[str, ...], drawn: Block | None
    ) -> None:
        self.setVisible(bool(names))
        if planned is None or recipe is None or not names:
            return
        self._phase, self._recipe = planned.name, recipe
        rows = [(setting, recipe.value(name)) for name in names if (setting := recipe.settings[name])]
        self.form.look_at([], [(setting, [_shown(setting, value, drawn)]) for setting, value in rows])

    def _edit(self, name: str, value: object) -> None:
        edit, merge = actions.with_recipe(self._phase, self._recipe, self._recipe.with_settings(**{name: value}))
        self.wanted.emit("", edit, merge)


def _recipe(planned: Planned | None, chosen: tuple[str, ...]) -> Recipe | None:
    """The recipe that draws the one chosen node."""
    if planned is None or planned.step is None or len(chosen) != 1 or chosen[0] not in planned.step.nodes:
        return None
    return planned.phase.plan if isinstance(planned.phase.plan, Recipe) else None


def _drawn(planned: Planned | None, chosen: tuple[str, ...]) -> Block | None:
    if planned is None or planned.step is None or _recipe(planned, chosen) is None:
        return None
    return planned.step.block(chosen[0])


def _shown(setting: Setting, value: object, drawn: Block | None) -> object:
    """The block that stands there, where the recipe has chosen by itself another one of those that may."""
    able = isinstance(setting, Part) and drawn is not None and any(type(drawn) is kind for kind in setting.catalogue)
    return drawn if able else value
