"""New from template: an architecture of the literature chosen, set, and seen with its costs before it is begun."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import pairwise

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from blocks.zoo import Template
from designer import numbers
from designer.figures import CannotPicture
from designer.form import Form
from designer.panels.parts import Facts, label, paragraph
from designer.template_list import TemplateList
from designer.template_sight import Foreseen, Sight
from designer.theme import GAP, ROW, Theme
from runtime.beginning import CannotBegin
from runtime.design import Design
from runtime.manual import cited_as

_PAUSE = 120  # ms without a key after which the network is drawn
_LIST, _FORM = 232, 344  # px
_EDGE = 16
_SIZE = QSize(1080, 820)  # where the window is as large
_MOST_LINES = 5  # of the list of networks, before it is scrolled
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NONE = "No architecture is chosen."


class TemplateDialog(QDialog):
    """Chooses a template and its settings; `take` opens the design, and says whether it did."""

    _drawn_in: Theme | None = None  # the theme whose colours it has

    def __init__(self, theme: Callable[[], Theme], take: Callable[[Design], bool], parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme, self._take = theme, take
        self._drawn_in = theme()
        self._problem = ""
        self._drawn: type | None = None  # the template whose figures are in sight
        self._template: Template | None = None
        self._kept: dict[type[Template], Template] = {}  # as they were set before another was looked at
        self._refused: dict[str, str] = {}  # fields whose text cannot be read, and why
        self.foreseen: Foreseen | None = None
        self.templates, self.form, self.facts, self.sight = TemplateList(), Form(theme()), Facts(), Sight()
        self.title, self.about = label("", "title"), paragraph("", "muted")
        self.networks, self.why = QTreeWidget(), label("", "error")
        self.cancel, self.create_button = QPushButton("Cancel"), QPushButton("Create")
        self._pause = QTimer(self, interval=_PAUSE, singleShot=True)
        self._picture = QTimer(self, interval=0, singleShot=True)
        self._lay_out()
        self._connect()
        self._choose(self.templates.template)
        self.draw()
        self.templates.search.setFocus(Qt.FocusReason.OtherFocusReason)

    # Assembly

    def _lay_out(self) -> None:
        self.setWindowTitle("New from template")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parent = self.parentWidget()
        self.resize(_SIZE if parent is None else _SIZE.boundedTo(parent.size()))
        self.create_button.setProperty("primary", True)
        self.create_button.setDefault(True)
        self.cancel.setAutoDefault(False)
        self.templates.setFixedWidth(_LIST)
        self.why.setWordWrap(True)
        columns = QHBoxLayout()
        columns.setSpacing(0)
        for part, share in ((_padded(self.templates), 0), (_edge(), 0), (self._middle(), 0), (_edge(), 0)):
            columns.addWidget(part, share)
        columns.addWidget(self.sight, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(columns, 1)
        whole.addWidget(_line())
        whole.addLayout(self._bottom())

    def _middle(self) -> QWidget:
        """What it is, its settings, and beneath them what it costs."""
        self.title.setWordWrap(True)
        page, scrolled = QWidget(), QScrollArea()
        column = self._settings = QVBoxLayout(page)
        column.setContentsMargins(_EDGE, 14, _EDGE, _EDGE)
        column.setSpacing(GAP)
        for part in (self.title, self.about):
            column.addWidget(part)
        column.addSpacing(GAP)
        column.addWidget(label("SETTINGS", "heading"))
        column.addWidget(self.form)
        column.addStretch(1)
        scrolled.setWidget(page)
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        middle = QWidget()
        middle.setFixedWidth(_FORM)
        both = QVBoxLayout(middle)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(scrolled, 1)
        both.addWidget(_line())
        both.addWidget(self._costs())
        return middle

    def _costs(self) -> QWidget:
        self.networks.setAccessibleName("Networks of the template")
        self.networks.setHeaderLabels(["Network", "Parameters", "MACs"])
        self.networks.setRootIsDecorated(False)
        self.networks.setIndentation(0)
        self.networks.setUniformRowHeights(True)
        self.networks.setFrameShape(QFrame.Shape.NoFrame)
        for place in (1, 2):
            self.networks.headerItem().setTextAlignment(place, _RIGHT)
        head = self.networks.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        costs = QWidget()
        column = QVBoxLayout(costs)
        column.setContentsMargins(_EDGE, 12, _EDGE, 12)
        column.setSpacing(GAP)
        column.addWidget(self.networks)
        column.addWidget(self.facts)
        return costs

    def _bottom(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(_EDGE, 12, _EDGE, 12)
        row.setSpacing(GAP)
        row.addWidget(self.why, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.create_button)
        return row

    def _connect(self) -> None:
        self.templates.chosen.connect(self._choose)
        self._follow_form()
        self.networks.currentItemChanged.connect(self._look)
        self._pause.timeout.connect(self.draw)
        self._picture.timeout.connect(self._paint)
        self.cancel.clicked.connect(self.reject)
        self.create_button.clicked.connect(self._begin)

    def _follow_form(self) -> None:
        self.form.edited.connect(self._set)
        self.form.refused.connect(self._refuse)

    # What a person chooses

    def _choose(self, template: Template | None) -> None:
        """Another template, as it was set before where it is looked at again."""
        if self._template is not None:
            self._kept[type(self._template)] = self._template
        named = template is not None and bool(template.changed())
        if template is not None and not named:
            template = self._kept.get(type(template), template)
        if template is not None and self._template is not None and type(template) is type(self._template) and not named:
            return  # the search goes on finding the same
        self._template = template
        self._fill()
        self._wait()

    def _fill(self) -> None:
        """A form of fresh fields, which the keyboard reaches from the search, one after the other."""
        self._refused = {}
        self.form.look_at(())
        self.form.look_at(() if self._template is None else (self._template,))
        fields = [part for row in self.form.rows.values() for part in (row.field, row.field.focusProxy()) if part]
        onward = self.networks, self.about, self.cancel, self.create_button
        for before, after in pairwise((self.templates.search, *fields, *onward)):
            self.setTabOrder(before, after)

    def _set(self, name: str, value: object) -> None:
        if self._template is not None:
            self._template = self._template.with_settings(**{name: value})
            self.form.look_at((self._template,))
            self._wait()

    def _refuse(self, name: str, problem: str) -> None:
        self._refused.pop(name, None)
        if problem:
            self._refused[name] = problem
        self._judge()

    def _wait(self) -> None:
        """Draws once the hand has come to rest."""
        self._name()
        self._pause.start()

    def _name(self) -> None:
        template = self._template
        self.title.setText(template.title() if template is not None else "")
        self.about.setText(_about(type(template)) if template is not None else "")

    # What is seen of it

    def draw(self) -> None:
        """Draws the network with the settings at hand: the figures at once, the picture right after them.

        Where they do not go together what was drawn before stays, faded, so that nothing jumps under the hand.
        """
        self._pause.stop()
        blamed, problem, kind = "", "", type(self._template)
        if kind is not self._drawn:
            self.foreseen = None
        if self._template is not None:
            try:
                self.foreseen = Foreseen.of(self._template)
            except CannotBegin as why:
                blamed, problem = why.setting, str(why)
        for name, row in self.form.rows.items():
            if name not in self._refused:
                row.complain(problem if name == blamed else "")
        self._problem = problem or (self.foreseen.problem if self.foreseen else "")
        self._judge()
        if not problem or kind is not self._drawn:
            self._drawn = kind
            self._list()
            self._look()

    def _list(self) -> None:
        """Lists the networks where there are several; the one that was looked at stays marked."""
        wanted = self._network
        verdicts = self.foreseen.verdict.networks if self.foreseen is not None else {}
        self.networks.clear()
        for name, checked in verdicts.items():
            line = QTreeWidgetItem([name, numbers.short(checked.parameters), numbers.short(checked.macs)])
            line.setToolTip(0, name)
            for place in (1, 2):
                line.setTextAlignment(place, _RIGHT)
            self.networks.addTopLevelItem(line)
        self.networks.setVisible(len(verdicts) > 1)
        self.networks.setFixedHeight(ROW * (min(len(verdicts), _MOST_LINES) + 1) + 4)
        for line in self.networks.findItems(wanted, Qt.MatchFlag.MatchExactly):
            self.networks.setCurrentItem(line)

    @property
    def _network(self) -> str:
        """The network that is looked at."""
        item, known = self.networks.currentItem(), self.foreseen.networks if self.foreseen is not None else ()
        return item.text(0) if item is not None and item.text(0) in known else next(iter(known), "")

    def _look(self, *_: object) -> None:
        """Shows what the network costs; its picture follows when the window has been painted."""
        known = self.foreseen is not None and bool(self._network)
        self.facts.tell(self.foreseen.facts(self._network) if self.foreseen is not None and known else [])
        self._picture.start()

    def _paint(self) -> None:
        """Draws the picture of the network that is looked at."""
        self._picture.stop()
        if self.foreseen is None or not self._network:
            self.sight.show_figure(None)
            return
        try:
            drawn = self.foreseen.figure(self._network, self._theme())
        except CannotPicture as why:
            self._problem = self._problem or str(why)
            self.sight.show_figure(None)
            self._judge()
            return
        count = len(self.foreseen.design.networks[self._network].nodes)
        self.sight.show_figure(drawn, f"{self._network}: {numbers.counted(count, 'block')}")

    def _judge(self) -> None:
        """Says why it cannot be created, where it cannot."""
        why = next(iter(self._refused.values()), "") or self._problem
        why = why or ("" if self._template is not None else _NONE)
        self.why.setText(why)
        for part in (self.facts, self.networks, self.sight):
            part.setEnabled(not why)  # it is of what was typed before
        self.create_button.setEnabled(not why)
        told = why or "Open it as a new design (Enter)"
        self.create_button.setToolTip(told)
        self.create_button.setAccessibleDescription(told)

    # What is done with it

    def _begin(self) -> None:
        """Opens the design as it is set now, also where it is not drawn yet."""
        if self._pause.isActive():
            self.draw()
        if self.create_button.isEnabled() and self.foreseen is not None and self._take(self.foreseen.design):
            self.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        known = self._drawn_in is not None  # else it is only being made
        if known and event.type() == QEvent.Type.PaletteChange and self._theme() is not self._drawn_in:
            self._drawn_in, form = self._theme(), Form(self._theme())
            self._settings.replaceWidget(self.form, form)
            self.form.hide()
            self.form.deleteLater()
            self.form = form
            self._follow_form()
            self._fill()
            self.draw()


def _about(kind: type[Template]) -> str:
    """The first line of what is written on it, and a link to the paper."""
    told = escape(kind.summary())
    linked = "//" in kind.source
    link = f'<a href="{escape(kind.source)}">{escape(cited_as(kind.source))}</a>' if linked else escape(kind.source)
    return f"{told}<br>{link}" if kind.source else told


def _padded(inner: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(12, 12, 12, 0)
    column.addWidget(inner)
    return holder


def _edge() -> QFrame:
    edge = QFrame()
    edge.setProperty("role", "edge")
    return edge


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    return line
