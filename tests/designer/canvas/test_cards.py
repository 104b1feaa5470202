"""What a card shows, looked up in the pixels: colours where they belong, words inside, marks on corners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from blocks.check import check
from blocks.convolution import Conv2d
from blocks.graph import Graph, Node
from designer.canvas.cards import LEFT, LOWER, RIGHT, UPPER, CardPainter
from designer.canvas.heat import MEASURES, heat
from designer.canvas.inks import Inks
from designer.canvas.marks import badge_width
from designer.canvas.sheet import ERROR, WARNING, Sheet
from designer.canvas.words import detail
from designer.theme import CARD_HEIGHT, CARD_WIDTH, CONTRAST, DARK, LIGHT, RADIUS, STRIP, THEMES, Theme
from tests.designer.canvas.desk import graph, node

pytestmark = pytest.mark.usefixtures("qapp")
LONG = "a_name_of_sixty_four_letters_which_is_as_long_as_a_name_may_be__"
PLACE = 20  # px from the corner of the picture to that of the card
SCALE = 3  # device pixels for one of the canvas


class Shot:
    """One card, painted three times its size."""

    def __init__(
        self, card: Node, name: str = "conv", theme: Theme = LIGHT, level: int = 0, beside: Graph | None = None
    ):
        net = beside or graph({name: card})
        self.sheet, self.inks = Sheet(), Inks(theme)
        self.sheet.show(net, check(net), {n: (float(PLACE), PLACE + 300.0 * i) for i, n in enumerate(net.nodes)}, ())
        self.sheet.level[:] = level
        self.painter = CardPainter(self.sheet, self.inks)

    def taken(self, zoom: float = SCALE) -> Shot:
        size = round((CARD_WIDTH + 2 * PLACE) * zoom), round((CARD_HEIGHT + 2 * PLACE) * zoom)
        self.image = QImage(*size, QImage.Format.Format_RGB32)
        self.image.fill(self.inks.canvas)
        with QPainter(self.image) as painter:
            painter.scale(zoom, zoom)
            self.painter.paint(painter, (0, 0, size[0] / zoom, size[1] / zoom), zoom)
        self.zoom = zoom
        return self

    def at(self, x: float, y: float) -> str:
        """The colour at a point of the card."""
        return self.image.pixelColor(round((PLACE + x) * self.zoom), round((PLACE + y) * self.zoom)).name()

    def settings(self) -> str:
        """The lower line of the first card."""
        return self.painter._face(0).detail.text()

    def inked(self, box: QRectF, ground: str) -> QRectF | None:
        """The box around all pixels within a box of the card that have not its ground's colour."""
        xs, ys = [], []
        for x in range(int(box.left()) * SCALE, int(box.right()) * SCALE):
            for y in range(int(box.top()) * SCALE, int(box.bottom()) * SCALE):
                if self.image.pixelColor(x + PLACE * SCALE, y + PLACE * SCALE).name() != ground:
                    xs.append(x / SCALE)
                    ys.append(y / SCALE)
        return QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)) if xs else None

    def colours(self, box: QRectF) -> set[str]:
        points = (
            (x, y) for x in range(int(box.left()), int(box.right())) for y in range(int(box.top()), int(box.bottom()))
        )
        return {self.at(x, y) for x, y in points}


CONV = node("Conv2d", out_channels=64, kernel_size=5)
every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@every_theme
def test_strip_body_and_border_have_their_sizes_and_colours(theme: Theme) -> None:
    shot = Shot(CONV, theme=theme).taken()
    middle = CARD_HEIGHT / 2
    assert shot.at(1, middle) == shot.at(STRIP - 1, middle) == theme.convolution
    assert shot.at(STRIP + 1, middle) == shot.at(CARD_WIDTH - 3, middle) == theme.card
    assert shot.at(CARD_WIDTH, middle) == theme.card_border
    assert shot.at(CARD_WIDTH / 2, 0) == shot.at(CARD_WIDTH / 2, CARD_HEIGHT) == theme.card_border
    assert shot.at(-2, middle) == shot.at(CARD_WIDTH + 2, middle) == theme.canvas


def test_the_corners_are_round() -> None:
    shot = Shot(CONV).taken()
    for x in (0, CARD_WIDTH):
        for y in (0, CARD_HEIGHT):
            assert shot.at(x, y) == LIGHT.canvas
    inside = RADIUS * 0.45
    assert shot.at(CARD_WIDTH - inside, inside) == LIGHT.card


def test_a_composite_has_a_second_edge_behind_it_and_others_have_none() -> None:
    composite, plain = Shot(node("Residual")).taken(), Shot(CONV).taken()
    assert composite.at(CARD_WIDTH + 4, CARD_HEIGHT / 2) == LIGHT.card_border
    assert composite.at(CARD_WIDTH / 2, CARD_HEIGHT + 4) == LIGHT.card_border
    assert plain.at(CARD_WIDTH + 4, CARD_HEIGHT / 2) == LIGHT.canvas
    assert composite.at(2, 20) == LIGHT.composite


