"""The manual in the window: every block's page, found by a few letters, with links from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QIcon, QKeyEvent, QTextDocument
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTextBrowser,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from designer.icons import block_icon, icon, pixmap
from designer.manual_html import BLOCK, WIDTH, contents_html, page_html
from designer.manual_pictures import pictures_of
from designer.theme import GAP, ROW, Theme, fonts
from runtime.manual import ManualPage, found, pages

_NAME = Qt.ItemDataRole.UserRole
_SIDE, _MARGIN = 264, 32  # px
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Manual(QWidget):
    """A list of blocks beside the page of one. Esc leaves, Alt+Left goes back to the page before."""

    left = Signal()
    placed = Signal(object)  # a block that a person wants on the canvas

    def __init__(self, theme: Callable[[], Theme], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pages = pages()
        self._behind: list[str] = []  # pages that were read before
        self.came_from: QWidget | None = None  # what was in sight before the manual
        self.name = ""  # the block whose page is in sight; empty for the list of all
        self.search, self.list, self.text = QLineEdit(), _Names(), QTextBrowser()
        self.back, self.add, self.close_button = QToolButton(), QPushButton("Add to network"), QToolButton()
        self._lay_out()
        self._connect()
        self._fill()
        self.show_page("")

    def _lay_out(self) -> None:
        self.search.setPlaceholderText("Search the manual")
        self.search.setAccessibleName("Search the manual")
        self.list.setAccessibleName("Pages of the manual")
        self.text.setAccessibleName("Page of the manual")
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.text.setLineWrapColumnOrWidth(WIDTH + 2 * _MARGIN)
        self.text.document().setDocumentMargin(_MARGIN)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        row.addWidget(_line(upright=True))
        row.addLayout(self._main(), 1)

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 12, 0, 0)
        column.setSpacing(GAP)
        held = QHBoxLayout()
        held.setContentsMargins(0, 0, 12, 0)
        held.addWidget(self.search)
        column.addLayout(held)
        column.addWidget(self.list, 1)
        return side

    def _main(self) -> QVBoxLayout:
        named = {self.back: "Back to the page before (Alt+Left)", self.close_button: "Close the manual (Esc)"}
        for button, words in named.items():
            button.setToolTip(words)
            button.setAccessibleName(words.partition(" (")[0])
        self.add.setToolTip("Place this block in the network")
        bar = QHBoxLayout()
        bar.setContentsMargins(_MARGIN - GAP, GAP, 12, GAP)
        bar.setSpacing(GAP)
        bar.addWidget(self.back)
        bar.addStretch(1)
        bar.addWidget(self.add)
        bar.addWidget(self.close_button)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(_line())
        column.addWidget(self.text, 1)
        return column

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._take)
        self.search.installEventFilter(self)
        self.list.picked.connect(self.show_page)
        self.text.anchorClicked.connect(self._follow)
        self.back.clicked.connect(self.go_back)
        self.add.clicked.connect(self._place)
        self.close_button.clicked.connect(self.left)

    # What is shown

    def show_page(self, name: str) -> None:
        """Shows the page of a block, or the list of all; the page before can be gone back to."""
        if name != self.name:
            self._behind.append(self.name)
        self._show(name)

    def go_back(self) -> None:
        """Shows the page that was read before."""
        if self._behind:
            self._show(self._behind.pop())

    def _show(self, name: str) -> None:
        self.name = name if name in CATALOGUE else ""
        self._mark()
        theme, document = self._theme(), self.text.document()
        kind = CATALOGUE.get(self.name)
        if kind is None:
            self.text.setHtml(contents_html(theme, len(CATALOGUE)))
        else:
            document.clear()
            self.text.setHtml(page_html(ManualPage(kind), theme, list(self._pictures(kind, theme))))
        self.text.verticalScrollBar().setValue(0)
        self.back.setEnabled(bool(self._behind))
        self.add.setVisible(kind is not None and kind.role not in ("network", "unknown"))
        for button, drawn in ((self.back, "arrow-left"), (self.close_button, "x")):
            button.setIcon(icon(drawn, theme, "muted"))

    def _pictures(self, kind: type[Block], theme: Theme) -> Iterator[tuple[str, str, int, int]]:
        """Gives the document the pictures of a block; yields what each shows, its name and its size."""
        ratio = self.devicePixelRatioF()
        for number, (title, drawn) in enumerate(pictures_of(kind, theme, WIDTH, ratio)):
            name = f"picture:{kind.kind()}:{number}"
            self.text.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), drawn)
            yield title, name, round(drawn.width() / ratio), round(drawn.height() / ratio)

    def _fill(self, *_: object) -> None:
        """Lists the pages that a search means, or all of them under their headings."""
        words = self.search.text().strip()
        self.list.clear()
        heading = ""
        for page in found(words, self._pages) if words else self._pages:
            if not words and page.kind.category != heading:
                heading = page.kind.category
                self.list.addTopLevelItem(_heading(heading))
            self.list.addTopLevelItem(self._entry(page))
        if not self.list.topLevelItemCount():
            self.list.addTopLevelItem(_nothing(words))
        self._mark()

    def _entry(self, page: ManualPage) -> QTreeWidgetItem:
        line = QTreeWidgetItem([page.kind.label()])
        line.setData(0, _NAME, page.name)
        line.setSizeHint(0, QSize(0, ROW))
        line.setToolTip(0, page.kind.summary())
        colour = self._theme().category_colour(page.kind.category, page.kind.composite)
        line.setIcon(0, QIcon(pixmap(block_icon(page.kind), colour, 14, 2.0)))
        return line

    def _lines(self) -> list[QTreeWidgetItem]:
        items = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return [item for item in items if item is not None and item.data(0, _NAME)]

    def _mark(self) -> None:
        """Marks the page in sight in the list, where it is listed."""
        self.list.setCurrentItem(None)  # type: ignore[call-overload]
        for item in self._lines():
            if item.data(0, _NAME) == self.name:
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item)

    # What a person does

    def _take(self) -> None:
        """Enter in the search: the first page found."""
        lines = self._lines()
        if lines and self.search.text().strip():
            self.show_page(str(lines[0].data(0, _NAME)))

    def _follow(self, link: QUrl) -> None:
        if link.toString().startswith(BLOCK):
            self.show_page(link.toString().removeprefix(BLOCK))
        else:
            QDesktopServices.openUrl(link)

    def _place(self) -> None:
        kind = CATALOGUE.get(self.name)
        if kind is not None:
            self.placed.emit(kind())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Up and Down in the search go through what was found."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        step, lines = _STEPS.get(Qt.Key(event.key()), 0), self._lines()
        if step and lines:
            names = [item.data(0, _NAME) for item in lines]
            at = names.index(self.name) + step if self.name in names else 0
            self.show_page(str(names[max(0, min(at, len(names) - 1))]))
        return bool(step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Left and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.go_back()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()
            self._show(self.name)


class _Names(QTreeWidget):
    """The names of pages under their headings; `picked` says which one a hand went to, by click or by key."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._pick)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentItem()
        super().keyPressEvent(event)
        if self.currentItem() is not before:
            self._pick(self.currentItem())

    def _pick(self, item: QTreeWidgetItem | None, *_: object) -> None:
        if item is not None and item.data(0, _NAME):
            self.picked.emit(str(item.data(0, _NAME)))


def _line(upright: bool = False) -> QFrame:
    line = QFrame()
    line.setProperty("role", "edge" if upright else "line")
    return line


def _heading(words: str) -> QTreeWidgetItem:
    head = QTreeWidgetItem([words])
    head.setFont(0, fonts().strong)
    head.setFlags(Qt.ItemFlag.ItemIsEnabled)
    head.setSizeHint(0, QSize(0, ROW + 6))
    return head


def _nothing(words: str) -> QTreeWidgetItem:
    nothing = QTreeWidgetItem([f"No page has “{words}”"])
    nothing.setFlags(Qt.ItemFlag.NoItemFlags)
    return nothing
