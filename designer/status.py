"""The line at the bottom: what the network costs and how the document stands, and the training's pace."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel, QStatusBar

from blocks.check import Checked
from blocks.cost import training_memory
from designer import numbers
from designer.accessible import announce
from designer.document import OpenDesign
from designer.process import Progress
from designer.scene import Scene

_SEPARATOR = "  ·  "


class StatusLine(QStatusBar):
    """Shows what is true of a scene; a passing message takes its place for some seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.facts, self.pace = QLabel(), QLabel()
        self.addWidget(self.facts, 1)
        self.addPermanentWidget(self.pace)

    def tell(self, document: OpenDesign, scene: Scene) -> None:
        """Shows parameters, cost, problems and whether the document is saved."""
        self.facts.setText(_SEPARATOR.join(told(document, scene)))
        checked = counted_once(document, scene)
        self.facts.setToolTip(
            f"{checked.parameters:,} trainable parameters, {checked.macs:,} multiply-accumulates an example: computed; "
            "training memory is an estimate: weights, gradients, Adam's moments and the results kept"
        )

    def show_facts(self, wanted: bool) -> None:
        """Shows or hides what is true of the scene; a message that is up stays up, never both in one place."""
        message = self.currentMessage()
        self.clearMessage()
        self.facts.setVisible(wanted)
        if message:
            self.say(message)

    def tell_pace(self, progress: Progress, live: bool) -> None:
        """Shows the epoch and the samples a second of a training."""
        rate = f"{progress.samples_per_second:,.0f} samples/s"
        epoch = f"epoch {progress.epoch} of {progress.epochs}"
        self.pace.setText(_SEPARATOR.join((epoch, rate)) if live and progress.epochs else "")

    def say(self, sentence: str) -> None:
        """Shows a sentence for some seconds."""
        self.showMessage(sentence, 8000)
        announce(self, sentence)


def counted_once(document: OpenDesign, scene: Scene) -> Checked:
    """The costs of a scene; in a step the weights of a network count once, however often it is used."""
    if not scene.place.step or scene.place.path:
        return scene.checked
    networks = document.verdict.networks
    used = {name for name in scene.graph.uses if name in networks}
    return replace(scene.checked, parameters=sum(networks[name].parameters for name in used))


def told(document: OpenDesign, scene: Scene) -> list[str]:
    """The parts of the line, for a design and what is seen of it."""
    checked, data = counted_once(document, scene), document.design.data
    parts = []
    if scene.graph.nodes:
        batch = data.at_once() if data is not None else 1
        memory = numbers.in_bytes(training_memory(checked, batch).total)
        parts += [
            f"{checked.parameters:,} parameters",
            f"{numbers.short(checked.macs)} MACs",
            f"{memory} training memory at batch {batch} (estimated)",
        ]
    problems = sum(d.level != "advice" for d in document.verdict.diagnostics)
    parts.append(numbers.counted(problems, "problem") if problems else "no problems")
    parts.append("not saved yet" if document.path is None else "unsaved changes" if document.modified else "saved")
    return parts
