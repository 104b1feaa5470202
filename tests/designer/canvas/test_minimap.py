from __future__ import annotations

import pytest

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node


@pytest.fixture
def wide(sit: Open) -> Desk:
    """Nodes all over the canvas."""
    nodes = {f"n{i}": node("ReLU") for i in range(60)}
    return sit(graph(nodes), {f"n{i}": (i % 6 * 272.0, i // 6 * 88.0) for i in range(60)})


def covered(desk: Desk) -> bool:
    """Whether a card lies under the overview."""
    box = desk.canvas.mapToScene(desk.canvas.minimap.geometry()).boundingRect()
    return len(desk.canvas.sheet.within((box.left(), box.top(), box.right(), box.bottom()))) > 0


def test_on_a_small_canvas_the_overview_never_covers_a_card(wide: Desk) -> None:
    wide.canvas.resize(760, 420)
    seen = []
    for step in range(40):
        wide.canvas.camera.look((1.0, step * 60.0, 300.0))
        wide.canvas.looked()
        shown = wide.canvas.minimap.isVisible()
        seen.append(shown)
        assert not (shown and covered(wide))
    assert any(seen)
    assert not all(seen)


def test_on_a_large_canvas_it_stays(wide: Desk) -> None:
    wide.canvas.resize(1200, 800)
    wide.canvas.camera.look((1.0, 400.0, 300.0))
    wide.canvas.looked()
    assert covered(wide)
    assert wide.canvas.minimap.isVisible()


def test_a_tiny_canvas_has_none(wide: Desk) -> None:
    wide.canvas.resize(400, 300)
    assert not wide.canvas.minimap.isVisible()
