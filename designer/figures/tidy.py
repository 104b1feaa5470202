"""Makes the SVG that Qt writes small and plain: flat, nothing idle, fonts with fallbacks, text that keeps its width.

Qt opens a group for every change of a pen and repeats every attribute in it. Here each drawn thing is taken with what
holds for it, a shift is worked into its coordinates, and neighbours that look the same share one group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from xml.etree import ElementTree as ET

from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF

from designer.theme import SMALL, fonts

SVG = "{http://www.w3.org/2000/svg}"
FALLBACKS = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_SHIFT = re.compile(r"matrix\(1,0,0,1,([^,]+),([^,)]+)\)")
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
_PLACES = {"rect": ("x", "y"), "text": ("x", "y"), "circle": ("cx", "cy"), "ellipse": ("cx", "cy")}
_PAIRS = {"path": "d", "polyline": "points", "polygon": "points"}
_LEAVES = {*_PLACES, *_PAIRS, "line", "image", "use"}
_IDLE = {
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "opacity": "1",
    "font-style": "normal",
    "font-weight": "400",
    "stroke-dashoffset": "0",
    "transform": "matrix(1,0,0,1,0,0)",
}
_OF_TEXT = {"font-family", "font-size", "font-weight", "font-style"}
_NEVER = {"vector-effect", "fill-rule", _SPACE}
Attributes = dict[str, str]


def tidied(written: bytes, title: str, width: float, height: float) -> bytes:
    """The same drawing with less text, as UTF-8; `width` and `height` are those of the drawing, px."""
    ET.register_namespace("", SVG[1:-1])
    root = ET.fromstring(written)
    size = {"width": _short(width), "height": _short(height), "viewBox": f"0 0 {_short(width)} {_short(height)}"}
    out = ET.Element(f"{SVG}svg", {**size, "font-family": _families()})
    ET.SubElement(out, f"{SVG}title").text = title
    defs = root.find(f"{SVG}defs")
    if defs is not None and len(defs):
        out.append(defs)
    _regroup(out, root)
    ET.indent(out, "")
    text: bytes = ET.tostring(out, "utf-8", xml_declaration=True)
    return text + b"\n"


def _families() -> str:
    """The family that was measured, then what is like it where that is not installed."""
    own = QFontInfo(fonts().small).family().replace("'", "")
    others = [name for name in FALLBACKS.split(", ") if name.strip("'") != own]
    return ", ".join([f"'{own}'", *others])


def _regroup(out: ET.Element, root: ET.Element) -> None:
    group, shared = out, None
    for leaf, look in _leaves(root, {}):
        look = _plain(leaf, look)
        if look != shared:
            group, shared = ET.SubElement(out, f"{SVG}g", look), look
        group.append(leaf)


def _leaves(element: ET.Element, around: Attributes) -> Iterator[tuple[ET.Element, Attributes]]:
    """What is drawn, in order, with the attributes that hold for it."""
    for child in element:
        kind = child.tag.removeprefix(SVG)
        if kind == "g":
            yield from _leaves(child, {**around, **_normal(child.attrib)})
        elif kind in _LEAVES:
            yield child, around


def _normal(attributes: Mapping[str, str]) -> Attributes:
    return {name: value.strip() for name, value in attributes.items()}


def _plain(leaf: ET.Element, look: Attributes) -> Attributes:
    """Leaves a drawn thing only its geometry, in few digits, and gives what has to be said of its look."""
    kind = leaf.tag.removeprefix(SVG)
    geometry = {name: value for name, value in leaf.attrib.items() if name not in look and name not in _NEVER}
    look = {**look, **{name: leaf.attrib[name] for name in leaf.attrib if name in look and name not in _NEVER}}
    shift = _SHIFT.fullmatch(look.get("transform", ""))
    if shift and kind in (*_PLACES, *_PAIRS):
        _move(kind, geometry, float(shift[1]), float(shift[2]))
        look = {**look, "transform": ""}
    elif kind in (*_PLACES, *_PAIRS):
        _move(kind, geometry, 0.0, 0.0)
    if kind == "text":
        look = {**look, **{n: geometry.pop(n) for n in _OF_TEXT & geometry.keys()}, "stroke": "none"}
        _hold_width(leaf, geometry, look)
    leaf.attrib.clear()
    leaf.attrib.update({n: v for n, v in geometry.items() if _IDLE.get(n) != v})
    leaf.tail = None
    return _telling(look, kind == "text")


def _telling(look: Attributes, is_text: bool) -> Attributes:
    """Only the attributes that change something."""
    bare = look.get("stroke", "none") == "none"
    return {
        name: value
        for name, value in look.items()
        if value
        and _IDLE.get(name) != value
        and name not in _NEVER
        and name != "font-family"
        and (is_text or name not in _OF_TEXT)
        and not (bare and name.startswith("stroke"))
        and not (name == "fill-opacity" and look.get("fill") == "none")
    }


def _move(kind: str, geometry: Attributes, dx: float, dy: float) -> None:
    """Shifts what is drawn, and writes its numbers in few digits."""
    if kind in _PAIRS:
        name = _PAIRS[kind]
        places = iter(range(1_000_000_000))
        geometry[name] = _NUMBER.sub(
            lambda found: _short(float(found[0]) + (dy if next(places) % 2 else dx)), geometry[name]
        ).strip()
        return
    for name, way in zip(_PLACES[kind], (dx, dy), strict=True):
        geometry[name] = str(float(geometry.get(name, "0")) + way)
    for name in ("x", "y", "cx", "cy", "r", "rx", "ry", "width", "height"):
        if name in geometry:
            geometry[name] = _short(float(geometry[name]))


def _hold_width(leaf: ET.Element, geometry: Attributes, look: Attributes) -> None:
    """Has a reader without our font space the letters so that the words still end where they should."""
    text = leaf.text or ""
    size, weight = float(look.get("font-size", "12")), int(float(look.get("font-weight", "400")))
    metrics = _metrics(size, weight, look.get("font-style") == "italic")
    look["font-size"] = _short(size)
    if len(text) > 1:
        geometry["textLength"] = _short(metrics.horizontalAdvance(text))
    if text != text.strip() or "  " in text:
        geometry[_SPACE] = "preserve"


@cache
def _metrics(pixels: float, weight: int, italic: bool) -> QFontMetricsF:
    font = QFont(fonts().small)
    font.setPointSizeF(font.pointSizeF() * pixels / SMALL)
    font.setWeight(QFont.Weight(weight))
    font.setItalic(italic)
    return QFontMetricsF(font)


def _short(number: float) -> str:
    """A number in at most two decimals."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
