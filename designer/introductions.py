"""Which parts of the window hear of each other directly: what is only shown, and never changes the document."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from designer.beginning import open_templates
from designer.gauges import Gauges
from designer.steps import edit_by_hand, show_step

if TYPE_CHECKING:
    from designer.window import MainWindow


def introduce(window: MainWindow) -> None:
    """Connects breadcrumb, panels and canvas with each other."""
    stage, crumbs, problems = window.stage, window.top.crumbs, window.problems
    window.top.went.connect(stage.go_out)
    crumbs.setting_dropped.connect(window.inspector.promote)
    window.inspector.carried.connect(crumbs.invite)
    window.inspector.previewed.connect(stage.preview)
    window.inspector.step_wanted.connect(partial(show_step, window))
    stage.step_bar.wanted.connect(partial(edit_by_hand, window))
    problems.previewed.connect(lambda network, node, fix: stage.preview(fix))
    problems.inner_revealed.connect(stage.reveal)
    window.welcome.template_wanted.connect(partial(open_templates, window))
    _introduce_gauges(window)


def _introduce_gauges(window: MainWindow) -> None:
    """Lets canvas and inspector see what the training tells of the nodes."""
    gauges = window.inspector.gauges = Gauges(window.training)

    def look(*_: object) -> None:
        place = window.stage.scene.place
        window.stage.canvas.legend.show_gradients(gauges.now(place.network) if not place.path else {})

    gauges.changed.connect(look)
    gauges.changed.connect(window.inspector.follow_gauges)
    gauges.alarmed.connect(lambda network, node, told: window.say(f"{network}: {told}"))
    window.stage.looked.connect(look)
