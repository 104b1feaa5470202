"""What the inspector shows where nothing is selected: the design's title, data, training and totals."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from blocks.own import own_setting
from blocks.setting import Part, Setting
from blocks.shape import Shape
from blocks.sums import AMOUNT
from designer import numbers
from designer.fields import PartField
from designer.form import Form
from designer.panels.names import NamesList
from designer.panels.objectives import StepForm
from designer.panels.pace import Pace
from designer.panels.parts import EDGE, Facts, Section, Title, label, paragraph
from designer.panels.phase_card import PhaseCard
from designer.theme import Theme
from runtime.design import Design, Drawn, Phase
from runtime.recipes import RECIPES
from runtime.sources import SOURCES, NoData
from runtime.variables import variable_users
from runtime.verdict import Verdict

_SOURCE = Part(None, "Where the examples come from.", name="source", catalogue=SOURCES)
_NO_VARIABLES = "A variable is a number with a name, for sums in settings: 2*width."
_NO_SETTINGS = "A setting is a number that each use of the network can give another value, for sums inside: 2*width."
_RECIPE = Part(None, "What draws the training step.", name="recipe", catalogue=RECIPES)


class DesignPage(QWidget):
    """The page of the whole design, with the network that is in sight."""

    retitled = Signal(str)
    network_renamed = Signal(str)
    data_edited = Signal(object)  # a DataSource
    plan_edited = Signal(str, object)  # the phase, its Recipe
    phase_wanted = Signal()
    step_wanted = Signal(str)  # the phase whose step graph is to be shown
    wanted = Signal(str, object, str)  # words, the edit of the design, what it may merge with

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.title, self.subtitle = Title("Title of the design"), paragraph("", "subtitle")
        self.network = Title("Name of the network")
        self.network.setProperty("role", "strong")
        self.facts = Facts()
        self.settings, self.no_settings = NamesList(theme, "network's setting"), paragraph(_NO_SETTINGS, "muted")
        self.add_setting = QPushButton("Add a setting")
        self.variables, self.no_variables = NamesList(theme, "variable"), paragraph(_NO_VARIABLES, "muted")
        self.add_variable = QPushButton("Add a variable")
        self.data = PartField(_SOURCE, theme, Form)
        self.gives = paragraph("", "small")
        self._phases = QVBoxLayout()
        self.recipes: dict[str, PartField] = {}
        self.steps: dict[str, StepForm] = {}  # of phases whose step is drawn by hand
        self.show_step: dict[str, QPushButton] = {}
        self.cards: dict[str, PhaseCard] = {}
        self.paces: dict[str, Pace] = {}
        self._told: tuple[tuple[str, bool], ...] = ()
        self._network_section, self._data_section = Section("Network"), Section("Data")
        self._own, self._variable_section = label("ITS OWN SETTINGS", "heading"), Section("Variables")
        self.add_phase = QPushButton("Add a training")
        self._lay_out()
        self.title.renamed.connect(self.retitled)
        self.network.renamed.connect(self.network_renamed)
        self.data.edited.connect(self.data_edited)
        self.add_phase.clicked.connect(self._want_phase)

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(EDGE, 14, EDGE, 14)
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addWidget(self.subtitle)
        self._network_section.add(self.network)
        self._network_section.add(self.facts)
        self._own.setContentsMargins(0, 6, 0, 0)
        self._network_section.add(self._own)
        for widget in (self.settings, self.no_settings, self.add_setting):
            self._network_section.add(widget)
        for widget in (self.variables, self.no_variables, self.add_variable):
            self._variable_section.add(widget)
        self._data_section.add(self.data)
        self._data_section.add(self.data.form)
        self._data_section.add(self.gives)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._network_section)
        column.addWidget(self._variable_section)
        column.addWidget(self._data_section)
        column.addLayout(self._phases)
        self._training = Section("Training")
        self._untrained = paragraph("Nothing says yet how the network learns.", "muted")
        self._training.add(self._untrained)
        self._training.add(self.add_phase)
        column.addWidget(self._training)
        column.addStretch(1)

    def show_design(self, design: Design, verdict: Verdict, network: str, batch: int, step: str = "") -> None:
        """Shows a design and the totals of one of its networks; where a step is in sight, its phase alone."""
        self.title.show_name(design.title)
        self.subtitle.setText(_counted(design))
        self._network_section.setVisible(network in verdict.networks)
        if network in verdict.networks:
            self.network.show_name(network)
            self.facts.tell(_totals(verdict, network, batch))
            self._show_own(design, network)
        self._show_variables(design)
        self.data.show_value(design.data)
        self.gives.setText(_gives(design))
        told = tuple((phase.name, isinstance(phase.plan, Drawn)) for phase in design.training)
        if told != self._told:
            self._told = told
            self._rebuild(design.training)
        for phase in design.training:
            self.cards[phase.name].show_phase(verdict, phase)
        self._untrained.setVisible(not design.training)
        self._training.heading.setVisible(not design.training)
        self.add_phase.setText("Add another training after it" if design.training else "Add a training")
        self._training.setVisible(step not in self.cards)
        self._variable_section.setVisible(not step)
        for name, card in self.cards.items():
            card.setVisible(step in ("", name) or step not in self.cards)

    def _show_own(self, design: Design, network: str) -> None:
        graph = design.networks[network]
        own = (own_setting(graph, name, design.networks) for name in graph.settings)
        self.settings.show_names({setting: graph.settings[setting.name] for setting in own})
        self.no_settings.setVisible(not graph.settings)

    def _show_variables(self, design: Design) -> None:
        held: dict[Setting, float] = {}
        for name, value in design.variables.items():
            users = variable_users(design, name)
            told = ", ".join(users[:4]) + (f" and {len(users) - 4} more" if len(users) > 4 else "")
            held[replace(AMOUNT, name=name, doc=f"Sums at {told or 'no node yet'} are over it.")] = value
        self.variables.show_names(held)
        self.no_variables.setVisible(not held)

    def _rebuild(self, phases: tuple[Phase, ...]) -> None:
        while (item := self._phases.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.recipes, self.steps, self.show_step, self.cards, self.paces = {}, {}, {}, {}, {}
        for place, phase in enumerate(phases):
            field = self.recipes[phase.name] = PartField(_RECIPE, self._theme, Form)
            card = self.cards[phase.name] = PhaseCard(phase, place, len(phases), field, self._theme)
            self.paces[phase.name], self.show_step[phase.name] = card.pace, card.show_step
            if card.step is not None:
                self.steps[phase.name] = card.step
            card.wanted.connect(self.wanted)
            card.plan_edited.connect(self.plan_edited)
            card.step_wanted.connect(self.step_wanted)
            self._phases.addWidget(card)

    def _want_phase(self) -> None:
        self.phase_wanted.emit()


def _counted(design: Design) -> str:
    names = list(design.networks)
    return numbers.counted(len(names), "network") + (f": {', '.join(names)}" if len(names) > 1 else "")


def _totals(verdict: Verdict, network: str, batch: int) -> list[tuple[str, str, str]]:
    checked = verdict.networks[network]
    held = checked.activations * batch
    return [
        ("blocks", numbers.whole(len(checked.graph.nodes)), "Nodes on the canvas"),
        ("parameters", numbers.whole(checked.parameters), "Trainable numbers; computed from the shapes"),
        ("MACs", numbers.short(checked.macs), f"{checked.macs:,} multiply-accumulates for one example; computed"),
        ("activations", f"{numbers.in_bytes(held)} at batch {batch}", "Kept for the backward pass; computed"),
    ]


def _gives(design: Design) -> str:
    """What one example of the data holds, in words."""
    if design.data is None:
        return "Choose where the examples come from."
    try:
        fields = design.data.fields()
    except NoData as error:
        return str(error)
    told = (_field(name, shape) for name, shape in fields.items())
    samples = design.data.samples()
    return "Each example: " + ", ".join(told) + (f". {samples:,} examples." if samples else ".")


def _field(name: str, shape: Shape) -> str:
    sizes = f" {shape}" if shape.sizes else ""
    return f"{name}{sizes}" + (f" of {shape.classes} classes" if shape.classes else "")
