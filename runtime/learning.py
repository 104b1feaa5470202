"""How many numbers learn in a phase of training, and how many that it uses stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from blocks.check import Checked
from runtime.places import network_of
from runtime.planning import Planned


class Learning(NamedTuple):
    """Numbers that learn in a phase, and those that are used in it and do not."""

    learns: int
    stays: int

    def __str__(self) -> str:
        kept = f", {self.stays:,} stay as they are" if self.stays else ""
        return f"{self.learns:,} parameters learn{kept}"


def learning(planned: Planned, networks: Mapping[str, Checked]) -> Learning:
    """What learns of the networks that the step of a phase uses; nothing where it cannot be drawn."""
    step = planned.step
    used = [name for name in (step.uses if step is not None else ()) if name in networks]
    told = {place for objective in planned.objectives for place in objective.places}
    learns = sum(_free(name, networks[name], told, set(planned.phase.plan.frozen)) for name in used)
    return Learning(learns, sum(networks[name].parameters for name in used) - learns)


def learning_text(planned: Planned, networks: Mapping[str, Checked]) -> str:
    """The same in a line that begins with the name of the phase."""
    return f"{planned.name}: {learning(planned, networks)}"


def _free(network: str, checked: Checked, told: set[str], frozen: set[str]) -> int:
    """The numbers of a network that learn, node by node only where it does not learn as one."""
    if not any(network_of(place) == network != place for place in told | frozen):
        return checked.parameters if network in told and network not in frozen else 0
    return sum(row.parameters for name, row in checked.rows.items() if _in(f"{network}.{name}", told, frozen))


def _in(place: str, told: set[str], frozen: set[str]) -> bool:
    """Whether a node learns: told to, by its name or its network's, and not frozen."""
    both = {place, network_of(place)}
    return bool(both & told) and not both & frozen
