"""The inspector: everything about what is selected, and the design itself where nothing is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from blocks.check import Checked
from blocks.cost import Field, receptive_field
from blocks.shape import Shape
from blocks.sums import OF_NETWORK, Given
from designer import actions, numbers, wording
from designer.document import Edit, OpenDesign
from designer.fields import ChoiceField, TextField
from designer.gauges import Gauges
from designer.panels.design_page import DesignPage
from designer.panels.naming import Naming, promoted, setting_menu
from designer.panels.node_page import REPEAT, USED, NodePage, node_facts
from designer.panels.parts import ProblemCard
from designer.scene import Place, Scene, nothing
from designer.theme import Theme
from runtime.recipe import Recipe
from runtime.sources import DataSource
from runtime.variables import uses
from runtime.verdict import DesignFix, Planned

_NARROWEST = 296  # px


class Inspector(QScrollArea):
    """Shows a scene's selection, or the design; what a person wants leaves through `applied`."""

    applied = Signal(str, object, str)  # words, the edit of the design, and what it may merge with
    carried = Signal(bool)  # a setting is taken by the hand, which the breadcrumb would take; then let go
    step_wanted = Signal(str)  # the phase whose step graph is to be shown
    previewed = Signal(object)  # the edit whose button the hand is over; None when it leaves

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._scene = document, nothing()
        self._chosen: tuple[str, ...] = ()
        self._said: object = None
        self.gauges: Gauges | None = None  # what the training tells of nodes
        self._fields: tuple[Checked | None, dict[str, Field | None]] = None, {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Inspector")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(_NARROWEST)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._said = None
        self.nodes, self.whole = NodePage(theme), DesignPage(theme)
        self.pages = _Pages(self.nodes, self.whole)
        self.setWidget(self.pages)
        self.nodes.edited.connect(self._configure)
        self.nodes.renamed.connect(self._rename)
        self.nodes.asked.connect(self._offer)
        self.nodes.form.promoted.connect(self.promote)
        self.nodes.form.carried.connect(self.carried)
        Naming(self.whole, lambda: (self._document.design, self._scene.place.network)).wanted.connect(self._try)
        self.whole.retitled.connect(self._retitle)
        self.whole.network_renamed.connect(self._rename_network)
        self.whole.data_edited.connect(self._set_data)
        self.whole.plan_edited.connect(self._set_plan)
        self.whole.phase_wanted.connect(self._add_phase)
        self.whole.step_wanted.connect(self.step_wanted)
        self.whole.wanted.connect(self._try)
        for part in (self.nodes.aim, self.nodes.making, self.nodes.following):
            part.wanted.connect(self._try)
        self.look_at(self._scene, self._chosen)

    def look_at(self, scene: Scene, chosen: tuple[str, ...]) -> None:
        """Shows the chosen nodes of a scene as they are now; the design where none is chosen."""
        self._scene, self._chosen = scene, tuple(name for name in chosen if name in scene.graph.nodes)
        if self._chosen:
            facts = node_facts(scene.checked, self._chosen, self._batch, self._field())
            networks, arriving = self._document.design.networks, self._arriving()
            self.nodes.show_nodes(scene.graph, self._chosen, facts, scene.locked, networks, arriving)
            self.nodes.aim.show_node(self._document.design, scene.place.step, self._chosen)
            self.nodes.show_recipe(self._document.design, self._planned(), self._chosen)
            self._show_problems()
            self.show_gauge()
            self.pages.turn_to(self.nodes)
        else:
            design, place = self._document.design, scene.place
            self.whole.show_design(design, self._document.verdict, place.network, self._batch, place.step)
            for step, button in self.whole.show_step.items():
                button.setVisible(place != Place(step=step))
            self.pages.turn_to(self.whole)

    def focus_network_name(self) -> None:
        """Puts the cursor into the name of the network that is in sight."""
        self.whole.network.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.whole.network.selectAll()

    @property
    def _batch(self) -> int:
        data = self._document.design.data
        return data.at_once() if data is not None else 1

    def follow_gauges(self) -> None:
        """The training has told something new."""
        if self._chosen:
            self.show_gauge()

    def show_gauge(self) -> None:
        """Shows what the training told of the one chosen node of a network."""
        network, one = self._scene.place.network, len(self._chosen) == 1 and not self._scene.place.path
        told = self.gauges.sizes(network, self._chosen[0]) if self.gauges is not None and one else None
        alarm = self.gauges.alarm(network, self._chosen[0]) if self.gauges is not None and told is not None else ""
        self.nodes.gauge.show_sizes(told, alarm)

    def _planned(self) -> Planned | None:
        """The phase whose step is in sight, itself and not the inside of a block of it."""
        place = self._scene.place
        named = (each for each in self._document.verdict.phases if each.name == place.step)
        return None if place.path else next(named, None)

    def _arriving(self) -> Shape | None:
        """The shape at the first input of the first chosen node."""
        row = self._scene.checked.rows.get(self._chosen[0])
        first = row.inputs[0] if row is not None and row.inputs else None
        return first if isinstance(first, Shape) else None

    def _field(self) -> Field | None:
        """The receptive field of a single chosen node; worked out once for a network as it is."""
        if len(self._chosen) != 1:
            return None
        checked = self._scene.checked
        if self._fields[0] is not checked:
            self._fields = checked, receptive_field(checked)
        return self._fields[1].get(self._chosen[0])

    def _show_problems(self) -> None:
        problems = tuple(p for p in self._scene.problems if p.node in self._chosen)
        if problems == self._said:
            return
        self._said = problems
        _empty(self.nodes.problems)
        for problem in problems:
            card = ProblemCard(problem, self._document.verdict.fixes(problem))
            card.picked.connect(self._repair)
            card.previewed.connect(self.previewed)
            self.nodes.problems.addWidget(card)

    # What a person wants

    def _configure(self, name: str, value: object) -> None:
        network, chosen = self._scene.canvas, self._chosen
        edit: Edit
        if isinstance(value, Given):
            edit = actions.summed(network, chosen, name, value.text)
        elif name == USED.name and self._scene.graph.block(chosen[0]).role == "network":
            edit = actions.switched(network, chosen, str(value))
        elif name == REPEAT.name and isinstance(value, int):
            edit = actions.repeated(network, chosen, value)
        else:
            edit = actions.configured(network, chosen, {name: self._put(name, value)})
        letters = isinstance(self.nodes.form.rows[name].field, TextField | ChoiceField)  # a tick is whole at once
        self.applied.emit("", edit, actions.typing(network, chosen, name) if letters else "")

    def _put(self, name: str, value: object) -> object:
        """A value to be given; none where a use's is what its network has anyway, so that it follows that."""
        default = self.nodes.form.rows[name].setting.default
        return None if name.startswith(OF_NETWORK) and value == default else value

    def _offer(self, setting: str, at: QPoint) -> None:
        if len(self._chosen) == 1 and self._scene.editable and self._scene.place.network:
            design, network = self._document.design, self._scene.place.network
            menu = setting_menu(self, design, network, self._chosen[0], setting, self._try)
            menu.popup(at)

    def promote(self, setting: str) -> None:
        """Makes a setting of the selected node the network's own."""
        if len(self._chosen) == 1 and self._scene.editable and self._scene.place.network:
            promoted(self._document.design, self._scene.place.network, self._chosen[0], setting, self._try)

    def _rename(self, new: str) -> None:
        self._try(f"Rename {self._chosen[0]} to {new}", actions.renamed(self._scene.canvas, self._chosen[0], new))

    def _retitle(self, title: str) -> None:
        self._try(f"Change the title to {title}", actions.retitled(title))

    def _rename_network(self, new: str) -> None:
        old = self._scene.place.network
        times = uses(self._document.design).get(old, 0)
        told = f", also where it is used ({numbers.counted(times, 'time')})" if times else ""
        self._try(f"Rename {old} to {new}{told}", actions.renamed_network(old, new))

    def _set_data(self, source: DataSource) -> None:
        word = wording.typed(self._document.design.data, source)
        self._try("", actions.with_data(source), word and f"data.{word}")

    def _set_plan(self, phase: str, plan: Recipe) -> None:
        old = next((p.plan for p in self._document.design.training if p.name == phase), None)
        self._try("", *actions.with_recipe(phase, old, plan))

    def _add_phase(self) -> None:
        self._try("Add a training", actions.with_phase)

    def _repair(self, fix: DesignFix) -> None:
        self._try(fix.title, fix.edit)

    def _try(self, label: str, edit: Edit, merge: str = "") -> None:
        self.applied.emit(label, edit, merge)


class _Pages(QWidget):
    """Pages of which one is in sight, as wide as the panel and as high as it needs to be at that width."""

    def __init__(self, *pages: QWidget) -> None:
        super().__init__()
        self._pages = pages
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for page in pages:
            column.addWidget(page)

    def turn_to(self, wanted: QWidget) -> None:
        """Shows one page in place of the others."""
        for page in self._pages:
            page.setVisible(page is wanted)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
