"""What a training told of the nodes of its networks: how large gradients and results were, and what is alarming."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from designer.process import Training
from runtime.alarm import Alarm, alarms
from runtime.messages import Event, Gauged

MOST = 2048  # sizes kept of a node, those of half an hour; of the older ones every second goes


@dataclass
class Sizes:
    """The sizes told of one node: the steps, and at each the gradient and the results (None where there was none)."""

    steps: list[int] = field(default_factory=list)
    gradients: list[float | None] = field(default_factory=list)
    activations: list[float | None] = field(default_factory=list)

    def add(self, step: int, gradient: float | None, activation: float | None) -> None:
        """One more; those from that step on are replaced."""
        kept = bisect_left(self.steps, step)
        for each, value in ((self.steps, step), (self.gradients, gradient), (self.activations, activation)):
            del each[kept:]
            each.append(value)  # type: ignore[arg-type]
            if len(each) > MOST:
                del each[: MOST // 2 : 2]


class Gauges(QObject):
    """Keeps the sizes of the run that is followed. `changed` says that there are others now."""

    changed = Signal()
    alarmed = Signal(str, str, str)  # network, node, what is wrong; once for each

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self._of: dict[tuple[str, str], Sizes] = {}
        self._now: Mapping[str, Mapping[str, float]] = {}
        self._alarms: dict[tuple[str, str], Alarm] = {}
        training.attached.connect(self._forget)
        training.happened.connect(self._take)

    def now(self, network: str) -> Mapping[str, float]:
        """The gradients of the nodes of a network as they were told last."""
        return self._now.get(network, {})

    def sizes(self, network: str, node: str) -> Sizes | None:
        """All that was told of a node."""
        return self._of.get((network, node))

    def alarm(self, network: str, node: str) -> str:
        """What is wrong with the gradient of a node now, or nothing."""
        found = self._alarms.get((network, node))
        return found.message if found else ""

    def _forget(self, *_: object) -> None:
        self._of, self._now, self._alarms = {}, {}, {}
        self.changed.emit()

    def _take(self, event: Event) -> None:
        if not isinstance(event, Gauged):
            return
        places = [(n, node) for sizes in (event.gradients, event.activations) for n, of in sizes.items() for node in of]
        for network, node in dict.fromkeys(places):
            gradient = event.gradients.get(network, {}).get(node)
            activation = event.activations.get(network, {}).get(node)
            self._of.setdefault((network, node), Sizes()).add(event.step, gradient, activation)
        self._now = event.gradients
        found = {(each.network, each.node): each for each in alarms(event.gradients)}
        fresh = [each for place, each in found.items() if place not in self._alarms]
        self._alarms = self._alarms | found if fresh else {p: a for p, a in self._alarms.items() if p in found}
        for each in fresh[:1]:  # behind the first, others follow
            self.alarmed.emit(each.network, each.node, each.message)
        self.changed.emit()
