"""The bar at the top: file and history at the left, where one is, and the training at the right."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QProgressBar, QSizePolicy, QToolButton, QWidget

from designer import numbers
from designer.handing import setting_in
from designer.icons import icon
from designer.process import Progress
from designer.scene import Place, Scene
from designer.theme import Theme

HEIGHT = 48
_NARROWEST = 480  # px
_WAY = 150  # px that the breadcrumb keeps
_SLACK = 40  # px to spare before words come back, so that none flicker
DEVICES = {"": "Best device", "cpu": "CPU", "cuda": "NVIDIA GPU (cuda)", "mps": "Apple GPU (mps)"}


class TopBar(QWidget):
    """Product, actions, breadcrumb and the controls of the training.

    No QToolBar: the style's margins around its items would not leave buttons their height.
    """

    went = Signal(object)  # a Place, out of the breadcrumb
    title_wanted = Signal()

    def __init__(self, menu: QMenu) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(4)
        self.menu = QToolButton()
        self.menu.setMenu(menu)
        self.menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu.setToolTip("All commands (F10)")
        self.menu.setAccessibleName("Menu")
        self.brand, self.crumbs, self.controls = QLabel("Layerwright"), Breadcrumb(), Controls()
        self._worded: list[QToolButton] = []
        self._tight = 0  # how many kinds of words have given way to icons
        self.crumbs.went.connect(self.went)
        self.crumbs.title_wanted.connect(self.title_wanted)

    def fill(self, file: list[QAction], history: list[QAction], training: list[QAction], theme: Theme) -> None:
        """Puts the actions into their places."""
        self.brand.setProperty("role", "brand")
        first, second = list(map(_worded, file)), list(map(_worded, history))
        self._worded = [*first, *second]
        for widget in (self.menu, self.brand, *first, _divider(), *second, _divider()):
            self._row.addWidget(widget)
        self._row.addWidget(self.crumbs, 1)
        self.controls.fill(training)
        self.set_theme(theme)
        self._row.addWidget(self.controls)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.menu.setIcon(icon("menu", theme, "muted"))
        self.controls.set_theme(theme)
        self._tight = 0

    # Where the window is narrow, words give way to icons: first those of the actions, then all that can

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        """Gives up as few words as it has to, so that the way to where one is keeps its room."""
        steps = [0, sum(map(_spare, self._worded)), self.brand.sizeHint().width() + _spare(self.controls.device)]
        whole = self._row.minimumSize().width() + sum(steps[: self._tight + 1]) + _WAY
        room = [self.width() - (_SLACK if tight < self._tight else 0) for tight in range(len(steps))]
        fitting = (tight for tight in range(len(steps)) if whole - sum(steps[: tight + 1]) <= room[tight])
        tight = next(fitting, len(steps) - 1)
        if tight != self._tight:
            self._tight = tight
            only = Qt.ToolButtonStyle.ToolButtonIconOnly
            for button in self._worded:
                button.setToolButtonStyle(only if tight else Qt.ToolButtonStyle.ToolButtonTextOnly)
            self.controls.device.setToolButtonStyle(only if tight > 1 else Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.brand.setVisible(tight < 2)


class Breadcrumb(QWidget):
    """Where one is: design › network › block inside of block; every part leads there."""

    went = Signal(object)  # a Place
    title_wanted = Signal()
    setting_dropped = Signal(str)  # a setting of what is selected was carried here, to be promoted

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 4, 0)
        self._row.setSpacing(2)
        self._invited = False  # something is carried that it takes
        self._shown: tuple[str, tuple[tuple[str, Place], ...]] = ("", ())

    def tell(self, title: str, scene: Scene | None) -> None:
        """Shows the way to a scene; nothing where there is none."""
        shown = (title, tuple(crumbs(scene))) if scene is not None else ("", ())
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if shown[0]:
            self._add(title, "Title, data and training of the design").clicked.connect(self.title_wanted)
        for place, (name, target) in enumerate(shown[1]):
            arrow = QLabel("›")
            arrow.setProperty("role", "muted")
            self._row.addWidget(arrow)
            crumb = self._add(name, f"Go to {name}")
            crumb.setProperty("here", place == len(shown[1]) - 1)
            crumb.clicked.connect(partial(self._go, target))
        self._row.addStretch(1)

    def _add(self, text: str, help_: str) -> QToolButton:
        button = QToolButton()
        button.setText(text if len(text) <= 40 else text[:39] + "…")
        button.setToolTip(help_)
        button.setProperty("crumb", True)
        self._row.addWidget(button)
        return button

    def _go(self, target: Place, *_: object) -> None:
        self.went.emit(target)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if setting_in(event.mimeData()):
            self._glow(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._glow(self._invited)

    def dropEvent(self, event: QDropEvent) -> None:
        self._glow(False)
        self.setting_dropped.emit(setting_in(event.mimeData()))
        event.acceptProposedAction()

    def invite(self, on: bool) -> None:
        """Shows that what the hand carries can be dropped here, from the moment it is taken."""
        self._invited = on
        self._glow(on)

    def _glow(self, on: bool) -> None:
        self.setProperty("target", on)
        self.style().unpolish(self)
        self.style().polish(self)


def crumbs(scene: Scene) -> list[tuple[str, Place]]:
    """The parts of the way in to a scene, outermost first: networks, the uses one came through, blocks opened."""
    parts: list[tuple[str, Place]] = []
    used = ""  # the use through which one came into the network that is next
    for place, node in (*((through.place, through.node) for through in scene.way), (scene.place, "")):
        name = place.network or place.step
        if name:
            parts.append((f"{used} ({name})" if used else name, place.home))
        parts += [(name, replace(place, path=place.path[: n + 1])) for n, name in enumerate(place.path)]
        used = node
    if scene.used:
        parts[-1] = f"{parts[-1][0]} ({scene.used})", parts[-1][1]
    return parts


class Controls(QWidget):
    """Device, train, pause, stop, and how far the training is."""

    device_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.device = QToolButton()
        self.device.setProperty("boxed", True)
        self.device.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.device.setAccessibleName("Device to train on")
        self.device.setMenu(self._devices())
        self.train: Primary | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(110)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the training")
        self.left = QLabel()
        self.left.setProperty("role", "muted")
        self.left.setMinimumWidth(56)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 4, 0)
        self._row.setSpacing(8)
        self.show_device("", "")
        self.show_progress(Progress(), False)

    def _devices(self) -> QMenu:
        menu = QMenu(self)
        for device, words in DEVICES.items():
            menu.addAction(words, partial(self._choose, device))
        return menu

    def _choose(self, device: str) -> None:
        self.device_chosen.emit(device)

    def fill(self, training: list[QAction]) -> None:
        """Puts the actions for training, pausing and stopping into their places."""
        self._row.addWidget(self.device)
        train, *others = training
        self.train = Primary(train)
        self._row.addWidget(self.train)
        for action in others:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setProperty("boxed", True)
            button.setFixedHeight(30)
            self._row.addWidget(button)
        self._row.addWidget(self.bar)
        self._row.addWidget(self.left)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.device.setIcon(icon("cpu", theme, "muted"))
        self.device.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.device.setFixedHeight(30)
        if self.train is not None:
            self.train.set_theme(theme)

    def show_device(self, chosen: str, found: str) -> None:
        """Shows the device that was chosen, and the one that a training really found."""
        self.device.setText(f" {found or DEVICES.get(chosen, chosen)}")
        told = f"Training runs on {found}." if found else "The device is found when a training first starts."
        self.device.setToolTip(f"{told} Click to choose another one.")

    def show_progress(self, progress: Progress, live: bool, paused: bool = False) -> None:
        """Shows how far a training is and how long it will take; nothing where there is none."""
        if self.train is not None:
            self.train.setText(" Continue" if paused else " Train")
        self.bar.setVisible(live)
        self.left.setVisible(live)
        self.bar.setValue(round(1000 * progress.share))
        seconds = progress.seconds_left
        self.left.setText("" if seconds is None else numbers.duration(seconds))
        self.left.setToolTip("Time left at the pace so far; estimated")


class Primary(QToolButton):
    """The one button that stands out. It follows an action, with an icon that suits its own ground."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._action = action
        self.setProperty("primary", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFixedHeight(30)
        self.setText(f" {action.text()}")
        self.setAccessibleName(action.text())
        self.clicked.connect(self._press)
        action.changed.connect(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.setIcon(icon("play", theme, "on_accent"))

    def _press(self) -> None:
        self._action.trigger()

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())


def _spare(button: QToolButton) -> int:
    """How much narrower a button is without its words, px."""
    return button.fontMetrics().horizontalAdvance(f"{button.text()}  ") - button.iconSize().width()


def _divider() -> QFrame:
    rule = QFrame()
    rule.setProperty("role", "rule")
    return rule


def _worded(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
