"""Feature maps as papers draw them: proportions, lanes, and that nothing covers anything."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from blocks.check import check
from blocks.gates import cell_of
from blocks.graph import Graph
from blocks.recurrent import LSTM
from blocks.shape import Meaning, image, sequence, shape_of, tokens, vector
from designer.figures import Choice, Subject, figure
from designer.figures import image as pixels
from designer.figures.composition import Arrow, Composition, Placed, Role, compose
from designer.figures.lanes import lanes
from designer.figures.solids import Scale, channels, features, strip_places
from designer.figures.stack import StackFigure
from designer.figures.story import Story, story
from runtime.file import open_design
from tests.designer.canvas.desk import graph, node
from tests.designer.drawn_networks import NETWORKS, alexnet, bottleneck, chain, dense, unet

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.json"))
Box = tuple[float, float, float, float]


def measured(text: str, role: Role) -> float:
    return 6.5 * len(text)


def told(network: Graph) -> Story:
    return story(network, check(network))


def composed(network: Graph) -> Composition:
    return compose(told(network), measured)


def every_network() -> dict[str, Graph]:
    held = {path.stem: open_design(path).networks for path in SAMPLES}
    samples = {f"{stem}/{name}": network for stem, networks in held.items() for name, network in networks.items()}
    cell = {"an LSTM gate by gate": cell_of(LSTM(8), vector(4))}
    return {**{name: make() for name, make in NETWORKS.items()}, **samples, **cell}


EVERY = every_network()


# The story


def test_what_keeps_all_sizes_is_told_with_the_layer_before_it() -> None:
    parts = told(alexnet()).parts
    first = next(part for part in parts if part.name == "conv1")
    assert first.nodes == ("conv1", "relu1")
    assert first.ops == ("Conv2d", "64 · 11×11 · /4", "pad 2", "ReLU")
    assert first.bands == (("Activation", False),)


def test_what_is_read_twice_before_its_activation_stays_on_its_own() -> None:
    nodes = {"x": node("Input"), "conv": node("Conv2d"), "relu": node("ReLU"), "add": node("Add"), "y": node("Output")}
    joins = ("relu -> add.parts[0]", "conv -> add.parts[1]")
    network = graph(nodes, "x -> conv", "conv -> relu", *joins, "add -> y")
    assert [part.name for part in told(network).parts] == ["x", "conv", "relu", "add", "y"]


def test_joins_are_marked_by_what_they_do() -> None:
    signs = {
        part.name: part.sign for name in ("unet", "two_eyes", "bottleneck") for part in told(NETWORKS[name]()).parts
    }
    assert (signs["join1"], signs["apart"], signs["add"]) == ("C", "−", "+")


def test_a_composite_is_one_box_with_its_settings() -> None:
    network = chain({"x": node("Input", shape=[3, 32, 32]), "stage": node("Residual", 2, out_channels=48)})
    stage = told(network).parts[1]
    assert stage.ops == ("Residual × 2", "48")
    assert stage.look[1]


# Proportions


def test_a_cuboid_widens_with_the_logarithm_of_its_channels() -> None:
    steps = [channels(2 * n) - channels(n) for n in (1, 8, 64, 512)]
    assert steps == pytest.approx([steps[0]] * 4)
    assert steps[0] > 0


def test_a_cuboid_is_as_high_and_deep_as_its_pixels_say() -> None:
    shapes = [image(3, 224, 224), image(64, 112, 112), image(64, 112, 56), image(512, 7, 7)]
    solids = [Scale(shapes).solid(shape) for shape in shapes]
    heights, depths = [solid.height for solid in solids], [solid.right for solid in solids]
    assert heights[0] > heights[1] == heights[2] > heights[3]
    assert depths[1] > depths[2] > depths[3] > 0
    assert heights[0] / heights[1] == pytest.approx(2**0.6)


def test_a_bar_grows_with_its_features_and_shows_few_of_them() -> None:
    scale = Scale([])
    assert scale.solid(vector(4096)).height > scale.solid(vector(84)).height == features(84)
    assert scale.solid(vector(10)).cells == 10
    assert scale.solid(vector(84)).cells == 1


def test_a_sequence_is_a_row_of_strips_with_a_gap_where_there_are_more() -> None:
    scale = Scale([])
    few, many = scale.solid(sequence(4, 64)), scale.solid(sequence(28, 64))
    assert (few.sort, few.cells, few.more) == ("strips", 4, False)
    assert many.more
    places = strip_places(many)
    assert places[-1] - places[-2] > places[1] - places[0]
    assert places[-1] + 7.0 == pytest.approx(many.width)


@pytest.mark.parametrize(
    "shape, sort",
    [
        (None, "unknown"),
        (shape_of((), Meaning.SCALAR), "dot"),
        (tokens(12, 100), "strips"),
        (shape_of((8, 100), Meaning.SIGNAL), "rows"),
        (shape_of((4, 16, 32, 32), Meaning.VOLUME), "cuboid"),
        (shape_of((2, 3, 4, 5, 6), Meaning.TENSOR), "cuboid"),
    ],
)
def test_every_meaning_has_its_solid(shape: object, sort: str) -> None:
    solid = Scale([shape]).solid(shape)  # type: ignore[list-item, arg-type]
    assert solid.sort == sort
    assert min(solid.whole) > 0


# Lanes


def test_a_chain_stays_on_one_height() -> None:
    assert len(set(lanes(5, [(i, i + 1) for i in range(4)], [20.0] * 5, [30.0] * 5, 20.0).middle)) == 1


def test_branches_stand_apart_and_about_what_they_leave() -> None:
    ties = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    placed = lanes(5, ties, [20.0] * 5, [30.0] * 5, 10.0)
    first, second, third = (placed.middle[i] for i in (1, 2, 3))
    assert second - first >= 60.0
    assert third - second >= 60.0
    assert placed.middle[0] == placed.middle[4] == pytest.approx(second, abs=2.0)


def test_branches_of_unequal_length_are_even_about_their_middle() -> None:
    made = composed(EVERY["inception_digits/Inception"])
    heights = {placed.part.name: placed.y for placed in made.solids}
    middle = (heights["one"] + heights["three"] + heights["five"] + heights["pool"]) / 4
    assert heights["stem"] == pytest.approx(middle, abs=6.0)
    assert heights["stem"] == heights["join"] == heights["half"]


def test_a_wire_past_other_parts_is_an_arc_and_bends_nothing() -> None:
    placed = lanes(4, [(0, 1), (1, 2), (2, 3), (0, 3)], [20.0] * 4, [30.0] * 4, 10.0)
    assert placed.arcs == {(0, 3)}
    assert len(set(placed.middle)) == 1


def test_the_longer_of_two_branches_runs_on_straight() -> None:
    parts = {p.name: i for i, p in enumerate(told(bottleneck()).parts)}
    made = composed(bottleneck())
    heights = {name: made.solids[i].y for name, i in parts.items()}
    assert heights["stem"] == heights["reduce"] == heights["look"] == heights["widen"] == heights["add"]
    assert heights["project"] > heights["widen"]


def test_wide_arcs_run_above_narrow_ones() -> None:
    arcs = sorted((arrow for arrow in composed(unet()).arrows if arrow.dot), key=span)
    levels = [arrow.points[1][1] for arrow in arcs]
    assert len(levels) == 3
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 3


def span(arrow: Arrow) -> float:
    return arrow.points[-1][0] - arrow.points[0][0]


# Nothing covers anything


@pytest.mark.parametrize("name", EVERY)
def test_no_words_cover_words_or_solids(name: str) -> None:
    made = composed(EVERY[name])
    words = [word.box for word in made.words if word.role != "sign"]
    solids = [whole(placed) for placed in made.solids if placed.part.role != "end"]
    assert not [(a, b) for a, b in combinations(words, 2) if meet(a, b)]
    assert not [(a, b) for a in words for b in solids if meet(a, b)]
    assert not [(a, b) for a, b in combinations(solids, 2) if meet(a, b)]


@pytest.mark.parametrize("name", EVERY)
def test_no_arrow_runs_through_words(name: str) -> None:
    made = composed(EVERY[name])
    words = [word.box for word in made.words if word.role != "sign"]
    crossed = [(word, line) for arrow in made.arrows for line in lines(arrow) for word in words if meet(word, line)]
    assert not crossed


@pytest.mark.parametrize("name", EVERY)
def test_everything_is_within_the_frame(name: str) -> None:
    made = composed(EVERY[name])
    x1, y1, x2, y2 = made.box
    boxes = [*(word.box for word in made.words), *map(whole, made.solids)]
    assert all(a >= x1 and b >= y1 and c <= x2 and d <= y2 for a, b, c, d in boxes)


@pytest.mark.parametrize("name", EVERY)
def test_data_flows_to_the_right_but_for_what_delays_hold(name: str) -> None:
    back = [arrow for arrow in composed(EVERY[name]).arrows if arrow.points[-1][0] <= arrow.points[0][0]]
    assert len(back) == len(EVERY[name].delays())
    assert all(arrow.points[-1][0] > arrow.points[-2][0] for arrow in back)


def test_what_leads_back_runs_through_no_other_part() -> None:
    made = composed(EVERY["an LSTM gate by gate"])
    solids = [whole(placed) for placed in made.solids]
    back = [arrow for arrow in made.arrows if arrow.points[-1][0] <= arrow.points[0][0]]
    crossed = [(line, solid) for arrow in back for line in lines(arrow) for solid in solids if meet(line, solid)]
    assert not crossed


def whole(placed: Placed) -> Box:
    width, height = placed.solid.whole
    return placed.x, placed.y - height / 2, placed.x + width, placed.y + height / 2


def lines(arrow: Arrow) -> list[Box]:
    """The boxes in which an arrow runs, stroke by stroke; the last bit before its end is a head."""
    points = arrow.points
    return [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(points)]


def meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] - 0.1 and b[0] < a[2] - 0.1 and a[1] < b[3] - 0.1 and b[1] < a[3] - 0.1


# Painted


@pytest.mark.usefixtures("qapp")
def test_boxes_have_the_colours_of_their_categories() -> None:
    network = dense(2)
    shown = figure(Subject("dense", network, check(network)), Choice(style="stack", colors="light"))
    painted = pixels(shown, 1.0)
    hues = {painted.pixelColor(x, y).hue() for x in range(0, painted.width(), 4) for y in range(painted.height())}
    assert any(abs(hue - QColor("#2f6feb").hue()) < 6 for hue in hues)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("leave", ["shapes", "counts"])
def test_sizes_and_counts_can_be_left_away(leave: str) -> None:
    network = alexnet()
    keywords: dict[str, bool] = {leave: False}
    fewer = compose(told(network), measured, **keywords)
    role = {"shapes": "size", "counts": "count"}[leave]
    assert role not in {word.role for word in fewer.words}
    assert role in {word.role for word in composed(network).words}


@pytest.mark.usefixtures("qapp")
def test_on_paper_a_convolution_is_told_from_a_pooling_in_grey() -> None:
    network = alexnet()
    shown = figure(Subject("alexnet", network, check(network)), Choice(style="stack", colors="print"))
    made, painted = composed_by(shown), pixels(shown, 1.0).convertToFormat(QImage.Format.Format_Grayscale8)

    def grey(name: str) -> int:
        placed = next(p for p in made.solids if p.part.name == name)
        x = placed.x + 4.0 - shown.area.left()
        y = placed.y + placed.solid.whole[1] / 2 - 8.0 - shown.area.top()
        return painted.pixelColor(int(x), int(y)).red()

    assert grey("pool1") - grey("conv1") > 25


def composed_by(shown: object) -> Composition:
    assert isinstance(shown, StackFigure)
    return shown.composition
