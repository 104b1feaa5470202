"""A sample drawn by a template: the network as the paper draws it, beside a note that says what to look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from blocks.zoo import Template
from runtime.beginning import begun
from runtime.design import Design, Phase
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

    def design(self) -> Design:
        """The design as it is saved."""
        training = (self._phase(),) if self.data else ()
        return replace(begun(self.template, self.note), title=self.title, data=self.data, training=training)

    def _phase(self) -> Phase:
        schedule = Cosine(warmup_epochs=1.0)
        return Phase("fit", Classification(epochs=self.epochs, optimizer=self.optimizer, schedule=schedule))
