"""The step graphs of the training in the window: which one is meant, how it is shown, and how it is drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.place import Place
from designer.scene import Scene
from runtime.by_hand import drawn_by_hand, drawn_plan, fields_of
from runtime.design import Design
from runtime.verdict import Verdict

if TYPE_CHECKING:
    from designer.window import MainWindow


def show_step(window: MainWindow, phase: str = "") -> None:
    """Shows the step graph of a phase; without a name the one that is meant from here, then the next, in order."""
    document = window.document
    named = phase or meant(document.design, document.verdict, window.stage.scene.place)
    if not named:
        return
    window.stage.go_to(Place(step=named))
    window.stage.canvas.setFocus()


def meant(design: Design, verdict: Verdict, here: Place) -> str:
    """The phase whose step is meant where one looks: the next after one in sight, else the first of this network."""
    names = [phase.name for phase in design.training]
    if here.step in names:
        return names[(names.index(here.step) + 1) % len(names)]
    using = [p.name for p in verdict.phases if p.step is not None and here.network in p.step.uses]
    return next(iter((*using, *names)), "")


def why_not_show(window: MainWindow) -> str:
    """Why there is no step graph to show, or nothing."""
    if not window.at_work:
        return "No design is open."
    training, here = window.document.design.training, window.stage.scene.place
    if not training:
        return "Nothing says how to train: add a training in the inspector."
    only = len(training) == 1 and here.step == training[0].name and not here.path
    return "It is in sight already." if only else ""


def edit_by_hand(window: MainWindow) -> None:
    """Makes the step in sight one that is drawn by hand."""
    phase = window.stage.scene.place.step
    window.do(f"Draw the step of {phase} by hand", lambda design: drawn_by_hand(design, phase))


def why_not_by_hand(window: MainWindow) -> str:
    """Why the step in sight cannot be edited by hand, or nothing."""
    scene = window.stage.scene
    if not window.at_work:
        return "No design is open."
    if not scene.place.step:
        return "No training step is in sight. Show the step graph first."
    if drawn_plan(window.document.design, scene.place.step) is not None:
        return "This step is drawn by hand already."
    return "" if begins(scene, window.document.design) else scene.trouble


def begins(scene: Scene, design: Design) -> bool:
    """Whether a drawing by hand can begin: with what the recipe draws, or with the fields of the data."""
    return bool(scene.graph.nodes) or bool(design.networks and fields_of(design))
