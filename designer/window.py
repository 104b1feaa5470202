"""The main window: it introduces canvas, panels, document and training to each other, and does what they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QStackedWidget, QWidget

from blocks.edits import Refused
from blocks.setting import BadSetting
from designer import actions
from designer import theme as looks
from designer.areas import Walk, WalkedWindow, areas_of
from designer.command_box import CommandBox
from designer.command_table import fill
from designer.commands import Commands
from designer.docks import Later, Workbench
from designer.document import Edit, OpenDesign
from designer.dropping import Dropped, taken
from designer.files import Files
from designer.finder import FindBar, Hit, hits
from designer.introductions import introduce
from designer.lift import placed
from designer.panels.code import CodePanel
from designer.panels.history import HistoryPanel
from designer.panels.inspector import Inspector
from designer.panels.log import LogPanel
from designer.panels.outline import OutlinePanel
from designer.panels.palette import Palette
from designer.panels.problems import ProblemsPanel
from designer.panels.runs import RunsPanel
from designer.panels.summary import SummaryPanel
from designer.process import Training
from designer.rewind import Rewind
from designer.scene import Place, Scene
from designer.stage import Stage
from designer.status import StatusLine
from designer.theme import Theme
from designer.toolbar import TopBar
from designer.trainer import Trainer
from designer.welcome import Welcome
from runtime.export import CannotExport, export
from runtime.file import BadDesign, CannotSave, open_design
from runtime.run import Run
from runtime.source import CannotPrint
from runtime.store import CannotRead

if TYPE_CHECKING:
    from designer.panels.training import TrainingPanel
    from designer.picture_dialog import PictureDialog

RUNS = Path("runs")
_GEOMETRY, THEME = "window/geometry", "window/theme"
PALETTE, INSPECTOR, PROBLEMS, SUMMARY = "Palette", "Inspector", "Problems", "Summary"
CODE, TRAINING, RUNS_LIST, LOG, HISTORY = "Code", "Training", "Runs", "Log", "History"
OUTLINE = "Outline"


class MainWindow(WalkedWindow):
    """One window on one document. Data goes one way: hand → edit → document → eye."""

    def __init__(self, document: OpenDesign, theme: Theme, runs_dir: Path = RUNS) -> None:
        super().__init__()
        self.document, self.theme, self.runs_dir = document, theme, runs_dir
        document.setParent(self)
        self.training = Training(self)
        self.files = Files(document, self)
        self.stage, self.welcome, self.status = Stage(document, theme), Welcome(theme), StatusLine()
        self.palette_panel, self.inspector = Palette(document, theme), Inspector(document, theme)
        self.problems, self.summary = ProblemsPanel(document, theme), SummaryPanel(document, theme)
        self.code, self.curve_dock = CodePanel(document, theme), Later(self._make_curves)
        self.runs, self.log = RunsPanel(runs_dir, theme), LogPanel(self.training)
        self.history, self.rewind = HistoryPanel(document, theme), Rewind(document, self.stage)
        self.outline = OutlinePanel(document, theme)
        self.bench, self.pages = Workbench(self.stage), QStackedWidget()
        self.trainer = Trainer(document, self.training, runs_dir)
        self.commands = Commands(self, theme)
        self.picture_dialog: PictureDialog | None = None
        self.main_menu = QMenu(self)
        self.top = TopBar(self.main_menu)
        self._build()
        self._connect()
        self._recall()
        self.show_start()
        QTimer.singleShot(0, self, self._take_up)

    # Assembly

    def _build(self) -> None:
        self.setWindowTitle("Layerwright")
        self.setAcceptDrops(True)
        bench = self.bench
        bench.add_side(PALETTE, self.palette_panel)
        bench.add_side(INSPECTOR, self.inspector, right=True)
        bottom = {
            PROBLEMS: self.problems,
            SUMMARY: self.summary,
            OUTLINE: self.outline,
            CODE: self.code,
            TRAINING: self.curve_dock,
            RUNS_LIST: self.runs,
            LOG: self.log,
            HISTORY: self.history,
        }
        for name, panel in bottom.items():
            bench.add_bottom(name, panel)
        for page in (self.welcome, bench):
            self.pages.addWidget(page)
        self.setCentralWidget(self.pages)
        self.setMenuWidget(self.top)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setStatusBar(self.status)
        self.finder = FindBar(self.stage.canvas, lambda text: hits(self.document, self.stage.scene, text))
        self.box = CommandBox(self, self.commands.all, self.commands.keys)
        self.walk = Walk(self, lambda: areas_of(self.top, self.pages, bench, self.stage), self.stage.canvas)
        fill(self)

    def _connect(self) -> None:
        document, stage, training = self.document, self.stage, self.training
        stage.wanted.connect(self.do)
        stage.looked.connect(self._look)
        stage.chosen.connect(self._choose)
        stage.said.connect(self.status.say)
        stage.rename_wanted.connect(self._focus_network_name)
        stage.network_wanted.connect(self.add_network)
        stage.removal_wanted.connect(self.remove_network)
        for asking in (self.inspector, self.outline):
            asking.applied.connect(self.do)
        self.outline.chosen.connect(stage.show_chosen)
        self.outline.opened.connect(stage.enter)
        self.palette_panel.chosen.connect(self._place)
        self.problems.applied.connect(self.do)
        self.problems.said.connect(self.say)
        self.problems.step_revealed.connect(self._reveal_step)
        self.problems.counted.connect(self._count_problems)
        for panel in (self.problems, self.summary, self.code):
            panel.revealed.connect(self.reveal)
        self.runs.followed.connect(self.follow_run)
        self.runs.compared.connect(self._compare_runs)
        self.runs.resumed.connect(self.trainer.resume)
        self.runs.stopped.connect(self._stop_run)
        self.runs.opened.connect(self._open_run)
        introduce(self)
        self.top.title_wanted.connect(self._show_design)
        self.top.controls.device_chosen.connect(self._choose_device)
        self.history.wanted.connect(self.rewind.go_to)
        self.rewind.said.connect(self.status.say)
        self.files.said.connect(self.say)
        self.files.opened.connect(self.show_bench)
        self.trainer.said.connect(self.say)
        training.said.connect(self.say)
        self.trainer.beginning.connect(self._show_training)
        self.welcome.sample_wanted.connect(self._open_sample)
        self.welcome.file_wanted.connect(self.files.open)
        self.welcome.new_wanted.connect(self.files.new)
        self.welcome.open_wanted.connect(self.files.ask_open)
        self.finder.found.connect(self._reveal_hit)
        self.finder.left.connect(stage.canvas.setFocus)
        document.changed.connect(self._follow)
        document.changed.connect(self.finder.refresh)
        document.file_changed.connect(self._follow_file)
        QApplication.instance().focusChanged.connect(document.end_gesture)  # type: ignore[union-attr]
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self.follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self.follow_system)
        training.state_changed.connect(self._follow_training)
        training.progressed.connect(self._follow_training)

    # The loop: what is asked for is done to the document, and everything repaints from there

    def do(self, label: str, edit: Edit, merge: str = "") -> bool:
        """Does an edit as one undo step; a refusal is a sentence, not a failure."""
        try:
            seen = self.stage.view()
            done = self.document.apply(placed(edit, seen.place.step), label, merge, seen)
            if done:
                self.document.leave(self.stage.view())
            return done
        except (Refused, BadSetting) as why:
            self.stage.canvas.say(str(why))
            self.inspector.look_at(self.stage.scene, self.stage.canvas.selection())
            return False

    def say(self, sentence: str) -> None:
        """Says something in the status line, the log, and on the welcome page where that is up."""
        self.status.say(sentence)
        self.log.tell(sentence)
        if self.pages.currentWidget() is self.welcome:
            self.welcome.say(sentence)

    def reveal(self, network: str, node: str) -> None:
        """Shows a node of a network, or of the step of a training of that name, selected."""
        known = network in self.document.design.networks
        self.stage.reveal(Place(network) if known else Place(step=network), node)

    def _reveal_step(self, phase: str, node: str) -> None:
        self.stage.reveal(Place(step=phase), node)

    def _follow(self, *_: object) -> None:
        self.commands.refresh()

    def _count_problems(self, count: int) -> None:
        self.bench.retitle(PROBLEMS, f"{PROBLEMS}  {count}" if count else PROBLEMS)

    def _follow_file(self) -> None:
        document = self.document
        self.setWindowTitle(f"{document.design.title}[*] — Layerwright")
        self.setWindowModified(document.modified)
        self.setWindowFilePath("" if document.path is None else str(document.path))
        self.status.tell(document, self.stage.scene)
        self.top.crumbs.tell(document.design.title, self.stage.scene)
        self.commands.refresh()

    def _look(self, scene: Scene) -> None:
        self.palette_panel.look_at(scene.place.network, scene.place.step)
        self.summary.set_network(scene.place.network)
        self.outline.select(scene.place, self.stage.canvas.selection())
        self.inspector.look_at(scene, self.stage.canvas.selection())
        self.top.crumbs.tell(self.document.design.title, scene)
        self.status.tell(self.document, scene)
        self.commands.refresh()

    def _choose(self, chosen: tuple[str, ...]) -> None:
        self.inspector.look_at(self.stage.scene, chosen)
        place = self.stage.scene.place
        self.code.select(place.network or place.step, () if place.path else chosen)
        self.summary.select(place.network, () if place.path else chosen)
        self.outline.select(place, chosen)
        self.commands.refresh()

    def _follow_training(self, *_: object) -> None:
        training = self.training
        self.top.controls.show_progress(training.progress, training.live, training.state == "paused")
        self.top.controls.show_device(self.trainer.device, self.trainer.found_device)
        self.status.tell_pace(training.progress, training.live)
        self.commands.refresh()

    # Pages

    def show_start(self) -> None:
        """Shows the document where there is one, else the welcome page."""
        if self.document.design.networks:
            self.show_bench()
        else:
            self.show_welcome()

    def show_welcome(self) -> None:
        """Shows the lessons and the recent files."""
        self.welcome.refresh()
        self.pages.setCurrentWidget(self.welcome)
        self.top.crumbs.tell("", None)
        self.status.show_facts(False)
        self.setWindowTitle("Layerwright")
        self.commands.refresh()

    def show_bench(self) -> None:
        """Shows the canvas and its panels."""
        self.pages.setCurrentWidget(self.bench)
        self.bench.tidy()
        self.status.show_facts(True)
        self.stage.refresh()
        self._follow()
        self._follow_file()
        self.stage.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def at_work(self) -> bool:
        """Whether a document is in sight, not the welcome page."""
        return self.pages.currentWidget() is self.bench

    def _show_design(self) -> None:
        self.stage.canvas.select(())
        self.bench.raise_dock(INSPECTOR)

    def show_history(self) -> None:
        """Brings the history to the front, with the keyboard in it."""
        self.bench.raise_dock(HISTORY)
        self.history.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_training(self) -> None:
        self.curve_dock.panel()
        self.bench.raise_dock(TRAINING)

    def _focus_network_name(self) -> None:
        self._show_design()
        self.inspector.focus_network_name()

    # What panels and menus ask

    def _place(self, block: object, name: str) -> None:
        self.stage.add(block, name)  # type: ignore[arg-type]

    def add_network(self) -> None:
        """One more network, in sight at once."""
        name = actions.free_network_name(self.document.design)
        if self.do(f"Add the network {name}", actions.with_new_network(name)):
            self.stage.go_to(Place(name))
            self.document.leave(self.stage.view())

    def remove_network(self, name: str) -> None:
        """Deletes a network, which undo brings back."""
        self.do(f"Delete the network {name}", actions.without_network(name))

    def _reveal_hit(self, hit: Hit) -> None:
        self.stage.reveal(hit.place, hit.node)

    @property
    def curves(self) -> TrainingPanel:
        """The panel of the training, made when it is first wanted."""
        panel: TrainingPanel = self.curve_dock.panel()  # type: ignore[assignment]
        return panel

    def _make_curves(self) -> QWidget:
        # The plots import pyqtgraph, which the first sight of the window need not wait for.
        from designer.panels.training import TrainingPanel

        panel = TrainingPanel(self.training, self.theme)
        panel.revealed.connect(self.reveal)
        return panel

    def _compare_runs(self, runs: list[Run]) -> None:
        self.curves.set_compared(runs)

    def _take_up(self) -> None:
        """Follows the newest run that still trains: one that outlived its window is never out of sight."""
        self.runs.refresh()
        for run in self.runs.alive()[:1]:
            if not self.training.live:
                self.training.attach(run)
                self.say(f"{run.name} is still training. It is followed here; ⏹ stops it.")

    def follow_run(self, run: Run) -> None:
        """Shows a run, live where it is alive."""
        self._show_training()
        self.training.attach(run)

    def _stop_run(self, run: Run) -> None:
        if self.training.run is None or self.training.run.folder != run.folder:
            self.follow_run(run)
        self.training.stop()

    def _open_run(self, run: Run) -> None:
        try:
            self.files.show(open_design(run.folder / "design.json"))
        except BadDesign as error:
            self.say(str(error))

    def _open_sample(self, path: Path) -> None:
        self.files.open(path, sample=True)

    def _choose_device(self, device: str) -> None:
        self.trainer.device = device
        self._follow_training()

    def export_picture(self) -> None:
        """Shows the picture of what is in sight, to be saved or copied, beside the canvas."""
        # What writes SVG and PDF is not loaded before it is wanted.
        from designer.picture_dialog import PictureDialog

        if self.picture_dialog is None:
            self.picture_dialog = PictureDialog(self.theme, self.stage, self)
            self.picture_dialog.said.connect(self.say)
            for change in (self.document.changed, self.stage.looked, self.stage.chosen):
                change.connect(self.picture_dialog.follow)
        self.picture_dialog.open_beside()

    def export_code(self) -> None:
        """Asks for a folder and writes model.py, train.py and the design there, with the weights of this training."""
        folder = QFileDialog.getExistingDirectory(self, "Export code and weights into a folder")
        if not folder:
            return
        run = self.training.run if self.training.state in ("finished", "stopped") else None
        try:
            written, remark = export(self.document.design, Path(folder), run)
        except (CannotExport, CannotPrint, CannotRead, CannotSave) as error:
            self.say(str(error))
        else:
            self.say(f"Exported {', '.join(path.name for path in written)} to {folder}. {remark}".strip())

    def choose_theme(self, name: str) -> None:
        """Other colours from now on; without a name those of the system, also when it changes them."""
        QSettings().setValue(THEME, name)
        self.set_theme(chosen_theme())

    def follow_system(self, *_: object) -> None:
        """The system's colours changed: ours do too, where none were chosen."""
        if chosen_theme() is not self.theme:
            self.set_theme(chosen_theme())

    def set_theme(self, theme: Theme) -> None:
        """The whole window in other colours."""
        self.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        looks.apply(app, theme)
        parts = (self.stage, self.welcome, self.palette_panel, self.inspector, self.problems, self.summary, self.code)
        for part in (*parts, self.outline, self.runs, self.log, self.history, self.top, self.commands):
            part.set_theme(theme)
        if self.curve_dock.made:
            self.curves.set_theme(theme)
        if self.picture_dialog is not None:
            self.picture_dialog.set_theme(theme)
        self._follow_training()
        self.commands.refresh()

    # The window itself

    def _recall(self) -> None:
        geometry = QSettings().value(_GEOMETRY)
        if not isinstance(geometry, QByteArray) or not self.restoreGeometry(geometry):
            self.resize(1600, 1000)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.take(taken(paths, self.document.design))

    def take(self, dropped: Dropped) -> None:
        """Opens a design that was dropped, learns from data, or says why neither can be done."""
        if dropped.design is not None:
            self.files.open(dropped.design)
        elif dropped.data is not None:
            if not self.at_work:
                self.files.new()
            self.do(f"Learn from {type(dropped.data).kind()}", actions.with_data(dropped.data))
            self._show_design()
        else:
            self.say(dropped.why_not)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stage.canvas.let_go()
        if not self.files.may_leave():
            event.ignore()
            return
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        self.bench.remember()
        self.training.detach()
        super().closeEvent(event)


def chosen_theme() -> Theme:
    """The theme that was chosen in the menu, else the system's."""
    return looks.THEMES.get(str(QSettings().value(THEME, "")), looks.system_theme())
