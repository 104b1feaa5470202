"""From a network and a choice to the figure that can be painted."""

from __future__ import annotations

from collections.abc import Callable

from designer.figures.cards import CardsFigure
from designer.figures.choice import COLORS, CannotPicture, Choice, Subject
from designer.figures.output import Figure
from designer.figures.stack import StackFigure
from designer.theme import Theme

_FIGURES: dict[str, Callable[[Subject, Choice, Theme], Figure]] = {"cards": CardsFigure, "stack": StackFigure}


def figure(subject: Subject, choice: Choice) -> Figure:
    """The figure of a network; raises CannotPicture where there is nothing to see or a name is not known."""
    if choice.nodes:
        subject = subject.only(choice.nodes)
    if not subject.graph.nodes:
        raise CannotPicture(f"{subject.name} is empty: there is nothing to picture. Add a block to it first.")
    return _FIGURES[choice.style](subject, choice, COLORS[choice.colors])
