"""A sample drawn by a template: the network as the paper draws it, beside a note that says what to look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from blocks.zoo import Template
from blocks.zoo.drawing import COLUMN
from runtime.design import Design, Note, Phase
from runtime.optimizer import AdamW, Optimizer
from runtime.recipe import Classification
from runtime.schedule import Cosine
from runtime.sources import DataSource

NOTE = 320.0  # canvas pixels across a note


@dataclass(frozen=True)
class Lesson:
    """What a sample of the zoo is made from. With `data` it is trained as a classifier, and reaches `accuracy`."""

    file: str  # samples/<file>.json
    title: str
    template: Template
    note: str  # Markdown; its heading stands on the welcome page
    data: DataSource | None = None
    epochs: int = 10
    optimizer: Optimizer = field(default_factory=AdamW)
    accuracy: float = 0.97

    def design(self) -> Design:
        """The design as it is saved."""
        drawn = self.template.networks()
        layout = {name: drawing.layout() for name, drawing in drawn.items()}
        first = next(iter(drawn))
        right = max(x for x, _ in layout[first].values()) + COLUMN + 40
        return Design(
            title=self.title,
            networks={name: drawing.graph() for name, drawing in drawn.items()},
            data=self.data,
            training=(self._phase(),) if self.data else (),
            layout=layout,
            notes={first: (Note(self.note, (right, 0.0), NOTE),)},
        )

    def _phase(self) -> Phase:
        schedule = Cosine(warmup_epochs=1.0)
        return Phase("fit", Classification(epochs=self.epochs, optimizer=self.optimizer, schedule=schedule))