@pytest.mark.parametrize("name", ["conv", LONG, "W" * 64])
@pytest.mark.parametrize("card", [CONV, replace(node("Residual", 100), frozen=True), replace(CONV, shares="other")])
def test_no_word_leaves_its_card_or_meets_another(name: str, card: Node) -> None:
    shot = Shot(card, name).taken()
    for line in (UPPER, LOWER):
        found = shot.inked(QRectF(LEFT - 2, line - 7, RIGHT - LEFT + 8, 14), LIGHT.card)
        assert found is not None
        assert found.left() >= LEFT - 0.5
        assert found.right() <= RIGHT + 1
    assert shot.inked(QRectF(STRIP + 1, 2, 5, CARD_HEIGHT - 4), LIGHT.card) is None


def fed(name: str, card: Node) -> Graph:
    """A node that an image arrives at, so that its parameters are known."""
    return graph({name: card, "image": node("Input", shape=[3, 64, 64])}, f"image -> {name}")


LOUD = node("Conv2d", 100, out_channels=1000, kernel_size=[11, 13], stride=[2, 3], dilation=[2, 3])


@pytest.mark.parametrize("card", [CONV, LOUD, replace(LOUD, frozen=True, repeat=1), replace(LOUD, frozen=True)])
def test_words_end_in_dots_before_what_stands_beside_them(card: Node) -> None:
    shot = Shot(card, beside=fed(LONG, card)).taken()
    face, room = shot.painter._face(0), RIGHT - LEFT + 0.5
    assert face.count_width > 20 or card.frozen  # which has nothing that is trained
    assert face.name.text().endswith("…")
    assert face.name.size().width() + 8 + face.count_width <= room
    beside = (badge_width(shot.inks, face.badge) + 4 if face.badge else 0) + 17 * len(face.signs)
    assert face.detail.size().width() + beside <= room


def test_a_repeated_node_wears_its_number_at_the_right() -> None:
    shot = Shot(node("Residual", 3)).taken()
    width = badge_width(shot.inks, "×3")
    badge = QRectF(RIGHT - width, LOWER - 8, width, 16)
    assert LIGHT.accent_tint in shot.colours(badge)
    assert shot.at(RIGHT - 4, LOWER) == LIGHT.accent_tint
    assert LIGHT.accent_tint not in Shot(node("Residual")).taken().colours(badge)


def test_the_badge_says_how_often() -> None:
    three, nine, again = (Shot(node("Residual", repeat)).taken().image for repeat in (3, 9, 3))
    assert three == again
    assert three != nine


def signs(shot: Shot) -> list[str]:
    return list(shot.painter._face(0).signs)


def test_a_frozen_node_wears_a_snowflake_a_checkpointed_one_arrows_and_a_sharing_one_a_link() -> None:
    place = QRectF(RIGHT - 14, LOWER - 7, 15, 14)
    marked = {"snowflake": {"frozen": True}, "refresh-cw": {"checkpointed": True}, "link": {"shares": "other"}}
    for sign, said in marked.items():
        card = replace(CONV, **said)  # type: ignore[arg-type]
        shot = Shot(card).taken()
        assert signs(shot) == [sign]
        assert LIGHT.accent_text in shot.colours(place)
    assert LIGHT.accent_text not in Shot(CONV).taken().colours(place)


def test_the_node_that_lends_its_weights_wears_the_link_too() -> None:
    shot = Shot(CONV, beside=graph({"conv": CONV, "user": CONV})).taken()
    assert signs(shot) == []
    two = graph({"conv": shot.sheet.nodes[0], "user": replace(CONV, shares="conv")})
    shot.sheet.show(two, check(two), shot.sheet.layout, ())
    assert signs(shot.taken()) == ["link"]


def test_a_muted_card_is_dashed_dimmed_and_still_readable() -> None:
    shot = Shot(replace(CONV, muted=True)).taken()
    edge = [shot.at(x / 2, 0) for x in range(40, 380)]
    assert LIGHT.canvas in edge
    assert LIGHT.hint in edge
    assert shot.at(2, 20) not in (LIGHT.convolution, LIGHT.canvas)
    assert shot.inks.withdrawn.name == QColor(LIGHT.hint)


@every_theme
def test_trouble_is_said_by_a_border_and_a_mark_of_its_own_shape(theme: Theme) -> None:
    error, warning = (Shot(CONV, theme=theme, level=level).taken() for level in (ERROR, WARNING))
    assert error.at(CARD_WIDTH / 2, 0) == theme.error
    assert warning.at(CARD_WIDTH / 2, 0) == theme.warning
    assert error.at(CARD_WIDTH + 5, -2) == theme.error
    assert warning.at(CARD_WIDTH + 5, -2) != theme.warning
    assert warning.at(CARD_WIDTH + 5, 5) == theme.warning


def test_a_chosen_card_has_the_accent_around_it() -> None:
    shot = Shot(CONV)
    shot.sheet.select(["conv"])
    assert shot.taken().at(CARD_WIDTH / 2, 0) == LIGHT.accent


