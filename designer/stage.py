"""The middle of the window: one canvas, a tab for every network and training step, and the way in and out of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QTabBar, QToolButton, QVBoxLayout, QWidget

from blocks.block import Block
from blocks.check import Checked, Diagnostic, check
from blocks.edits import Fix, Refused, name_for
from blocks.graph import Node
from blocks.setting import BadSetting
from designer import actions
from designer.canvas import Canvas, Intent, Repair, deeds, placing, replacing, unchanged
from designer.decor import Laid, decor_of
from designer.document import Edit, OpenDesign, View
from designer.icons import icon
from designer.lift import lifted, placed, spread
from designer.scene import Place, Scene, Through, nothing, scene_at
from designer.step_bar import StepBar
from designer.steps import begins
from designer.theme import Theme
from designer.way import Ways
from runtime.by_hand import fields_left
from runtime.by_recipe import by_recipe
from runtime.design import Design, drawn_steps
from runtime.variables import uses

_SQUARE, _GUIDES, _LAST = "canvas/square_wires", "canvas/guides", "canvas/channels_last"
_EMPTY = "Double-click or press Tab to place the first block,\nor drag one from the palette."


class Stage(QWidget):
    """Shows a place of the design. What the hand wants leaves through `wanted`; the window does it."""

    wanted = Signal(str, object, str)  # words, the edit of the design, and what it may merge with
    looked = Signal(object)  # the Scene that is seen now
    chosen = Signal(object)  # the names of the selected nodes
    said = Signal(str)
    rename_wanted = Signal()
    network_wanted = Signal()
    removal_wanted = Signal(str)

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._serial = document, 0
        self.scene: Scene = nothing()
        self._places: dict[Place, Place] = {}  # by tab, how far in one has gone
        self.ways = Ways()
        self.tabs, self.plus, self.canvas, self.step_bar = _Tabs(), QToolButton(), Canvas(theme), StepBar()
        self.canvas.set_square(bool(QSettings().value(_SQUARE, False, bool)))
        self.canvas.guided = bool(QSettings().value(_GUIDES, True, bool))
        self.canvas.set_channels_last(bool(QSettings().value(_LAST, False, bool)))
        self.hint = QLabel(self.canvas.viewport())
        self.hint.setProperty("role", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lay_out(theme)
        self._connect()
        self._follow_tabs()

    def _lay_out(self, theme: Theme) -> None:
        self.plus.setToolTip("Add a network to the design")
        self.plus.setAccessibleName("Add a network")
        self.plus.setIconSize(QSize(14, 14))
        head = QWidget()
        head.setProperty("role", "tabs")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(0)
        row.addWidget(self.tabs)
        row.addWidget(self.plus)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self.step_bar)
        column.addWidget(self.canvas, 1)
        self.set_theme(theme)

    def _connect(self) -> None:
        self.canvas.edited.connect(self._want)
        self.canvas.selection_changed.connect(self.chosen)
        self.canvas.opened.connect(self.open_node)
        self.canvas.back.connect(self.go_back)
        self.canvas.detached.connect(self._detach)
        self.canvas.grouped.connect(self._group)
        self.canvas.unfolded.connect(self._unfold)
        self.canvas.folded.connect(self._fold)
        self.canvas.message.connect(self.said)
        self.canvas.foreseen.connect(self._foresee)
        self.tabs.currentChanged.connect(self._turn)
        self.tabs.tabBarClicked.connect(self._turn_by_hand)
        self.tabs.tabBarDoubleClicked.connect(self._rename)
        self.tabs.customContextMenuRequested.connect(self._offer)
        self.plus.clicked.connect(self._add)
        self._document.replaced.connect(self._forget)
        self._document.changed.connect(self._follow)

    def turn_wires(self) -> None:
        """Square wires where they were smooth, and the other way round; remembered."""
        square = not self.canvas.sheet.wires.square
        QSettings().setValue(_SQUARE, square)
        self.canvas.set_square(square)

    def turn_guides(self) -> None:
        """Guides while dragging where there were none, and the other way round; remembered."""
        self.canvas.guided = not self.canvas.guided
        QSettings().setValue(_GUIDES, self.canvas.guided)

    def turn_channels(self) -> None:
        """Channels last in the shapes beside wires where they were first, and the other way round; remembered."""
        last = not self.canvas.sheet.channels_last
        QSettings().setValue(_LAST, last)
        self.canvas.set_channels_last(last)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.canvas.set_theme(theme)
        self.plus.setIcon(icon("plus", theme, "muted"))

    # Going about

    def go_to(self, place: Place) -> None:
        """Shows a place; one that is gone leads to the nearest that is left."""
        home = replace(place, path=())
        self._places[home] = place
        if home in self.tabs.homes and self.tabs.homes.index(home) != self.tabs.currentIndex():
            self.tabs.setCurrentIndex(self.tabs.homes.index(home))
        else:
            self.refresh()

    def open_node(self, name: str) -> None:
        """Looks inside a composite, or goes to the network that stands at a node."""
        block = self.scene.graph.block(name)
        if block.role == "network":
            inner = Place(str(block.value("network")))
            self.ways.go(inner, Through(self.scene.place, name))
            self.go_to(inner)
        else:
            self.go_to(self.scene.place.inside(name))

    def go_back(self) -> None:
        """Leaves the inside that is shown, or the network gone to through a node, and selects that node."""
        left = self.scene.place.path[-1:]
        if left:
            self.go_to(self.scene.place.up())
            self.canvas.select(left)
        elif self.scene.way:
            self.ways.leave(self.scene.place)
            came = self.scene.way[-1]
            self.show_view(View(came.place, (came.node,)))

    def go_out(self, place: Place) -> None:
        """Goes back along the way in to a place on it; to one that is not on it as it is."""
        on_way = place.home in (self.scene.place.home, *(through.place.home for through in self.scene.way))
        while on_way and self.scene.place != place and (self.scene.place.path or self.scene.way):
            self.go_back()
        if self.scene.place != place:
            self.go_to(place)

    def _turn_by_hand(self, index: int) -> None:
        """A tab that is pressed shows its network by itself, not as a part of the one it was opened from."""
        if 0 <= index < len(self.tabs.homes) and self.ways.leave(self.tabs.homes[index]) is not None:
            self.refresh()

    def reveal(self, place: Place, node: str) -> None:
        """Goes to a place and brings a node of it into sight, selected."""
        self.go_to(place)
        self.canvas.select([node] if node else [])
        if node:
            self.canvas.reveal(node)

    def _detach(self, node: str) -> None:
        network = self.scene.canvas
        self.wanted.emit(f"Detach {node}", actions.detached(network, node), "")

    def _unfold(self, node: str) -> None:
        arriving = self.scene.checked.rows[node].inputs
        edit = actions.unfolded(self.scene.canvas, node, arriving[0] if arriving else None)
        self.wanted.emit(f"Draw {node} gate by gate", spread(edit, self.scene.canvas, node), "")

    def _fold(self, node: str) -> None:
        self.wanted.emit(f"Close {node} to one layer", actions.folded(self.scene.canvas, node), "")

    def _group(self, nodes: tuple[str, ...], title: str) -> None:
        network, before = self.scene.canvas, set(self.scene.graph.nodes)
        label = f"Group {deeds.counted(nodes)} into {title}"
        self.wanted.emit(label, actions.grouped(network, nodes, title), "")
        placed = self.scene.graph.nodes.keys() - before
        if placed:
            self.canvas.select(placed)
            self._document.leave(self.view())

    def view(self) -> View:
        """Where one looks now, and what is selected there."""
        return View(self.scene.place, self.canvas.selection())

    def show_view(self, view: View) -> None:
        """Looks where a step was done, with its selection.

        A step about the whole design can be seen from anywhere: then nothing is selected, and the inspector shows it.
        """
        if view.place not in (Place(), self.scene.place):
            self.go_to(view.place)
        self.canvas.select(view.selection)
        if self.canvas.selection():
            self.canvas.reveal(self.canvas.selection()[0])

    def enter(self, place: Place, node: str) -> None:
        """Brings a node of a place into sight, selected, with the keyboard on the canvas."""
        self.reveal(place, node)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_chosen(self, place: Place, nodes: Sequence[str]) -> None:
        """Goes to a place where it is another one, and selects nodes of it."""
        if place != self.scene.place:
            self.go_to(place)
        self.canvas.select(nodes)
        if nodes:
            self.canvas.reveal(nodes[-1])

    def refresh(self) -> None:
        """Shows what is at the place now."""
        home = self.tabs.home()
        design = self._document.design
        scene = scene_at(self._places.get(home, home), design, self._document.verdict)
        self.scene = replace(scene, way=self.ways.to(scene.place, design))
        self._places[home] = self.scene.place
        scene = self.scene
        self.canvas.in_step = bool(scene.place.step) and not scene.place.path
        self.canvas.fields = fields_left(design, scene.place.step)
        self.canvas.why_read_only, self.canvas.offered = scene.locked, scene.offered
        self.canvas.sheet.uses, self.canvas.sheet.laid = uses(self._document.design), self._laid
        self.canvas.set_network(
            f"{self._serial}/{scene.place.step}/{'/'.join((scene.place.network, *scene.place.path))}",
            scene.graph,
            scene.checked,
            scene.layout,
            scene.decor,
            read_only=not scene.editable,
            problems=scene.problems,
            repairs=self._repairs,
        )
        self._show_hint()
        self.step_bar.look_at(scene, begins(scene, design))
        self.looked.emit(scene)

    def _laid(self, network: str) -> Laid:
        design = self._document.design
        return design.layout.get(network, {}), decor_of(design, network)

    def add(self, block: Block, name: str = "") -> None:
        """Places a block beneath what is selected and wires it to that, as the search box does."""
        if not self.scene.editable:
            self._exchange(block)
            return
        sheet, chosen = self.canvas.sheet, self.canvas.selection()
        name = name or name_for(sheet.graph, block)
        wires = deeds.first_wires(sheet.graph, chosen, name, block)
        above = chosen or tuple(sheet.names[-1:])
        at = placing.below(sheet.graph, above[-1], sheet.shown_layout()) if above else deeds.centred(0.0, 0.0)
        self.canvas.submit(deeds.added(sheet, Node(block), at, wires, name))
        self.canvas.reveal(name)

    def _exchange(self, block: Block) -> None:
        """Puts a block where the recipe lets it stand, at the selected node first; else says why not."""
        able = [name for name, kinds in self.scene.offered.items() if block.kind() in kinds]
        chosen = [name for name in self.canvas.selection() if name in self.scene.offered]
        if able:
            replacing.put(self.canvas, next((name for name in able if name in chosen), able[0]), block)
        else:
            self.canvas.say(self.scene.locked)

    def _repairs(self, problem: Diagnostic, checked: Checked) -> Sequence[Fix]:
        found = self._document.verdict.fixes(problem) if self.scene.editable else ()
        return [Repair(fix.title, unchanged, fix.edit) for fix in found]

    def _foresee(self, fix: Fix | None) -> None:
        self.preview(fix.beyond if isinstance(fix, Repair) else None)

    def preview(self, edit: Edit | None) -> None:
        """Draws what an edit of the design would do to the network in sight; None takes that away."""
        self.canvas.preview.end()
        if edit is None or not self.scene.editable:
            return
        network, design = self.scene.canvas, self._document.design
        try:
            after = placed(edit, self.scene.place.step)(design)
        except (Refused, BadSetting):
            return
        graph = {**after.networks, **drawn_steps(after.training)}.get(network)
        if graph is not None:
            self.canvas.preview.show(check(graph, after.networks), after.layout.get(network, {}))

    def _want(self, intent: Intent) -> None:
        network = self.scene.canvas
        merge = f"{network}.{intent.merge_key}" if intent.merge_key else ""
        before = self._document.design
        if self.scene.offered:  # told as an edit of the recipe is
            self.wanted.emit("", by_recipe(lifted(intent, network), self.scene.place.step), merge)
        else:
            self.wanted.emit(intent.label, lifted(intent, network), merge)
        if intent.select is not None and self._document.design is not before:
            self.canvas.select(intent.select)
            self._document.leave(self.view())

    # Tabs

    def _follow(self, before: Design, after: Design) -> None:
        self._follow_tabs()
        self.refresh()

    def _forget(self) -> None:
        self._serial += 1
        self._places = {}
        self.ways.clear()

    def _follow_tabs(self) -> None:
        design = self._document.design
        self.tabs.show_homes(
            [*(Place(name) for name in design.networks), *(Place(step=phase.name) for phase in design.training)]
        )

    def _turn(self, _: int) -> None:
        self.refresh()

    def _rename(self, index: int) -> None:
        if 0 <= index < len(self.tabs.homes) and self.tabs.homes[index].network:
            self.canvas.select(())
            self.rename_wanted.emit()

    def _offer(self, at: QPoint) -> None:
        index = self.tabs.tabAt(at)
        if not 0 <= index < len(self.tabs.homes) or not self.tabs.homes[index].network:
            return
        self.tabs.setCurrentIndex(index)
        menu = QMenu(self)
        menu.addAction("Rename…", lambda: self._rename(index))
        menu.addAction("Delete", lambda: self.removal_wanted.emit(self.tabs.homes[index].network))
        menu.exec(self.tabs.mapToGlobal(at))
        menu.deleteLater()

    def _add(self) -> None:
        self.network_wanted.emit()

    # What is said where there is nothing to see

    def _show_hint(self) -> None:
        empty = not self.scene.graph.nodes
        self.hint.setText((self.scene.trouble or _EMPTY) if empty else "")
        self.hint.setVisible(empty)
        self._place_hint()

    def _place_hint(self) -> None:
        self.hint.adjustSize()
        room = self.canvas.viewport().size()
        self.hint.move((room.width() - self.hint.width()) // 2, (room.height() - self.hint.height()) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_hint()


class _Tabs(QTabBar):
    """A tab for every network, and one for every step of the training."""

    def __init__(self) -> None:
        super().__init__()
        self.homes: list[Place] = []
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Networks and training steps")

    def home(self) -> Place:
        """The network or step whose tab is up."""
        index = self.currentIndex()
        return self.homes[index] if 0 <= index < len(self.homes) else Place()

    def show_homes(self, homes: list[Place]) -> None:
        """Makes the tabs those of `homes`; the one that is up stays up where it is among them."""
        up = self.home()
        for index, home in enumerate(homes):
            if index == self.count():
                self.homes.append(home)
                self.addTab("")
            self.homes[index : index + 1] = [home]
            self.setTabText(index, home.network or f"{home.step} · training step")
            self.setTabToolTip(index, "What is done with every batch, drawn by the recipe" if home.step else "")
        while self.count() > len(homes):
            del self.homes[-1]
            self.removeTab(self.count() - 1)
        if up in homes and self.home() != up:
            self.setCurrentIndex(homes.index(up))
        elif up.network and self.home().step:  # the last network went: the one before it is nearer than a step
            self.setCurrentIndex(max((i for i, home in enumerate(homes) if home.network), default=0))
