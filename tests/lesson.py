"""A sample drawn by a template: the network as the paper draws it, beside a note that says what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from blocks.zoo import Template
from blocks.zoo.drawing import COLUMN
from runtime.beginning import NOTE, begun
from runtime.design import Design, Note, Phase
from runtime.optimizer import AdamW, Optimizer
from runtime.recipe import Classification
from runtime.schedule import Cosine
from runtime.sources import DataSource


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
    further: Mapping[str, str] = field(default_factory=dict)  # notes of the other networks by their names

    def design(self) -> Design:
        """The design as it is saved."""
        training = (self._phase(),) if self.data else ()
        drawn = begun(self.template, self.note)
        notes = {**drawn.notes, **{name: (_beside(drawn, name, note),) for name, note in self.further.items()}}
        return replace(drawn, title=self.title, data=self.data, training=training, notes=notes)

    def _phase(self) -> Phase:
        schedule = Cosine(warmup_epochs=1.0)
        return Phase("fit", Classification(epochs=self.epochs, optimizer=self.optimizer, schedule=schedule))


def _beside(design: Design, network: str, text: str) -> Note:
    """A note right of a network, at its top."""
    right = max(x for x, _ in design.layout[network].values())
    return Note(text, (right + COLUMN + 40, 0.0), NOTE)