def test_a_training_is_seen_as_a_thin_bar_in_the_colour_of_its_pace() -> None:
    shot = Shot(CONV)
    seen = {}
    for ratio in (-6.0, -3.0, -1.0):
        shot.painter.pulse = {"conv": ratio}
        seen[ratio] = shot.taken().at(CARD_WIDTH / 2, CARD_HEIGHT - 1.5)
    assert seen == {-6.0: LIGHT.accent, -3.0: LIGHT.good, -1.0: LIGHT.error}
    shot.painter.pulse = {}
    assert shot.taken().at(CARD_WIDTH / 2, CARD_HEIGHT - 1.5) == LIGHT.card


def test_from_afar_there_are_boxes_only_from_the_middle_names_and_from_near_all() -> None:
    shot = Shot(CONV)
    far, middle, near = (len(shot.taken(zoom).colours(QRectF(8, 3, 190, 40))) for zoom in (0.3, 0.5, 1.0))
    assert far == 1
    assert 2 < middle < near


def test_from_the_middle_a_card_has_strip_second_edge_and_name_but_no_icon_and_no_settings() -> None:
    shot = Shot(node("Residual")).taken(0.5)
    assert shot.at(3, 24) == LIGHT.composite
    assert shot.at(CARD_WIDTH + 4, 30) != LIGHT.canvas
    assert shot.colours(QRectF(STRIP + 3, 10, 7, 30)) == {LIGHT.card}
    assert shot.colours(QRectF(STRIP + 3, 36, 190, 6)) == {LIGHT.card}


@pytest.mark.parametrize("zoom", [0.3, 0.5])
def test_trouble_and_choice_are_seen_from_afar_and_from_the_middle(zoom: float) -> None:
    shot = Shot(node("ReLU"), level=ERROR)
    inside, edge = shot.taken(zoom).at(104, 40), QRectF(60, -2, 8, 6)
    assert (inside == LIGHT.error) == (zoom < 0.4)
    assert any(QColor(colour).red() > QColor(colour).blue() + 60 for colour in shot.colours(edge))
    shot.sheet.level[:] = 0
    shot.sheet.select(["conv"])
    assert any(QColor(colour).blue() > QColor(colour).red() + 60 for colour in shot.taken(zoom).colours(edge))


@pytest.mark.parametrize("zoom", [0.3, 0.5, 1.0])
def test_heat_fills_a_card_at_every_zoom(zoom: float) -> None:
    shot = Shot(CONV, beside=fed("conv", CONV))
    shot.painter.show_heat(heat(MEASURES["parameters"], shot.sheet.rows))
    assert shot.taken(zoom).at(140, 40) == LIGHT.heat
    shot.painter.show_heat(None)
    assert shot.taken(zoom).at(140, 40) != LIGHT.heat


@pytest.mark.parametrize("stride", [1, [2, 3]])
def test_settings_that_have_no_room_go_as_a_whole(stride: object) -> None:
    card = node("Conv2d", out_channels=1000, kernel_size=[11, 13], stride=stride, dilation=[2, 3], padding=4, groups=10)
    said = Shot(card).settings()
    assert said.endswith(" · …")
    assert detail(card).startswith(said.removesuffix("…"))


def test_of_a_long_name_of_a_network_the_use_of_it_is_said_in_full() -> None:
    card = node("Use", network="DiscriminatorOfSmallPictures", gradient=False, mode="eval")
    said = Shot(card).settings()
    assert said.startswith("Discr")
    assert said.endswith("… · no grad · eval")


@pytest.mark.parametrize("theme", [LIGHT, DARK, CONTRAST], ids=lambda theme: theme.name)
def test_an_icon_says_what_the_colour_says(theme: Theme) -> None:
    shot = Shot(CONV, theme=theme).taken()
    assert theme.convolution in shot.colours(QRectF(STRIP + 8, 15, 16, 16))


def test_a_block_with_a_drawing_of_its_own_wears_it_and_one_with_an_unknown_drawing_that_of_its_category() -> None:
    def drawn(icon: str) -> QImage:
        kind = type("Guest", (Conv2d,), {"icon": icon})
        place = round((PLACE + STRIP + 8) * SCALE), round((PLACE + 10) * SCALE), 16 * SCALE, 24 * SCALE
        return Shot(Node(kind(8)), name="guest").taken().image.copy(*place)

    assert drawn("layers") != drawn("")
    assert drawn("no-such-drawing") == drawn("")


def test_paper_gets_lines_where_a_screen_gets_pixels(tmp_path: Path) -> None:
    shot, file = Shot(replace(CONV, frozen=True), level=ERROR), tmp_path / "card.svg"
    device = QSvgGenerator()
    device.setFileName(str(file))
    with QPainter(device) as painter:
        shot.painter.paint(painter, (0, 0, 400, 400), 1.0)
    text = file.read_text("utf-8")
    assert "<image" not in text
    assert text.count("<path") > 5
