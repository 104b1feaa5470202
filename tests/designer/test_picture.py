"""Pictures of networks as files: what is in them, how large they are, and in which colours."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtSvg import QSvgRenderer

from blocks.check import check
from blocks.graph import Graph
from designer.canvas import Decor
from designer.figures import (
    COLORS,
    STYLES,
    CannotPicture,
    Choice,
    Subject,
    command,
    figure,
    image,
    save,
    sharpest,
    subject_of,
)
from designer.figures.output import Figure, pdf, svg
from runtime.cli import main, parser
from runtime.design import Design, Frame, Note
from runtime.file import open_design
from runtime.verdict import judge
from tests.designer.canvas.desk import graph, node

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.json"))
LENET = ROOT / "samples" / "lenet_digits.json"
SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.usefixtures("qapp")


def sample(path: Path = LENET) -> Subject:
    design = open_design(path)
    return subject_of(design, judge(design))


def drawn(choice: Choice | None = None, path: Path = LENET) -> Figure:
    return figure(sample(path), choice or Choice())


def texts(written: bytes) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(written).iter(f"{SVG}text")]


def chain(length: int) -> Subject:
    nodes = {"image": node("Input", shape=[3, 32, 32])}
    nodes |= {f"conv{i}": node("Conv2d", out_channels=8) for i in range(length - 1)}
    network = graph(nodes, *(f"{a} -> {b}" for a, b in pairwise(nodes)))
    return Subject("chain", network, check(network))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_name_is_a_text_of_the_svg(path: Path) -> None:
    written = set(texts(svg(drawn(path=path))))
    cut = [text[:-1] for text in written if text.endswith("…")]  # a long name on a card
    missing = set(sample(path).graph.nodes) - written
    assert all(name.startswith(tuple(cut)) for name in missing)
    assert len(missing) < len(written) / 8


def test_letters_are_never_drawn_as_paths() -> None:
    written = svg(drawn(replace(Choice(), notes=False)))
    cards = len(sample().graph.nodes)
    assert len(texts(written)) > 2 * cards
    assert len(written) < 1_300 * cards  # an icon of strokes, a border and three texts each


def test_the_svg_names_fonts_for_machines_without_ours() -> None:
    families = ET.fromstring(svg(drawn())).attrib["font-family"].split(", ")
    assert families[-1] == "sans-serif"
    assert {"Arial", "'Helvetica Neue'"} <= set(families)
    assert len(set(families)) == len(families) >= 5


@pytest.mark.parametrize("style", STYLES)
def test_the_svg_is_read_back_as_the_same_picture(style: str) -> None:
    shown = drawn(Choice(style=style, notes=False))
    renderer = QSvgRenderer(svg(shown))
    assert renderer.isValid()
    assert renderer.viewBoxF().size().toSize() == shown.area.size().toSize()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scale", [1.0, 2.0, 3.5])
def test_a_png_has_the_size_of_the_drawing_times_the_scale(style: str, scale: float, tmp_path: Path) -> None:
    shown = drawn(Choice(style=style))
    save(shown, tmp_path / "a.png", scale)
    read = QImage(str(tmp_path / "a.png"))
    assert read.size() == (shown.area.size() * scale).toSize()
    assert read.dotsPerMeterX() == round(96 * scale / 0.0254)


@pytest.mark.parametrize("style", STYLES)
def test_a_pdf_is_one_page_as_large_as_the_drawing(style: str) -> None:
    shown = drawn(Choice(style=style))
    written = pdf(shown)
    boxes = re.findall(rb"/MediaBox ?\[([^\]]*)\]", written)
    assert len(boxes) == 1
    left, top, right, bottom = map(float, boxes[0].split())
    assert (left, top) == (0, 0)
    assert 0 <= right - shown.area.width() * 0.75 < 1
    assert 0 <= bottom - shown.area.height() * 0.75 < 1
    assert b"/Subtype /Image" not in written


def test_a_selection_shows_nothing_else() -> None:
    written = texts(svg(drawn(Choice(nodes=("conv1", "pool1")))))
    others = set(sample().graph.nodes) - {"conv1", "pool1"}
    assert {"conv1", "pool1"} <= set(written)
    assert not others & set(written)


def test_a_frame_comes_along_where_everything_in_it_is_selected() -> None:
    subject = sample()
    x, y = subject.layout["conv1"]
    frame = Frame("Reading", (x - 20, y - 40), (260, 120))
    subject = replace(subject, decor=Decor((Note("aside"),), (frame,)))
    alone = texts(svg(figure(subject, Choice(nodes=("conv1",)))))
    assert "Reading" in alone
    assert svg(figure(subject, Choice(nodes=("conv1",)))).count(b"clip") == 0
    assert "aside" not in alone
    assert "Reading" not in texts(svg(figure(subject, Choice(nodes=("pool1",)))))


@pytest.mark.parametrize(
    "left_out, gone",
    [("shapes", r"\d+ × \d+ × \d+"), ("counts", r"[\d,]+(\.\d M)?"), ("notes", r"LeNet: .*")],
)
def test_what_is_not_wanted_is_left_away(left_out: str, gone: str) -> None:
    def count(choice: Choice) -> int:
        return sum(bool(re.fullmatch(gone, text)) for text in texts(svg(drawn(choice))))

    assert count(Choice(**{left_out: False})) < count(Choice())  # type: ignore[arg-type]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("colors", COLORS)
def test_the_ground_is_that_of_the_colours(style: str, colors: str) -> None:
    painted = image(drawn(Choice(style=style, colors=colors)), 1.0)
    assert painted.pixelColor(1, 1) == QColor(COLORS[colors].canvas)


@pytest.mark.parametrize("style", STYLES)
def test_what_is_printed_has_a_white_ground_and_little_black(style: str) -> None:
    painted = image(drawn(Choice(style=style, colors="print")), 1.0).convertToFormat(QImage.Format.Format_Grayscale8)
    grey = [painted.pixelColor(x, y).red() for x in range(0, painted.width(), 3) for y in range(painted.height())]
    assert painted.pixelColor(0, 0).red() == 255
    assert sum(value < 100 for value in grey) < 0.12 * len(grey)


def test_strokes_for_print_are_dark_enough() -> None:
    theme = COLORS["print"]
    strokes = [theme.card_border, theme.text, theme.muted, theme.hint, theme.convolution, theme.image, theme.vector]
    assert all(luminance(stroke) < 0.18 for stroke in strokes)


def luminance(colour: str) -> float:
    seen = QColor(colour)
    parts = [seen.redF(), seen.greenF(), seen.blueF()]
    red, green, blue = (v / 12.92 if v <= 0.04 else float(((v + 0.055) / 1.055) ** 2.4) for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("style", STYLES)
def test_a_transparent_picture_has_no_ground(style: str) -> None:
    shown = drawn(Choice(style=style))
    assert image(shown, 1.0, transparent=True).pixelColor(1, 1).alpha() == 0
    corner = {"x": "0", "y": "0"}

    def grounds(written: bytes) -> int:
        return sum(corner.items() <= rect.attrib.items() for rect in ET.fromstring(written).iter(f"{SVG}rect"))

    assert (grounds(svg(shown)), grounds(svg(shown, transparent=True))) == (1, 0)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("length", [1, 1000])
def test_networks_of_any_size_are_pictured(style: str, length: int, tmp_path: Path) -> None:
    shown = figure(chain(length), Choice(style=style))
    for kind in ("svg", "pdf", "png"):
        save(shown, tmp_path / f"a.{kind}")
        assert (tmp_path / f"a.{kind}").stat().st_size > 500


def test_a_png_too_large_to_be_painted_is_refused_with_a_scale_that_fits() -> None:
    shown = figure(chain(1000), Choice())
    with pytest.raises(CannotPicture, match=r"88,\d+ pixels. Choose a scale of 0\.\d+ or less, or write SVG or PDF"):
        image(shown, 1.0)
    assert image(shown, sharpest(shown)).height() <= 30_000


@pytest.mark.parametrize("style", STYLES)
def test_an_empty_network_is_a_sentence(style: str) -> None:
    with pytest.raises(CannotPicture, match="net is empty: there is nothing to picture"):
        figure(Subject("net", Graph(), check(Graph())), Choice(style=style))


def test_names_that_are_not_there_are_told_with_those_that_are() -> None:
    with pytest.raises(CannotPicture, match=r"LeNet has no node 'conv9'\. Its nodes are image, conv1"):
        drawn(Choice(nodes=("conv9",)))
    design = open_design(LENET)
    with pytest.raises(CannotPicture, match=r"There is no network 'Net'\. The networks are LeNet"):
        subject_of(design, judge(design), "Net")
    with pytest.raises(CannotPicture, match="has no network yet"):
        subject_of(Design(), judge(Design()))


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotPicture, match=r"\.svg, \.pdf, \.png"):
        save(drawn(), tmp_path / "net.gif")


def test_a_broken_network_is_pictured_as_it_is() -> None:
    network = graph({"image": node("Input"), "classes": node("Linear"), "add": node("Add")}, "image -> classes")
    broken = Subject("broken", network, check(network))
    for style in STYLES:
        assert {"image", "classes"} <= set(texts(svg(figure(broken, Choice(style=style)))))


# The command line, in processes of its own


def test_a_design_that_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.json").write_text('{"format": 1')
    assert command.main([str(tmp_path / "cut.json"), "-o", str(tmp_path / "a.png")]) == 2
    assert "cut.json" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_says_who_speaks_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(LENET), "-o", str(tmp_path / "missing" / "a.png")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("layerwright: ")
    assert told.endswith("Choose a folder that is there and may be written to.\n")


def test_the_command_line_and_the_painter_know_the_same_styles_and_colours() -> None:
    asked = {action.dest: action.choices for action in picture_options()}
    assert (tuple(asked["style"] or ()), set(asked["colors"] or ())) == (STYLES, set(COLORS))


def picture_options() -> list[argparse.Action]:
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return list(commands.choices["picture"]._actions)


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_command_line_writes_every_kind(kind: str, tmp_path: Path) -> None:
    words = ["--style", "stack", "--colors", "print", "--scale", "1", "--nodes", "conv1,pool1", "--transparent"]
    target = tmp_path / f"a.{kind}"
    assert main(["picture", str(LENET), "-o", str(target), "--network", "LeNet", *words]) == 0
    begins = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    assert target.read_bytes().startswith(begins[kind])


@pytest.mark.parametrize(
    "words, told",
    [
        (["--network", "Net"], "There is no network 'Net'"),
        (["--nodes", "conv9"], "LeNet has no node 'conv9'"),
        (["--scale", "0"], "expected a number from 0.01 to 100, found '0'"),
        (["--style", "cubes"], "invalid choice: 'cubes'"),
    ],
)
def test_what_cannot_be_pictured_is_told_with_status_2(words: list[str], told: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "runtime.cli", "picture", str(LENET), "-o", str(tmp_path / "a.svg"), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
