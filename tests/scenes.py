"""The situations whose pictures stand in docs/images: each is played by hand in the real window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from blocks.graph import Wire
from designer.fields import ChoiceField, FlagField
from designer.headless import settle
from designer.template_dialog import TemplateDialog
from designer.window import CODE, PROBLEMS, SUMMARY, TRAINING, MainWindow
from tests.designer.hands import CONTROL, LEFT, SHIFT, button, key, place

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ALT, PLAIN = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier
Key = Qt.Key
Play = Callable[[MainWindow], None]


@dataclass(frozen=True)
class Scene:
    """What is played, and the themes in which its picture is taken."""

    play: Play
    themes: tuple[str, ...] = ("light",)


# The hand


def sample(window: MainWindow, name: str) -> None:
    """Opens a sample as from the welcome page."""
    window.files.open(SAMPLES / f"{name}.json", sample=True)
    settle()


def aim(window: MainWindow, node: str, dx: float = 104.0, dy: float = 23.0) -> QPoint:
    """The pixel so far from the corner of a card; its middle where nothing is said."""
    canvas = window.stage.canvas
    x, y = canvas.sheet.place(node)
    return canvas.mapFromScene(QPointF(x + dx, y + dy))


def pick(window: MainWindow, *nodes: str) -> None:
    """Selects nodes by clicks on their cards."""
    canvas = window.stage.canvas
    canvas.reveal(nodes[0])
    for number, node in enumerate(nodes):
        QTest.mouseClick(canvas.viewport(), LEFT, SHIFT if number else PLAIN, aim(window, node))


def press(window: MainWindow, pressed: Qt.Key, keys: Qt.KeyboardModifier = PLAIN, words: str = "") -> None:
    """A key on the canvas; then words and Enter in the field that it opens, where there are any."""
    key(window.stage.canvas, pressed, keys)
    if words:
        field = window.focusWidget()
        assert field is not None
        QTest.keyClicks(field, words)
        key(field, Key.Key_Return)


def drag(window: MainWindow, start: QPoint, end: QPoint) -> None:
    """Press, moves, release."""
    view = window.stage.canvas.viewport()
    QTest.mousePress(view, LEFT, PLAIN, start)
    for part in (1, 2, 3):
        QTest.mouseMove(view, start + (end - start) * part / 3)
    QTest.mouseRelease(view, LEFT, PLAIN, end)


def closer(window: MainWindow, zoom: float, node: str) -> None:
    """A zoom about a node, which comes to the middle of the canvas."""
    canvas = window.stage.canvas
    canvas.zoom_to(zoom)
    x, y = canvas.sheet.place(node)
    canvas.centerOn(QPointF(x + 104.0, y + 23.0))


def roomy(window: MainWindow) -> None:
    """The canvas alone: the panels beneath it closed, everything fitted."""
    for name, dock in window.bench.docks.items():
        if name not in ("Palette", "Inspector"):
            dock.close()
    settle()
    press(window, Key.Key_Home)


# The situations


def welcome(window: MainWindow) -> None:
    """The page before a design is open."""
    settle(lambda: all(card.drawn for card in window.welcome.cards))


def lenet(window: MainWindow) -> None:
    """LeNet with a convolution selected, and its table of layers."""
    sample(window, "lenet_digits")
    window.bench.raise_dock(SUMMARY)
    window.reveal("LeNet", "conv2")


def error(window: MainWindow) -> None:
    """A Linear that was led an image, with what repairs it."""
    sample(window, "lenet_digits")
    pick(window, "flatten")
    press(window, Key.Key_Delete, CONTROL)
    pick(window, "pool2")
    press(window, Key.Key_C)
    box = window.stage.canvas.connect_box.field
    QTest.keyClicks(box, "fc1")
    key(box, Key.Key_Return, SHIFT)  # it does not fit, and is wanted all the same
    window.bench.raise_dock(PROBLEMS)
    settle()
    window.reveal("LeNet", "fc1")


def search(window: MainWindow) -> None:
    """A wire dropped on the empty canvas: the search offers what accepts its shape, settings typed in."""
    sample(window, "lenet_digits")
    closer(window, 1.0, "pool1")
    start = aim(window, "pool1", dy=46.0)
    drag(window, start, start + QPoint(-430, 60))
    QTest.keyClicks(window.stage.canvas.search.field, "conv 64 5 /2")
    settle()


def frames(window: MainWindow) -> None:
    """Frames around what belongs together, and a wire held by points that were set by hand."""
    sample(window, "resnet_digits")
    roomy(window)
    canvas = window.stage.canvas
    pick(window, "conv1", "norm1", "relu1", "conv2", "norm2")
    press(window, Key.Key_F, CONTROL | SHIFT, "What is learned")
    pick(window, "stage1", "stage2", "stage3")
    press(window, Key.Key_F, CONTROL | SHIFT, "The same, closed")
    closer(window, 0.86, "relu1")
    settle()
    line = canvas.sheet.wires.line(canvas.sheet.wires.all.index(Wire("stem", "y", "add", "parts", 1)))
    at = canvas.mapFromScene(QPointF(*line[len(line) // 2].tolist()))
    QTest.mouseDClick(canvas.viewport(), LEFT, PLAIN, at)
    QTest.mouseRelease(canvas.viewport(), LEFT, PLAIN, at)
    drag(window, at, at + QPoint(72, 0))
    settle()


def inside(window: MainWindow) -> None:
    """A composite opened in place, the way back above it and its code beneath."""
    sample(window, "resnet_digits")
    window.bench.raise_dock(CODE)
    pick(window, "stage2")
    press(window, Key.Key_Return)
    settle()


def marks(window: MainWindow) -> None:
    """A frozen, a muted and a repeated node, two that share their weights, one with a problem and one with advice."""
    sample(window, "resnet_digits")
    closer(window, 1.0, "relu1")
    pick(window, "conv1")
    press(window, Key.Key_F)
    pick(window, "conv2")
    press(window, Key.Key_L)
    settle()
    key(window.stage.canvas.lender_list.list, Key.Key_Down)
    key(window.stage.canvas.lender_list.list, Key.Key_Return)
    pick(window, "norm1")
    press(window, Key.Key_M)
    pick(window, "stage1")
    press(window, Key.Key_R, words="3")
    roomy(window)
    closer(window, 0.86, "relu1")


def heat(window: MainWindow) -> None:
    """The cards coloured by their multiply-accumulates."""
    sample(window, "senet_digits")
    roomy(window)
    window.stage.canvas.legend.show_measure("macs")


def wide(window: MainWindow) -> None:
    """A block of many branches, placed by a few letters, expanded in place, and all of it arranged."""
    window.files.new()
    for words in ("input 1 8 8", "conv 64 3", "inceptione", "globalavg", "linear 10", "output"):
        place(window, words)
    roomy(window)
    window.stage.canvas.select(window.stage.canvas.sheet.names[2:3])
    press(window, Key.Key_F2, words="mix")
    press(window, Key.Key_G, CONTROL | SHIFT)
    window.stage.canvas.select(())
    press(window, Key.Key_L, CONTROL)
    settle(quiet=1.0)
    press(window, Key.Key_Home)


def template(window: MainWindow) -> None:
    """An architecture of the literature about to be begun, with what it costs."""
    settle(lambda: all(card.drawn for card in window.welcome.cards))
    key(window, Key.Key_N, CONTROL | SHIFT)
    dialog = window.findChild(TemplateDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.templates.search, "resnet")
    while dialog.title.text() != "ResNet-50":
        key(dialog.templates.search, Key.Key_Down)
    settle()


def find(window: MainWindow) -> None:
    """Every batch normalization of the design, also within blocks, and every command by its name."""
    sample(window, "resnet_digits")
    key(window, Key.Key_F, CONTROL)
    QTest.keyClicks(window.finder.field, "norm")
    settle()


def picture(window: MainWindow) -> None:
    """The picture for a paper: the same network as feature maps."""
    sample(window, "lenet_digits")
    key(window, Key.Key_E, CONTROL)
    settle()
    dialog = window.picture_dialog
    assert dialog is not None
    dialog.style_box.setCurrentIndex(dialog.style_box.findData("stack"))
    dialog.color_box.setCurrentIndex(dialog.color_box.findData("print"))


def training(window: MainWindow) -> None:
    """A training under way."""
    sample(window, "resnet_digits")
    window.reveal("ResNet", "stage2")
    QTest.mouseClick(button(window, "Train"), LEFT, pos=QPoint(12, 12))
    window.bench.raise_dock(TRAINING)
    settle(lambda: window.training.progress.share > 0.5 or not window.training.live, patience=120)
    window.status.clearMessage()


def named(window: MainWindow, name: str) -> None:
    """Types the name of the network in sight."""
    window.stage.canvas.select(())
    title = window.inspector.whole.network
    title.setFocus()
    title.selectAll()
    QTest.keyClicks(title, name)
    key(title, Key.Key_Return)


def repair(window: MainWindow, title: str) -> None:
    """A click on the button of a problem."""
    settle()
    window.bench.raise_dock(PROBLEMS)
    buttons = window.bench.docks[PROBLEMS].findChildren(QAbstractButton)
    QTest.mouseClick(next(b for b in buttons if b.isVisible() and b.text() == title), LEFT)


def placed(window: MainWindow, words: str, name: str, *after: str) -> None:
    """Places a block after others and gives it a name of its own."""
    window.stage.canvas.select(after)
    place(window, words)
    press(window, Key.Key_F2, words=name)


def minimized(window: MainWindow, node: str, *still: str) -> None:
    """One more objective: it makes a node small and leaves networks as they are."""
    objectives = next(iter(window.inspector.whole.steps.values())).objectives
    QTest.mouseClick(objectives.add, LEFT)
    settle()
    form = objectives.forms[max(objectives.forms)].form
    minimize = form.rows["minimize"].field
    assert isinstance(minimize, ChoiceField)
    QTest.keyClicks(minimize.combo, node)
    for network in still:
        learns = form.rows[f"learns: {network}"].field
        assert isinstance(learns, FlagField)
        key(learns.box, Key.Key_Space)


def step(window: MainWindow) -> None:
    """Two networks against each other: a training step drawn by hand, with an objective for each."""
    window.files.new()
    for words in ("input 16", "linear 64", "relu", "linear 64", "output"):
        place(window, words)
    named(window, "Generator")
    window.add_network()
    for words in ("input 64", "linear 32", "relu", "linear 1", "output"):
        place(window, words)
    named(window, "Critic")
    key(window, Key.Key_T, CONTROL | SHIFT)
    QTest.mouseClick(window.stage.step_bar.edit, LEFT)
    pick(window, "label")
    press(window, Key.Key_Delete)
    placed(window, "noise 16", "noise", "image")
    placed(window, "Generator", "made_up", "noise")
    placed(window, "Critic", "of_made_up", "made_up")
    for loss, judged, wanted in (
        ("fool", "of_made_up", "ones"),
        ("unmask", "of_made_up", "zeros"),
        ("believe", "of_true", "ones"),
    ):
        if judged == "of_true":
            placed(window, "flatten", "pixels", "image")
            placed(window, "Critic", "of_true", "pixels")
        placed(window, "BinaryCrossEntropy", loss, judged)
        repair(window, f"Compare with {wanted}")
    placed(window, "add", "tell", "unmask", "believe")
    window.stage.canvas.select(())
    minimized(window, "fool", "Critic")
    minimized(window, "tell", "Generator")
    press(window, Key.Key_L, CONTROL)
    settle(quiet=1.0)
    roomy(window)
    card = next(iter(window.inspector.whole.cards.values()))
    assert card.step is not None
    place_of = card.step.objectives.mapTo(window.inspector.whole, QPoint(0, 0))
    window.inspector.verticalScrollBar().setValue(place_of.y())


def phases(window: MainWindow) -> None:
    """The second of three phases of a training, in which one network learns and another one stays as it is."""
    sample(window, "finetuning_digits")
    window.stage.canvas.select(())
    cards = list(window.inspector.whole.cards.values())
    bar = window.inspector.verticalScrollBar()
    bar.setValue(cards[1].mapTo(window.inspector.whole, QPoint(0, 0)).y())


SCENES: Mapping[str, Scene] = {
    "welcome": Scene(welcome),
    "lenet": Scene(lenet, ("light", "dark")),
    "error": Scene(error, ("light", "dark")),
    "search": Scene(search),
    "frames": Scene(frames, ("dark",)),
    "inside": Scene(inside),
    "marks": Scene(marks, ("light", "contrast")),
    "heat": Scene(heat, ("dark",)),
    "wide": Scene(wide),
    "template": Scene(template, ("light", "dark")),
    "find": Scene(find, ("dark",)),
    "picture": Scene(picture),
    "step": Scene(step, ("light", "dark")),
    "phases": Scene(phases),
    "training": Scene(training, ("light", "dark")),
}
